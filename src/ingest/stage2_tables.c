// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/stage2_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/stage2.h"

struct reading {
	void **lines;
	size_t *nr, *room, size;
};

static int take(void *arg, const void *line)
{
	struct reading *r = arg;
	void *grown;

	if (*r->nr == *r->room) {
		*r->room = *r->room ? *r->room * 2 : 64;
		grown = realloc(*r->lines, *r->room * r->size);
		if (!grown)
			return -ENOMEM;
		*r->lines = grown;
	}
	memcpy((char *)*r->lines + (*r->nr)++ * r->size, line, r->size);
	return 0;
}

const struct stage2_vm_line *stage2_find_vm(const struct stage2_tables *t, __u64 number)
{
	size_t i;

	for (i = 0; i < t->nr_vms; i++)
		if (t->vms[i].number == number)
			return &t->vms[i];
	return NULL;
}

const struct limen_s2_vcpu *stage2_next_vcpu(const struct stage2_tables *t, __u64 vm, __s64 id)
{
	const struct limen_s2_vcpu *v, *next = NULL;
	size_t i;

	for (i = 0; i < t->nr_vcpus; i++) {
		v = &t->vcpus[i].vcpu;
		if (v->vm == vm && v->id > id && (!next || v->id < next->id))
			next = v;
	}
	return next;
}

/* Number 0 is no VM: the sums of those whose entries others have now. */
static void take_rest(struct stage2_tables *t)
{
	size_t i, kept = 0;

	for (i = 0; i < t->nr_vms; i++) {
		if (t->vms[i].number)
			t->vms[kept++] = t->vms[i];
		else
			stage2_sums_add(&t->sums, &t->vms[i].vm.sums);
	}
	t->nr_vms = kept;
}

/* A number may have been another VM's before. */
static bool is_of_vm(const struct stage2_tables *t, __u32 vm, __u64 kvm, __u64 seen_ns)
{
	const struct stage2_vm_line *line = stage2_find_vm(t, vm);

	return !vm || (line && line->vm.kvm == kvm && line->vm.seen_ns == seen_ns);
}

static bool same_slot(const struct limen_s2_slot *a, const struct limen_s2_slot *b)
{
	return a->vm == b->vm && a->id == b->id && a->space == b->space && a->start == b->start &&
	       a->bytes == b->bytes;
}

static void add_slot(struct limen_s2_slot *to, const struct limen_s2_slot *from)
{
	int i;

	for (i = 0; i < LIMEN_S2_CLASSES; i++)
		to->faults[i] += from->faults[i];
	for (i = 0; i < LIMEN_S2_BUCKETS; i++)
		to->latency[i] += from->latency[i];
	for (i = 0; i < LIMEN_S2_SIZES; i++)
		to->mapped[i] += from->mapped[i];
	to->writes += from->writes;
	if (from->gone)
		return;
	to->gone = 0;
	to->flags = from->flags;
	to->host = from->host;
}

static int by_slot(const void *a, const void *b)
{
	const struct stage2_slot_line *x = a, *y = b;

	if (x->slot.vm != y->slot.vm)
		return x->slot.vm < y->slot.vm ? -1 : 1;
	if (x->slot.start != y->slot.start)
		return x->slot.start < y->slot.start ? -1 : 1;
	if (x->slot.id != y->slot.id)
		return x->slot.id - y->slot.id;
	return x->slot.bytes < y->slot.bytes ? -1 : x->slot.bytes > y->slot.bytes;
}

const struct stage2_slot_line *stage2_find_slot(const struct stage2_tables *t,
						const struct stage2_slot_line *slot)
{
	return t->nr_slots ? bsearch(slot, t->slots, t->nr_slots, sizeof(*slot), by_slot) : NULL;
}

/* Deleted and made again at the same place, or met by two vCPUs first: one slot. */
static void merge_slots(struct stage2_tables *t)
{
	size_t i, kept = 0;
	int k;

	for (i = 0; i < t->nr_slots; i++)
		if (is_of_vm(t, t->slots[i].slot.vm, t->slots[i].slot.kvm,
			     t->slots[i].slot.vm_seen_ns))
			t->slots[kept++] = t->slots[i];
	t->nr_slots = kept;
	qsort(t->slots, t->nr_slots, sizeof(*t->slots), by_slot);
	for (i = kept = 0; i < t->nr_slots; i++) {
		for (k = 0; k < LIMEN_S2_SIZES; k++)
			t->mapped[k] += t->slots[i].slot.mapped[k];
		if (kept && same_slot(&t->slots[kept - 1].slot, &t->slots[i].slot))
			add_slot(&t->slots[kept - 1].slot, &t->slots[i].slot);
		else
			t->slots[kept++] = t->slots[i];
	}
	t->nr_slots = kept;
}

static bool same_page(const struct limen_s2_page *a, const struct limen_s2_page *b)
{
	return a->vm == b->vm && a->address == b->address;
}

static int by_page(const void *a, const void *b)
{
	const struct limen_s2_page *x = &((const struct stage2_page_line *)a)->page;
	const struct limen_s2_page *y = &((const struct stage2_page_line *)b)->page;

	if (x->vm != y->vm)
		return x->vm < y->vm ? -1 : 1;
	return x->address < y->address ? -1 : x->address > y->address;
}

static void merge_pages(struct stage2_tables *t)
{
	struct limen_s2_page *last;
	size_t i, kept = 0;

	qsort(t->pages, t->nr_pages, sizeof(*t->pages), by_page);
	for (i = 0; i < t->nr_pages; i++) {
		last = kept ? &t->pages[kept - 1].page : NULL;
		if (!is_of_vm(t, t->pages[i].page.vm, t->pages[i].page.kvm,
			      t->pages[i].page.vm_seen_ns))
			continue;
		if (last && same_page(last, &t->pages[i].page)) {
			last->kernel += t->pages[i].page.kernel;
			last->user += t->pages[i].page.user;
			continue;
		}
		t->pages[kept++] = t->pages[i];
	}
	t->nr_pages = kept;
}

