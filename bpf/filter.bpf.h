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
	if (f->flags & LIMEN_FILTER_UID && f->uid != (__u32)bpf_get_current_uid_gid())
		return false;
	if (f->flags & LIMEN_FILTER_CGROUP &&
	    f->cgroup != bpf_get_current_ancestor_cgroup_id(f->cgroup_level))
		return false;
	if (f->flags & LIMEN_FILTER_COMM) {
		bpf_get_current_comm(comm, sizeof(comm));
		if (!same_comm(comm, f->comm))
			return false;
	}
	return true;
}

/* The record's mask, computed again when the filters have changed. */
static __always_inline __u64 task_mask(struct limen_record *rec, struct task_struct *task)
{
	__u32 generation = limen_generation;
	__u64 mask = 0;
	__u32 i;

	if (rec->generation == generation)
		return rec->mask;
	for (i = 0; i < LIMEN_MAX_FILTERS; i++) {
		if (i >= limen_nr_filters)
			break;
		if (filter_wants_task(&limen_filters[i], task))
			mask |= 1ULL << i;
	}
	rec->mask = mask;
	rec->generation = generation;
	return mask;
}

static __always_inline bool filter_wants_size(const struct limen_filter *f, __u64 n, bool to_user)
{
	if (f->flags & LIMEN_FILTER_DIRECTION && f->direction != to_user)
		return false;
	return !(f->flags & LIMEN_FILTER_MIN_SIZE && n < f->min_size);
}

/* Which filters of the mask want a copy of this size and direction. */
static __always_inline __u64 mask_of_size(__u64 mask, __u64 n, bool to_user)
{
	__u64 wanted = 0;
	__u32 i;

	for (i = 0; i < LIMEN_MAX_FILTERS; i++) {
		if (i >= limen_nr_filters)
			break;
		if (mask & (1ULL << i) && filter_wants_size(&limen_filters[i], n, to_user))
			wanted |= 1ULL << i;
	}
	return wanted;
}

/* Does one of the filters want this class? Asked last: the class is dear. */
static __always_inline bool mask_wants_class(__u64 mask, __u32 class)
{
	__u32 i;

	for (i = 0; i < LIMEN_MAX_FILTERS; i++) {
		struct limen_filter *f = &limen_filters[i];

		if (i >= limen_nr_filters)
			break;
		if (!(mask & (1ULL << i)))
			continue;
		if (!(f->flags & LIMEN_FILTER_CLASS) || f->classes & (1u << (class & 31)))
			return true;
	}
	return false;
}

#endif
