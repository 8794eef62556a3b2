// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that stay: documented in limen-tee(8), section JSON. */
#include <string.h>

#include "model/tee.h"
#include "model/tee_names.h"
#include "output/json.h"
#include "output/out.h"
#include "output/tee.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static json_t *flags_json(__u32 flags)
{
	json_t *list = json_array();
	const struct tee_name *flag;

	for (flag = tee_shm_flags; flag->name; flag++)
		if (flags & flag->code)
			json_array_append_new(list, json_string(flag->name));
	return list;
}

static json_t *uuid_json(const __u8 uuid[16])
{
	static const __u8 none[16];
	char text[TEE_UUID_LEN];

	if (!memcmp(uuid, none, sizeof(none)))
		return json_null();
	return json_string(tee_uuid_text(uuid, text));
}

static json_t *ta_name_json(const __u8 uuid[16])
{
	const struct tee_uuid_name *known = tee_uuid_find(uuid);

	return known ? json_string(known->name) : json_null();
}

static json_t *site_json(__u32 number, const struct tee_tables *t, struct kallsyms *syms)
{
	const struct limen_tee_site *site = tee_site_of(t, number);

	return site ? stack_json(site->stack, site->nr_stack, syms) : json_null();
}

static json_t *made_json(const struct limen_tee_object *o)
{
	return tee_is_older(o) || !o->born_ns ? json_null() : json_string(out_time(o->born_ns));
}

static json_t *secure_json(const struct limen_tee_object *o)
{
	if (o->state & LIMEN_TEE_SECURE_UNKNOWN)
		return json_null();
	return json_boolean(o->state & LIMEN_TEE_SECURE);
}

/* The object without what is around it. */
static json_t *shm_json(__u64 address, const struct limen_tee_object *o)
{
	json_t *object = json_pack("{s:o, s:s, s:o, s:o, s:o}",
				   "address", address ? hex_json(address) : json_null(),
				   "kind", tee_kind_names[o->kind],
				   "id", o->id > 0 ? json_integer(o->id) : json_null(),
				   "size", number_json(o->size), "flags", flags_json(o->flags));

	set(object, "made", made_json(o));
	set(object, "preexisting", json_boolean(tee_is_older(o)));
	set(object, "maker", o->maker.pid ? task_json(&o->maker) : json_null());
	set(object, "secure", secure_json(o));
	set(object, "rpc", json_boolean(o->state & LIMEN_TEE_RPC));
	set(object, "driver_cache", json_boolean(o->state & LIMEN_TEE_DRIVER));
	set(object, "descriptors", number_json(o->fds));
	set(object, "mappings", number_json(o->maps));
	if (o->kind == LIMEN_TEE_REGISTER)
		set(object, "user_address", o->user_addr ? hex_json(o->user_addr) : json_null());
	return object;
}

/* --- events --- */

static void add_result(json_t *object, const struct limen_tee_event *e)
{
	const char *name = tee_result_name(e->result), *origin = tee_origin_name(e->origin);

	set(object, "result", json_pack("{s:o, s:o, s:o}", "code", hex_json(e->result),
					"name", name ? json_string(name) : json_null(),
					"origin", origin ? json_string(origin) : json_null()));
	set(object, "latency_ns", number_json(e->latency_ns));
	set(object, "memref_bytes", number_json(e->length));
}

static void add_session(json_t *object, const struct limen_tee_event *e)
{
	set(object, "session", e->session == LIMEN_TEE_NO_SESSION ? json_null() :
	    number_json(e->session));
	if (e->flags & LIMEN_TEE_EVENT_UUID) {
		set(object, "uuid", uuid_json(e->uuid));
		set(object, "ta", ta_name_json(e->uuid));
	}
	if (e->flags & LIMEN_TEE_EVENT_FUNC)
		set(object, "command", number_json(e->func));
	if (e->flags & LIMEN_TEE_EVENT_RESULT)
		add_result(object, e);
}

