// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tee_watchdog.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* An incident that was reported, while it lasts. */
struct told {
	enum limen_tee_class class;
	__u64 key;		/* of the client, the context or the object */
	__u64 born_ns;		/* tells two at the same address apart */
	__u64 scan;		/* the last one that saw it */
};

/* How a client has grown since it last shrank or stood still. */
struct growth {
	__u64 client;
	__u64 since_ns, moved_ns;
	__s64 live, bytes;	/* then */
	__s64 last;
	__u64 scans, rises;
	__u64 scan;
	bool told;
};

struct tee_watchdog {
	struct tee_limits limits;
	void *told;		/* of struct told, tsearch(3) */
	void *growths;		/* of struct growth */
	__u64 scan;
};

struct scan {
	struct tee_watchdog *w;
	const struct tee_tables *t;
	__u64 now;
	void (*report)(void *arg, const struct tee_finding *f);
	void *arg;
	int err;
};

static int by_incident(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->born_ns < y->born_ns ? -1 : x->born_ns > y->born_ns;
}

static int by_client(const void *a, const void *b)
{
	__u64 x = ((const struct growth *)a)->client, y = ((const struct growth *)b)->client;

	return x < y ? -1 : x > y;
}

struct tee_watchdog *tee_watchdog_new(const struct tee_limits *limits)
{
	struct tee_watchdog *w = calloc(1, sizeof(*w));

	if (w)
		w->limits = *limits;
	return w;
}

void tee_watchdog_free(struct tee_watchdog *w)
{
	if (!w)
		return;
	tdestroy(w->told, free);
	tdestroy(w->growths, free);
	free(w);
}

/* The entry equal to *key in the tree, made from it when there is none. NULL: no memory. */
static void *find_or_add(void **tree, const void *key, size_t size,
			 int (*compare)(const void *, const void *), bool *added)
{
	void **found = tfind(key, tree, compare);
	void *entry;

	*added = !found;
	if (found)
		return *found;
	entry = malloc(size);
	if (!entry)
		return NULL;
	memcpy(entry, key, size);
	if (!tsearch(entry, tree, compare)) {
		free(entry);
		return NULL;
	}
	return entry;
}

/* Reports unless it was reported before. */
static void tell(struct scan *s, struct tee_finding *f, __u64 key, __u64 born_ns)
{
	struct told new = {.class = f->class, .key = key, .born_ns = born_ns}, *told;
	bool added;

	told = find_or_add(&s->w->told, &new, sizeof(new), by_incident, &added);
	if (!told) {
		s->err = -ENOMEM;
		return;
	}
	told->scan = s->w->scan;
	if (!added)
		return;
	f->time_ns = s->now;
	s->report(s->arg, f);
}

/* --- one object --- */

static void check_object(struct scan *s, const struct limen_tee_object_line *line)
{
	const struct limen_tee_object *o = &line->object;
	struct tee_finding f = {
		.object = line, .objects = 1, .bytes = o->size,
		.client = tee_client_of(s->t, o->client),
		.context = tee_context_of(s->t, o->ctx),
	};

	/* One that a descriptor owns lives on rightly: that free was the wrong one. */
	if (o->freed_ns && !(o->state & LIMEN_TEE_TOLD_WRONG_FREE) &&
	    s->now - o->freed_ns > s->w->limits.grace_ns) {
		f.class = LIMEN_TEE_NOT_FREED;
		f.for_ns = s->now - o->freed_ns;
		tell(s, &f, line->shm, o->born_ns);
	}
	if (o->state & LIMEN_TEE_RPC && !(o->state & LIMEN_TEE_RPC_FREED) &&
	    s->now - o->born_ns > s->w->limits.rpc_ns) {
		f.class = LIMEN_TEE_RPC_LEAK;
		f.for_ns = s->now - o->born_ns;
		tell(s, &f, line->shm, o->born_ns);
	}
}

/* --- contexts that are closed --- */

/* The objects of a context, or of a client (ctx 0), and the oldest of them. */
static void sum_objects(const struct scan *s, __u64 ctx, __u64 client, struct tee_finding *f)
{
	const struct limen_tee_object_line *line;

	f->object = NULL;
	f->objects = f->bytes = 0;
	for (TEE_EACH(s->t, TEE_OBJECTS, line)) {
		if (line->object.state & LIMEN_TEE_DRIVER ||
		    (ctx ? line->object.ctx != ctx : line->object.client != client))
			continue;
		f->objects++;
		f->bytes += line->object.size;
		if (!f->object || line->object.born_ns < f->object->object.born_ns)
			f->object = line;
	}
}

static void check_context(struct scan *s, const struct limen_tee_context_line *line,
			  bool (*alive)(__u64 client))
{
	const struct limen_tee_context *c = &line->context;
	struct tee_finding f = {.class = LIMEN_TEE_PINNED, .context = c};

	if (!(c->state & LIMEN_TEE_CTX_CLOSED) || !c->objects ||
	    s->now - c->closed_ns <= s->w->limits.grace_ns)
		return;
	if (c->client && !alive(c->client))
		return;		/* a leak of its process */
	sum_objects(s, line->ctx, 0, &f);
	if (!f.objects)
		return;
	f.client = tee_client_of(s->t, c->client);
	f.for_ns = s->now - c->closed_ns;
	tell(s, &f, line->ctx, c->opened_ns);
}

