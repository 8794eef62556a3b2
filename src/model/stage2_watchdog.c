// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/stage2_watchdog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/stage2.h"

#define LOG_DIRTY	1			/* KVM_MEM_LOG_DIRTY_PAGES */
#define INT_MOST	0x7fffffffULL
#define SEQUENCE_NEAR	(1ULL << 27)		/* invalidations before the overflow */
#define RANGES		1024			/* that were converted last */

const char *const stage2_storm_names[STAGE2_STORMS] = {
	[STAGE2_STORM_REFAULTS] = "refaults",
	[STAGE2_STORM_DIRTY_LOG] = "dirty-log",
	[STAGE2_STORM_PERMISSION] = "permission",
};

const char *stage2_storm_words(enum stage2_storm storm)
{
	static const char *const words[STAGE2_STORMS] = {
		[STAGE2_STORM_REFAULTS] = "the host takes pages away as fast as the guest faults them "
			"in (balloon, reclaim, KSM, migration of pages)",
		[STAGE2_STORM_DIRTY_LOG] = "dirty pages are logged: each first write faults, and huge "
			"pages are split; no fault of the kernel's, but slow while a migration runs",
		[STAGE2_STORM_PERMISSION] = "pages are mapped, but not for these accesses: copies are "
			"made, or pages are write-protected again and again",
	};

	return words[storm];
}

/* What is remembered of a VM from one look to the next. */
struct seen {
	__u64 number, seen_ns;
	__u64 since_ns;			/* when the sums below were taken */
	__u64 permission, translation, unmapped;
	bool storming, sequence_said;
};

struct range {
	__u64 kvm, address, size;
	__u64 since_ns, times;
	bool private, said;
};

struct stage2_watchdog {
	struct stage2_limits limits;
	struct seen *vms;
	size_t nr_vms;
	struct range ranges[RANGES];
	unsigned int next_range;
};

struct stage2_watchdog *stage2_watchdog_new(const struct stage2_limits *limits)
{
	struct stage2_watchdog *w = calloc(1, sizeof(*w));

	if (w)
		w->limits = *limits;
	return w;
}

void stage2_watchdog_free(struct stage2_watchdog *w)
{
	if (!w)
		return;
	free(w->vms);
	free(w);
}

/* --- storms --- */

static void take_sums(struct seen *s, const struct limen_s2_vm *vm, __u64 now)
{
	s->since_ns = now;
	s->permission = vm->sums.faults[LIMEN_S2_PERMISSION];
	s->translation = vm->sums.faults[LIMEN_S2_TRANSLATION];
	s->unmapped = vm->unmapped;
}

static bool logs_dirty(const struct stage2_tables *t, __u64 vm)
{
	size_t i;

	for (i = 0; i < t->nr_slots; i++)
		if (t->slots[i].slot.vm == vm && !t->slots[i].slot.gone &&
		    t->slots[i].slot.flags & LOG_DIRTY)
			return true;
	return false;
}

/*
 * Memory that is touched for the first time faults, too, and as fast as it can.
 * What counts: faults for pages that the host took, and permission faults.
 */
static bool is_storm(const struct stage2_watchdog *w, const struct stage2_tables *t,
		     const struct seen *s, struct stage2_finding *f)
{
	const struct limen_s2_vm *vm = &f->vm->vm;
	__u64 permission = vm->sums.faults[LIMEN_S2_PERMISSION] - s->permission;
	__u64 translation = vm->sums.faults[LIMEN_S2_TRANSLATION] - s->translation;
	__u64 pages, again;

	f->unmapped = vm->unmapped - s->unmapped;
	pages = f->unmapped / sysconf(_SC_PAGESIZE);
	again = translation < pages ? translation : pages;
	f->faults = permission + again;
	f->storm = permission < again ? STAGE2_STORM_REFAULTS :
		   logs_dirty(t, f->vm->number) ? STAGE2_STORM_DIRTY_LOG : STAGE2_STORM_PERMISSION;
	/* As many in the time that it was: a look may come late. */
	return f->faults * (double)w->limits.storm_ns >=
	       w->limits.storm_faults * (double)f->for_ns;
}

