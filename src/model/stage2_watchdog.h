/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes wrong in second-stage faults over time: found by looking at the
 * tables now and then, and by what private and shared memory does.
 */
#ifndef LIMEN_STAGE2_WATCHDOG_H
#define LIMEN_STAGE2_WATCHDOG_H

#include "ingest/stage2_tables.h"

struct stage2_limits {
	__u64 storm_faults, storm_ns;	/* of one VM, in this time: a storm if they gain nothing */
	__u64 churn_times, churn_ns;	/* a range flips so often in this time */
	bool sequence_is_int;		/* this kernel keeps the invalidation counter in an int */
};

#define STAGE2_LIMITS_DEFAULT {						\
	.storm_faults = 5000, .storm_ns = 1000000000ULL,		\
	.churn_times = 8, .churn_ns = 10000000000ULL,			\
}

/* Why a storm gains nothing. Stable names in stage2_storm_names. */
enum stage2_storm { STAGE2_STORM_REFAULTS, STAGE2_STORM_DIRTY_LOG, STAGE2_STORM_PERMISSION,
		    STAGE2_STORMS };

extern const char *const stage2_storm_names[STAGE2_STORMS];
const char *stage2_storm_words(enum stage2_storm storm);

struct stage2_finding {
	enum limen_s2_finding finding;
	__u64 time_ns;			/* boot clock */
	__u64 for_ns;			/* in which it was found */
	const struct stage2_vm_line *vm;
	const struct stage2_slot_line *slot;	/* LIMEN_S2_SPLIT */
	enum stage2_storm storm;	/* LIMEN_S2_STORM: */
	__u64 faults;			/* that gain nothing */
	__u64 unmapped;			/* bytes that the host took meanwhile */
	__u64 address, size, times;	/* LIMEN_S2_CHURN */
	__u64 sequence;			/* LIMEN_S2_SEQUENCE */
};

struct stage2_watchdog;

struct stage2_watchdog *stage2_watchdog_new(const struct stage2_limits *limits);
void stage2_watchdog_free(struct stage2_watchdog *w);

typedef void (*stage2_report)(void *arg, const struct stage2_finding *f);

/*
 * Looks at the tables as they were at now (boot clock). A VM's storm is
 * reported when it begins, and again only after it has ended. 0 or -ENOMEM.
 */
int stage2_watchdog_scan(struct stage2_watchdog *w, const struct stage2_tables *t, __u64 now,
			 stage2_report report, void *arg);

/* A range became private, or shared: LIMEN_S2_STEP_ATTRIBUTES, or a realm's. */
void stage2_watchdog_convert(struct stage2_watchdog *w, const struct limen_s2_event *e,
			     const struct stage2_tables *t, stage2_report report, void *arg);

#endif