static void add_violation(json_t *object, const struct limen_tee_event *e,
			  const struct tee_tables *sites, struct kallsyms *syms)
{
	const struct limen_tee_holder *h;
	json_t *list;

	set(object, "stack", stack_json(e->stack, e->nr_stack, syms));
	set(object, "other", e->flags & LIMEN_TEE_EVENT_OTHER ? task_json(&e->other) : json_null());
	if (e->flags & LIMEN_TEE_EVENT_OBJECT && e->shm) {
		set(object, "made_at", site_json(e->object.site, sites, syms));
		set(object, "freed_at", site_json(e->object.free_site, sites, syms));
	}
	if (e->class != LIMEN_TEE_ALLOC_FAILED)
		return;
	list = json_array();
	for (h = e->holders; h < e->holders + LIMEN_TEE_HOLDERS && h->live; h++)
		json_array_append_new(list,
			json_pack("{s:o, s:o, s:o, s:o}", "pid", number_json(h->pid),
				  "comm", text_json(h->comm, sizeof(h->comm)),
				  "objects", number_json(h->live), "bytes", number_json(h->bytes)));
	set(object, "holders", list);
	set(object, "held", json_pack("{s:o, s:o}", "objects", number_json(e->held_objects),
				      "bytes", number_json(e->held_bytes)));
}

static const char *event_class(const struct limen_tee_event *e)
{
	return e->step == LIMEN_TEE_STEP_VIOLATION ? tee_class_names[e->class] :
						     tee_step_names[e->step];
}

static bool has_session(const struct limen_tee_event *e)
{
	return e->step >= LIMEN_TEE_STEP_SESSION && e->step <= LIMEN_TEE_STEP_CANCEL;
}

json_t *tee_event_json(const struct limen_tee_event *e, const struct tee_tables *sites,
		       struct kallsyms *syms)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}",
				   "type", "event", "boundary", "tee",
				   "event", tee_step_names[e->step], "class", event_class(e),
				   "time", out_time(e->head.time_ns),
				   "cpu", number_json(e->head.cpu), "seq", number_json(e->head.seq),
				   "task", task_json(&e->head.task));

	if (!object)
		return NULL;
	set(object, "device", *e->device ? text_json(e->device, sizeof(e->device)) : json_null());
	set(object, "context", e->ctx ? hex_json(e->ctx) : json_null());
	set(object, "owner", e->flags & LIMEN_TEE_EVENT_OWNER ? task_json(&e->owner) : json_null());
	set(object, "in_kernel", json_boolean(e->flags & LIMEN_TEE_EVENT_IN_KERNEL));
	if (e->flags & LIMEN_TEE_EVENT_OBJECT)
		set(object, "shm", shm_json(e->shm, &e->object));
	else if (e->shm)
		set(object, "shm", json_pack("{s:o}", "address", hex_json(e->shm)));
	if (e->refs)
		set(object, "references", number_json(e->refs));
	if (e->step == LIMEN_TEE_STEP_FD)
		set(object, "descriptor", json_integer(e->error));
	else
		set(object, "error", e->error ? text_or_null_json(strerrorname_np(-e->error)) :
		    json_null());
	if (has_session(e))
		add_session(object, e);
	else if (e->flags & LIMEN_TEE_EVENT_FUNC)
		set(object, "function", number_json(e->func));
	if (e->step == LIMEN_TEE_STEP_VIOLATION)
		add_violation(object, e, sites, syms);
	return object;
}

json_t *tee_finding_json(const struct tee_finding *f, const struct tee_tables *sites,
			 struct kallsyms *syms)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}",
				   "type", "event", "boundary", "tee", "event", "violation",
				   "class", tee_class_names[f->class],
				   "time", out_time(f->time_ns),
				   "for_ns", number_json(f->for_ns),
				   "owner", f->client && f->client->who.pid ?
				   task_json(&f->client->who) : json_null(),
				   "objects", number_json(f->objects),
				   "bytes", number_json(f->bytes));

	if (!object)
		return NULL;
	set(object, "device", f->context ? text_json(f->context->device,
						     sizeof(f->context->device)) : json_null());
	if (f->class == LIMEN_TEE_GROWTH) {
		set(object, "grown", json_pack("{s:o, s:o}",
					       "objects", number_json(f->grown_objects),
					       "bytes", number_json(f->grown_bytes)));
		if (f->client)
			set(object, "last_made_at", site_json(f->client->last_site, sites, syms));
	}
	if (!f->object)
		return object;
	set(object, "shm", shm_json(f->object->shm, &f->object->object));
	set(object, "references", number_json(f->object->refs));
	set(object, "made_at", site_json(f->object->object.site, sites, syms));
	set(object, "freed_at", site_json(f->object->object.free_site, sites, syms));
	return object;
}

/* --- sums --- */

