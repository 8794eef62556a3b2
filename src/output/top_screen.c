// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/top_screen.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/counts.h"
#include "output/out.h"
#include "output/screen.h"
#include "output/usercopy.h"

#define MIN_WIDTH	40
#define MIN_HEIGHT	6
#define FULL_HEIGHT	10	/* from here on all lines about the whole */
#define FOOT_HEIGHT	12	/* and the line of keys */

static const __u64 delays[] = {100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000};
#define NR_DELAYS	(sizeof(delays) / sizeof(delays[0]))

static const struct {
	char letter;
	enum rate_key key;
} sort_letters[] = {
	{'b', BY_KEY_BYTES}, {'c', BY_KEY_COPIES}, {'o', BY_KEY_TO}, {'i', BY_KEY_FROM},
	{'n', BY_KEY_NAMES}, {'s', BY_KEY_SHORT}, {'x', BY_KEY_REFUSED},
	{'R', BY_KEY_READ}, {'W', BY_KEY_WRITE}, {'N', BY_KEY_NAME}, {'P', BY_KEY_PID},
};

static const char *const help_lines[] = {
	"limen top: keys (any key goes back)",
	"",
	"q, F10     quit, and print the totals",
	"h, ?, F1   this help",
	"< >        sort by the column left, right",
	"b c        sort by bytes, by copies",
	"o i        sort by bytes out to user, in from user",
	"n s x      sort by names, short copies, refused",
	"R W        sort by I/O read, I/O written (--io)",
	"N P        sort by name, by PID",
	"r          reverse",
	"T          per second, or totals since the start",
	"g t  G     next, previous grouping: thread,",
	"           process, cgroup, container, exe",
	"+ -        longer, shorter interval",
	"space      pause; counting goes on",
	"arrows, PgUp, PgDn, Home, End   scroll",
	"Ctrl-L     draw the screen anew",
	"",
	"TO, FROM   copies to and from user space; -B: their bytes",
	"NAMES      path names read from user space (no size)",
	"SHORT      copies that a bad user address cut short",
	"REFUSED    copies that the kernel refused, in this interval",
	"Counts: k is 1000. Bytes: K is 1024. lost: see limen-top(8).",
};
#define NR_HELP	((int)(sizeof(help_lines) / sizeof(help_lines[0])))

static void draw_too_small(int height, int width)
{
	char line[64];

	screen_line(0, STYLE_STRONG, "terminal too small");
	snprintf(line, sizeof(line), "%dx%d, needs %dx%d; q quits", width, height, MIN_WIDTH,
		 MIN_HEIGHT);
	screen_line(1, STYLE_PLAIN, line);
}

static void draw_help(int height)
{
	int i;

	for (i = 0; i < NR_HELP && i < height; i++)
		screen_line(i, i ? STYLE_PLAIN : STYLE_HEADING, help_lines[i]);
}

static const char *interval_text(__u64 delay)
{
	static char text[32];

	if (delay % 1000)
		snprintf(text, sizeof(text), "every %llu ms", delay);
	else
		snprintf(text, sizeof(text), "every %llu s", delay / 1000);
	return text;
}

static void title_line(const struct top_state *state, int width, char *line)
{
	unsigned long long up = (out_now() - state->sums->since) / 1000000000ULL;
	const char *clock = out_clock(out_now());
	char host[65];

	if (gethostname(host, sizeof(host)))
		strcpy(host, "?");
	host[sizeof(host) - 1] = '\0';
	line[0] = '\0';
	top_append(line, width, "limen top");
	if (state->paused)
		top_append(line, width, "PAUSED");
	top_append(line, width, "%.24s", out_safe(host, sizeof(host)));
	top_append(line, width, "%.8s", clock);
	top_append(line, width, "up %llu:%02llu:%02llu", up / 3600, up / 60 % 60, up % 60);
	top_append(line, width, "%s", interval_text(state->delay));
	top_append(line, width, "%s", state->how);
}

