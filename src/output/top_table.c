// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/top.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "output/out.h"
#include "output/usercopy.h"

#define KEY_WIDTH	18	/* the least that the first column gets; narrow: */
#define KEY_NARROW	16
#define KEY_WIDE	30	/* before bars are drawn */
#define BAR_WIDTH	(LIMEN_BUCKETS + 1)

/*
 * In the order of the screen. A column is as wide as its title and the mark
 * before it; rank says which ones come first when there is no room for all.
 */
static const struct column {
	enum rate_key key;
	const char *rate, *total;	/* titles; NULL: not in this mode */
	int width;
	int rank;
	bool bytes, io;
	bool other;			/* the mode that is not chosen */
} columns[] = {
	{BY_KEY_TO_COPIES, "TO/s", "TO", 7, 3, false, false, false},
	{BY_KEY_TO, "TO-B/s", "TO-B", 7, 1, true, false, false},
	{BY_KEY_FROM_COPIES, "FROM/s", "FROM", 7, 4, false, false, false},
	{BY_KEY_FROM, "FROM-B/s", "FROM-B", 9, 2, true, false, false},
	{BY_KEY_COPIES, "COPIES/s", "COPIES", 9, 11, false, false, false},
	{BY_KEY_BYTES, "BYTES/s", "BYTES", 8, 0, true, false, false},
	{BY_KEY_READ, "READ-B/s", "READ-B", 9, 5, true, true, false},
	{BY_KEY_WRITE, "WRIT-B/s", "WRIT-B", 9, 6, true, true, false},
	{BY_KEY_NAMES, "NAMES/s", "NAMES", 8, 8, false, false, false},
	{BY_KEY_SHORT, "SHORT/s", "SHORT", 8, 9, false, false, false},
	{BY_KEY_REFUSED, "REFUSED", "REFUSED", 8, 10, false, false, false},
	{BY_KEY_THREADS, "THREADS", "THREADS", 8, 12, false, false, false},
	{BY_KEY_BYTES, "TOTAL-B", NULL, 8, 7, true, false, true},
	{BY_KEY_BYTES, NULL, "NOW-B/s", 8, 7, true, false, true},
};
#define NR_COLUMNS	(sizeof(columns) / sizeof(columns[0]))
_Static_assert(NR_COLUMNS <= TOP_COLUMNS, "struct top_layout has room for all");

const char *top_compact(double value, bool bytes)
{
	static char buffers[4][16];
	static unsigned int next;
	char *buffer = buffers[next++ % 4];
	static const char units[] = " kMGTPE";
	double step = bytes ? 1024 : 1000;
	unsigned int unit = 0;

	while (value >= (unit || bytes ? step : 99999.5) && unit < sizeof(units) - 2) {
		value /= step;
		unit++;
	}
	if (!unit && value > 0 && value < 0.1)
		snprintf(buffer, sizeof(buffers[0]), "<0.1");
	else if (!unit)
		snprintf(buffer, sizeof(buffers[0]), value == (double)(__u64)value || value >= 9.95 ?
			 "%.0f" : "%.1f", value);
	else
		snprintf(buffer, sizeof(buffers[0]), value < 99.95 ? "%.1f%c" : "%.0f%c", value,
			 bytes ? toupper(units[unit]) : units[unit]);
	return buffer;
}

double top_per_second(double n, double seconds)
{
	return seconds > 0 ? n / seconds : 0;
}

