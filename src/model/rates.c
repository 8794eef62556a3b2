// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rates.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/identity.h"
#include "model/counts.h"

#define MAX_EXITS	16384	/* that wait for the end of their interval */
#define KEEP_ROOM	1024	/* exits whose room is kept from interval to interval */
#define NANOSECONDS	1000000000.0

const char *const rate_key_names[] = {
	[BY_KEY_BYTES] = "bytes", [BY_KEY_COPIES] = "copies",
	[BY_KEY_TO] = "to-user", [BY_KEY_TO_COPIES] = "to-user-copies",
	[BY_KEY_FROM] = "from-user", [BY_KEY_FROM_COPIES] = "from-user-copies",
	[BY_KEY_NAMES] = "names", [BY_KEY_SHORT] = "short", [BY_KEY_REFUSED] = "refused",
	[BY_KEY_READ] = "io-read", [BY_KEY_WRITE] = "io-write",
	[BY_KEY_THREADS] = "threads", [BY_KEY_NAME] = "name", [BY_KEY_PID] = "pid", NULL
};

struct table {
	void *tree;		/* of struct rate_row, tsearch(3) */
	size_t nr, nr_ended;
};

struct exited {
	struct limen_task who;
	struct amounts amounts;
};

struct rates {
	struct table tables[GROUPINGS];
	struct exited *exits;
	size_t nr_exits, room;
	__u64 interval;		/* that is complete */
	__u64 since;		/* when it ended */
	__u64 serial;		/* of processes whose PID was taken by another */
	double seconds;
	bool open;		/* the next interval's numbers have begun to come in */
};

void amounts_of(struct amounts *amounts, const struct limen_counts *counts)
{
	*amounts = (struct amounts){.n = {
		[TO_COPIES] = counts_copies(counts, LIMEN_TO_USER),
		[TO_BYTES] = counts->bytes[LIMEN_TO_USER],
		[FROM_COPIES] = counts_copies(counts, LIMEN_FROM_USER),
		[FROM_BYTES] = counts->bytes[LIMEN_FROM_USER],
		[NAMES] = counts->names,
		[SHORTS] = counts->shorts,
		[REFUSED] = counts->refused,
		[READ_CALLS] = counts->io_ops[LIMEN_TO_USER],
		[READ_BYTES] = counts->io_bytes[LIMEN_TO_USER],
		[WRITE_CALLS] = counts->io_ops[LIMEN_FROM_USER],
		[WRITE_BYTES] = counts->io_bytes[LIMEN_FROM_USER],
	}};
}

bool amounts_zero(const struct amounts *amounts)
{
	unsigned int i;

	for (i = 0; i < AMOUNTS; i++)
		if (amounts->n[i])
			return false;
	return true;
}

static void amounts_add(struct amounts *to, const struct amounts *from)
{
	unsigned int i;

	for (i = 0; i < AMOUNTS; i++)
		to->n[i] += from->n[i];
}

void amounts_advance(struct amounts *total, const struct amounts *now, struct amounts *delta)
{
	unsigned int i;

	for (i = 0; i < AMOUNTS; i++) {
		delta->n[i] = now->n[i] > total->n[i] ? now->n[i] - total->n[i] : 0;
		total->n[i] += delta->n[i];
	}
}

static int by_key(const void *a, const void *b)
{
	const struct rate_row *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	if (x->b != y->b)
		return x->b < y->b ? -1 : 1;
	if (!x->name || !y->name)
		return !!x->name - !!y->name;
	return strcmp(x->name, y->name);
}

/* A thread is named by its id and its start, a process by its id alone. */
static struct rate_row row_key(enum group_by by, const struct limen_task *who)
{
	struct rate_row key = {};

	switch (by) {
	case BY_THREAD:
		key.a = who->tid;
		key.b = who->start_ns;
		break;
	case BY_PROCESS:
		key.a = who->pid;
		break;
	case BY_CGROUP:
		key.a = who->cgroup;
		key.name = identity_cgroup(who->cgroup);
		break;
	case BY_CONTAINER:
		key.name = identity_container(who->cgroup);
		break;
	default:
		key.name = identity_exe(who);
	}
	return key;
}

static struct rate_row *find(const struct table *table, const struct rate_row *key)
{
	struct rate_row **found = tfind(key, &table->tree, by_key);

	return found ? *found : NULL;
}

