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
	__u32 epoch;		/* frames of an earlier attachment are void */
	struct tee_frame frames[TEE_DEPTH];
};

/*
 * Most calls find their stack here, by the thread's number. Key: the number's
 * lower bits. Bound: TEE_FAST. Taken with a task's outermost call and given
 * back with its end. Taken by another task: the task's own storage serves.
 */
#define TEE_FAST	1024

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TEE_FAST);
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
	return bpf_task_storage_get(&limen_tee_tasks, bpf_get_current_task_btf(), 0, flags);
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
	if (!stack || !stack->depth || stack->epoch != tee_epoch() ||
	    stack->owner_start != task->start_boottime)
		return NULL;
	return stack;
}

/* The same, made if there is none. */
static __always_inline struct tee_stack *get_stack(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tee_stack *stack = fast_slot(task);
	__u32 epoch = tee_epoch();

	if (!stack)
		return NULL;
	if (stack->owner != (__u64)task &&
	    (stack->owner || __sync_val_compare_and_swap(&stack->owner, 0, (__u64)task)))
		stack = slow_stack(BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!stack)
		return NULL;
	if (stack->epoch != epoch || stack->owner_start != task->start_boottime) {
		stack->owner_start = task->start_boottime;
		stack->epoch = epoch;
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
 * on the stack has returned, and the kernel did not show it.
 */
static __always_inline struct tee_frame *push_outermost(enum tee_call call)
{
	struct tee_stack *stack = find_stack();

	if (stack) {
		TEE_ADD(returns_missed, stack->depth);
		stack->depth = 0;
	}
	return push_call(call);
}

/*
 * The frame of the call that returns into *out, and all above it off the
 * stack: their returns were missed. False when its begin was not seen.
 */
static __always_inline bool pop_call(enum tee_call call, struct tee_frame *out)
{
	struct tee_stack *stack = find_stack();
	struct tee_frame *frame;
	__u32 depth;
	int i;

	if (!stack)
		return false;
	depth = stack->depth;
	for (i = 0; i < TEE_DEPTH && depth; i++) {
		depth--;
		frame = &stack->frames[depth & (TEE_DEPTH - 1)];
		if (frame->call != call)
			continue;
		if (i)
			TEE_ADD(returns_missed, i);
		*out = *frame;
		stack->depth = depth;
		if (!depth)	/* in the task's storage nobody looks at it */
			stack->owner = 0;
		return true;
	}
	return false;
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

/* Three arguments, whatever kind of probe it is. */
struct tee_args {
	__u64 a, b, c;
};

/* Who called the function, asked for in the program where it begins. */
#define CALLER(ctx, kprobe)	((kprobe) ? kprobe_caller(ctx) : fentry_caller(ctx))

static __always_inline void fentry_args(void *ctx, struct tee_args *args)
{
	bpf_get_func_arg(ctx, 0, &args->a);
	bpf_get_func_arg(ctx, 1, &args->b);
	bpf_get_func_arg(ctx, 2, &args->c);
}

static __always_inline void kprobe_args(struct pt_regs *ctx, struct tee_args *args)
{
	args->a = PT_REGS_PARM1(ctx);
	args->b = PT_REGS_PARM2(ctx);
	args->c = PT_REGS_PARM3(ctx);
}

/*
 * Adapters. name_begin(ctx, args, kprobe) is called where the function begins,
 * name_end(ctx, ret) where it returns.
 */
#define TEE_BEGIN(name, function)					\
SEC("fentry/" function)							\
int name##_begin_fentry(unsigned long long *ctx)			\
{									\
	struct tee_args args = {};					\
									\
	if (!tee_epoch())						\
		return 0;						\
	fentry_args(ctx, &args);					\
	return name##_begin(ctx, &args, false);			\
}									\
									\
static __always_inline int name##_begin_regs(struct pt_regs *ctx)	\
{									\
	struct tee_args args = {};					\
									\
	if (!tee_epoch())						\
		return 0;						\
	kprobe_args(ctx, &args);					\
	return name##_begin(ctx, &args, true);				\
}									\
									\
KPROBES("kprobe", name##_begin, function)

#define TEE_END(name, function)						\
SEC("fexit/" function)							\
int name##_end_fentry(unsigned long long *ctx)				\
{									\
	__u64 ret = 0;							\
									\
	if (!tee_epoch())						\
		return 0;						\
	bpf_get_func_ret(ctx, &ret);					\
	return name##_end(ctx, ret);					\
}									\
									\
static __always_inline int name##_end_regs(struct pt_regs *ctx)	\
{									\
	return tee_epoch() ? name##_end(ctx, PT_REGS_RC(ctx)) : 0;	\
}									\
									\
KPROBES("kretprobe", name##_end, function)

#endif