static void look_for_storm(const struct stage2_watchdog *w, const struct stage2_tables *t,
			   struct seen *s, struct stage2_finding *f, stage2_report report, void *arg)
{
	f->for_ns = f->time_ns - s->since_ns;
	if (f->for_ns < w->limits.storm_ns)
		return;
	f->finding = LIMEN_S2_STORM;
	if (!is_storm(w, t, s, f))
		s->storming = false;
	else if (!s->storming && (s->storming = true))
		report(arg, f);
	take_sums(s, &f->vm->vm, f->time_ns);
}

/* --- the invalidation counter --- */

static void look_at_sequence(const struct stage2_watchdog *w, struct seen *s,
			     struct stage2_finding *f, stage2_report report, void *arg)
{
	__u64 sequence = f->vm->vm.invalidations;

	if (!w->limits.sequence_is_int || s->sequence_said || f->vm->vm.ended ||
	    sequence < INT_MOST - SEQUENCE_NEAR)
		return;
	s->sequence_said = true;
	f->finding = LIMEN_S2_SEQUENCE;
	f->sequence = sequence;
	report(arg, f);
}

/* --- all VMs --- */

static struct seen *find_seen(const struct stage2_watchdog *w, const struct stage2_vm_line *vm)
{
	size_t i;

	for (i = 0; i < w->nr_vms; i++)
		if (w->vms[i].number == vm->number && w->vms[i].seen_ns == vm->vm.seen_ns)
			return &w->vms[i];
	return NULL;
}

int stage2_watchdog_scan(struct stage2_watchdog *w, const struct stage2_tables *t, __u64 now,
			 stage2_report report, void *arg)
{
	struct seen *vms = calloc(t->nr_vms ?: 1, sizeof(*vms)), *before;
	struct stage2_finding f;
	size_t i;

	if (!vms)
		return -ENOMEM;
	for (i = 0; i < t->nr_vms; i++) {
		memset(&f, 0, sizeof(f));
		f.vm = &t->vms[i];
		f.time_ns = now;
		before = find_seen(w, f.vm);
		if (before) {
			vms[i] = *before;
		} else {	/* its life may be shorter than from one look to the next */
			vms[i].number = f.vm->number;
			vms[i].seen_ns = f.vm->vm.seen_ns;
			vms[i].since_ns = f.vm->vm.seen_ns;
		}
		look_for_storm(w, t, &vms[i], &f, report, arg);
		look_at_sequence(w, &vms[i], &f, report, arg);
	}
	free(w->vms);
	w->vms = vms;
	w->nr_vms = t->nr_vms;
	return 0;
}

/* --- private and shared --- */

static struct range *range_of(struct stage2_watchdog *w, const struct limen_s2_event *e)
{
	struct range *r;
	unsigned int i;

	for (i = 0; i < RANGES; i++) {
		r = &w->ranges[i];
		if (r->times && r->kvm == e->kvm && r->address == e->address && r->size == e->size)
			return r;
	}
	r = &w->ranges[w->next_range++ % RANGES];
	memset(r, 0, sizeof(*r));
	r->kvm = e->kvm;
	r->address = e->address;
	r->size = e->size;
	return r;
}

static const struct stage2_vm_line *vm_of(const struct stage2_tables *t, __u64 kvm)
{
	size_t i;

	for (i = 0; i < t->nr_vms; i++)
		if (t->vms[i].vm.kvm == kvm)
			return &t->vms[i];
	return NULL;
}

void stage2_watchdog_convert(struct stage2_watchdog *w, const struct limen_s2_event *e,
			     const struct stage2_tables *t, stage2_report report, void *arg)
{
	struct stage2_finding f = {.finding = LIMEN_S2_CHURN, .time_ns = e->head.time_ns};
	bool private = e->flags & LIMEN_S2_PRIVATE;
	struct range *r = range_of(w, e);

	if (r->times && r->private == private)
		return;		/* as it was */
	if (!r->times || e->head.time_ns - r->since_ns > w->limits.churn_ns) {
		r->since_ns = e->head.time_ns;
		r->times = 0;
		r->said = false;
	}
	r->private = private;
	r->times++;
	/* The first one only tells what it is. */
	if (r->times <= w->limits.churn_times || r->said)
		return;
	r->said = true;
	f.vm = vm_of(t, e->kvm);
	f.for_ns = e->head.time_ns - r->since_ns;
	f.address = e->address;
	f.size = e->size;
	f.times = r->times - 1;
	report(arg, &f);
}
