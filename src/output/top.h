/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `limen top` shows, as lines of text for any width, or as JSON. */
#ifndef LIMEN_OUTPUT_TOP_H
#define LIMEN_OUTPUT_TOP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/rates.h"
#include "probe/session.h"

#define TOP_LINE	1024	/* bytes of a line, more than any terminal shows */
#define TOP_COLUMNS	16
#define TOP_BARS	2

/* What is being looked at. */
struct top_view {
	enum group_by by;
	struct rate_order order;
	bool io;			/* I/O was asked for: it has columns */
};

/* What concerns all rows together. */
struct top_sums {
	struct amounts total, delta;
	double seconds;			/* of the interval that delta is of */
	__u64 time, since;		/* boot clock: of the interval's end, of the start */
	char stamp[48];			/* time once more, as JSON has it */
	__u64 lost;			/* as losses_text() counts them */
	size_t tasks;			/* alive and counted */
};

/* Which columns a width has room for. */
struct top_layout {
	struct top_view view;
	int width, key_width;
	unsigned int columns[TOP_COLUMNS];
	unsigned int nr_columns, nr_bars;
};

/* Fills the layout for a width; bars: may it have bars of sizes. */
void top_layout(struct top_layout *layout, const struct top_view *view, int width, bool bars);

/* The sort key right (1) or left (-1) of the present one, among the columns shown. */
enum rate_key top_next_key(const struct top_layout *layout, int way);

/* The line above the rows, and a row; counts (for its bars) may be NULL. */
void top_heading(const struct top_layout *layout, char *line);
void top_row(const struct top_layout *layout, const struct rate_row *row, double seconds,
	     const struct limen_counts *counts, char *line);

/* Line 0 or 1 about all: rates; tasks, losses and totals. What does not fit is left out. */
void top_sum_line(int number, const struct top_sums *sums, bool io, int width, char *line);

/* Appends to line, two spaces between, what fits into width as a whole. False: it did not. */
bool top_append(char *line, int width, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Appends to line: text that fills width, at its right end (behind prefix) or at its left. */
void top_add_right(char *line, int width, const char *prefix, const char *text);
void top_add_left(char *line, int width, const char *text);

/* 99999 123k 1.2M: at most five characters; static buffers, four at a time. */
const char *top_compact(double value, bool bytes);

/* 0 when there has been no time yet. */
double top_per_second(double n, double seconds);

/* What marks the column that is sorted by; down: the largest first. */
const char *top_mark(bool down);

/* Columns of the terminal that UTF-8 text takes (single-width characters only). */
int top_columns(const char *text);

/* {"type":"interval",...} and {"type":"group",...}: documented in limen-top(8). */
json_t *top_interval_json(const struct top_view *view, const struct top_sums *sums,
			  __u64 seq, long nr_rows);
json_t *top_row_json(const struct top_view *view, const struct top_sums *sums, __u64 seq,
		     const struct rate_row *row);

#endif
