/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tasks did per interval and in all, summed by thread, process, cgroup,
 * container and executable at the same time. Built from each task's own
 * difference, so that a task that ends still counts in its last interval, one
 * that executes or moves takes its past to nobody, and no sum ever falls.
 * Pure: no clock, no output.
 */
#ifndef LIMEN_RATES_H
#define LIMEN_RATES_H

#include <stdbool.h>
#include <stddef.h>

#include "limen/abi.h"
#include "model/tasks.h"

#define RATES_KEEP_ENDED	2048	/* rows without a living task, of each grouping */

/* struct limen_counts without its histogram: a row must be small. */
enum amount {
	TO_COPIES, TO_BYTES, FROM_COPIES, FROM_BYTES, NAMES, SHORTS, REFUSED,
	READ_CALLS, READ_BYTES, WRITE_CALLS, WRITE_BYTES, AMOUNTS
};

struct amounts {
	__u64 n[AMOUNTS];
};

void amounts_of(struct amounts *amounts, const struct limen_counts *counts);
bool amounts_zero(const struct amounts *amounts);

/*
 * Moves total to now and leaves the way in delta. A number that is smaller
 * than before (a task between two lists) counts as unchanged.
 */
void amounts_advance(struct amounts *total, const struct amounts *now, struct amounts *delta);

struct rate_row {
	__u64 a, b;			/* with name: what tells it apart in its grouping */
	const char *name;		/* of cgroup, container, executable; not owned */
	struct limen_task who;		/* the thread, the main thread, or the last one seen */
	struct amounts total, delta;	/* in all; in the last interval */
	__u64 ended_in;			/* interval after which it had no task; 0: alive */
	struct rate_row *up[GROUPINGS - 1];	/* of a thread: its other rows */
	__u32 tasks;			/* alive */
	__u16 slot;			/* for whoever draws it */
	bool final;			/* a thread's last numbers are in */
};

struct rates;

struct rates *rates_new(__u64 now);
void rates_free(struct rates *rates);

/*
 * An interval ends: begin, rates_task() for each live task with its counts so
 * far, end. 0 or -ENOMEM. Rows may vanish in rates_end() and nowhere else.
 */
void rates_begin(struct rates *rates);
int rates_task(struct rates *rates, const struct limen_task *who,
	       const struct limen_counts *counts);
int rates_end(struct rates *rates, __u64 now);

/* A task's last counts, at any time; they belong to the interval that ends next. */
int rates_exit(struct rates *rates, const struct limen_task *who,
	       const struct limen_counts *counts);

/* Number of the last interval, from 1 on, and how long it was. */
__u64 rates_interval(const struct rates *rates);
double rates_seconds(const struct rates *rates);

/* The row of a task, NULL if it has none (any more). */
struct rate_row *rates_find(const struct rates *rates, enum group_by by,
			    const struct limen_task *who);

/* What rows can be sorted by. */
enum rate_key {
	BY_KEY_BYTES, BY_KEY_COPIES, BY_KEY_TO, BY_KEY_TO_COPIES, BY_KEY_FROM,
	BY_KEY_FROM_COPIES, BY_KEY_NAMES, BY_KEY_SHORT, BY_KEY_REFUSED, BY_KEY_READ,
	BY_KEY_WRITE, BY_KEY_THREADS, BY_KEY_NAME, BY_KEY_PID, RATE_KEYS
};

extern const char *const rate_key_names[];	/* as --sort has them; NULL at the end */

struct rate_order {
	enum rate_key key;
	bool totals;		/* by the sum since the start, not by the last interval */
	bool reverse;
};

/* "bytes", "total-bytes", "name": false when it is none. */
bool rate_order_parse(const char *text, struct rate_order *order);

/* Numbers and the like begin with the largest, names and PIDs with the smallest. */
bool rate_key_descends(enum rate_key key);

__u64 rates_value(const struct rate_row *row, enum rate_key key, bool totals);

enum rate_rows {
	ROWS_ACTIVE,		/* something happened in the last interval */
	ROWS_LIVE,		/* and those that are alive */
	ROWS_ALL,		/* and those that ended, as far as they are kept */
};

/* Sorted rows; *out is to be freed, the rows are not. Their number or -ENOMEM. */
long rates_rows(const struct rates *rates, enum group_by by, enum rate_rows which,
		const struct rate_order *order, struct rate_row ***out);

/* What people call the row: "nginx[812]", a path, an id. Not yet safe for a terminal. */
void rates_label(const struct rate_row *row, enum group_by by, char *label, size_t size);

#endif
