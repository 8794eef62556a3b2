// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/top_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "output/json.h"
#include "output/out.h"
#include "output/screen.h"
#include "output/top.h"
#include "util/log.h"
#include "util/parse.h"

#define ROWS		20
#define MIN_HEIGHT	6
#define MIN_WIDTH	40

/* --- words --- */

static int find_word(const struct top_table *table, const char *what, const char *text,
		     const char *const *words, int *found)
{
	const char *near;
	int i;

	for (i = 0; words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*found = i;
			return 0;
		}
	}
	near = nearest_word(text, words);
	return fail(-EINVAL, "%s: '%s' is no word of '%s'%s%s%s", what, text, table->title,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int parse_words(struct top_loop *top)
{
	const struct top_table *table = top->table;
	const char *sort = top->o->sort;
	int err = 0;

	top->by = 0;
	if (top->o->by)
		err = find_word(table, "--by", top->o->by, table->by_names, &top->by);
	top->key = table->default_key(top->by);
	if (err || !sort)
		return err;
	top->totals = table->has_totals && !strncmp(sort, "total-", 6);
	err = find_word(table, "--sort", top->totals ? sort + 6 : sort, table->key_names,
			&top->key);
	if (!err && !table->has_key(top->by, top->key))
		return fail(-EINVAL, "--sort: '%s' is nothing that a %s has", sort,
			    table->by_names[top->by]);
	return err;
}

int top_loop_check(const struct top_table *table, const struct top_options *o)
{
	struct top_loop top = {.table = table, .o = o};

	return parse_words(&top);
}

/* --- an interval --- */

static int sort_rows(struct top_loop *top)
{
	top->nr = top->table->sort(top);
	if (top->nr >= 0)
		return 0;
	top->nr = 0;
	return fail(-ENOMEM, "out of memory");
}

static int collect(struct top_loop *top)
{
	__u64 now = out_now();
	int err = top->table->read(top);

	if (err)
		return err;
	top->seconds = (now - top->since) / 1e9;
	top->since = now;
	top->done++;
	return sort_rows(top);
}

/* --- text and JSON --- */

static bool print_text(const struct top_loop *top)
{
	long i, most = top->o->rows ? (long)top->o->rows : ROWS;
	const struct top_table *table = top->table;
	int width = top->o->width - 1;
	char line[TOP_LINE];

	printf("%s  %llu  %s  %.3f s\n", table->title, top->done, out_clock(top->since),
	       top->seconds);
	for (i = 0; i < table->sum_lines; i++) {
		table->sum_line(top, i, width, line);
		printf(" %s\n", line);
	}
	table->heading(top, width, line);
	printf(" %s\n", line);
	for (i = 0; i < top->nr && i < most; i++) {
		table->row(top, i, width, line);
		printf(" %s\n", line);
	}
	if (i < top->nr)
		printf(" ... %ld more\n", top->nr - i);
	putchar('\n');
	return out_flush();
}

static bool print_json(const struct top_loop *top)
{
	const struct top_table *table = top->table;
	long i, shown = 0;

	if (!out_json(table->interval_json(top)))
		return false;
	for (i = 0; i < top->nr; i++) {
		if (!table->active(top, i) || (top->o->rows && shown == (long)top->o->rows))
			continue;
		shown++;
		if (!out_json(table->row_json(top, i)))
			return false;
	}
	return true;
}

/* --- the live view --- */

static void draw_help(const struct top_loop *top, int height)
{
	const char *const *lines = top->table->help;
	int i;

	for (i = 0; lines[i] && i < height; i++)
		screen_line(i, i ? STYLE_PLAIN : STYLE_HEADING, lines[i]);
}

/* Lines above the rows: title, sums, an empty one, heading. */
static int lines_above(const struct top_loop *top)
{
	return top->table->sum_lines + 3;
}

static void draw_rows(const struct top_loop *top, int height, int width)
{
	const struct top_table *table = top->table;
	int at = lines_above(top), number;
	char line[TOP_LINE];
	long i;

	snprintf(line, sizeof(line), "%s  %.8s%s%s", table->title, out_clock(out_now()),
		 top->totals ? "  since the start" : "", top->paused ? "  PAUSED" : "  h: keys");
	screen_line(0, STYLE_STRONG, line);
	for (number = 0; number < table->sum_lines; number++) {
		table->sum_line(top, number, width, line);
		screen_line(1 + number, STYLE_PLAIN, line);
	}
	table->heading(top, width, line);
	screen_line(at - 1, STYLE_HEADING, line);
	for (i = top->first; i < top->nr && at < height; i++) {
		table->row(top, i, width, line);
		screen_line(at++, table->active(top, i) ? STYLE_PLAIN : STYLE_FAINT, line);
	}
}

static void draw(struct top_loop *top)
{
	int height, width;

	screen_size(&height, &width);
	if (top->first >= top->nr)
		top->first = top->nr ? top->nr - 1 : 0;
	screen_begin();
	if (height < MIN_HEIGHT || width < MIN_WIDTH)
		screen_line(0, STYLE_STRONG, "terminal too small; q quits");
	else if (top->help)
		draw_help(top, height);
	else
		draw_rows(top, height, width < TOP_LINE / 4 ? width : TOP_LINE / 4);
	screen_end();
}

static int words(const char *const *names)
{
	int nr = 0;

	while (names[nr])
		nr++;
	return nr;
}

/* The next column to the left or right that these rows have. */
static void next_key(struct top_loop *top, int way)
{
	int nr = words(top->table->key_names);

	do
		top->key = (top->key + nr + way) % nr;
	while (!top->table->has_key(top->by, top->key));
}

static void next_by(struct top_loop *top)
{
	top->by = (top->by + 1) % words(top->table->by_names);
	top->first = 0;
	if (!top->table->has_key(top->by, top->key))
		top->key = top->table->default_key(top->by);
}

static void scroll(struct top_loop *top, long rows)
{
	top->first += rows;
	if (top->first >= top->nr)
		top->first = top->nr - 1;
	if (top->first < 0)
		top->first = 0;
}

static long page(const struct top_loop *top)
{
	int height, width;

	screen_size(&height, &width);
	height -= lines_above(top);
	return height > 1 ? height : 1;
}

/* False: quit. */
static bool take_key(struct top_loop *top, int key)
{
	if (top->help) {
		top->help = false;
		return key != 'q';
	}
	switch (key) {
	case 'q':
	case SCREEN_HANGUP:
		return false;
	case 'h':
	case '?':
	case SCREEN_HELP:
		top->help = true;
		break;
	case 'g':
		next_by(top);
		break;
	case '<':
	case SCREEN_LEFT:
		next_key(top, -1);
		break;
	case '>':
	case SCREEN_RIGHT:
		next_key(top, 1);
		break;
	case 'r':
		top->reverse = !top->reverse;
		break;
	case 'T':
		top->totals = top->table->has_totals && !top->totals;
		break;
	case ' ':
		top->paused = !top->paused;
		break;
	case SCREEN_UP:
		scroll(top, -1);
		break;
	case SCREEN_DOWN:
		scroll(top, 1);
		break;
	case SCREEN_PAGE_UP:
		scroll(top, -page(top));
		break;
	case SCREEN_PAGE_DOWN:
		scroll(top, page(top));
		break;
	case SCREEN_HOME:
		top->first = 0;
		break;
	case 'L' & 0x1f:
		screen_resized();
		break;
	}
	return true;
}

static void keys(void *arg)
{
	struct top_loop *top = arg;
	int key;

	while ((key = screen_key()) != SCREEN_NONE) {
		if (take_key(top, key))
			continue;
		loop_end(top->run->loop);
		return;
	}
	if (sort_rows(top)) {
		top->status = STATUS_FAILED;
		loop_end(top->run->loop);
	}
	draw(top);
}

static void resized(void *arg)
{
	screen_resized();
	draw(arg);
}

/* --- the loop --- */

static void tick(void *arg)
{
	struct top_loop *top = arg;
	bool more = true;

	if (top->paused)
		return;
	if (collect(top)) {
		top->status = STATUS_FAILED;
		loop_end(top->run->loop);
		return;
	}
	if (top->o->live)
		draw(top);
	else
		more = top->o->json ? print_json(top) : print_text(top);
	if (!more || (top->o->iterations && top->done >= top->o->iterations))
		loop_end(top->run->loop);
}

/* No need to wait for the next interval to see it. */
static void output_closed(void *arg)
{
	struct loop *loop = arg;
	struct pollfd out = {.fd = STDOUT_FILENO};

	if (poll(&out, 1, 0) > 0 && out.revents & (POLLERR | POLLHUP | POLLNVAL)) {
		loop_remove(loop, STDOUT_FILENO);
		loop_end(loop);
	}
}

int top_watch_output(struct loop *loop)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) || !S_ISFIFO(st.st_mode))
		return 0;
	return loop_add(loop, STDOUT_FILENO, output_closed, loop);
}

