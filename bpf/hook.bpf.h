/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adapters: one body for the begin of a function, one for its return, and
 * programs around them for each way of attaching: fentry and fexit, kprobe and
 * kprobe.multi.
 */
#ifndef LIMEN_HOOK_BPF_H
#define LIMEN_HOOK_BPF_H

#include "base.bpf.h"

/* Arguments, whatever kind of probe it is; d only by FUNC_BEGIN4. */
struct func_args {
	__u64 a, b, c, d;
};

static __always_inline void kprobe_args(struct pt_regs *ctx, struct func_args *args)
{
	args->a = PT_REGS_PARM1(ctx);
	args->b = PT_REGS_PARM2(ctx);
	args->c = PT_REGS_PARM3(ctx);
}

/*
 * Adapters, with as many arguments (nr) as the function has, or as are of use:
 * a plain load of an argument keeps its type. name_begin(ctx, args, kprobe) is
 * called where the function begins, name_end(ctx, ret) where it returns.
 */
#define FUNC_BEGIN(name, function, nr, gate)				\
SEC("fentry/" function)							\
int name##_begin_fentry(unsigned long long *ctx)			\
{									\
	struct func_args args = {					\
		.a = ctx[0], .b = (nr) > 1 ? ctx[(nr) > 1 ? 1 : 0] : 0,	\
		.c = (nr) > 2 ? ctx[(nr) > 2 ? 2 : 0] : 0,		\
	};								\
									\
	return (gate) ? name##_begin(ctx, &args, false) : 0;		\
}									\
									\
static __always_inline int name##_begin_regs(struct pt_regs *ctx)	\
{									\
	struct func_args args = {};					\
									\
	if (!(gate))							\
		return 0;						\
	kprobe_args(ctx, &args);					\
	return name##_begin(ctx, &args, true);				\
}									\
									\
KPROBES("kprobe", name##_begin, function)

/* The same with four arguments. */
#define FUNC_BEGIN4(name, function, gate)				\
SEC("fentry/" function)							\
int name##_begin_fentry(unsigned long long *ctx)			\
{									\
	struct func_args args = {					\
		.a = ctx[0], .b = ctx[1], .c = ctx[2], .d = ctx[3],	\
	};								\
									\
	return (gate) ? name##_begin(ctx, &args, false) : 0;		\
}									\
									\
static __always_inline int name##_begin_regs(struct pt_regs *ctx)	\
{									\
	struct func_args args = {};					\
									\
	if (!(gate))							\
		return 0;						\
	kprobe_args(ctx, &args);					\
	args.d = PT_REGS_PARM4(ctx);					\
	return name##_begin(ctx, &args, true);				\
}									\
									\
KPROBES("kprobe", name##_begin, function)

/*
 * The result lies behind the arguments, of which the function has exactly nr.
 * What was begun while it was counted is also counted to its end.
 */
#define FUNC_END(name, function, nr)					\
SEC("fexit/" function)							\
int name##_end_fentry(unsigned long long *ctx)				\
{									\
	return name##_end(ctx, ctx[nr]);				\
}									\
									\
static __always_inline int name##_end_regs(struct pt_regs *ctx)		\
{									\
	return name##_end(ctx, PT_REGS_RC(ctx));			\
}									\
									\
KPROBES("kretprobe", name##_end, function)

/* The same for a function whose result points to what is read: name_end(ctx, ret, plain). */
#define FUNC_END_TYPED(name, function, nr)				\
SEC("fexit/" function)							\
int name##_end_fentry(unsigned long long *ctx)				\
{									\
	return name##_end(ctx, ctx[nr], true);				\
}									\
									\
static __always_inline int name##_end_regs(struct pt_regs *ctx)		\
{									\
	return name##_end(ctx, PT_REGS_RC(ctx), false);			\
}									\
									\
KPROBES("kretprobe", name##_end, function)

#endif