static struct rate_row *find_or_add(struct table *table, const struct rate_row *key,
				    const struct limen_task *who)
{
	struct rate_row *row = find(table, key);

	if (row)
		return row;
	row = calloc(1, sizeof(*row));
	if (!row)
		return NULL;
	row->a = key->a;
	row->b = key->b;
	row->name = key->name;
	row->who = *who;
	if (!tsearch(row, &table->tree, by_key)) {
		free(row);
		return NULL;
	}
	table->nr++;
	return row;
}

static bool is_main(const struct limen_task *who)
{
	return who->tid == who->pid;
}

/* Another process has this one's PID now: it stays, under a key of its own. */
static int set_aside(struct rates *rates, struct rate_row *row)
{
	struct table *table = &rates->tables[BY_PROCESS];

	tdelete(row, &table->tree, by_key);
	row->b = ++rates->serial;
	return tsearch(row, &table->tree, by_key) ? 0 : -ENOMEM;
}

static struct rate_row *find_or_add_row(struct rates *rates, enum group_by by,
					const struct limen_task *who)
{
	struct rate_row key = row_key(by, who), *row;
	struct table *table = &rates->tables[by];

	row = find_or_add(table, &key, who);
	if (!row || by != BY_PROCESS || !is_main(who) || !is_main(&row->who) ||
	    row->who.start_ns == who->start_ns)
		return row;
	if (set_aside(rates, row))
		return NULL;
	return find_or_add(table, &key, who);
}

static bool same_place(const struct limen_task *a, const struct limen_task *b)
{
	return a->pid == b->pid && a->exe_ino == b->exe_ino && a->exe_dev == b->exe_dev &&
	       a->cgroup == b->cgroup;
}

/* A thread's row, with up[] as it is now. NULL: no memory. */
static struct rate_row *place(struct rates *rates, const struct limen_task *who)
{
	struct rate_row *row = find_or_add_row(rates, BY_THREAD, who), *up;
	bool moved;
	int by;

	if (!row)
		return NULL;
	moved = !row->up[0] || row->ended_in || !same_place(&row->who, who);
	for (by = BY_PROCESS; by < GROUPINGS; by++) {
		if (moved)
			row->up[by - 1] = find_or_add_row(rates, by, who);
		up = row->up[by - 1];
		if (!up) {
			row->up[0] = NULL;
			return NULL;
		}
		if (by != BY_PROCESS || is_main(who) || !is_main(&up->who))
			up->who = *who;
	}
	row->who = *who;
	return row;
}

static int account(struct rates *rates, const struct limen_task *who,
		   const struct amounts *now, bool ended)
{
	struct rate_row *row = place(rates, who);
	struct amounts delta;
	int by;

	if (!row)
		return -ENOMEM;
	if (row->final)
		return 0;
	amounts_advance(&row->total, now, &delta);
	amounts_add(&row->delta, &delta);
	row->final = ended;
	row->tasks += !ended;
	for (by = BY_PROCESS; by < GROUPINGS; by++) {
		amounts_add(&row->up[by - 1]->total, &delta);
		amounts_add(&row->up[by - 1]->delta, &delta);
		row->up[by - 1]->tasks += !ended;
	}
	return 0;
}

struct rates *rates_new(__u64 now)
{
	struct rates *rates = calloc(1, sizeof(*rates));

	if (rates)
		rates->since = now;
	return rates;
}

void rates_free(struct rates *rates)
{
	int by;

	if (!rates)
		return;
	for (by = 0; by < GROUPINGS; by++)
		tdestroy(rates->tables[by].tree, free);
	free(rates->exits);
	free(rates);
}

static void reset_row(const void *node, VISIT visit, void *arg)
{
	struct rate_row *row = *(struct rate_row *const *)node;

	if (visit != postorder && visit != leaf)
		return;
	memset(&row->delta, 0, sizeof(row->delta));
	row->tasks = 0;
}

void rates_begin(struct rates *rates)
{
	int by;

	if (rates->open)
		return;
	for (by = 0; by < GROUPINGS; by++)
		twalk_r(rates->tables[by].tree, reset_row, NULL);
	rates->open = true;
}

int rates_task(struct rates *rates, const struct limen_task *who,
	       const struct limen_counts *counts)
{
	struct amounts now;

	amounts_of(&now, counts);
	return account(rates, who, &now, false);
}

