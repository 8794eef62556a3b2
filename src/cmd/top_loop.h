/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What views of top share that show one table of rows: words on the command
 * line, intervals, batch output and JSON, the live screen and its keys.
 */
#ifndef LIMEN_TOP_LOOP_H
#define LIMEN_TOP_LOOP_H

#include <jansson.h>
#include <stdbool.h>

#include "cmd/run.h"

struct top_options {
	const char *by, *sort;	/* as given; NULL: not */
	__u64 delay;		/* milliseconds */
	__u64 iterations;	/* 0: no end */
	__u64 rows;		/* 0: as the output has it */
	bool json, live, reverse;
	int width;		/* of what is no screen */
};

/* A view that runs. */
struct top_loop {
	const struct top_table *table;
	const struct top_options *o;
	struct run *run;
	void *arg;		/* the view's own */
	int by, key;		/* indices of the table's names */
	bool reverse;
	bool totals;		/* since the start is shown, not the interval */
	bool paused, help;
	long nr, first;		/* rows; the first on the screen */
	__u64 since, done;	/* boot clock: end of the last interval; how many */
	double seconds;		/* of it */
	int status;
};

/* What a view is. Lines have room for TOP_LINE bytes. */
struct top_table {
	const char *title;	/* "limen top tee" */
	const char *const *by_names, *const *key_names;	/* NULL at the end */
	const char *const *help;	/* lines of the screen; NULL at the end */
	int sum_lines;
	bool has_totals;	/* beside the interval's, there is what was since the start */

	int (*default_key)(int by);
	bool (*has_key)(int by, int key);	/* can rows of this kind be sorted by it? */

	/* Reads all anew and keeps what it was. 0 or a negative errno after saying why. */
	int (*read)(struct top_loop *top);
	/* Makes the rows of what was read, sorted. Their number or a negative errno. */
	long (*sort)(struct top_loop *top);
	bool (*active)(const struct top_loop *top, long row);

	void (*sum_line)(const struct top_loop *top, int number, int width, char *line);
	void (*heading)(const struct top_loop *top, int width, char *line);
	void (*row)(const struct top_loop *top, long row, int width, char *line);

	json_t *(*attached_json)(const struct top_loop *top);
	json_t *(*interval_json)(const struct top_loop *top);
	json_t *(*row_json)(const struct top_loop *top, long row);

	/* The run is over: prepares the totals; NULL: they are right as they are. */
	void (*finished)(struct top_loop *top);
	void (*totals_text)(const struct top_loop *top, const struct totals *totals);
};

/* Checks the words. 0 or a negative errno after saying what is wrong. */
int top_loop_check(const struct top_table *table, const struct top_options *o);

/* Runs to the end; returns what limen exits with. The words have been checked. */
int top_loop_run(const struct top_table *table, struct run *run, const struct top_options *o,
		 void *arg);

/* Ends the loop when the reader of a pipe on standard output leaves. */
int top_watch_output(struct loop *loop);

#endif