static int open_screen(struct top_loop *top)
{
	int err = screen_open();

	if (err)
		return err;
	loop_on_resize(top->run->loop, resized, top);
	err = loop_add(top->run->loop, STDIN_FILENO, keys, top);
	if (!err)
		err = sort_rows(top);
	draw(top);
	return err;
}

static int start(struct top_loop *top)
{
	int err = top->table->read(top);

	if (err)
		return err;
	top->since = out_now();
	if (top->o->json && !out_json(top->table->attached_json(top)))
		loop_end(top->run->loop);
	err = top->o->live ? open_screen(top) : top_watch_output(top->run->loop);
	return err ? err : loop_tick(top->run->loop, top->o->delay, tick, top);
}

static void print_totals_json(const struct top_loop *top, const struct totals *totals)
{
	json_t *final = totals_json(totals);

	json_object_set_new(final, "intervals", number_json(top->done));
	out_json(final);
}

static int report(struct top_loop *top)
{
	struct totals totals;

	if (!out_flush())
		return out_status();
	if (run_finish(top->run, &totals))
		return STATUS_FAILED;
	if (top->table->finished)
		top->table->finished(top);
	if (top->o->json) {
		print_totals_json(top, &totals);
	} else {
		top->table->totals_text(top, &totals);
		losses_text(&totals);
		out_flush();
	}
	return out_status();
}

int top_loop_run(const struct top_table *table, struct run *run, const struct top_options *o,
		 void *arg)
{
	struct top_loop top = {
		.table = table, .o = o, .run = run, .arg = arg, .reverse = o->reverse,
	};
	int err, status;

	parse_words(&top);
	err = o->live ? screen_check() : 0;
	status = STATUS_FAILED;
	if (!err)
		err = run_open(run, &status);
	if (!err)
		err = start(&top);
	if (!err)
		err = run_wait(run);
	screen_close();
	if (!err)
		status = top.status ? top.status : report(&top);
	run_close(run);
	return status;
}