/* Returns the number of lines used. */
static int draw_sums(const struct top_state *state, int height, int width)
{
	const struct top_sums *sums = state->sums;
	bool alarm = sums->lost || sums->total.n[REFUSED];
	char line[TOP_LINE] = "";

	if (height < FULL_HEIGHT) {
		if (state->paused)
			top_append(line, width, "PAUSED");
		if (sums->lost)
			top_append(line, width, "%s lost", out_number(sums->lost));
		top_sum_line(0, sums, state->view.io, width - top_columns(line),
			     line + strlen(line));
		screen_line(0, alarm ? STYLE_ALARM : STYLE_STRONG, line);
		return 1;
	}
	title_line(state, width, line);
	screen_line(0, STYLE_PLAIN, line);
	top_sum_line(0, sums, state->view.io, width, line);
	screen_line(1, STYLE_STRONG, line);
	top_sum_line(1, sums, state->view.io, width, line);
	screen_line(2, alarm ? STYLE_ALARM : STYLE_PLAIN, line);
	return 3;
}

struct bars {
	const struct top_state *state;
	struct limen_counts *counts;
};

static void add_task(void *arg, const struct task *task)
{
	const struct bars *bars = arg;
	struct rate_row *row = rates_find(bars->state->rates, bars->state->view.by, &task->who);

	if (row && row->slot)
		counts_add(&bars->counts[row->slot - 1], &task->counts);
}

/* Sizes are kept by task only, and summed up for the rows that are on the screen. */
static struct limen_counts *sizes_of_rows(const struct top_state *state, long shown)
{
	struct bars bars = {.state = state};
	long i;

	bars.counts = calloc(shown ? shown : 1, sizeof(*bars.counts));
	if (!bars.counts)
		return NULL;
	for (i = 0; i < shown; i++)
		state->rows[state->first + i]->slot = i + 1;
	tasks_each(state->tasks, add_task, &bars);
	for (i = 0; i < shown; i++)
		state->rows[state->first + i]->slot = 0;
	return bars.counts;
}

static enum screen_style row_style(const struct top_state *state, const struct rate_row *row)
{
	if (rates_value(row, BY_KEY_REFUSED, state->view.order.totals))
		return STYLE_ALARM;
	return row->ended_in ? STYLE_FAINT : STYLE_PLAIN;
}

static void draw_rows(struct top_state *state, int line, int room, int width)
{
	struct limen_counts *counts = NULL;
	struct top_layout layout;
	char text[TOP_LINE];
	long i, shown;

	if (state->first > state->nr_rows - room)
		state->first = state->nr_rows - room;
	if (state->first < 0)
		state->first = 0;
	shown = state->nr_rows - state->first < room ? state->nr_rows - state->first : room;
	top_layout(&layout, &state->view, width, true);
	top_heading(&layout, text);
	screen_line(line++, STYLE_HEADING, text);
	if (layout.nr_bars)
		counts = sizes_of_rows(state, shown);
	for (i = 0; i < shown; i++) {
		const struct rate_row *row = state->rows[state->first + i];

		top_row(&layout, row, rates_seconds(state->rates), counts ? &counts[i] : NULL, text);
		screen_line(line + i, row_style(state, row), text);
	}
	if (!shown)
		screen_line(line, STYLE_PLAIN, rates_interval(state->rates) ?
			    "no task has copied yet" : "counting ...");
	free(counts);
}

static void draw_foot(const struct top_state *state, int line, int width)
{
	char text[TOP_LINE] = "";

	top_append(text, width, "q quit");
	top_append(text, width, "h help");
	top_append(text, width, "< > sort");
	top_append(text, width, "g group");
	top_append(text, width, "T %s", state->view.order.totals ? "rates" : "totals");
	top_append(text, width, "space pause");
	top_append(text, width, "+ - interval");
	top_append(text, width, "r reverse");
	if (state->nr_rows > line - 4)
		top_append(text, width, "%ld-%ld of %ld", state->first + 1,
			   state->first + line - 4, state->nr_rows);
	screen_line(line, STYLE_FAINT, text);
}

