/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel stacks for people. */
#ifndef LIMEN_OUTPUT_STACK_H
#define LIMEN_OUTPUT_STACK_H

#include <linux/types.h>

struct kallsyms;

/* The first frame that is the kernel's, not a probe's. syms may be NULL. */
unsigned int stack_first(const __u64 *stack, unsigned int nr, struct kallsyms *syms);

/* The next one after at, nr at the end: frames of probes are passed over. */
unsigned int stack_next(const __u64 *stack, unsigned int nr, unsigned int at,
			struct kallsyms *syms);

/* "vfs_read+0x9f", without a line end. */
void frame_text(__u64 address, struct kallsyms *syms);

/* A line for each frame. */
void stack_text(const __u64 *stack, unsigned int nr, struct kallsyms *syms);

#endif