/* --- clients --- */

/* When the last of a client's contexts was closed; 0: one is open. */
static __u64 last_close(const struct scan *s, __u64 client)
{
	const struct limen_tee_context_line *line;
	__u64 last = 0;

	for (TEE_EACH(s->t, TEE_CONTEXTS, line)) {
		if (line->context.client != client)
			continue;
		if (!(line->context.state & LIMEN_TEE_CTX_CLOSED))
			return 0;
		if (line->context.closed_ns > last)
			last = line->context.closed_ns;
	}
	return last;
}

static void check_leak(struct scan *s, const struct limen_tee_client_line *line,
		       bool (*alive)(__u64 client))
{
	struct tee_finding f = {.class = LIMEN_TEE_LEAK, .client = &line->client};
	__u64 closed;

	if (!line->key || line->client.live <= 0 || alive(line->key))
		return;
	closed = last_close(s, line->key);
	/* A context that is open, too, has been passed on: not lost yet. */
	if (!closed || s->now - closed <= s->w->limits.grace_ns)
		return;
	sum_objects(s, 0, line->key, &f);
	if (!f.objects)
		return;
	f.context = tee_context_of(s->t, f.object->object.ctx);
	f.for_ns = s->now - closed;
	tell(s, &f, line->key, 0);
}

static void begin_growth(struct growth *g, const struct limen_tee_client *c, __u64 now)
{
	g->since_ns = g->moved_ns = now;
	g->live = g->last = c->live;
	g->bytes = c->live_bytes;
	g->scans = g->rises = 0;
	g->told = false;
}

static void check_growth(struct scan *s, const struct limen_tee_client_line *line)
{
	const struct limen_tee_client *c = &line->client;
	const struct tee_limits *limits = &s->w->limits;
	struct growth new = {.client = line->key}, *g;
	struct tee_finding f = {.class = LIMEN_TEE_GROWTH, .client = c};
	bool added;

	g = find_or_add(&s->w->growths, &new, sizeof(new), by_client, &added);
	if (!g) {
		s->err = -ENOMEM;
		return;
	}
	g->scan = s->w->scan;
	/* What it holds already may be how it works: counted from now on. */
	if (added || c->live < g->last || s->now - g->moved_ns > limits->growth_ns / 2) {
		begin_growth(g, c, s->now);
		return;
	}
	g->scans++;
	if (c->live > g->last) {
		g->rises++;
		g->moved_ns = s->now;
	}
	g->last = c->live;
	f.for_ns = s->now - g->since_ns;
	if (g->told || f.for_ns < limits->growth_ns || c->live - g->live < (__s64)limits->growth_objects ||
	    g->rises * 2 < g->scans)
		return;
	f.grown_objects = c->live - g->live;
	f.grown_bytes = c->live_bytes - g->bytes;
	sum_objects(s, 0, line->key, &f);
	if (f.object)
		f.context = tee_context_of(s->t, f.object->object.ctx);
	g->told = true;
	f.time_ns = s->now;
	s->report(s->arg, &f);
}

/* --- the whole --- */

struct stale {
	__u64 scan;
	const void *entry;
	bool told;
};

static void find_stale(const void *node, VISIT visit, void *arg)
{
	const void *entry = *(const void *const *)node;
	struct stale *stale = arg;
	__u64 scan = stale->told ? ((const struct told *)entry)->scan :
				   ((const struct growth *)entry)->scan;

	if ((visit == postorder || visit == leaf) && scan != stale->scan)
		stale->entry = entry;
}

/* What this scan did not see is over: should it come again, it is new. */
static void forget(struct tee_watchdog *w, void **tree, bool told,
		   int (*compare)(const void *, const void *))
{
	struct stale stale;

	do {
		stale = (struct stale){.scan = w->scan, .told = told};
		twalk_r(*tree, find_stale, &stale);
		if (stale.entry) {
			tdelete(stale.entry, tree, compare);
			free((void *)stale.entry);
		}
	} while (stale.entry);
}

int tee_watchdog_scan(struct tee_watchdog *w, const struct tee_tables *t, __u64 now,
		      bool (*alive)(__u64 client),
		      void (*report)(void *arg, const struct tee_finding *f), void *arg)
{
	struct scan s = {.w = w, .t = t, .now = now, .report = report, .arg = arg};
	const struct limen_tee_object_line *object;
	const struct limen_tee_context_line *context;
	const struct limen_tee_client_line *client;

	w->scan++;
	for (TEE_EACH(t, TEE_OBJECTS, object))
		check_object(&s, object);
	for (TEE_EACH(t, TEE_CONTEXTS, context))
		check_context(&s, context, alive);
	for (TEE_EACH(t, TEE_CLIENTS, client)) {
		check_leak(&s, client, alive);
		check_growth(&s, client);
	}
	forget(w, &w->told, true, by_incident);
	forget(w, &w->growths, false, by_client);
	return s.err;
}
