/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task record: how to reach it, how it is born, who its task is. */
#ifndef LIMEN_TASK_BPF_H
#define LIMEN_TASK_BPF_H

#include "limen.bpf.h"
#include "exe.bpf.h"

/* rec may be NULL. The executable is the record's when the task has lost its mm. */
static __always_inline void read_task(struct limen_task *who, struct task_struct *task,
				      struct limen_record *rec)
{
	read_who(who, task);
	if (rec && !(rec->flags & LIMEN_TASK_REST)) {
		who->exe_ino = rec->who.exe_ino;
		who->exe_dev = rec->who.exe_dev;
	} else {
		read_exe(task, &who->exe_ino, &who->exe_dev);
	}
}

static __always_inline struct limen_record *record_at(__u32 index)
{
	return bpf_map_lookup_elem(&limen_records, &index);
}

/* The record of what belongs to no task, this CPU's. */
static __always_inline struct limen_record *rest_record(void)
{
	struct limen_record *rec = record_at(LIMEN_FIRST_REST + bpf_get_smp_processor_id());

	if (rec)
		rec->flags = LIMEN_TASK_REST;
	return rec;
}

/* An index that is free, 0 when there is none. */
static __always_inline __u32 take_index(void)
{
	__u32 index = 0;

	if (!bpf_map_pop_elem(&limen_free, &index))
		return index;
	if (limen_next_index >= limen_max_records)
		return 0;
	index = __sync_fetch_and_add(&limen_next_index, 1);
	return index < limen_max_records ? index : 0;
}

/* Gives a task's record back. The caller has taken what it needs. */
static __always_inline void give_back(struct limen_record *rec, __u32 index)
{
	__builtin_memset(rec, 0, sizeof(*rec));
	bpf_map_push_elem(&limen_free, &index, 0);
}

/*
 * Gives the task a slot and, if one is free, a record. False when the kernel
 * has no memory for the slot: the task is then not followed.
 */
COLD bool add_task(struct task_struct *task)
{
	struct limen_record *rec;
	struct limen_slot *slot;

	slot = bpf_task_storage_get(&limen_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!slot)
		return false;
	slot->index = take_index();
	__sync_fetch_and_add(&limen_epoch, 1);
	rec = record_at(slot->index);
	if (slot->index && rec) {
		read_task(&rec->who, task, NULL);
		rec->owner = (__u64)task;
		return true;
	}
	__sync_fetch_and_add(&this_cpu()->no_record, 1);
	return true;
}

/* The record of any task, NULL if it has none. */
static __always_inline struct limen_record *find_record(struct task_struct *task)
{
	struct limen_slot *slot = bpf_task_storage_get(&limen_tasks, task, 0, 0);
	struct limen_record *rec;

	if (!slot)
		return NULL;
	rec = record_at(slot->index);
	return rec && rec->owner == (__u64)task ? rec : NULL;
}

/* A child of a followed task whose parent could not give it a slot (task_born()). */
static __always_inline bool newly_born(struct task_struct *task)
{
	__u32 tid = task->pid;

	return !bpf_map_delete_elem(&limen_born, &tid);
}

static __always_inline struct limen_cache *this_cache(void)
{
	return &limen_cache[bpf_get_smp_processor_id() & (LIMEN_MAX_CPUS - 1)];
}

/*
 * The current task's record by way of its local storage: on its first copy,
 * and on its first since another task copied on this CPU.
 */
COLD struct limen_record *look_up_record(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct limen_cache *cache = this_cache();
	__u32 epoch = limen_epoch;
	struct limen_slot *slot;
	struct limen_record *rec;

	if (!limen_everyone && cache->stranger == (__u64)task && cache->epoch == epoch)
		return NULL;
	slot = bpf_task_storage_get(&limen_tasks, task, 0, 0);
	if (!slot && !limen_everyone && !newly_born(task)) {
		cache->stranger = (__u64)task;
		cache->epoch = epoch;
		return NULL;
	}
	if (!slot) {
		/* No allocation for a task that ends: it would not be reported. */
		if (task->flags & PF_EXITING || !add_task(task))
			return rest_record();
		slot = bpf_task_storage_get(&limen_tasks, task, 0, 0);
	}
	if (!slot)
		return rest_record();
	rec = record_at(slot->index);
	if (!rec || rec->owner != (__u64)task)
		return rest_record();
	cache->index = slot->index;
	return rec;
}

/*
 * Where the current task is counted: its record, or its CPU's for what belongs
 * to no task. NULL when it is not to be counted at all.
 */
static __always_inline struct limen_record *current_record(void)
{
	__u64 task = bpf_get_current_task();
	struct limen_record *rec = bpf_map_lookup_elem(&limen_records, &this_cache()->index);

	if (__builtin_expect(rec && rec->owner == task, 1))
		return rec;
	return look_up_record();
}

#endif
