/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tee boundary's events: steps of a lifecycle, and violations with a stack. */
#ifndef LIMEN_TEE_EVENT_BPF_H
#define LIMEN_TEE_EVENT_BPF_H

#include "tee.bpf.h"
#include "calls.bpf.h"
#include "exe.bpf.h"

/* Is this step sent? A constant after load: what is not sent costs nothing. */
#define TEE_SENT(step)	(limen_tee_steps >> (step) & 1)

/* What an event says, put together before room for it is taken. */
struct tee_note {
	__u64 shm;
	__u64 ctx;
	__u64 length;
	__s64 error;
	__u64 latency_ns;
	const struct limen_tee_object *object;	/* may be NULL */
	__u32 flags;
	__u32 refs;
	__u32 session;
	__u32 func;
	__u32 result;
	__u32 origin;
	__u8 uuid[16];		/* with LIMEN_TEE_EVENT_UUID in flags */
};

static __always_inline void note_uuid(struct tee_note *n, const __u8 *uuid)
{
	__builtin_memcpy(n->uuid, uuid, sizeof(n->uuid));
	n->flags |= LIMEN_TEE_EVENT_UUID;
}

/* Reserved and cleared, head filled; NULL when the ring is full, which is counted. */
static __always_inline struct limen_tee_event *tee_event_begin(const bool violation, bool quiet)
{
	const __u64 bare = offsetof(struct limen_tee_event, other);
	struct limen_tee_cpu *cpu = tee_cpu();
	struct limen_tee_event *e;
	__u64 seq;

	if (!cpu)
		return NULL;
	if (quiet)
		seq = __sync_fetch_and_add(&cpu->cpu.task_seq, 1);
	else
		seq = __sync_fetch_and_add(&cpu->cpu.seq, 1);
	__sync_fetch_and_add(&cpu->cpu.produced[LIMEN_EVENT_TEE], 1);
	if (violation)
		e = bpf_ringbuf_reserve(&limen_ring, sizeof(*e), 0);
	else
		e = bpf_ringbuf_reserve(&limen_ring, bare, 0);
	if (!e) {
		__sync_fetch_and_add(&cpu->cpu.lost[LIMEN_EVENT_TEE], 1);
		return NULL;
	}
	__builtin_memset(e, 0, bare);
	if (violation) {	/* the stack is written whole by bpf_get_stack() */
		__builtin_memset(&e->other, 0, offsetof(struct limen_tee_event, stack) - bare);
		__builtin_memset(e->exe, 0, sizeof(e->exe));
	}
	e->head.kind = LIMEN_EVENT_TEE;
	e->head.size = violation ? sizeof(*e) : bare;
	e->head.cpu = bpf_get_smp_processor_id();
	e->head.seq = seq;
	e->head.time_ns = bpf_ktime_get_boot_ns();
	read_current(&e->head.task);
	return e;
}

static __always_inline void fill_event(struct limen_tee_event *e, const struct tee_note *n,
				       __u32 step)
{
	struct limen_tee_context *c = find_context(n->ctx);

	e->step = step;
	e->shm = n->shm;
	e->ctx = n->ctx;
	e->length = n->length;
	e->error = n->error;
	e->latency_ns = n->latency_ns;
	e->flags = n->flags;
	e->refs = n->refs;
	e->session = n->session;
	e->func = n->func;
	e->result = n->result;
	e->origin = n->origin;
	e->cmd_nr = current_ioctl();
	__builtin_memcpy(e->uuid, n->uuid, sizeof(e->uuid));
	if (n->object) {
		e->object = *n->object;
		e->flags |= LIMEN_TEE_EVENT_OBJECT;
	}
	if (!c)
		return;
	__builtin_memcpy(e->device, c->device, sizeof(e->device));
	if (c->state & LIMEN_TEE_CTX_IN_KERNEL)
		e->flags |= LIMEN_TEE_EVENT_IN_KERNEL;
	if (!(c->state & LIMEN_TEE_CTX_NO_OWNER)) {
		e->owner = c->owner;
		e->flags |= LIMEN_TEE_EVENT_OWNER;
	}
}

COLD int send_step(const struct tee_note *n, __u32 step)
{
	struct limen_tee_event *e = tee_event_begin(false, limen_tee_quiet >> step & 1);

	if (!e)
		return 0;
	fill_event(e, n, step);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static __always_inline void send_with_stack(void *ctx, struct limen_tee_event *e)
{
	long size = bpf_get_stack(ctx, e->stack, sizeof(e->stack), 0);

	e->nr_stack = size > 0 ? size / sizeof(__u64) : 0;
	read_exe_names(bpf_get_current_task_btf(), e->exe);
	bpf_ringbuf_submit(e, 0);
}

/* other: the second task, NULL if there is none. */
COLD int send_violation(void *ctx, const struct tee_note *n, __u32 class,
			const struct limen_task *other)
{
	struct limen_tee_event *e;

	TEE_COUNT(violations);
	e = tee_event_begin(true, false);
	if (!e)
		return 0;
	fill_event(e, n, LIMEN_TEE_STEP_VIOLATION);
	e->class = class;
	if (other) {
		e->other = *other;
		e->flags |= LIMEN_TEE_EVENT_OTHER;
	}
	send_with_stack(ctx, e);
	return 0;
}

#endif