int top_columns(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

bool top_append(char *line, int width, const char *fmt, ...)
{
	char item[256];
	size_t len = strlen(line);
	va_list args;

	va_start(args, fmt);
	vsnprintf(item, sizeof(item), fmt, args);
	va_end(args);
	if (top_columns(line) + (len ? 2 : 0) + top_columns(item) > width ||
	    len + 2 + strlen(item) >= TOP_LINE)
		return false;
	snprintf(line + len, TOP_LINE - len, "%s%s", len ? "  " : "", item);
	return true;
}

static const char *title(const struct column *column, const struct top_view *view)
{
	if (column->io && !view->io)
		return NULL;
	if (column->key == BY_KEY_THREADS && view->by == BY_THREAD)
		return NULL;
	return view->order.totals ? column->total : column->rate;
}

static bool is_sorted(const struct column *column, const struct top_view *view)
{
	return column->key == view->order.key && !column->other;
}

/* Does one of this rank want a place? The sorted column has the first. */
static int ranked(const struct top_view *view, int rank)
{
	unsigned int i;

	for (i = 0; i < NR_COLUMNS; i++) {
		if (!title(&columns[i], view))
			continue;
		if (rank < 0 ? is_sorted(&columns[i], view) :
		    columns[i].rank == rank && !is_sorted(&columns[i], view))
			return i;
	}
	return -1;
}

void top_layout(struct top_layout *layout, const struct top_view *view, int width, bool bars)
{
	int left, rank, i, key = width < 60 ? KEY_NARROW : KEY_WIDTH;
	bool chosen[NR_COLUMNS] = {};

	*layout = (struct top_layout){.view = *view, .width = width};
	left = width - key;
	for (rank = -1; rank < (int)NR_COLUMNS; rank++) {
		i = ranked(view, rank);
		if (i < 0 || columns[i].width > left)
			continue;
		/* Rare columns only where the names are not cut for them. */
		if (columns[i].rank >= 10 && rank >= 0 && left - columns[i].width < KEY_WIDE - key)
			continue;
		chosen[i] = true;
		left -= columns[i].width;
	}
	for (i = 0; i < (int)NR_COLUMNS; i++)
		if (chosen[i])
			layout->columns[layout->nr_columns++] = i;
	while (bars && layout->nr_bars < TOP_BARS && left - BAR_WIDTH >= KEY_WIDE - key) {
		layout->nr_bars++;
		left -= BAR_WIDTH;
	}
	layout->key_width = key + left;
}

enum rate_key top_next_key(const struct top_layout *layout, int way)
{
	enum rate_key keys[TOP_COLUMNS + 1];
	unsigned int i, nr = 0, at = 0;

	keys[nr++] = BY_KEY_NAME;
	for (i = 0; i < layout->nr_columns; i++) {
		if (columns[layout->columns[i]].other)
			continue;
		if (columns[layout->columns[i]].key == layout->view.order.key)
			at = nr;
		keys[nr++] = columns[layout->columns[i]].key;
	}
	return keys[(at + nr + way) % nr];
}

const char *top_mark(bool down)
{
	if (out_utf8())
		return down ? "▼" : "▲";
	return down ? ">" : "<";
}

static const char *mark(const struct top_view *view)
{
	return top_mark(rate_key_descends(view->order.key) != view->order.reverse);
}

/* printf would count the bytes of the mark. */
void top_add_right(char *line, int width, const char *prefix, const char *text)
{
	size_t len = strlen(line);
	int pad = width - top_columns(prefix) - top_columns(text);

	snprintf(line + len, TOP_LINE - len, "%*s%s%s", pad > 0 ? pad : 0, "", prefix, text);
}

void top_add_left(char *line, int width, const char *text)
{
	size_t len = strlen(line);
	int pad = width - top_columns(text);

	snprintf(line + len, TOP_LINE - len, "%s%*s", text, pad > 0 ? pad : 0, "");
}

void top_heading(const struct top_layout *layout, char *line)
{
	static const char *const bars[TOP_BARS] = {"TO: 0 .. 256K+", "FROM: 0 .. 256K+"};
	static const char *const groups[GROUPINGS] = {
		[BY_THREAD] = "THREAD", [BY_PROCESS] = "PROCESS", [BY_CGROUP] = "CGROUP",
		[BY_CONTAINER] = "CONTAINER", [BY_EXE] = "EXECUTABLE",
	};
	const struct top_view *view = &layout->view;
	const struct column *column;
	unsigned int i;
	char key[64];

	snprintf(key, sizeof(key), "%s%s", groups[view->by],
		 view->order.key == BY_KEY_NAME || view->order.key == BY_KEY_PID ?
		 mark(view) : "");
	if (view->order.key == BY_KEY_PID)
		strcat(key, "PID");
	line[0] = '\0';
	top_add_left(line, layout->key_width, key);
	for (i = 0; i < layout->nr_columns; i++) {
		column = &columns[layout->columns[i]];
		top_add_right(line, column->width, is_sorted(column, view) ? mark(view) : "",
			  title(column, view));
	}
	for (i = 0; i < layout->nr_bars; i++) {
		strcat(line, " ");
		top_add_left(line, BAR_WIDTH - 1, bars[i]);
	}
}

/*
 * A name that is too long loses what says least: a path its beginning, a
 * process the end of its name, never its number.
 */
static void fit_key(char *key, int width, enum group_by by)
{
	const char *dots = out_utf8() ? "…" : "~";
	int len = strlen(key), cut = len - width + 1;
	char fitted[256], *number;

	if (len <= width)
		return;
	number = by == BY_THREAD || by == BY_PROCESS ? strrchr(key, '[') : NULL;
	if (number && number - key > cut)
		snprintf(fitted, sizeof(fitted), "%.*s%s%s", (int)(number - key - cut), key, dots,
			 number);
	else
		snprintf(fitted, sizeof(fitted), "%s%s", dots, key + cut);
	strcpy(key, fitted);
}

static double cell(const struct column *column, const struct top_view *view,
		   const struct rate_row *row, double seconds)
{
	bool totals = view->order.totals != column->other;
	double value = rates_value(row, column->key, totals);

	/* Refusals are few, and each is news: their number, not their rate. */
	if (totals || column->key == BY_KEY_THREADS || column->key == BY_KEY_REFUSED)
		return value;
	return top_per_second(value, seconds);
}

void top_row(const struct top_layout *layout, const struct rate_row *row, double seconds,
	     const struct limen_counts *counts, char *line)
{
	static const enum limen_direction directions[TOP_BARS] = {LIMEN_TO_USER, LIMEN_FROM_USER};
	const struct column *column;
	char label[256], key[256];
	unsigned int i;

	rates_label(row, layout->view.by, label, sizeof(label));
	snprintf(key, 200, "%s%s", out_safe(label, sizeof(label)), row->ended_in ? " ended" : "");
	fit_key(key, layout->key_width, row->ended_in ? BY_EXE : layout->view.by);
	line[0] = '\0';
	top_add_left(line, layout->key_width, key);
	for (i = 0; i < layout->nr_columns; i++) {
		column = &columns[layout->columns[i]];
		top_add_right(line, column->width, "",
			  top_compact(cell(column, &layout->view, row, seconds), column->bytes));
	}
	for (i = 0; i < layout->nr_bars && counts; i++) {
		strcat(line, " ");
		strcat(line, usercopy_bar(counts, directions[i]));
	}
}

static double per_second(const struct top_sums *sums, enum amount what)
{
	return top_per_second(sums->delta.n[what], sums->seconds);
}

static const char *rate_bytes(const struct top_sums *sums, enum amount what)
{
	return out_bytes(per_second(sums, what) + 0.5);
}

static void rate_line(const struct top_sums *sums, bool io, int width, char *line)
{
	/* One line of 40 columns must do, if need be. */
	if (width < 60) {
		top_append(line, width, "to %s/s", rate_bytes(sums, TO_BYTES));
		top_append(line, width, "from %s/s", rate_bytes(sums, FROM_BYTES));
		return;
	}
	top_append(line, width, "to user %s/s %s/s",
		   top_compact(per_second(sums, TO_COPIES), false), rate_bytes(sums, TO_BYTES));
	top_append(line, width, "from user %s/s %s/s",
		   top_compact(per_second(sums, FROM_COPIES), false), rate_bytes(sums, FROM_BYTES));
	top_append(line, width, "names %s/s", top_compact(per_second(sums, NAMES), false));
	if (io)
		top_append(line, width, "I/O read %s/s write %s/s", rate_bytes(sums, READ_BYTES),
			   rate_bytes(sums, WRITE_BYTES));
}

static void total_line(const struct top_sums *sums, bool io, int width, char *line)
{
	top_append(line, width, "%s lost", out_number(sums->lost));
	top_append(line, width, "%s tasks", out_number(sums->tasks));
	top_append(line, width, "short %s", out_number(sums->total.n[SHORTS]));
	top_append(line, width, "refused %s", out_number(sums->total.n[REFUSED]));
	top_append(line, width, "total to %s from %s", out_bytes(sums->total.n[TO_BYTES]),
		   out_bytes(sums->total.n[FROM_BYTES]));
	if (io)
		top_append(line, width, "I/O read %s write %s",
			   out_bytes(sums->total.n[READ_BYTES]),
			   out_bytes(sums->total.n[WRITE_BYTES]));
}

void top_sum_line(int number, const struct top_sums *sums, bool io, int width, char *line)
{
	line[0] = '\0';
	if (number)
		total_line(sums, io, width, line);
	else
		rate_line(sums, io, width, line);
}
