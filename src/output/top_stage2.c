// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/top_stage2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/latency.h"
#include "model/stage2.h"

const char *const top_stage2_by_names[] = {"vm", "vcpu", "slot", NULL};

const char *const top_stage2_key_names[] = {
	[TOP_STAGE2_FAULTS]	 = "faults",
	[TOP_STAGE2_TRANSLATION] = "translation",
	[TOP_STAGE2_PERMISSION]	 = "permission",
	[TOP_STAGE2_MMIO]	 = "mmio",
	[TOP_STAGE2_LATENCY]	 = "latency",
	[TOP_STAGE2_NAME]	 = "vm",
	NULL
};

/* No slot: no MMIO. Times are kept by vCPU. */
bool top_stage2_has_key(enum top_stage2_by by, enum top_stage2_key key)
{
	return by != TOP_STAGE2_SLOT || (key != TOP_STAGE2_MMIO && key != TOP_STAGE2_LATENCY);
}

/* --- two readings --- */

static void take_away(__u64 *now, const __u64 *before, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		now[i] = now[i] > before[i] ? now[i] - before[i] : 0;
}

static void take_most(__u64 *now, const __u64 *before, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (now[i] < before[i])
			now[i] = before[i];
}

/* Applies one of these to all that sums have. */
static void each(void (*apply)(__u64 *, const __u64 *, int), struct limen_s2_sums *now,
		 const struct limen_s2_sums *before)
{
	apply(now->faults, before->faults, LIMEN_S2_CLASSES);
	apply(now->access, before->access, LIMEN_S2_ACCESSES);
	apply(&now->latency_ns, &before->latency_ns, 1);
	apply(now->latency, before->latency, LIMEN_S2_BUCKETS);
}

static int by_number(const void *key, const void *line)
{
	__u64 a = *(const __u64 *)key, b = *(const __u64 *)line;

	return a < b ? -1 : a > b;
}

/* Each line begins with its number. */
static void *find(const void *lines, size_t nr, size_t size, __u64 number)
{
	return nr ? bsearch(&number, lines, nr, size, by_number) : NULL;
}

static const struct stage2_vm_line *find_vm(const struct stage2_tables *t, __u64 number)
{
	return find(t->vms, t->nr_vms, sizeof(*t->vms), number);
}

/* The same VM, and not one that had its number. */
static const struct stage2_vm_line *vm_before(const struct stage2_tables *before,
					      const struct stage2_vm_line *vm)
{
	const struct stage2_vm_line *line = find_vm(before, vm->number);

	return line && line->vm.seen_ns == vm->vm.seen_ns && line->vm.pid == vm->vm.pid ? line :
	       NULL;
}

static const struct limen_s2_vcpu *vcpu_before(const struct stage2_tables *before,
					       const struct stage2_vcpu_line *vcpu)
{
	const struct stage2_vcpu_line *line = find(before->vcpus, before->nr_vcpus,
						   sizeof(*line), vcpu->number);
	const struct limen_s2_vcpu *v = &vcpu->vcpu;

	if (!line || line->vcpu.kvm != v->kvm || line->vcpu.vm_seen_ns != v->vm_seen_ns ||
	    line->vcpu.vm != v->vm || line->vcpu.id != v->id ||
	    stage2_faults(line->vcpu.sums.faults) > stage2_faults(v->sums.faults))
		return NULL;
	return &line->vcpu;
}

static const struct limen_s2_slot *slot_before(const struct stage2_tables *before,
					       const struct stage2_slot_line *slot)
{
	const struct stage2_slot_line *line = stage2_find_slot(before, slot);
	const struct limen_s2_slot *s = &slot->slot;

	if (!line || line->slot.kvm != s->kvm || line->slot.vm_seen_ns != s->vm_seen_ns ||
	    stage2_faults(line->slot.faults) > stage2_faults(s->faults))
		return NULL;
	return &line->slot;
}

static void sums_since(struct limen_s2_sums *delta, const struct limen_s2_sums *now,
		       const struct limen_s2_sums *before)
{
	*delta = *now;
	if (before)
		each(take_away, delta, before);
}

void top_stage2_advance(const struct stage2_tables *before, struct stage2_tables *now,
			struct limen_s2_sums *delta)
{
	const struct stage2_vm_line *vm;
	const struct limen_s2_vcpu *vcpu;
	struct limen_s2_sums part;
	size_t i;

	memset(delta, 0, sizeof(*delta));
	for (i = 0; i < now->nr_vms; i++) {
		vm = vm_before(before, &now->vms[i]);
		if (vm)
			each(take_most, &now->vms[i].vm.sums, &vm->vm.sums);
		sums_since(&part, &now->vms[i].vm.sums, vm ? &vm->vm.sums : NULL);
		stage2_sums_add(delta, &part);
	}
	for (i = 0; i < now->nr_vcpus; i++) {	/* of VMs beyond the table */
		if (now->vcpus[i].vcpu.vm)
			continue;
		vcpu = vcpu_before(before, &now->vcpus[i]);
		sums_since(&part, &now->vcpus[i].vcpu.sums, vcpu ? &vcpu->sums : NULL);
		stage2_sums_add(delta, &part);
	}
	now->sums = before->sums;
	stage2_sums_add(&now->sums, delta);
}

/* --- rows --- */

struct making {
	const struct stage2_tables *before, *now;
	struct top_stage2_row *rows;
	long nr;
};

