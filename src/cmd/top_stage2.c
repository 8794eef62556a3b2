// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/top_stage2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output/attached.h"
#include "output/json.h"
#include "output/out.h"
#include "output/stage2.h"
#include "output/top.h"
#include "output/top_stage2.h"
#include "util/log.h"

#define FINAL_ROWS	10

struct top_stage2 {
	struct stage2_tables before;	/* as the interval began */
	struct limen_s2_sums delta;	/* of all, in the interval */
	struct top_stage2_row *rows;
};

static int default_key(int by)
{
	return TOP_STAGE2_FAULTS;
}

static bool has_key(int by, int key)
{
	return top_stage2_has_key(by, key);
}

static struct top_stage2_view view_of(const struct top_loop *top)
{
	return (struct top_stage2_view){
		.by = top->by, .key = top->key, .reverse = top->reverse, .totals = top->totals,
	};
}

/* --- an interval --- */

/* Leaves what was asked for. */
static void narrow(struct top_loop *top)
{
	const struct targets *targets = &top->run->targets;

	if (targets->nr_pids)
		stage2_tables_only(&top->run->stage2.tables, targets->pids, targets->nr_pids);
}

/* What was read last becomes the beginning of the next interval. */
static int read_tables(struct top_loop *top)
{
	struct stage2_tables *now = &top->run->stage2.tables, last = *now;
	struct top_stage2 *s = top->arg;
	int err;

	*now = s->before;
	s->before = last;
	err = stage2_tables_read(top->run->stage2.session, now);
	if (err)
		return fail(err, "cannot read the tables: %s", strerror(-err));
	narrow(top);
	top_stage2_advance(&s->before, now, &s->delta);
	return 0;
}

static long sort_rows(struct top_loop *top)
{
	struct top_stage2_view view = view_of(top);
	struct top_stage2 *s = top->arg;

	free(s->rows);
	s->rows = NULL;
	return top_stage2_rows(&s->before, &top->run->stage2.tables, &view, &s->rows);
}

static const struct top_stage2_row *row_at(const struct top_loop *top, long row)
{
	const struct top_stage2 *s = top->arg;

	return &s->rows[row];
}

static bool active(const struct top_loop *top, long row)
{
	return row_at(top, row)->active;
}

/* --- text and JSON --- */

static __u64 lost(const struct top_loop *top)
{
	struct session_losses losses = {};

	stage2_losses(top->run->stage2.session, &losses);
	return losses_total(&losses);
}

static void sum_line(const struct top_loop *top, int number, int width, char *line)
{
	const struct top_stage2 *s = top->arg;

	top_stage2_sum_line(number, &top->run->stage2.tables, &s->delta, top->seconds,
			    top->totals, lost(top), width, line);
	if (!number && !stage2_attached(top->run->stage2.session))
		top_append(line, width, "no KVM");
}

static void heading(const struct top_loop *top, int width, char *line)
{
	struct top_stage2_view view = view_of(top);

	top_stage2_heading(&view, width, line);
}

static void row_text(const struct top_loop *top, long row, int width, char *line)
{
	struct top_stage2_view view = view_of(top);

	top_stage2_row_text(row_at(top, row), &view, top->seconds, width, line);
}

static json_t *attached(const struct top_loop *top)
{
	return attached_json(NULL, NULL, top->run->stage2.session);
}

static json_t *interval_json(const struct top_loop *top)
{
	const struct top_stage2 *s = top->arg;

	return json_pack("{s:s, s:s, s:o, s:s, s:f, s:s, s:o, s:o, s:o, s:o}",
			 "type", "interval", "boundary", "stage2",
			 "seq", number_json(top->done), "time", out_time(top->since),
			 "seconds", top->seconds, "by", top_stage2_by_names[top->by],
			 "lost", number_json(lost(top)),
			 "rate", top_stage2_rate_json(s->delta.faults, top->seconds),
			 "delta", top_stage2_delta_json(&s->delta),
			 "stage2", stage2_json(&top->run->stage2.tables));
}

static json_t *row_json(const struct top_loop *top, long row)
{
	return top_stage2_row_json(row_at(top, row), top->done, top->seconds);
}

static void totals_text(const struct top_loop *top, const struct totals *totals)
{
	struct top_stage2_view view = view_of(top);
	int width = top->o->live ? out_width() : top->o->width;	/* it may have changed */

	if (top_stage2_totals_text(totals->stage2, &view, FINAL_ROWS, width))
		fail(-ENOMEM, "out of memory");
}

static const char *const help_lines[] = {
	"limen top stage2: keys (any key goes back)", "",
	"q, F10     quit, and print the totals",
	"h, ?, F1   this help",
	"g          VMs, vCPUs, memory slots",
	"< >        sort by another column",
	"r          reverse",
	"T          per second, or totals since the start",
	"space      pause; counting goes on",
	"arrows, PgUp, PgDn, Home   scroll", "",
	"TRANS      nothing was mapped there",
	"PERM       mapped, but not for this access",
	"MMIO-U, -K no memory: the VMM, the kernel emulates a device",
	"RO         write to a read-only slot: the VMM is asked",
	"OTHER      all other classes, see limen-top(8)",
	"P50, P99   of the time from fault to resolution", NULL
};

static const struct top_table table = {
	.title = "limen top stage2",
	.by_names = top_stage2_by_names,
	.key_names = top_stage2_key_names,
	.help = help_lines,
	.sum_lines = 2,
	.has_totals = true,
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
	.finished = narrow,
	.totals_text = totals_text,
};

int top_stage2_check(const struct top_options *o)
{
	return top_loop_check(&table, o);
}

int top_stage2_run(struct run *run, const struct top_options *o)
{
	struct top_stage2 s = {};
	int status = top_loop_run(&table, run, o, &s);

	stage2_tables_free(&s.before);
	free(s.rows);
	return status;
}
