/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Matching in two steps. Who: once per task, kept in its record as a mask
 * with the generation of the filters. What: only for tasks with bits set.
 */
#ifndef LIMEN_FILTER_BPF_H
#define LIMEN_FILTER_BPF_H

#include "limen.bpf.h"

static __always_inline bool same_comm(const char *a, const char *b)
{
	const __u64 *x = (const __u64 *)a;
	const __u64 *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1];
}

COLD bool filter_wants_task(struct limen_filter *f, struct task_struct *task)
{
	char comm[LIMEN_COMM_LEN] __attribute__((aligned(8))) = {};

	if (f->flags & LIMEN_FILTER_PID && f->pid != (__u32)task->tgid)
		return false;
	if (f->flags & LIMEN_FILTER_UID && f->uid != task->cred->uid.val)
		return false;
	if (f->flags & LIMEN_FILTER_CGROUP &&
	    f->cgroup != bpf_get_current_ancestor_cgroup_id(f->cgroup_level))
		return false;
	if (f->flags & LIMEN_FILTER_COMM) {
		read_comm(comm, task);
		if (!same_comm(comm, f->comm))
			return false;
	}
	return true;
}

struct wanting {
	struct task_struct *task;
	__u64 mask;
};

static long ask_filter(__u32 i, struct wanting *w)
{
	if (i >= limen_nr_filters)
		return 1;
	if (filter_wants_task(&limen_filters[i & (LIMEN_MAX_FILTERS - 1)], w->task))
		w->mask |= 1ULL << (i & 63);
	return 0;
}

/* The record's mask, computed again when the filters have changed. */
static __always_inline __u64 task_mask(struct limen_record *rec, struct task_struct *task)
{
	struct wanting w = {.task = task};
	__u32 generation = limen_generation;

	if (rec->generation == generation)
		return rec->mask;
	bpf_loop(LIMEN_MAX_FILTERS, ask_filter, &w, 0);
	rec->mask = w.mask;
	rec->generation = generation;
	return w.mask;
}

/*
 * Which filters of the mask want a copy of this size and direction. They are
 * in the order of their least size: those that are content are the first ones.
 */
static __always_inline __u64 mask_of_size(__u64 mask, __u64 n, bool to_user)
{
	__u32 low = 0, step;

	for (step = LIMEN_MAX_FILTERS / 2; step; step /= 2)
		if (n >= limen_masks.min_size[(low + step - 1) & (LIMEN_MAX_FILTERS - 1)])
			low += step;
	if (n >= limen_masks.min_size[low & (LIMEN_MAX_FILTERS - 1)])
		low++;
	if (low < 64)
		mask &= (1ULL << (low & 63)) - 1;
	return mask & limen_masks.direction[to_user];
}

/* Does one of the filters want this class? Asked last: the class is dear. */
static __always_inline bool mask_wants_class(__u64 mask, __u32 class)
{
	return mask & limen_masks.class[class & (LIMEN_CLASS_MASKS - 1)];
}

#endif
