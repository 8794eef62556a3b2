// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/top_tee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/tee.h"
#include "output/attached.h"
#include "output/json.h"
#include "output/out.h"
#include "output/tee.h"
#include "output/top.h"
#include "output/top_tee.h"

#define TABLES	((1u << TEE_CLIENTS) | (1u << TEE_TAS) | (1u << TEE_SESSIONS))

struct top_tee {
	struct tee_tables before;	/* as the interval began */
	struct top_tee_row *rows;
};

static int default_key(int by)
{
	return by == TOP_TEE_CLIENT ? TOP_TEE_LIVE_BYTES : TOP_TEE_COMMANDS;
}

static bool has_key(int by, int key)
{
	return true;
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
static int read_tables(struct top_loop *top)
{
	struct tee_tables *now = &top->run->tee.tables;
	struct top_tee *tee = top->arg;
	int i, err;

	for (i = 0; i < TEE_TABLES; i++)
		if (TABLES >> i & 1)
			copy_list(&tee->before.list[i], &now->list[i]);
	err = run_tee_read(top->run, TABLES);
	if (!err)
		tee_tables_fold(now);
	return err;
}

static long sort_rows(struct top_loop *top)
{
	struct top_tee *tee = top->arg;

	free(tee->rows);
	tee->rows = NULL;
	return top_tee_rows(&tee->before, &top->run->tee.tables, top->by, top->key, top->reverse,
			    &tee->rows);
}

static const struct top_tee_row *row_at(const struct top_loop *top, long row)
{
	const struct top_tee *tee = top->arg;

	return &tee->rows[row];
}

static bool active(const struct top_loop *top, long row)
{
	return row_at(top, row)->active;
}

/* --- text and JSON --- */

static void sum_line(const struct top_loop *top, int number, int width, char *line)
{
	struct session_losses losses = {};
	struct limen_tee_counts c;

	tee_counts(top->run->tee.session, &c);
	tee_losses(top->run->tee.session, &losses);
	snprintf(line, TOP_LINE,
		 "made %s  died %s  sessions %s  commands %s  violations %s  %s lost%s",
		 out_number(tee_made(c.born)), out_number(c.died), out_number(c.sessions),
		 out_number(c.invokes), out_number(c.violations),
		 out_number(losses_total(&losses)),
		 tee_attached(top->run->tee.session) ? "" : "  no TEE");
}

static void heading(const struct top_loop *top, int width, char *line)
{
	top_tee_heading(top->by, top->key, width, line, TOP_LINE);
}

static void row_text(const struct top_loop *top, long row, int width, char *line)
{
	top_tee_row_text(row_at(top, row), top->by, top->seconds, width, line, TOP_LINE);
}

static json_t *attached(const struct top_loop *top)
{
	return attached_json(NULL, top->run->tee.session, NULL);
}

static json_t *interval_json(const struct top_loop *top)
{
	struct session_losses losses = {};

	tee_losses(top->run->tee.session, &losses);
	return json_pack("{s:s, s:s, s:o, s:s, s:f, s:s, s:I}", "type", "interval",
			 "boundary", "tee", "seq", number_json(top->done),
			 "time", out_time(top->since), "seconds", top->seconds,
			 "by", top_tee_by_names[top->by],
			 "lost", (json_int_t)losses_total(&losses));
}

static json_t *row_json(const struct top_loop *top, long row)
{
	return top_tee_row_json(row_at(top, row), top->done);
}

static void totals_text(const struct top_loop *top, const struct totals *totals)
{
	tee_stat_text(&totals->tee_counts, totals->tee_tables, 10);
}

static const char *const help_lines[] = {
	"limen top tee: keys (any key goes back)", "",
	"q          quit, and print the totals",
	"h, ?       this help",
	"g          clients, or trusted applications",
	"< >        sort by another column; > in the heading marks it",
	"r          reverse",
	"space      pause; counting goes on",
	"arrows, PgUp, PgDn, Home   scroll", "",
	"LIVE, BYTES  shared memory alive now; MOST: at a time since the start",
	"MADE, CMDS, ERR, SESS  per second of the last interval",
	"P99        of the commands' time in the last interval", NULL
};

static const struct top_table table = {
	.title = "limen top tee",
	.by_names = top_tee_by_names,
	.key_names = top_tee_key_names,
	.help = help_lines,
	.sum_lines = 1,
	.default_key = default_key,
	.has_key = has_key,
	.read = read_tables,
	.sort = sort_rows,
	.active = active,
	.sum_line = sum_line,
	.heading = heading,
	.row = row_text,
	.attached_json = attached,
	.interval_json = interval_json,
	.row_json = row_json,
	.totals_text = totals_text,
};

int top_tee_check(const struct top_options *o)
{
	return top_loop_check(&table, o);
}

int top_tee_run(struct run *run, const struct top_options *o)
{
	struct top_tee tee = {};
	int status = top_loop_run(&table, run, o, &tee);

	tee_tables_free(&tee.before);
	free(tee.rows);
	return status;
}
