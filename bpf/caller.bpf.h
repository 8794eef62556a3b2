/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who called the function that a program is attached to: an address behind its call. */
#ifndef LIMEN_CALLER_BPF_H
#define LIMEN_CALLER_BPF_H

#include "base.bpf.h"

/* How far above the first argument the trampoline's frame ends. */
#if defined(__TARGET_ARCH_arm64)
#define CALLER_WORDS	16
#else
#define CALLER_WORDS	10	/* six arguments, the result, rbp and the two addresses */
#endif
#define CALLER_CODE	48	/* how far into the function its call of the trampoline is */

/*
 * A fentry program does not get its caller, but the trampoline's frame lies
 * above the arguments: the address in the traced function, which is
 * recognised, and behind it the caller's (arch_prepare_bpf_trampoline; on
 * arm64 with the frame pointer in between). 0 when it is not found.
 */
COLD __u64 fentry_caller(void *ctx)
{
	__u64 words[CALLER_WORDS] = {};
	__u64 ip = bpf_get_func_ip(ctx);
	__u32 i;

	if (bpf_probe_read_kernel(words, sizeof(words), ctx))
		return 0;
	for (i = 0; i + 2 < CALLER_WORDS; i++) {
		if (words[i] < ip || words[i] > ip + CALLER_CODE)
			continue;
#if defined(__TARGET_ARCH_arm64)
		return words[i + 2];
#else
		return words[i + 1];
#endif
	}
	return 0;
}

static __always_inline __u64 kprobe_caller(struct pt_regs *ctx)
{
	__u64 caller = 0;

#if defined(__TARGET_ARCH_arm64)
	caller = ((struct user_pt_regs *)ctx)->regs[30];
#else
	bpf_probe_read_kernel(&caller, sizeof(caller), (void *)ctx->sp);
#endif
	return caller;
}

#endif