void top_screen_draw(struct top_state *state)
{
	int height, width, line, foot;

	screen_begin();
	screen_size(&height, &width);
	if (height < MIN_HEIGHT || width < MIN_WIDTH) {
		draw_too_small(height, width);
	} else if (state->help) {
		draw_help(height);
	} else {
		if (width > TOP_LINE / 4)
			width = TOP_LINE / 4;
		line = draw_sums(state, height, width);
		foot = height >= FOOT_HEIGHT;
		draw_rows(state, line, height - line - 1 - foot, width);
		if (foot)
			draw_foot(state, height - 1, width);
	}
	screen_end();
}

static long page(void)
{
	int height, width;

	screen_size(&height, &width);
	height -= height >= FULL_HEIGHT ? 5 : 2;
	return height > 1 ? height : 1;
}

static enum top_wish scroll_by(struct top_state *state, long rows)
{
	state->first += rows;
	if (state->first > state->nr_rows - 1)
		state->first = state->nr_rows - 1;
	if (state->first < 0)
		state->first = 0;
	return TOP_DRAW;
}

static enum top_wish sort_by(struct top_state *state, enum rate_key key)
{
	state->view.order.key = key;
	state->view.order.reverse = false;
	state->first = 0;
	return TOP_SORT;
}

static enum top_wish sort_beside(struct top_state *state, int way)
{
	struct top_layout layout;
	int height, width;

	screen_size(&height, &width);
	top_layout(&layout, &state->view, width, true);
	return sort_by(state, top_next_key(&layout, way));
}

static enum top_wish group_by(struct top_state *state, int way)
{
	state->view.by = (state->view.by + GROUPINGS + way) % GROUPINGS;
	state->first = 0;
	return TOP_SORT;
}

/* The next longer or shorter one of the usual intervals. */
static enum top_wish change_delay(struct top_state *state, int way)
{
	unsigned int i;

	if (way > 0) {
		for (i = 0; i < NR_DELAYS - 1 && delays[i] <= state->delay; i++)
			;
	} else {
		for (i = NR_DELAYS - 1; i && delays[i] >= state->delay; i--)
			;
	}
	state->delay = delays[i];
	return TOP_TIMER;
}

static enum top_wish letter(struct top_state *state, int key)
{
	unsigned int i;

	for (i = 0; i < sizeof(sort_letters) / sizeof(sort_letters[0]); i++) {
		if (sort_letters[i].letter != key)
			continue;
		if (!state->view.io && (key == 'R' || key == 'W'))
			return TOP_NOTHING;
		return sort_by(state, sort_letters[i].key);
	}
	return TOP_NOTHING;
}

enum top_wish top_screen_key(struct top_state *state, int key)
{
	if (key == 'q' || key == 'Q' || key == SCREEN_HANGUP)
		return TOP_QUIT;
	if (key == SCREEN_RESIZE)
		return TOP_DRAW;
	if (state->help) {
		state->help = false;
		return TOP_DRAW;
	}
	switch (key) {
	case 'h': case '?': case SCREEN_HELP:
		state->help = true;
		return TOP_DRAW;
	case '<': case ',': case SCREEN_LEFT:
		return sort_beside(state, -1);
	case '>': case '.': case SCREEN_RIGHT:
		return sort_beside(state, 1);
	case 'r': case 'I':
		state->view.order.reverse = !state->view.order.reverse;
		return TOP_SORT;
	case 'T':
		state->view.order.totals = !state->view.order.totals;
		return TOP_SORT;
	case 'g': case 't':
		return group_by(state, 1);
	case 'G':
		return group_by(state, -1);
	case '+': case '=': case 'd':
		return change_delay(state, 1);
	case '-': case '_': case 'D':
		return change_delay(state, -1);
	case ' ':
		state->paused = !state->paused;
		return TOP_TIMER;
	case SCREEN_UP: case 'k':
		return scroll_by(state, -1);
	case SCREEN_DOWN: case 'j':
		return scroll_by(state, 1);
	case SCREEN_PAGE_UP:
		return scroll_by(state, -page());
	case SCREEN_PAGE_DOWN:
		return scroll_by(state, page());
	case SCREEN_HOME:
		return scroll_by(state, -state->nr_rows);
	case SCREEN_END:
		return scroll_by(state, state->nr_rows);
	case 'L' & 0x1f:
		screen_resized();
		return TOP_DRAW;
	default:
		return letter(state, key);
	}
}
