/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limen watch stage2: faults that go wrong, and what happens to VMs and their memory. */
#ifndef LIMEN_WATCH_STAGE2_H
#define LIMEN_WATCH_STAGE2_H

#include <stdbool.h>

#include "cmd/run.h"
#include "model/stage2_watchdog.h"

struct vm_finder;

#define STAGE2_SPLITS	256	/* slots that were said to be split views */

struct watch_stage2 {
	struct run *run;
	__u32 steps;		/* asked for by --only; 0: the usual ones */
	__u32 findings;		/* asked for by --only */
	bool all;
	bool json;
	__u64 slow_ns;
	__u64 loop_times, loop_ns;
	struct stage2_limits limits;
	struct stage2_watchdog *dog;
	struct vm_finder *finder;
	struct {
		__u64 seen_ns;		/* of the VM */
		__u32 vm, slot;
	} splits[STAGE2_SPLITS];
	unsigned int nr_splits;
	bool (*room)(void *arg);	/* may one more be shown (--count)? Counts it. */
	void *arg;
};

#define WATCH_STAGE2_DEFAULT {						\
	.slow_ns = 10000000, .loop_times = 64, .loop_ns = 1000000000ULL, \
	.limits = STAGE2_LIMITS_DEFAULT,				\
}

/*
 * One of the options that concern stage2 alone, or --only with a step or a
 * finding. 0; -ENOENT when the word is none of stage2's (nothing said); another
 * negative errno after saying what is wrong.
 */
int watch_stage2_option(struct watch_stage2 *w, int option, const char *value);

/* From the options to what is sent; before run_open(). */
int watch_stage2_configure(struct watch_stage2 *w);

/* Before run_open(), so that what it starts is looked at in time. 0 or a negative errno said. */
int watch_stage2_prepare(struct watch_stage2 *w);

/* After run_open(). */
void watch_stage2_start(struct watch_stage2 *w);

/* Looks at the tables for what goes wrong over time; and how often to do so, in milliseconds. */
void watch_stage2_scan(struct watch_stage2 *w);
__u64 watch_stage2_period(const struct watch_stage2 *w);

/* Shows an event if it is wanted. */
void watch_stage2_event(struct watch_stage2 *w, const struct limen_s2_event *e);

void watch_stage2_free(struct watch_stage2 *w);

#endif
