// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/top_tee.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/tee.h"
#include "output/json.h"
#include "output/out.h"
#include "output/tee.h"

const char *const top_tee_by_names[] = {"client", "ta", NULL};

const char *const top_tee_key_names[] = {
	[TOP_TEE_LIVE_BYTES]	= "live-bytes",
	[TOP_TEE_LIVE]		= "live",
	[TOP_TEE_MADE]		= "made",
	[TOP_TEE_BYTES]		= "bytes",
	[TOP_TEE_SESSIONS]	= "sessions",
	[TOP_TEE_COMMANDS]	= "commands",
	[TOP_TEE_ERRORS]	= "errors",
	[TOP_TEE_P99]		= "p99",
	[TOP_TEE_NAME]		= "name",
	NULL
};

/* --- rows --- */

static void calls_since(struct limen_tee_calls *delta, const struct limen_tee_calls *now,
			const struct limen_tee_calls *before)
{
	int i;

	*delta = *now;
	if (!before)
		return;
	delta->invokes -= before->invokes;
	delta->errors -= before->errors;
	delta->memref_bytes -= before->memref_bytes;
	delta->latency_ns -= before->latency_ns;
	for (i = 0; i < LIMEN_TEE_BUCKETS; i++)
		delta->latency[i] -= before->latency[i];
}

static void client_row(struct top_tee_row *row, const struct limen_tee_client_line *line,
		       const struct limen_tee_client *before)
{
	const struct limen_tee_client *c = &line->client;

	snprintf(row->label, sizeof(row->label), "%s", tee_client_label(c));
	row->client = line;
	row->live = c->live;
	row->live_bytes = c->live_bytes;
	row->most_live = c->most_live;
	row->made = tee_made(c->born) - (before ? tee_made(before->born) : 0);
	row->bytes = c->born_bytes - (before ? before->born_bytes : 0);
	row->sessions = c->sessions - (before ? before->sessions : 0);
	calls_since(&row->calls, &c->calls, before ? &before->calls : NULL);
	row->active = row->made || row->sessions || row->calls.invokes ||
		      (before ? before->died : 0) != c->died;
}

static const struct limen_tee_ta *ta_before(const struct tee_tables *before, const __u8 uuid[16])
{
	const struct limen_tee_ta_line *line;

	for (TEE_EACH(before, TEE_TAS, line))
		if (!memcmp(line->uuid, uuid, sizeof(line->uuid)))
			return &line->ta;
	return NULL;
}

static void ta_row(struct top_tee_row *row, const struct limen_tee_ta_line *line,
		   const struct limen_tee_ta *before)
{
	const struct limen_tee_ta *ta = &line->ta;

	snprintf(row->label, sizeof(row->label), "%s", tee_ta_label(line->uuid));
	row->ta = line;
	row->sessions = ta->opened - (before ? before->opened : 0);
	calls_since(&row->calls, &ta->calls, before ? &before->calls : NULL);
	row->bytes = row->calls.memref_bytes;
	row->active = row->sessions || row->calls.invokes;
}

static double value(const struct top_tee_row *row, enum top_tee_key key)
{
	switch (key) {
	case TOP_TEE_LIVE_BYTES:
		return row->client ? (double)row->live_bytes : (double)row->bytes;
	case TOP_TEE_LIVE:
		return row->live;
	case TOP_TEE_MADE:
		return row->made;
	case TOP_TEE_BYTES:
		return row->bytes;
	case TOP_TEE_SESSIONS:
		return row->sessions;
	case TOP_TEE_COMMANDS:
		return row->calls.invokes;
	case TOP_TEE_ERRORS:
		return row->calls.errors;
	case TOP_TEE_P99:
		return tee_calls_percentile(&row->calls, 99);
	default:
		return 0;
	}
}

struct order {
	enum top_tee_key key;
	bool reverse;
};

static int by_order(const void *a, const void *b, void *arg)
{
	const struct order *order = arg;
	double x = value(a, order->key), y = value(b, order->key);
	int way = x > y ? -1 : x < y;

	if (!way || order->key == TOP_TEE_NAME)
		way = strcmp(((const struct top_tee_row *)a)->label,
			     ((const struct top_tee_row *)b)->label);
	return order->reverse ? -way : way;
}

long top_tee_rows(const struct tee_tables *before, const struct tee_tables *now,
		  enum top_tee_by by, enum top_tee_key key, bool reverse,
		  struct top_tee_row **out)
{
	const struct tee_list *list = &now->list[by == TOP_TEE_TA ? TEE_TAS : TEE_CLIENTS];
	struct top_tee_row *rows = calloc(list->nr + 1, sizeof(*rows));
	const struct limen_tee_client_line *client;
	const struct limen_tee_ta_line *ta;
	struct order order = {key, reverse};
	long nr = 0;

	if (!rows)
		return -ENOMEM;
	if (by == TOP_TEE_CLIENT)
		for (TEE_EACH(now, TEE_CLIENTS, client))
			client_row(&rows[nr++], client, tee_client_of(before, client->key));
	else
		for (TEE_EACH(now, TEE_TAS, ta))
			ta_row(&rows[nr++], ta, ta_before(before, ta->uuid));
	qsort_r(rows, nr, sizeof(*rows), by_order, &order);
	*out = rows;
	return nr;
}

