// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of `limen stat tee` and `limen tee`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/tee.h"
#include "model/tee_names.h"
#include "output/out.h"
#include "output/stack.h"
#include "output/tee.h"
#include "probe/kallsyms.h"

/* --- stat --- */

static void kinds_text(const struct limen_tee_counts *c)
{
	int kind;

	for (kind = LIMEN_TEE_USER; kind < LIMEN_TEE_KINDS; kind++)
		if (c->born[kind])
			printf("   %-17s %10s\n", tee_kind_names[kind], out_number(c->born[kind]));
}

static void sums_text(const struct limen_tee_counts *c)
{
	printf("   died %s", out_number(c->died));
	if (c->died_preexisting)
		printf(" (%s older than limen)", out_number(c->died_preexisting));
	if (c->died_unseen)
		printf(" (%s not in the table)", out_number(c->died_unseen));
	printf(", not made %s; descriptors %s, mappings %s, look-ups %s\n", out_number(c->failed),
	       out_number(c->fds), out_number(c->maps), out_number(c->gets));
	printf("   contexts %s opened, %s closed; sessions %s opened, %s refused, %s closed\n",
	       out_number(c->opened), out_number(c->closed), out_number(c->sessions),
	       out_number(c->sessions_failed), out_number(c->sessions_closed));
	printf("   commands %s (%s without success), cancelled %s, requests to supplicants %s\n",
	       out_number(c->invokes), out_number(c->invoke_errors), out_number(c->cancels),
	       out_number(c->requests));
	if (c->secure_registered + c->secure_unregistered + c->secure_failed + c->rpc_allocs)
		printf("   secure world: %s registered, %s taken back, %s failed; asked for %s, gave back %s\n",
		       out_number(c->secure_registered), out_number(c->secure_unregistered),
		       out_number(c->secure_failed), out_number(c->rpc_allocs),
		       out_number(c->rpc_frees));
	if (c->untracked)
		printf("   beyond the table %s objects: counted, not followed (--max-objects)\n",
		       out_number(c->untracked));
	if (c->no_context)
		printf("   beyond the tables %s contexts, sessions, clients or call sites\n",
		       out_number(c->no_context));
	if (c->unreadable)
		printf("   arguments that could not be read %s\n", out_number(c->unreadable));
	if (c->violations)
		printf("   violations %s: limen watch tee shows them\n", out_number(c->violations));
}

static const char *percentile(const struct limen_tee_calls *calls, unsigned int percent)
{
	__s64 us = tee_calls_percentile(calls, percent);

	return us < 0 ? "-" : tee_time_label(us * 1000);
}

static void clients_text(const struct tee_tables *t, __u64 rows)
{
	const struct limen_tee_client_line **list;
	const struct limen_tee_client *c;
	size_t i, nr, shown = 0, more = 0;

	list = tee_clients_sorted(t, &nr);
	for (i = 0; i < nr; i++) {
		c = &list[i]->client;
		if (!tee_made(c->born) && !c->contexts && !c->live && !c->calls.invokes)
			continue;
		if (shown == rows) {
			more++;
			continue;
		}
		if (!shown++)
			printf("\n %-24s %8s %10s %6s %6s %9s %9s %8s %8s\n", "client", "made",
			       "bytes", "live", "most", "sessions", "commands", "p50", "p99");
		printf(" %-24s %8s %10s %6s %6s %9s %9s %8s %8s\n", tee_client_label(c),
		       out_number(tee_made(c->born)), out_bytes(c->born_bytes),
		       out_number(c->live), out_number(c->most_live),
		       out_number(c->sessions + c->sessions_failed), out_number(c->calls.invokes),
		       percentile(&c->calls, 50), percentile(&c->calls, 99));
	}
	if (more)
		printf(" ... %zu more\n", more);
	free(list);
}

