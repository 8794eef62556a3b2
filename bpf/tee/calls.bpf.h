/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that a task has begun and not ended: what a return needs to know of
 * the call, and what lies around it. Kept per task, as a stack of a few
 * frames, the same for fentry and kprobes (whose returns have no arguments).
 */
#ifndef LIMEN_TEE_CALLS_BPF_H
#define LIMEN_TEE_CALLS_BPF_H

#include "tee.bpf.h"
#include "caller.bpf.h"
#include "hook.bpf.h"

enum tee_call {
	CALL_NONE,
	CALL_OPEN,
	CALL_CLIENT_OPEN,
	CALL_IOCTL,
	CALL_CLIENT_SESSION,
	CALL_CLIENT_INVOKE,
	CALL_MAKE,
	CALL_FD,
	CALL_GET,
	CALL_MMAP,
	CALL_FREE,
	CALL_PUT,
	CALL_REGISTER,
	CALL_UNREGISTER,
	CALL_RPC_ALLOC,
	CALL_CACHE,		/* the driver takes a message buffer for itself */
};

#define TEE_DEPTH	8

struct tee_frame {
	__u32 call;		/* enum tee_call */
	__u32 kind;		/* CALL_MAKE: enum limen_tee_kind; CALL_IOCTL: its number */
	__u64 a, b, c;		/* arguments */
	__u64 caller;
	__u64 start_ns;
};

struct tee_stack {
	__u64 owner;		/* the task's address; 0: nobody's */
	__u64 owner_start;	/* for addresses are used again */
	__u32 depth;
	__u32 epoch;		/* in a task's storage: of an earlier attachment, void */
	struct tee_frame frames[TEE_DEPTH];
};

/*
 * Most calls find their stack here, by the thread's number. Key: the number's
 * lower bits. Bound: TEE_FAST. Taken with a task's outermost call and given
 * back with its end. Taken by another task: the task's own storage serves.
 * User space clears it before programs are attached anew.
 */
#define TEE_FAST	1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TEE_FAST);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct tee_stack);
} limen_tee_fast __weak SEC(".maps");

/* Key: task. Bound: tasks that met another one there. Deleted by the kernel with the task. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tee_stack);
} limen_tee_tasks __weak SEC(".maps");

COLD struct tee_stack *slow_stack(__u64 flags)
{
	struct tee_stack *stack = bpf_task_storage_get(&limen_tee_tasks,
						       bpf_get_current_task_btf(), 0, flags);
	__u32 epoch = limen_tee_epoch;

	if (stack && stack->epoch != epoch) {
		stack->epoch = epoch;
		stack->depth = 0;
	}
	return stack;
}

static __always_inline struct tee_stack *fast_slot(struct task_struct *task)
{
	__u32 slot = task->pid & (TEE_FAST - 1);

	return bpf_map_lookup_elem(&limen_tee_fast, &slot);
}

/* The stack of the current task, NULL if it is in no call that was seen. */
static __always_inline struct tee_stack *find_stack(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tee_stack *stack = fast_slot(task);

	if (!stack || stack->owner != (__u64)task)
		stack = slow_stack(0);
	if (!stack || !stack->depth || stack->owner_start != task->start_boottime)
		return NULL;
	return stack;
}

/* The same, made if there is none. */
static __always_inline struct tee_stack *get_stack(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tee_stack *stack = fast_slot(task);

	if (!stack)
		return NULL;
	if (stack->owner != (__u64)task &&
	    (stack->owner || __sync_val_compare_and_swap(&stack->owner, 0, (__u64)task)))
		stack = slow_stack(BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!stack)
		return NULL;
	if (stack->owner_start != task->start_boottime) {
		stack->owner_start = task->start_boottime;
		stack->depth = 0;
	}
	return stack;
}

/* A new frame on top, NULL when there is no room. The caller fills the rest. */
static __always_inline struct tee_frame *push_call(enum tee_call call)
{
	struct tee_stack *stack = get_stack();
	struct tee_frame *frame;

	if (!stack || stack->depth >= TEE_DEPTH) {
		TEE_COUNT(no_call);
		return NULL;
	}
	frame = &stack->frames[stack->depth & (TEE_DEPTH - 1)];
	stack->depth++;
	frame->call = call;
	frame->kind = 0;
	return frame;
}