/* A row of a VM whose own one there is or was in the interval; NULL: it had ended before. */
static struct top_stage2_row *add_row(struct making *m, const struct stage2_vm_line *vm,
				      const struct stage2_vm_line **was)
{
	struct top_stage2_row *row = &m->rows[m->nr];

	*was = vm_before(m->before, vm);
	if (*was && (*was)->vm.ended)
		return NULL;
	m->nr++;
	row->vm = vm;
	row->rank = vm->vm.order;
	return row;
}

static void set_active(struct top_stage2_row *row)
{
	row->active = stage2_faults(row->delta.faults) || (row->vm->vm.ended && !row->slot);
}

static void vm_row(struct making *m, const struct stage2_vm_line *vm)
{
	const struct stage2_vm_line *was;
	struct top_stage2_row *row = add_row(m, vm, &was);

	if (!row)
		return;
	row->total = vm->vm.sums;
	sums_since(&row->delta, &row->total, was ? &was->vm.sums : NULL);
	set_active(row);
}

/* The VM that a vCPU or a slot is of; not a later one that has its number. */
static const struct stage2_vm_line *vm_of(const struct stage2_tables *t, __u32 number, __u64 kvm)
{
	const struct stage2_vm_line *vm = find_vm(t, number);

	return vm && (!vm->vm.kvm || vm->vm.kvm == kvm) ? vm : NULL;
}

static void vcpu_row(struct making *m, const struct stage2_vcpu_line *vcpu)
{
	const struct stage2_vm_line *was, *vm = vm_of(m->now, vcpu->vcpu.vm, vcpu->vcpu.kvm);
	struct top_stage2_row *row = vm ? add_row(m, vm, &was) : NULL;
	const struct limen_s2_vcpu *v;

	if (!row)
		return;
	v = was ? vcpu_before(m->before, vcpu) : NULL;
	row->vcpu = vcpu;
	row->total = vcpu->vcpu.sums;
	sums_since(&row->delta, &row->total, v ? &v->sums : NULL);
	set_active(row);
}

static void slot_row(struct making *m, const struct stage2_slot_line *slot)
{
	const struct stage2_vm_line *was, *vm = vm_of(m->now, slot->slot.vm, slot->slot.kvm);
	struct top_stage2_row *row = vm ? add_row(m, vm, &was) : NULL;
	const struct limen_s2_slot *s;

	if (!row)
		return;
	s = was ? slot_before(m->before, slot) : NULL;
	row->slot = slot;
	memcpy(row->total.faults, slot->slot.faults, sizeof(row->total.faults));
	memcpy(row->delta.faults, slot->slot.faults, sizeof(row->delta.faults));
	if (s)
		take_away(row->delta.faults, s->faults, LIMEN_S2_CLASSES);
	set_active(row);
}

static double value(const struct top_stage2_row *row, const struct top_stage2_view *view)
{
	const struct limen_s2_sums *sums = view->totals ? &row->total : &row->delta;

	switch (view->key) {
	case TOP_STAGE2_FAULTS:
		return stage2_faults(sums->faults);
	case TOP_STAGE2_TRANSLATION:
		return sums->faults[LIMEN_S2_TRANSLATION];
	case TOP_STAGE2_PERMISSION:
		return sums->faults[LIMEN_S2_PERMISSION];
	case TOP_STAGE2_MMIO:
		return (double)sums->faults[LIMEN_S2_MMIO_USER] +
		       sums->faults[LIMEN_S2_MMIO_KERNEL];
	case TOP_STAGE2_LATENCY:
		return latency_percentile(sums->latency, LIMEN_S2_BUCKETS, 99);
	default:
		return 0;
	}
}

static int compare(__u64 a, __u64 b)
{
	return a < b ? -1 : a > b;
}

/* The order of VMs, and in it of vCPUs or slots. */
static int by_name(const struct top_stage2_row *a, const struct top_stage2_row *b)
{
	int way = compare(a->vm->vm.pid, b->vm->vm.pid);

	if (!way)
		way = compare(a->rank, b->rank);
	if (!way && a->vcpu)
		way = compare(a->vcpu->vcpu.id, b->vcpu->vcpu.id);
	if (!way && a->slot)
		way = compare((__u64)a->slot->slot.space << 16 | a->slot->slot.id,
			      (__u64)b->slot->slot.space << 16 | b->slot->slot.id);
	return way;
}

static int by_order(const void *a, const void *b, void *arg)
{
	const struct top_stage2_view *view = arg;
	double x = value(a, view), y = value(b, view);
	int way = x > y ? -1 : x < y;

	if (!way)
		way = by_name(a, b);
	return view->reverse ? -way : way;
}

static size_t most_rows(const struct stage2_tables *t, enum top_stage2_by by)
{
	return by == TOP_STAGE2_VM ? t->nr_vms : by == TOP_STAGE2_VCPU ? t->nr_vcpus : t->nr_slots;
}

long top_stage2_rows(const struct stage2_tables *before, const struct stage2_tables *now,
		     const struct top_stage2_view *view, struct top_stage2_row **out)
{
	size_t i, nr = most_rows(now, view->by);
	struct making m = {
		.before = before, .now = now, .rows = calloc(nr + 1, sizeof(*m.rows)),
	};
	struct top_stage2_view order = *view;

	if (!m.rows)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		if (view->by == TOP_STAGE2_VM)
			vm_row(&m, &now->vms[i]);
		else if (view->by == TOP_STAGE2_VCPU)
			vcpu_row(&m, &now->vcpus[i]);
		else
			slot_row(&m, &now->slots[i]);
	}
	qsort_r(m.rows, m.nr, sizeof(*m.rows), by_order, &order);
	*out = m.rows;
	return m.nr;
}
