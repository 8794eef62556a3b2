/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hardware execution breakpoints on the copy functions, each running a BPF
 * program. x86 sets them per task, arm64 (which refuses that for kernel
 * addresses) per CPU; there the program leaves other tasks out.
 */
#ifndef LIMEN_BREAKPOINT_H
#define LIMEN_BREAKPOINT_H

#include <stdbool.h>
#include <sys/types.h>

#include "probe/hooks.h"

struct bpf_program;
struct breakpoints;

struct breakpoints *breakpoints_new(void);
void breakpoints_free(struct breakpoints *breakpoints);

/*
 * Sets one breakpoint per given program (indexed by hook) for a process with
 * all its threads and later children. 0, -ESRCH when the process is gone, or
 * a negative errno after saying what is wrong.
 */
int breakpoints_set(struct breakpoints *breakpoints, struct bpf_program *const programs[HOOKS],
		    pid_t pid);

bool breakpoints_has(const struct breakpoints *breakpoints, enum hook_id hook);

/*
 * Sets one with the program of prog_fd and removes it again, to see whether
 * this machine has them: 0 or -errno.
 */
int breakpoint_try(__u64 address, int prog_fd);

#endif
