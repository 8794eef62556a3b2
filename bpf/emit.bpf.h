/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events into the ring. Each takes its CPU's next number; losses are counted. */
#ifndef LIMEN_EMIT_BPF_H
#define LIMEN_EMIT_BPF_H

#include "limen.bpf.h"
#include "task.bpf.h"

/*
 * Reserves an event of a size known at compile time and fills its head.
 * NULL when the ring is full; the loss is then counted and its number used,
 * so that the reader sees the hole.
 */
static __always_inline void *event_begin(enum limen_event_kind kind, __u64 size,
					 struct task_struct *task, struct limen_record *rec)
{
	struct limen_cpu *cpu = this_cpu();
	struct limen_event *e;
	__u64 seq;

	if (kind == LIMEN_EVENT_EXEC || kind == LIMEN_EVENT_EXIT)
		seq = __sync_fetch_and_add(&cpu->task_seq, 1);
	else
		seq = __sync_fetch_and_add(&cpu->seq, 1);
	__sync_fetch_and_add(&cpu->produced[kind], 1);
	e = bpf_ringbuf_reserve(&limen_ring, size, 0);
	if (!e) {
		__sync_fetch_and_add(&cpu->lost[kind], 1);
		return NULL;
	}
	e->kind = kind;
	e->size = size;
	e->cpu = bpf_get_smp_processor_id();
	e->seq = seq;
	e->time_ns = bpf_ktime_get_boot_ns();
	read_task(&e->task, task, rec);
	return e;
}

#endif