static int take_exits(struct rates *rates)
{
	size_t i;
	int err = 0;

	rates_begin(rates);
	for (i = 0; i < rates->nr_exits && !err; i++)
		err = account(rates, &rates->exits[i].who, &rates->exits[i].amounts, true);
	rates->nr_exits = 0;
	if (rates->room > KEEP_ROOM) {
		free(rates->exits);
		rates->exits = NULL;
		rates->room = 0;
	}
	return err;
}

int rates_exit(struct rates *rates, const struct limen_task *who,
	       const struct limen_counts *counts)
{
	struct exited *grown;
	size_t room;
	int err;

	/* Who they are can be asked only now. */
	identity_exe(who);
	identity_cgroup(who->cgroup);
	if (rates->nr_exits == MAX_EXITS) {
		err = take_exits(rates);
		if (err)
			return err;
	}
	if (rates->nr_exits == rates->room) {
		room = rates->room ? rates->room * 2 : 64;
		grown = realloc(rates->exits, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		rates->exits = grown;
		rates->room = room;
	}
	rates->exits[rates->nr_exits].who = *who;
	amounts_of(&rates->exits[rates->nr_exits++].amounts, counts);
	return 0;
}

struct ending {
	struct rates *rates;
	struct table *table;
	struct rate_row **old;
	size_t nr, room;
};

static void mark_row(const void *node, VISIT visit, void *arg)
{
	struct rate_row *row = *(struct rate_row *const *)node;
	struct ending *ending = arg;

	if (visit != postorder && visit != leaf)
		return;
	if (row->tasks && row->ended_in) {
		row->ended_in = 0;
		ending->table->nr_ended--;
	} else if (!row->tasks && !row->ended_in) {
		row->ended_in = ending->rates->interval;
		ending->table->nr_ended++;
	}
}

static void collect_old(const void *node, VISIT visit, void *arg)
{
	struct rate_row *row = *(struct rate_row *const *)node;
	struct ending *ending = arg;

	if (visit != postorder && visit != leaf)
		return;
	if (row->ended_in && row->ended_in < ending->rates->interval &&
	    ending->nr < ending->room)
		ending->old[ending->nr++] = row;
}

static int oldest_first(const void *a, const void *b)
{
	const struct rate_row *x = *(struct rate_row *const *)a;
	const struct rate_row *y = *(struct rate_row *const *)b;

	return x->ended_in < y->ended_in ? -1 : x->ended_in > y->ended_in;
}

/* Half of what may stay goes at a time: sorting each time would cost more. */
static int drop_oldest(struct ending *ending)
{
	struct table *table = ending->table;
	size_t i;

	ending->room = table->nr_ended;
	ending->old = malloc(ending->room * sizeof(*ending->old));
	if (!ending->old)
		return -ENOMEM;
	twalk_r(table->tree, collect_old, ending);
	qsort(ending->old, ending->nr, sizeof(*ending->old), oldest_first);
	for (i = 0; i < ending->nr && table->nr_ended > RATES_KEEP_ENDED / 2; i++) {
		tdelete(ending->old[i], &table->tree, by_key);
		free(ending->old[i]);
		table->nr--;
		table->nr_ended--;
	}
	free(ending->old);
	return 0;
}

int rates_end(struct rates *rates, __u64 now)
{
	int by, err = take_exits(rates);

	rates->interval++;
	rates->seconds = now > rates->since ? (now - rates->since) / NANOSECONDS : 0;
	rates->since = now;
	rates->open = false;
	for (by = 0; by < GROUPINGS; by++) {
		struct ending ending = {.rates = rates, .table = &rates->tables[by]};

		twalk_r(ending.table->tree, mark_row, &ending);
		if (!err && ending.table->nr_ended > RATES_KEEP_ENDED)
			err = drop_oldest(&ending);
	}
	return err;
}

__u64 rates_interval(const struct rates *rates)
{
	return rates->interval;
}

double rates_seconds(const struct rates *rates)
{
	return rates->seconds;
}

struct rate_row *rates_find(const struct rates *rates, enum group_by by,
			    const struct limen_task *who)
{
	struct rate_row key = row_key(by, who);

	return find(&rates->tables[by], &key);
}

bool rate_order_parse(const char *text, struct rate_order *order)
{
	bool totals = !strncmp(text, "total-", 6);
	int key;

	text += totals ? 6 : 0;
	for (key = 0; key < RATE_KEYS; key++) {
		if (strcmp(rate_key_names[key], text))
			continue;
		if (totals && key >= BY_KEY_THREADS)
			return false;
		*order = (struct rate_order){.key = key, .totals = totals};
		return true;
	}
	return false;
}

bool rate_key_descends(enum rate_key key)
{
	return key != BY_KEY_NAME && key != BY_KEY_PID;
}

__u64 rates_value(const struct rate_row *row, enum rate_key key, bool totals)
{
	static const signed char parts[RATE_KEYS][2] = {
		[BY_KEY_BYTES] = {TO_BYTES, FROM_BYTES},
		[BY_KEY_COPIES] = {TO_COPIES, FROM_COPIES},
		[BY_KEY_TO] = {TO_BYTES, -1},
		[BY_KEY_TO_COPIES] = {TO_COPIES, -1},
		[BY_KEY_FROM] = {FROM_BYTES, -1},
		[BY_KEY_FROM_COPIES] = {FROM_COPIES, -1},
		[BY_KEY_NAMES] = {NAMES, -1},
		[BY_KEY_SHORT] = {SHORTS, -1},
		[BY_KEY_REFUSED] = {REFUSED, -1},
		[BY_KEY_READ] = {READ_BYTES, -1},
		[BY_KEY_WRITE] = {WRITE_BYTES, -1},
	};
	const struct amounts *from = totals ? &row->total : &row->delta;
	__u64 value;

	if (key == BY_KEY_THREADS)
		return row->tasks;
	if (key > BY_KEY_THREADS)
		return 0;
	value = from->n[parts[key][0]];
	return parts[key][1] < 0 ? value : value + from->n[parts[key][1]];
}

struct sorting {
	enum group_by by;
	struct rate_order order;
};

static int upward(__u64 x, __u64 y)
{
	return x < y ? -1 : x > y;
}

static int compare_names(const struct rate_row *x, const struct rate_row *y, enum group_by by)
{
	if (by == BY_THREAD || by == BY_PROCESS)
		return strncmp(x->who.comm, y->who.comm, LIMEN_COMM_LEN);
	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

/* Rows that are equal in the chosen column keep one order, or they would dance. */
static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct rate_row *x = *(struct rate_row *const *)a;
	const struct rate_row *y = *(struct rate_row *const *)b;
	const struct sorting *s = arg;
	int way;

	if (s->order.key == BY_KEY_NAME)
		way = compare_names(x, y, s->by);
	else if (s->order.key == BY_KEY_PID)
		way = upward(x->a, y->a);
	else
		way = upward(rates_value(y, s->order.key, s->order.totals),
			     rates_value(x, s->order.key, s->order.totals));
	if (way)
		return s->order.reverse ? -way : way;
	way = upward(rates_value(y, BY_KEY_BYTES, true), rates_value(x, BY_KEY_BYTES, true));
	if (!way)
		way = compare_names(x, y, s->by);
	return way ? way : by_key(x, y);
}

struct picking {
	enum rate_rows which;
	struct rate_row **rows;
	size_t nr;
};

static void pick_row(const void *node, VISIT visit, void *arg)
{
	struct rate_row *row = *(struct rate_row *const *)node;
	struct picking *picking = arg;

	if (visit != postorder && visit != leaf)
		return;
	if (picking->which == ROWS_ACTIVE && amounts_zero(&row->delta))
		return;
	if (picking->which == ROWS_LIVE && row->ended_in && amounts_zero(&row->delta))
		return;
	picking->rows[picking->nr++] = row;
}

long rates_rows(const struct rates *rates, enum group_by by, enum rate_rows which,
		const struct rate_order *order, struct rate_row ***out)
{
	const struct table *table = &rates->tables[by];
	struct picking picking = {.which = which};
	struct sorting sorting = {by, *order};

	picking.rows = malloc((table->nr + 1) * sizeof(*picking.rows));
	if (!picking.rows)
		return -ENOMEM;
	twalk_r(table->tree, pick_row, &picking);
	qsort_r(picking.rows, picking.nr, sizeof(*picking.rows), compare_rows, &sorting);
	*out = picking.rows;
	return picking.nr;
}

void rates_label(const struct rate_row *row, enum group_by by, char *label, size_t size)
{
	if (by == BY_THREAD || by == BY_PROCESS)
		snprintf(label, size, "%.*s[%u]", LIMEN_COMM_LEN, row->who.comm,
			 by == BY_THREAD ? row->who.tid : row->who.pid);
	else if (by == BY_CGROUP && !row->name && row->a)
		snprintf(label, size, "id %llu", row->a);	/* removed before it was asked for */
	else
		snprintf(label, size, "%s", row->name ? row->name : "-");
}
