// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/top_tee.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "model/tee.h"
#include "output/attached.h"
#include "output/json.h"
#include "output/out.h"
#include "output/screen.h"
#include "output/tee.h"
#include "output/top_tee.h"
#include "util/log.h"
#include "util/parse.h"

#define TABLES	((1u << TEE_CLIENTS) | (1u << TEE_TAS) | (1u << TEE_SESSIONS))
#define LINE	512
#define ROWS	20

struct top_tee {
	struct run *run;
	const struct top_tee_options *o;
	enum top_tee_by by;
	enum top_tee_key key;
	bool reverse, paused, help;
	struct tee_tables before;	/* as the interval began */
	struct top_tee_row *rows;
	long nr, first;
	__u64 since, done;
	double seconds;
	int status;
};

/* --- words --- */

static int find_word(const char *what, const char *text, const char *const *words, int *found)
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
	return fail(-EINVAL, "%s: '%s' is no word of 'limen top tee'%s%s%s", what, text,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int parse_words(const struct top_tee_options *o, int *by, int *key)
{
	int err = 0;

	*by = TOP_TEE_CLIENT;
	if (o->by)
		err = find_word("--by", o->by, top_tee_by_names, by);
	*key = *by == TOP_TEE_CLIENT ? TOP_TEE_LIVE_BYTES : TOP_TEE_COMMANDS;
	if (!err && o->sort)
		err = find_word("--sort", o->sort, top_tee_key_names, key);
	return err;
}

int top_tee_check(const struct top_tee_options *o)
{
	int by, key;

	return parse_words(o, &by, &key);
}

/* --- an interval --- */

static void copy_list(struct tee_list *to, const struct tee_list *from)
{
	free(to->lines);
	*to = *from;
	to->room = from->nr;
	to->lines = from->nr ? malloc(from->nr * from->size) : NULL;
	if (to->lines)
		memcpy(to->lines, from->lines, from->nr * from->size);
	else
		to->nr = 0;
}

/* What was read last becomes the beginning of the next interval. */
static void keep(struct top_tee *top)
{
	int i;

	for (i = 0; i < TEE_TABLES; i++)
		if (TABLES >> i & 1)
			copy_list(&top->before.list[i], &top->run->tee.tables.list[i]);
}

static int sort_rows(struct top_tee *top)
{
	free(top->rows);
	top->rows = NULL;
	top->nr = top_tee_rows(&top->before, &top->run->tee.tables, top->by, top->key,
			       top->reverse, &top->rows);
	if (top->nr >= 0)
		return 0;
	top->nr = 0;
	return fail(-ENOMEM, "out of memory");
}

static int collect(struct top_tee *top)
{
	__u64 now = out_now();
	int err;

	keep(top);
	err = run_tee_read(top->run, TABLES);
	if (err)
		return err;
	tee_tables_fold(&top->run->tee.tables);
	top->seconds = (now - top->since) / 1e9;
	top->since = now;
	top->done++;
	return sort_rows(top);
}

static void sum_line(const struct top_tee *top, char *line, size_t size)
{
	struct session_losses losses = {};
	struct limen_tee_counts c;

	tee_counts(top->run->tee.session, &c);
	tee_losses(top->run->tee.session, &losses);
	snprintf(line, size, "made %s  died %s  sessions %s  commands %s  violations %s  %s lost%s",
		 out_number(tee_made(c.born)), out_number(c.died), out_number(c.sessions),
		 out_number(c.invokes), out_number(c.violations),
		 out_number(losses_total(&losses)),
		 tee_attached(top->run->tee.session) ? "" : "  no TEE");
}

/* --- text and JSON --- */

static bool print_text(const struct top_tee *top)
{
	long i, most = top->o->rows ? (long)top->o->rows : ROWS;
	char line[LINE];

	printf("limen top tee  %llu  %s  %.3f s\n", top->done, out_clock(top->since), top->seconds);
	sum_line(top, line, sizeof(line));
	printf(" %s\n", line);
	top_tee_heading(top->by, top->key, top->o->width - 1, line, sizeof(line));
	printf(" %s\n", line);
	for (i = 0; i < top->nr && i < most; i++) {
		top_tee_row_text(&top->rows[i], top->by, top->seconds, top->o->width - 1, line,
				 sizeof(line));
		printf(" %s\n", line);
	}
	if (i < top->nr)
		printf(" ... %ld more\n", top->nr - i);
	putchar('\n');
	return out_flush();
}

static bool print_json(const struct top_tee *top)
{
	struct session_losses losses = {};
	long i, shown = 0;

	tee_losses(top->run->tee.session, &losses);
	if (!out_json(json_pack("{s:s, s:s, s:o, s:s, s:f, s:s, s:I}", "type", "interval",
				"boundary", "tee", "seq", number_json(top->done),
				"time", out_time(top->since), "seconds", top->seconds,
				"by", top_tee_by_names[top->by],
				"lost", (json_int_t)losses_total(&losses))))
		return false;
	for (i = 0; i < top->nr; i++) {
		if (!top->rows[i].active || (top->o->rows && shown == (long)top->o->rows))
			continue;
		shown++;
		if (!out_json(top_tee_row_json(&top->rows[i], top->done)))
			return false;
	}
	return true;
}

/* --- the live view --- */

static const char *const help_lines[] = {
	"limen top tee: keys (any key goes back)", "",
	"q          quit, and print the totals",
	"h, ?       this help",
	"g          clients, or trusted applications",
	"< >        sort by another column; > in the heading marks it",
	"r          reverse",
	"space      pause; counting goes on",
	"arrows, Home   scroll", "",
	"LIVE, BYTES  shared memory alive now; MOST: at a time since the start",
	"MADE, CMDS, ERR, SESS  per second of the last interval",
	"P99        of the commands' time in the last interval", NULL
};

static void draw_help(int height)
{
	int i;

	for (i = 0; help_lines[i] && i < height; i++)
		screen_line(i, i ? STYLE_PLAIN : STYLE_HEADING, help_lines[i]);
}

static void draw_rows(const struct top_tee *top, int height, int width)
{
	char line[LINE], sums[LINE];
	long i;

	sum_line(top, sums, sizeof(sums));
	snprintf(line, sizeof(line), "limen top tee  %.8s%s", out_clock(out_now()),
		 top->paused ? "  PAUSED" : "  h: keys");
	screen_line(0, STYLE_STRONG, line);
	screen_line(1, STYLE_PLAIN, sums);
	top_tee_heading(top->by, top->key, width, line, sizeof(line));
	screen_line(3, STYLE_HEADING, line);
	for (i = 0; i + top->first < top->nr && i + 4 < height; i++) {
		top_tee_row_text(&top->rows[i + top->first], top->by, top->seconds, width, line,
				 sizeof(line));
		screen_line(i + 4, top->rows[i + top->first].active ? STYLE_PLAIN : STYLE_FAINT, line);
	}
}

static void draw(struct top_tee *top)
{
	int height, width;

	screen_size(&height, &width);
	screen_begin();
	if (height < 6 || width < 40)
		screen_line(0, STYLE_STRONG, "terminal too small; q quits");
	else if (top->help)
		draw_help(height);
	else
		draw_rows(top, height, width);
	screen_end();
}

static void next_key(struct top_tee *top, int way)
{
	top->key = (top->key + TOP_TEE_KEYS + way) % TOP_TEE_KEYS;
}

/* False: quit. */
static bool take_key(struct top_tee *top, int key)
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
		top->by = top->by == TOP_TEE_CLIENT ? TOP_TEE_TA : TOP_TEE_CLIENT;
		top->first = 0;
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
	case ' ':
		top->paused = !top->paused;
		break;
	case SCREEN_UP:
		top->first -= top->first > 0;
		break;
	case SCREEN_DOWN:
		top->first += top->first + 1 < top->nr;
		break;
	case SCREEN_HOME:
		top->first = 0;
		break;
	}
	return true;
}

