/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tasks of a run and their counts, alive and ended, and their sums by
 * process, cgroup, container or executable. Bounded: the counts of ended
 * tasks beyond the bound go into one entry for all of them.
 */
#ifndef LIMEN_TASKS_H
#define LIMEN_TASKS_H

#include <stdbool.h>
#include <stddef.h>

#include "limen/abi.h"

enum group_by { BY_THREAD, BY_PROCESS, BY_CGROUP, BY_CONTAINER, BY_EXE, GROUPINGS };

extern const char *const group_names[];	/* indexed by enum group_by, NULL at the end */

struct task {
	struct limen_task who;
	struct limen_counts counts;
	bool ended;
	unsigned int pass;	/* of the last snapshot that had it */
};

struct tasks;

struct tasks *tasks_new(void);
void tasks_free(struct tasks *tasks);

/*
 * Sets a task's counts (they are totals since it was first counted). An ended
 * task's counts are final: later ones for it are left out.
 */
int tasks_set(struct tasks *tasks, const struct limen_task *who,
	      const struct limen_counts *counts, bool ended);

/* Is there an entry for this very task (number and start)? */
bool tasks_has(const struct tasks *tasks, const struct limen_task *who);

/* A pass over live tasks: begin, tasks_set() for each, end drops those not seen. */
void tasks_begin_pass(struct tasks *tasks);
void tasks_end_pass(struct tasks *tasks);

/* Ended tasks that are only in the sum, and their counts. */
size_t tasks_folded(const struct tasks *tasks, struct limen_counts *counts);

/* Sum over all, the folded ones included. */
void tasks_sum(const struct tasks *tasks, struct limen_counts *sum);

void tasks_each(const struct tasks *tasks, void (*visit)(void *arg, const struct task *task),
		void *arg);

/* A row of a table: the tasks that share a key. */
struct group {
	char *key;		/* what they share, for people */
	struct limen_task who;	/* of the first of them */
	struct limen_counts counts;
	size_t tasks;
};

/*
 * Groups all tasks; *out is an array of the returned length, most bytes first,
 * free with groups_free(). Negative errno when memory is short.
 */
long tasks_group(const struct tasks *tasks, enum group_by by, struct group **out);
void groups_free(struct group *groups, long nr);

#endif