static void tas_text(const struct tee_tables *t, __u64 rows)
{
	const struct limen_tee_ta_line **list;
	const struct limen_tee_ta *ta;
	size_t i, nr;

	list = tee_tas_sorted(t, &nr);
	for (i = 0; i < nr && i < rows; i++) {
		ta = &list[i]->ta;
		if (!i)
			printf("\n %-36s %8s %7s %8s %7s %10s %7s %7s\n", "trusted application",
			       "sessions", "refused", "commands", "errors", "bytes", "p50", "p99");
		printf(" %-36s %8s %7s %8s %7s %10s %7s %7s\n", tee_ta_label(list[i]->uuid),
		       out_number(ta->opened), out_number(ta->failed),
		       out_number(ta->calls.invokes), out_number(ta->calls.errors),
		       out_bytes(ta->calls.memref_bytes), percentile(&ta->calls, 50),
		       percentile(&ta->calls, 99));
	}
	if (i < nr)
		printf(" ... %zu more\n", nr - i);
	free(list);
}

void tee_stat_text(const struct limen_tee_counts *counts, const struct tee_tables *t, __u64 rows)
{
	printf(" %-19s %10s %11s\n", "tee", "made", "bytes");
	printf("   %-17s %10s %11s\n", "shared memory", out_number(tee_made(counts->born)),
	       out_bytes(counts->born_bytes));
	kinds_text(counts);
	sums_text(counts);
	clients_text(t, rows);
	tas_text(t, rows);
}

/* --- ls --- */

static const char *secure_word(const struct limen_tee_object *o)
{
	if (o->state & LIMEN_TEE_SECURE_UNKNOWN)
		return "?";
	return o->state & LIMEN_TEE_SECURE ? "yes" : "no";
}

/* By whom an object is held is said where its owner does not tell it. */
static void holders_text(const struct limen_tee_object_line *line, const struct tee_tables *t)
{
	const struct limen_tee_holding *h;

	for (TEE_EACH(t, TEE_FILES, h))
		if (h->object == line->shm && !h->is_context)
			printf("  held by %s[%u] as descriptor %d", out_safe(h->comm, sizeof(h->comm)),
			       h->pid, h->fd);
	for (TEE_EACH(t, TEE_MAPS, h))
		if (h->object == line->shm && !h->is_context)
			printf("  mapped by %s[%u]", out_safe(h->comm, sizeof(h->comm)), h->pid);
}

static bool owner_tells(const struct limen_tee_context *c)
{
	return c && !(c->state & (LIMEN_TEE_CTX_NO_OWNER | LIMEN_TEE_CTX_CLOSED));
}

static const char *state_word(const struct limen_tee_object *o, const struct limen_tee_context *c)
{
	if (o->state & LIMEN_TEE_DRIVER)
		return "  (the driver's cache)";
	if (o->state & LIMEN_TEE_FREE_CALLED)
		return "  ! freed, and alive";
	if (c && c->state & LIMEN_TEE_CTX_CLOSED)
		return "  ! its context is closed";
	return "";
}

static void born_at_text(const struct limen_tee_object *o, const struct tee_tables *t,
			 struct kallsyms *syms)
{
	const struct limen_tee_site *site = tee_site_of(t, o->site);
	unsigned int first;

	if (tee_is_older(o)) {
		printf("pre-existing");
		return;
	}
	if (!site || !site->nr_stack) {
		putchar('-');
		return;
	}
	/* The maker itself says no more than KIND: who called it. */
	first = stack_next(site->stack, site->nr_stack,
			   stack_first(site->stack, site->nr_stack, syms), syms);
	if (first >= site->nr_stack)
		first = 0;
	frame_text(site->stack[first], syms);
}

static void object_row(const struct limen_tee_object_line *line, const struct tee_tables *t,
		       bool stacks, struct kallsyms *syms)
{
	const struct limen_tee_object *o = &line->object;
	const struct limen_tee_context *c = tee_context_of(t, o->ctx);
	const struct limen_tee_site *site = tee_site_of(t, o->site);
	char id[16] = "-", maps[16];

	if (o->id > 0)
		snprintf(id, sizeof(id), "%d", o->id);
	snprintf(maps, sizeof(maps), "%u", line->maps_now);
	printf("%-9s %-22s %-15s %5s %9s %8s %4u %4s %-6s ",
	       c ? out_safe(c->device, sizeof(c->device)) : "?",
	       c && c->state & LIMEN_TEE_CTX_NO_OWNER && o->id > 0 ? "?" :
	       tee_client_label(tee_client_of(t, o->client)), tee_kind_names[o->kind], id,
	       out_bytes(o->size),
	       tee_is_older(o) ? "-" : tee_time_label(out_now() - o->born_ns), line->refs, maps,
	       secure_word(o));
	born_at_text(o, t, syms);
	printf("%s", state_word(o, c));
	if (!owner_tells(c))
		holders_text(line, t);
	putchar('\n');
	if (stacks && site)
		stack_text(site->stack, site->nr_stack, syms);
}