/* --- lines --- */

struct column {
	enum top_tee_key key;	/* TOP_TEE_KEYS: not one to sort by */
	const char *name;
	int width;
};

static const struct column client_columns[] = {
	{TOP_TEE_LIVE, "LIVE", 6}, {TOP_TEE_LIVE_BYTES, "BYTES", 9}, {TOP_TEE_KEYS, "MOST", 6},
	{TOP_TEE_MADE, "MADE/s", 8}, {TOP_TEE_BYTES, "BYTES/s", 9}, {TOP_TEE_COMMANDS, "CMDS/s", 8},
	{TOP_TEE_ERRORS, "ERR/s", 7}, {TOP_TEE_P99, "P99", 7}, {TOP_TEE_SESSIONS, "SESS/s", 7},
	{}
};

static const struct column ta_columns[] = {
	{TOP_TEE_COMMANDS, "CMDS/s", 8}, {TOP_TEE_ERRORS, "ERR/s", 7},
	{TOP_TEE_BYTES, "BYTES/s", 9}, {TOP_TEE_KEYS, "P50", 7}, {TOP_TEE_P99, "P99", 7},
	{TOP_TEE_SESSIONS, "SESS/s", 7}, {}
};

static const struct column *columns_of(enum top_tee_by by)
{
	return by == TOP_TEE_CLIENT ? client_columns : ta_columns;
}

static int label_width(enum top_tee_by by)
{
	return by == TOP_TEE_CLIENT ? 22 : 36;
}

/* Appends a right-aligned field if it fits; false: it did not. */
static bool append(char *line, size_t size, int width, int field, const char *text)
{
	size_t used = strlen(line);

	if ((int)used + 1 + field > width || used + 1 + field >= size)
		return false;
	snprintf(line + used, size - used, " %*s", field, text);
	return true;
}

void top_tee_heading(enum top_tee_by by, enum top_tee_key key, int width, char *line, size_t size)
{
	const struct column *c;
	char name[24];

	snprintf(line, size, "%-*s", label_width(by),
		 by == TOP_TEE_CLIENT ? "CLIENT" : "TRUSTED APPLICATION");
	for (c = columns_of(by); c->name; c++) {
		snprintf(name, sizeof(name), "%s%s", c->key == key ? ">" : "", c->name);
		if (!append(line, size, width, c->width, name))
			break;
	}
}

static const char *rate(double n, double seconds)
{
	static char texts[8][16];
	static unsigned int used;
	char *text = texts[used++ % 8];
	double per = seconds > 0 ? n / seconds : 0;

	snprintf(text, sizeof(texts[0]), per < 10 && per > 0 ? "%.1f" : "%.0f", per);
	return text;
}

static const char *latency(const struct limen_tee_calls *calls, unsigned int percent)
{
	__s64 us = tee_calls_percentile(calls, percent);

	return us < 0 ? "-" : tee_time_label(us * 1000);
}

static const char *field_text(const struct top_tee_row *row, const struct column *c,
			      double seconds)
{
	switch (c->key) {
	case TOP_TEE_LIVE:
		return out_number(row->live);
	case TOP_TEE_LIVE_BYTES:
		return out_bytes(row->live_bytes);
	case TOP_TEE_MADE:
		return rate(row->made, seconds);
	case TOP_TEE_BYTES:
		return out_bytes(seconds > 0 ? row->bytes / seconds : 0);
	case TOP_TEE_COMMANDS:
		return rate(row->calls.invokes, seconds);
	case TOP_TEE_ERRORS:
		return rate(row->calls.errors, seconds);
	case TOP_TEE_SESSIONS:
		return rate(row->sessions, seconds);
	case TOP_TEE_P99:
		return latency(&row->calls, 99);
	default:
		return row->client ? out_number(row->most_live) : latency(&row->calls, 50);
	}
}

void top_tee_row_text(const struct top_tee_row *row, enum top_tee_by by, double seconds, int width,
		      char *line, size_t size)
{
	const struct column *c;

	snprintf(line, size, "%-*.*s", label_width(by), label_width(by), row->label);
	for (c = columns_of(by); c->name; c++)
		if (!append(line, size, width, c->width, field_text(row, c, seconds)))
			break;
}

json_t *top_tee_row_json(const struct top_tee_row *row, __u64 seq)
{
	json_t *object = row->client ? tee_client_json(row->client) : tee_ta_json(row->ta);

	if (!object)
		return NULL;
	json_object_set_new(object, "seq", number_json(seq));
	json_object_set_new(object, "delta", json_pack("{s:o, s:o, s:o, s:o, s:o}",
		"made", number_json(row->made), "bytes", number_json(row->bytes),
		"sessions", number_json(row->sessions),
		"invokes", number_json(row->calls.invokes),
		"errors", number_json(row->calls.errors)));
	return object;
}