/* A vCPU's sums are its VM's, too. */
static void fold_vcpus(struct stage2_tables *t)
{
	struct stage2_vm_line *vm;
	struct limen_s2_vcpu *v;
	size_t i, kept = 0;

	for (i = 0; i < t->nr_vcpus; i++) {
		v = &t->vcpus[i].vcpu;
		vm = (struct stage2_vm_line *)stage2_find_vm(t, v->vm);
		if (vm && is_of_vm(t, v->vm, v->kvm, v->vm_seen_ns)) {
			stage2_sums_add(&vm->vm.sums, &v->sums);
			t->vcpus[kept++] = t->vcpus[i];
			continue;
		}
		/* Of a VM beyond the table, or whose entry another one has. */
		stage2_sums_add(&t->sums, &v->sums);
		if (!v->vm)
			t->vcpus[kept++] = t->vcpus[i];
	}
	t->nr_vcpus = kept;
}

void stage2_tables_fold(struct stage2_tables *t)
{
	size_t i;

	memset(&t->sums, 0, sizeof(t->sums));
	memset(t->mapped, 0, sizeof(t->mapped));
	take_rest(t);
	fold_vcpus(t);
	for (i = 0; i < t->nr_vms; i++)
		stage2_sums_add(&t->sums, &t->vms[i].vm.sums);
	merge_slots(t);
	merge_pages(t);
}

int stage2_tables_read(struct stage2_session *session, struct stage2_tables *t)
{
	struct reading readings[STAGE2_TABLES] = {
		[STAGE2_VMS] = {(void **)&t->vms, &t->nr_vms, &t->room[STAGE2_VMS], sizeof(*t->vms)},
		[STAGE2_VCPUS] = {(void **)&t->vcpus, &t->nr_vcpus, &t->room[STAGE2_VCPUS],
				  sizeof(*t->vcpus)},
		[STAGE2_SLOTS] = {(void **)&t->slots, &t->nr_slots, &t->room[STAGE2_SLOTS],
				  sizeof(*t->slots)},
		[STAGE2_PAGES] = {(void **)&t->pages, &t->nr_pages, &t->room[STAGE2_PAGES],
				  sizeof(*t->pages)},
	};
	int i, err;

	for (i = 0; i < STAGE2_TABLES; i++) {
		*readings[i].nr = 0;
		err = stage2_read(session, i, take, &readings[i]);
		if (err)
			return err;
	}
	t->pages_counted = stage2_counts_pages(session);
	stage2_beyond(session, &t->beyond);
	stage2_tables_fold(t);
	return 0;
}

void stage2_tables_free(struct stage2_tables *t)
{
	free(t->vms);
	free(t->vcpus);
	free(t->slots);
	free(t->pages);
	memset(t, 0, sizeof(*t));
}

static bool is_of(const struct stage2_vm_line *vm, const pid_t *pids, unsigned int nr)
{
	unsigned int p;

	for (p = 0; p < nr; p++)
		if (vm->vm.pid == (__u32)pids[p])
			return true;
	return false;
}

void stage2_tables_only(struct stage2_tables *t, const pid_t *pids, unsigned int nr)
{
	size_t i, kept = 0;
	int k;

	memset(&t->sums, 0, sizeof(t->sums));
	memset(t->mapped, 0, sizeof(t->mapped));
	for (i = 0; i < t->nr_vms; i++) {
		if (!is_of(&t->vms[i], pids, nr))
			continue;
		stage2_sums_add(&t->sums, &t->vms[i].vm.sums);
		t->vms[kept++] = t->vms[i];
	}
	t->nr_vms = kept;
	for (i = kept = 0; i < t->nr_vcpus; i++)
		if (stage2_find_vm(t, t->vcpus[i].vcpu.vm))
			t->vcpus[kept++] = t->vcpus[i];
	t->nr_vcpus = kept;
	for (i = kept = 0; i < t->nr_slots; i++) {
		if (!stage2_find_vm(t, t->slots[i].slot.vm))
			continue;
		for (k = 0; k < LIMEN_S2_SIZES; k++)
			t->mapped[k] += t->slots[i].slot.mapped[k];
		t->slots[kept++] = t->slots[i];
	}
	t->nr_slots = kept;
	for (i = kept = 0; i < t->nr_pages; i++)
		if (stage2_find_vm(t, t->pages[i].page.vm))
			t->pages[kept++] = t->pages[i];
	t->nr_pages = kept;
}

static int by_faults(const void *a, const void *b)
{
	const struct stage2_vm_line *x = *(const struct stage2_vm_line *const *)a;
	const struct stage2_vm_line *y = *(const struct stage2_vm_line *const *)b;
	__u64 m = stage2_faults(x->vm.sums.faults), n = stage2_faults(y->vm.sums.faults);

	if (m != n)
		return m > n ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

const struct stage2_vm_line **stage2_vms_sorted(const struct stage2_tables *t, size_t *nr)
{
	const struct stage2_vm_line **vms = calloc(t->nr_vms + 1, sizeof(*vms));
	size_t i;

	*nr = 0;
	for (i = 0; vms && i < t->nr_vms; i++)
		if (stage2_faults(t->vms[i].vm.sums.faults))
			vms[(*nr)++] = &t->vms[i];
	if (vms)
		qsort(vms, *nr, sizeof(*vms), by_faults);
	return vms;
}