static bool on_device(const struct tee_tables *t, __u64 ctx, const char *device)
{
	const struct limen_tee_context *c = tee_context_of(t, ctx);

	return !device || (c && !strncmp(c->device, device, sizeof(c->device)));
}

void tee_objects_text(const struct tee_tables *t, const char *device, bool stacks,
		      struct kallsyms *syms)
{
	const struct limen_tee_object_line *line;
	__u64 objects = 0, bytes = 0;

	printf("%-9s %-22s %-15s %5s %9s %8s %4s %4s %-6s %s\n", "DEVICE", "CLIENT", "KIND", "ID",
	       "SIZE", "AGE", "REFS", "MAPS", "SECURE", "MADE AT");
	for (TEE_EACH(t, TEE_OBJECTS, line)) {
		if (!on_device(t, line->object.ctx, device))
			continue;
		object_row(line, t, stacks, syms);
		objects++;
		bytes += line->object.size;
	}
	printf("%s objects, %s\n", out_number(objects), out_bytes(bytes));
}

static const char *context_note(const struct limen_tee_context *c)
{
	if (c->state & LIMEN_TEE_CTX_CLOSED)
		return "! closed, and kept alive by its objects";
	if (c->state & LIMEN_TEE_CTX_NO_OWNER)
		return "of the driver, or its file is closed";
	if (c->state & LIMEN_TEE_CTX_IN_KERNEL)
		return "in the kernel";
	return "";
}

void tee_contexts_text(const struct tee_tables *t, const char *device)
{
	const struct limen_tee_context_line *line;
	const struct limen_tee_context *c;
	__u64 nr = 0;

	printf("%-9s %-22s %8s %9s %8s %12s %s\n", "DEVICE", "CLIENT", "OBJECTS", "BYTES",
	       "SESSIONS", "OPEN FOR", "");
	for (TEE_EACH(t, TEE_CONTEXTS, line)) {
		c = &line->context;
		if (!on_device(t, line->ctx, device))
			continue;
		printf("%-9s %-22s %8u %9s %8u %12s %s\n", out_safe(c->device, sizeof(c->device)),
		       c->state & LIMEN_TEE_CTX_NO_OWNER ? "[kernel]" : tee_task_label(&c->owner),
		       c->objects, out_bytes(c->bytes), c->sessions,
		       c->state & LIMEN_TEE_CTX_PREEXISTING ? "pre-existing" :
		       tee_time_label(out_now() - c->opened_ns), context_note(c));
		nr++;
	}
	printf("%s contexts\n", out_number(nr));
}

void tee_sessions_text(const struct tee_tables *t, const char *device)
{
	const struct limen_tee_session_line *line;
	const struct limen_tee_session *s;
	const struct limen_tee_context *c;
	__u64 nr = 0;

	printf("%-9s %-22s %7s %-36s %8s %8s %6s %8s %8s\n", "DEVICE", "CLIENT", "SESSION",
	       "TRUSTED APPLICATION", "AGE", "COMMANDS", "ERRORS", "P50", "P99");
	for (TEE_EACH(t, TEE_SESSIONS, line)) {
		if (!on_device(t, line->key.ctx, device))
			continue;
		s = &line->session;
		c = tee_context_of(t, line->key.ctx);
		printf("%-9s %-22s %7u %-36s %8s %8s %6s %8s %8s\n",
		       c ? out_safe(c->device, sizeof(c->device)) : "?",
		       tee_client_label(tee_client_of(t, s->client)), line->key.session,
		       tee_ta_label(s->uuid),
		       s->opened_ns ? tee_time_label(out_now() - s->opened_ns) : "-",
		       out_number(s->calls.invokes), out_number(s->calls.errors),
		       percentile(&s->calls, 50), percentile(&s->calls, 99));
		nr++;
	}
	printf("%s sessions\n", out_number(nr));
}
