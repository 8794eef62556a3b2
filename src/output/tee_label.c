// SPDX-License-Identifier: GPL-2.0-or-later
/* What clients, trusted applications and times are called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/tee.h"
#include "model/tee_names.h"
#include "output/out.h"
#include "output/tee.h"

#define BUFFERS	8

static char *next_buffer(void)
{
	static char buffers[BUFFERS][64];
	static unsigned int used;

	return buffers[used++ % BUFFERS];
}

const char *tee_task_label(const struct limen_task *task)
{
	char *text = next_buffer();

	if (!task->pid)
		return "[kernel]";
	snprintf(text, sizeof(char[64]), "%s[%u]", out_safe(task->comm, LIMEN_COMM_LEN), task->pid);
	return text;
}

const char *tee_client_label(const struct limen_tee_client *client)
{
	return client ? tee_task_label(&client->who) : "?";
}

const char *tee_ta_label(const __u8 uuid[16])
{
	static const __u8 none[16];
	static char text[TEE_UUID_LEN];
	const struct tee_uuid_name *known = tee_uuid_find(uuid);

	if (!memcmp(uuid, none, sizeof(none)))
		return "?";
	return known ? known->name : tee_uuid_text(uuid, text);
}

const char *tee_time_label(__u64 ns)
{
	static const struct {
		__u64 ns;
		const char *unit;
	} units[] = {
		{86400000000000ULL, "d"}, {3600000000000ULL, "h"}, {60000000000ULL, "min"},
		{1000000000ULL, "s"}, {1000000ULL, "ms"}, {1000ULL, "us"},
	};
	char *text = next_buffer();
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (ns < units[i].ns)
			continue;
		snprintf(text, sizeof(char[64]), ns < 10 * units[i].ns ? "%.1f %s" : "%.0f %s",
			 (double)ns / units[i].ns, units[i].unit);
		return text;
	}
	snprintf(text, sizeof(char[64]), "%llu ns", ns);
	return text;
}

static int most_made(const void *a, const void *b)
{
	const struct limen_tee_client *x = &(*(struct limen_tee_client_line *const *)a)->client;
	const struct limen_tee_client *y = &(*(struct limen_tee_client_line *const *)b)->client;

	if (x->live_bytes != y->live_bytes)
		return x->live_bytes > y->live_bytes ? -1 : 1;
	if (x->born_bytes != y->born_bytes)
		return x->born_bytes > y->born_bytes ? -1 : 1;
	return x->who.pid < y->who.pid ? -1 : x->who.pid > y->who.pid;
}

static int most_invoked(const void *a, const void *b)
{
	const struct limen_tee_ta *x = &(*(struct limen_tee_ta_line *const *)a)->ta;
	const struct limen_tee_ta *y = &(*(struct limen_tee_ta_line *const *)b)->ta;

	if (x->calls.invokes != y->calls.invokes)
		return x->calls.invokes > y->calls.invokes ? -1 : 1;
	return memcmp((*(struct limen_tee_ta_line *const *)a)->uuid,
		      (*(struct limen_tee_ta_line *const *)b)->uuid, 16);
}

static void *sorted(const struct tee_tables *t, enum tee_table table, size_t *nr,
		    int (*compare)(const void *, const void *))
{
	const struct tee_list *list = &t->list[table];
	void **rows = calloc(list->nr + 1, sizeof(*rows));
	size_t i;

	*nr = rows ? list->nr : 0;
	for (i = 0; i < *nr; i++)
		rows[i] = (char *)list->lines + i * list->size;
	if (rows)
		qsort(rows, *nr, sizeof(*rows), compare);
	return rows;
}

const struct limen_tee_client_line **tee_clients_sorted(const struct tee_tables *t, size_t *nr)
{
	return sorted(t, TEE_CLIENTS, nr, most_made);
}

const struct limen_tee_ta_line **tee_tas_sorted(const struct tee_tables *t, size_t *nr)
{
	return sorted(t, TEE_TAS, nr, most_invoked);
}