static json_t *calls_json(const struct limen_tee_calls *calls)
{
	json_t *hist = json_array();
	int i;

	for (i = 0; i < LIMEN_TEE_BUCKETS; i++)
		json_array_append_new(hist, number_json(calls->latency[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "invokes", number_json(calls->invokes),
			 "errors", number_json(calls->errors),
			 "memref_bytes", number_json(calls->memref_bytes),
			 "latency_ns", number_json(calls->latency_ns), "histogram", hist);
}

static json_t *kinds_json(const __u64 born[LIMEN_TEE_KINDS])
{
	json_t *kinds = json_object();
	int i;

	for (i = LIMEN_TEE_USER; i < LIMEN_TEE_KINDS; i++)
		set(kinds, tee_kind_names[i], number_json(born[i]));
	return kinds;
}

json_t *tee_counts_json(const struct limen_tee_counts *c, const struct tee_tables *t)
{
	json_t *object = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}",
				   "made", kinds_json(c->born),
				   "made_total", number_json(tee_made(c->born)),
				   "made_bytes", number_json(c->born_bytes),
				   "failed", number_json(c->failed), "died", number_json(c->died),
				   "died_preexisting",
				   number_json(c->died_preexisting));

	if (!object)
		return NULL;
	set(object, "live", number_json(t->list[TEE_OBJECTS].nr));
	set(object, "untracked", number_json(c->untracked));
	set(object, "died_untracked", number_json(c->died_unseen));
	set(object, "beyond_tables", number_json(c->no_context));
	set(object, "unreadable", number_json(c->unreadable));
	set(object, "references", json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"puts", number_json(c->puts), "gets", number_json(c->gets),
		"gets_failed", number_json(c->gets_failed), "frees", number_json(c->frees),
		"descriptors", number_json(c->fds), "descriptors_closed", number_json(c->fd_closes),
		"mappings", number_json(c->maps)));
	set(object, "contexts", json_pack("{s:o, s:o, s:o}", "opened", number_json(c->opened),
		"failed", number_json(c->open_failed), "closed", number_json(c->closed)));
	set(object, "sessions", json_pack("{s:o, s:o, s:o}", "opened", number_json(c->sessions),
		"failed", number_json(c->sessions_failed),
		"closed", number_json(c->sessions_closed)));
	set(object, "invokes", number_json(c->invokes));
	set(object, "invoke_errors", number_json(c->invoke_errors));
	set(object, "cancels", number_json(c->cancels));
	set(object, "requests", number_json(c->requests));
	set(object, "secure", json_pack("{s:o, s:o, s:o}",
		"registered", number_json(c->secure_registered),
		"unregistered", number_json(c->secure_unregistered),
		"failed", number_json(c->secure_failed)));
	set(object, "rpc", json_pack("{s:o, s:o}", "allocs", number_json(c->rpc_allocs),
				     "frees", number_json(c->rpc_frees)));
	set(object, "violations", number_json(c->violations));
	return object;
}

json_t *tee_client_json(const struct limen_tee_client_line *line)
{
	const struct limen_tee_client *c = &line->client;
	json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
				   "type", "client",
				   "task", c->who.pid ? task_json(&c->who) : json_null(),
				   "made", kinds_json(c->born),
				   "made_bytes", number_json(c->born_bytes),
				   "failed", number_json(c->failed), "died", number_json(c->died),
				   "live", json_integer(c->live));

	if (!object)
		return NULL;
	set(object, "live_bytes", json_integer(c->live_bytes));
	set(object, "most_live", json_integer(c->most_live));
	set(object, "most_bytes", json_integer(c->most_bytes));
	set(object, "contexts", json_pack("{s:o, s:o}", "opened", number_json(c->contexts),
					  "closed", number_json(c->closed)));
	set(object, "sessions", json_pack("{s:o, s:o, s:o}", "opened", number_json(c->sessions),
					  "failed", number_json(c->sessions_failed),
					  "closed", number_json(c->sessions_closed)));
	set(object, "cancels", number_json(c->cancels));
	set(object, "requests", number_json(c->requests));
	set(object, "calls", calls_json(&c->calls));
	return object;
}

json_t *tee_ta_json(const struct limen_tee_ta_line *line)
{
	const struct limen_tee_ta *ta = &line->ta;
	json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:o}", "type", "ta",
				   "uuid", uuid_json(line->uuid), "ta", ta_name_json(line->uuid),
				   "sessions", json_pack("{s:o, s:o, s:o}",
							 "opened", number_json(ta->opened),
							 "failed", number_json(ta->failed),
							 "closed", number_json(ta->closed)),
				   "calls", calls_json(&ta->calls));

	if (object && ta->failed)
		set(object, "last_failure", json_pack("{s:o, s:o}",
			"code", hex_json(ta->last_failure),
			"origin", text_or_null_json(tee_origin_name(ta->last_origin))));
	return object;
}

