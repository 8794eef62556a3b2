// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/top.h"

#include "output/json.h"
#include "output/out.h"
#include "output/usercopy.h"

/* A number of the interval, as it is or per second. */
static json_t *number(const struct amounts *amounts, enum amount what, double seconds)
{
	if (!seconds)
		return json_integer((json_int_t)amounts->n[what]);
	return json_real(amounts->n[what] / seconds);
}

/* The names of the totals object, without histograms. seconds 0: no rates. */
static json_t *amounts_json(const struct amounts *a, bool io, double seconds)
{
	json_t *object;

	object = json_pack("{s:{s:o, s:o}, s:{s:o, s:o}, s:o, s:o, s:o}",
			   "to_user", "copies", number(a, TO_COPIES, seconds),
				"bytes", number(a, TO_BYTES, seconds),
			   "from_user", "copies", number(a, FROM_COPIES, seconds),
				"bytes", number(a, FROM_BYTES, seconds),
			   "names", number(a, NAMES, seconds),
			   "short", number(a, SHORTS, seconds),
			   "refused", number(a, REFUSED, seconds));
	if (object && io)
		json_object_set_new(object, "io",
				    json_pack("{s:{s:o, s:o}, s:{s:o, s:o}}",
					      "read", "calls", number(a, READ_CALLS, seconds),
						"bytes", number(a, READ_BYTES, seconds),
					      "write", "calls", number(a, WRITE_CALLS, seconds),
						"bytes", number(a, WRITE_BYTES, seconds)));
	return object;
}

/* What was in the interval, per second of it, and in all since the start. */
static void add_amounts(json_t *object, const struct amounts *delta, const struct amounts *total,
			bool io, double seconds)
{
	if (!object)
		return;
	json_object_set_new(object, "rate", amounts_json(delta, io, seconds > 0 ? seconds : 1));
	json_object_set_new(object, "delta", amounts_json(delta, io, 0));
	json_object_set_new(object, "usercopy", amounts_json(total, io, 0));
}

json_t *top_interval_json(const struct top_view *view, const struct top_sums *sums,
			  __u64 seq, long nr_rows)
{
	json_t *object = json_pack("{s:s, s:I, s:s, s:f, s:s, s:I, s:I, s:I}",
				   "type", "interval", "seq", (json_int_t)seq,
				   "time", sums->stamp, "seconds", sums->seconds,
				   "by", group_names[view->by], "groups", (json_int_t)nr_rows,
				   "tasks", (json_int_t)sums->tasks,
				   "lost", (json_int_t)sums->lost);

	add_amounts(object, &sums->delta, &sums->total, view->io, sums->seconds);
	return object;
}

json_t *top_row_json(const struct top_view *view, const struct top_sums *sums, __u64 seq,
		     const struct rate_row *row)
{
	bool one = view->by == BY_THREAD || view->by == BY_PROCESS;
	char label[512];
	json_t *object;

	rates_label(row, view->by, label, sizeof(label));
	object = json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:I, s:b}",
			   "type", "group", "seq", (json_int_t)seq,
			   "time", sums->stamp, "by", group_names[view->by],
			   "key", out_safe(label, 400),
			   "task", one ? task_json(&row->who) : json_null(),
			   "threads", (json_int_t)row->tasks, "ended", row->ended_in != 0);
	add_amounts(object, &row->delta, &row->total, view->io, sums->seconds);
	return object;
}