static void keys(void *arg)
{
	struct top_tee *top = arg;
	int key;

	while ((key = screen_key()) != SCREEN_NONE) {
		if (take_key(top, key))
			continue;
		loop_end(top->run->loop);
		return;
	}
	if (sort_rows(top))
		loop_end(top->run->loop);
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
	struct top_tee *top = arg;
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

static int start(struct top_tee *top)
{
	int err = run_tee_read(top->run, TABLES);

	if (err)
		return err;
	tee_tables_fold(&top->run->tee.tables);
	top->since = out_now();
	if (top->o->json)
		out_json(attached_json(NULL, top->run->tee.session, NULL));
	if (top->o->live) {
		err = screen_open();
		if (err)
			return err;
		loop_on_resize(top->run->loop, resized, top);
		err = loop_add(top->run->loop, STDIN_FILENO, keys, top);
		if (!err)
			err = sort_rows(top);
		draw(top);
	}
	return err ? err : loop_tick(top->run->loop, top->o->delay, tick, top);
}

static int report(struct top_tee *top)
{
	struct totals totals;

	if (!out_flush())
		return out_status();
	if (run_finish(top->run, &totals))
		return STATUS_FAILED;
	if (top->o->json) {
		out_json(totals_json(&totals));
	} else {
		tee_stat_text(&totals.tee_counts, totals.tee_tables, 10);
		losses_text(&totals);
		out_flush();
	}
	return out_status();
}

int top_tee_run(struct run *run, const struct top_tee_options *o)
{
	struct top_tee top = {.run = run, .o = o, .reverse = o->reverse};
	int by, key, err, status;

	parse_words(o, &by, &key);
	top.by = by;
	top.key = key;
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
	tee_tables_free(&top.before);
	free(top.rows);
	return status;
}