/* --- rows --- */

static json_t *owner_json(const struct tee_tables *t, __u64 client)
{
	const struct limen_tee_client *c = tee_client_of(t, client);

	return c && c->who.pid ? task_json(&c->who) : json_null();
}

static json_t *holders_json(__u64 shm, const struct tee_tables *t)
{
	static const enum tee_table from[] = {TEE_FILES, TEE_MAPS};
	const struct limen_tee_holding *h;
	json_t *list = json_array();
	int i;

	for (i = 0; i < 2; i++)
		for (TEE_EACH(t, from[i], h))
			if (h->object == shm && !h->is_context)
				json_array_append_new(list, json_pack("{s:o, s:o, s:o}",
					"pid", number_json(h->pid),
					"comm", text_json(h->comm, sizeof(h->comm)),
					"descriptor", h->fd < 0 ? json_null() :
					json_integer(h->fd)));
	return list;
}

json_t *tee_object_json(const struct limen_tee_object_line *line, const struct tee_tables *t,
			struct kallsyms *syms)
{
	const struct limen_tee_object *o = &line->object;
	const struct limen_tee_context *c = tee_context_of(t, o->ctx);
	json_t *object = shm_json(line->shm, o);

	set(object, "type", json_string("shm"));
	set(object, "device", c ? text_json(c->device, sizeof(c->device)) : json_null());
	set(object, "context", hex_json(o->ctx));
	set(object, "owner", owner_json(t, o->client));
	set(object, "age_ns", tee_is_older(o) ? json_null() : number_json(out_now() - o->born_ns));
	set(object, "references", number_json(line->refs));
	set(object, "mapped_now", number_json(line->maps_now));
	set(object, "context_closed", json_boolean(c && c->state & LIMEN_TEE_CTX_CLOSED));
	set(object, "free_called", json_boolean(o->state & LIMEN_TEE_FREE_CALLED));
	set(object, "held_by", holders_json(line->shm, t));
	set(object, "made_at", site_json(o->site, t, syms));
	return object;
}

json_t *tee_context_json(const struct limen_tee_context_line *line)
{
	const struct limen_tee_context *c = &line->context;

	return json_pack("{s:s, s:o, s:o, s:o, s:b, s:b, s:b, s:o, s:o, s:o}", "type", "context",
			 "address", hex_json(line->ctx),
			 "device", text_json(c->device, sizeof(c->device)),
			 "owner", c->state & LIMEN_TEE_CTX_NO_OWNER ? json_null() :
			 task_json(&c->owner),
			 "in_kernel", !!(c->state & LIMEN_TEE_CTX_IN_KERNEL),
			 "preexisting", !!(c->state & LIMEN_TEE_CTX_PREEXISTING),
			 "closed", !!(c->state & LIMEN_TEE_CTX_CLOSED),
			 "objects", number_json(c->objects), "bytes", number_json(c->bytes),
			 "sessions", number_json(c->sessions));
}

json_t *tee_session_json(const struct limen_tee_session_line *line, const struct tee_tables *t)
{
	const struct limen_tee_session *s = &line->session;
	const struct limen_tee_context *c = tee_context_of(t, line->key.ctx);
	const char *login = s->login == ~0U ? NULL : tee_login_name(s->login);
	json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "type", "session",
				   "device", c ? text_json(c->device, sizeof(c->device)) :
				   json_null(),
				   "context", hex_json(line->key.ctx),
				   "session", line->key.session == LIMEN_TEE_NO_SESSION ?
				   json_null() : number_json(line->key.session),
				   "owner", owner_json(t, s->client),
				   "uuid", uuid_json(s->uuid), "ta", ta_name_json(s->uuid),
				   "login", text_or_null_json(login));

	set(object, "opened", s->opened_ns ? json_string(out_time(s->opened_ns)) : json_null());
	set(object, "preexisting", json_boolean(!s->opened_ns));
	set(object, "opener", task_json(&s->opener));
	set(object, "last_result", hex_json(s->last_result));
	set(object, "calls", calls_json(&s->calls));
	return object;
}
