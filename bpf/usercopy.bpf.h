/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting a copy and describing it: shared by the check, exact mode and faults. */
#ifndef LIMEN_USERCOPY_BPF_H
#define LIMEN_USERCOPY_BPF_H

#include "limen.bpf.h"
#include "emit.bpf.h"
#include "filter.bpf.h"

/* Bucket of a size; other bits are set when it may be a name's buffer. */
static __always_inline __u32 size_class(__u64 n)
{
	__u32 class = 13;	/* 4097 to 8191 bytes */

	if (__builtin_expect(n <= LIMEN_SIZE_MAX, 1))
		return limen_size_class[n];
	for (n >>= 13; n && class < LIMEN_BUCKETS - 1; n >>= 1)
		class++;
	return class;
}

static __always_inline void count_record(struct limen_record *rec, __u64 n, __u32 class,
					 bool to_user)
{
	__u32 dir = to_user;

	if (class >= LIMEN_BUCKETS)
		class = LIMEN_BUCKETS - 1;
	rec->counts.bytes[dir] += n;
	rec->counts.hist[dir][class]++;
}

static __always_inline __s32 current_syscall(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);

#if defined(__TARGET_ARCH_arm64)
	return BPF_CORE_READ(regs, syscallno);
#else
	__u64 nr = -1;

	bpf_probe_read_kernel(&nr, sizeof(nr), &regs->orig_ax);
	return nr;
#endif
}

/*
 * Reserves and clears a copy event, its stack left out unless with_stack (a
 * constant where it is called). The caller fills it and calls copy_event_send().
 */
static __always_inline struct limen_copy_event *
copy_event_begin(enum limen_event_kind kind, struct task_struct *task,
		 struct limen_record *rec, bool with_stack)
{
	const __u64 bare = offsetof(struct limen_copy_event, stack);
	struct limen_copy_event *e;

	if (with_stack)
		e = event_begin(kind, sizeof(*e), task, rec);
	else
		e = event_begin(kind, bare, task, rec);
	if (!e)
		return NULL;
	__builtin_memset(&e->length, 0, bare - sizeof(e->head));
	if (with_stack)
		__builtin_memset(e->exe, 0, sizeof(e->exe));
	e->syscall = current_syscall(task);
	return e;
}

static __always_inline void copy_event_send(void *ctx, struct limen_copy_event *e,
					    bool with_stack)
{
	long n;

	if (with_stack) {
		n = bpf_get_stack(ctx, e->stack, sizeof(e->stack), 0);
		e->nr_stack = n > 0 ? n / sizeof(__u64) : 0;
	}
	bpf_ringbuf_submit(e, 0);
}

/*
 * Do the filters let an event of this task and size through? Puts the ones
 * that match into *mask, for user space to ask them about the class.
 */
static __always_inline bool event_wanted(struct task_struct *task, struct limen_record *rec,
					 __u64 n, bool to_user, __u64 *mask)
{
	*mask = 0;
	if ((__u32)task->tgid == limen_self)
		return false;
	if (!limen_nr_filters || !rec)
		return true;
	*mask = mask_of_size(task_mask(rec, task), n, to_user);
	return *mask != 0;
}

#endif
