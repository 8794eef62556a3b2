// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/tee_tables.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/tee.h"

static const size_t line_sizes[TEE_TABLES] = {
	[TEE_OBJECTS]	= sizeof(struct limen_tee_object_line),
	[TEE_CONTEXTS]	= sizeof(struct limen_tee_context_line),
	[TEE_SESSIONS]	= sizeof(struct limen_tee_session_line),
	[TEE_CLIENTS]	= sizeof(struct limen_tee_client_line),
	[TEE_TAS]	= sizeof(struct limen_tee_ta_line),
	[TEE_SITES]	= sizeof(struct limen_tee_site_line),
	[TEE_FILES]	= sizeof(struct limen_tee_holding),
	[TEE_MAPS]	= sizeof(struct limen_tee_holding),
};

struct reading {
	struct tee_list *list;
	enum tee_table table;
};

static bool is_complete(enum tee_table table, const void *line)
{
	switch (table) {
	case TEE_OBJECTS:
		return ((const struct limen_tee_object_line *)line)->object.born_ns;
	case TEE_CONTEXTS:
		return ((const struct limen_tee_context_line *)line)->context.opened_ns;
	case TEE_SITES:
		return ((const struct limen_tee_site_line *)line)->site.number;
	default:
		return true;
	}
}

static int take(void *arg, const void *line)
{
	struct reading *r = arg;
	struct tee_list *list = r->list;
	void *grown;

	if (!is_complete(r->table, line))
		return 0;
	if (list->nr == list->room) {
		list->room = list->room ? list->room * 2 : 64;
		grown = realloc(list->lines, list->room * list->size);
		if (!grown)
			return -ENOMEM;
		list->lines = grown;
	}
	memcpy((char *)list->lines + list->nr++ * list->size, line, list->size);
	return 0;
}

/* Keys that are addresses or numbers stand first, but in sites. */
static int by_first(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static int by_site(const void *a, const void *b)
{
	__u32 x = ((const struct limen_tee_site_line *)a)->site.number;
	__u32 y = ((const struct limen_tee_site_line *)b)->site.number;

	return x < y ? -1 : x > y;
}

int tee_tables_read(struct tee_session *session, struct tee_tables *t, unsigned int which)
{
	struct reading r;
	int i, err;

	for (i = 0; i < TEE_TABLES; i++) {
		if (!(which >> i & 1))
			continue;
		r = (struct reading){&t->list[i], i};
		r.list->nr = 0;
		r.list->size = line_sizes[i];
		err = tee_read(session, i, take, &r);
		if (err)
			return err;
		if (r.list->nr)
			qsort(r.list->lines, r.list->nr, r.list->size,
			      i == TEE_SITES ? by_site : by_first);
	}
	return 0;
}

void tee_tables_free(struct tee_tables *t)
{
	int i;

	for (i = 0; i < TEE_TABLES; i++)
		free(t->list[i].lines);
	memset(t, 0, sizeof(*t));
}

static void *find(const struct tee_tables *t, enum tee_table table, __u64 key)
{
	const struct tee_list *list = &t->list[table];

	return list->nr ? bsearch(&key, list->lines, list->nr, list->size, by_first) : NULL;
}

struct limen_tee_context *tee_context_of(const struct tee_tables *t, __u64 ctx)
{
	struct limen_tee_context_line *line = find(t, TEE_CONTEXTS, ctx);

	return line ? &line->context : NULL;
}

struct limen_tee_client *tee_client_of(const struct tee_tables *t, __u64 key)
{
	struct limen_tee_client_line *line = find(t, TEE_CLIENTS, key);

	return line ? &line->client : NULL;
}

struct limen_tee_object_line *tee_object_of(const struct tee_tables *t, __u64 shm)
{
	return find(t, TEE_OBJECTS, shm);
}

const struct limen_tee_site *tee_site_of(const struct tee_tables *t, __u32 number)
{
	const struct tee_list *list = &t->list[TEE_SITES];
	struct limen_tee_site_line key = {.site = {.number = number}}, *line;

	if (!number || !list->nr)
		return NULL;
	line = bsearch(&key, list->lines, list->nr, list->size, by_site);
	return line ? &line->site : NULL;
}

void tee_tables_fold(struct tee_tables *t)
{
	struct limen_tee_session_line *session;
	struct limen_tee_client *client;
	struct limen_tee_ta_line *ta;

	for (TEE_EACH(t, TEE_SESSIONS, session)) {
		client = tee_client_of(t, session->session.client);
		if (client)
			tee_calls_add(&client->calls, &session->session.calls);
		for (TEE_EACH(t, TEE_TAS, ta))
			if (!memcmp(ta->uuid, session->session.uuid, sizeof(ta->uuid)))
				tee_calls_add(&ta->ta.calls, &session->session.calls);
	}
}
