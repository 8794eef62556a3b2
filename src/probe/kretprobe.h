/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Return probes by tracefs. The ones that perf_event_open() makes hold twice as
 * many calls at a time as there are CPUs, and at least ten: of functions in
 * which tasks sleep further returns go unseen. tracefs takes a number.
 */
#ifndef LIMEN_KRETPROBE_H
#define LIMEN_KRETPROBE_H

#include <linux/types.h>

struct bpf_link;
struct bpf_program;

#define KRETPROBE_CALLS	1024	/* that may be under way at a time, about 100 bytes each */

/*
 * Attaches a program to the return of a function. *event: its number, from 1,
 * for the calls below. NULL and errno when it cannot be done; says nothing.
 */
struct bpf_link *kretprobe_attach(struct bpf_program *prog, const char *function,
				  unsigned int *event);

/* Once the link is destroyed: the event goes, too. */
void kretprobe_remove(unsigned int event);

/* Returns that were not seen, for want of room or because a probe was running. */
__u64 kretprobe_misses(unsigned int event);

#endif