/*
 * The same for a call that user space makes, which lies in no other: what is
 * on the stack has returned, and the kernel did not show it. kind is left to
 * the caller, too.
 */
static __always_inline struct tee_frame *push_outermost(enum tee_call call)
{
	struct tee_stack *stack = get_stack();

	if (!stack) {
		TEE_COUNT(no_call);
		return NULL;
	}
	if (stack->depth)
		TEE_ADD(returns_missed, stack->depth);
	stack->depth = 1;
	stack->frames[0].call = call;
	return &stack->frames[0];
}

/*
 * Off the stack again, with all that is still above it. NULL when its begin
 * was not seen; else its frame, which is another task's as soon as it is given
 * back by leave_outermost().
 */
static __always_inline struct tee_frame *pop_outermost(enum tee_call call, struct tee_stack **out)
{
	struct tee_stack *stack = find_stack();

	if (!stack || stack->frames[0].call != call)
		return NULL;
	if (stack->depth > 1)
		TEE_ADD(returns_missed, stack->depth - 1);
	stack->depth = 0;
	*out = stack;
	return &stack->frames[0];
}

static __always_inline void leave_outermost(struct tee_stack *stack)
{
	stack->owner = 0;	/* in the task's storage nobody looks at it */
}

/* Frames above the last one of this call are off the stack. False if there is none. */
COLD bool uncover_call(struct tee_stack *stack, enum tee_call call)
{
	__u32 depth = stack->depth, i;

	for (i = 0; i < TEE_DEPTH && depth; i++, depth--) {
		if (stack->frames[(depth - 1) & (TEE_DEPTH - 1)].call != call)
			continue;
		TEE_ADD(returns_missed, i);
		stack->depth = depth;
		return true;
	}
	return false;
}

static __always_inline struct tee_frame *top_of(struct tee_stack *stack)
{
	return &stack->frames[(stack->depth - 1) & (TEE_DEPTH - 1)];
}

/*
 * The stack whose top is the call that returns, all above it dropped: their
 * returns were missed. NULL when its begin was not seen.
 */
static __always_inline struct tee_stack *returning(enum tee_call call)
{
	struct tee_stack *stack = find_stack();

	if (!stack)
		return NULL;
	if (top_of(stack)->call != call && !uncover_call(stack, call))
		return NULL;
	return stack;
}

static __always_inline void drop_top(struct tee_stack *stack)
{
	stack->depth--;
	if (!stack->depth)	/* in the task's storage nobody looks at it */
		stack->owner = 0;
}

/* The frame of the call that returns, off the stack. False when its begin was not seen. */
static __always_inline bool pop_call(enum tee_call call, struct tee_frame *out)
{
	struct tee_stack *stack = returning(call);

	if (!stack)
		return false;
	*out = *top_of(stack);
	drop_top(stack);
	return true;
}

static __always_inline void drop_call(enum tee_call call)
{
	struct tee_stack *stack = returning(call);

	if (stack)
		drop_top(stack);
}

/* The frame nth from the top, 0 is the top itself; NULL when there is none. */
static __always_inline struct tee_frame *call_above(__u32 nth)
{
	struct tee_stack *stack = find_stack();

	if (!stack || stack->depth <= nth)
		return NULL;
	return &stack->frames[(stack->depth - 1 - nth) & (TEE_DEPTH - 1)];
}

/* Number of the ioctl that the task is in, 0 when it is in none. */
static __always_inline __u32 current_ioctl(void)
{
	struct tee_stack *stack = find_stack();

	if (!stack || stack->frames[0].call != CALL_IOCTL)
		return 0;
	return stack->frames[0].kind;
}

/* Who called the function, asked for in the program where it begins. */
#define CALLER(ctx, kprobe)	((kprobe) ? kprobe_caller(ctx) : fentry_caller(ctx))

#define TEE_BEGIN(name, function, nr)	FUNC_BEGIN(name, function, nr, limen_tee_epoch)

/* What was begun while it was counted is also counted to its end. */
#define TEE_END(name, function, nr)	FUNC_END(name, function, nr)
#define TEE_END_SHM(name, function, nr)	FUNC_END_TYPED(name, function, nr)

#endif
