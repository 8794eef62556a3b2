// SPDX-License-Identifier: GPL-2.0-or-later
/* Events and findings of the tee boundary as text. */
#include <stdio.h>
#include <string.h>

#include "model/tee.h"
#include "model/tee_names.h"
#include "output/out.h"
#include "output/stack.h"
#include "output/tee.h"

#define RED	"\033[1;31m"
#define PLAIN	"\033[0m"

static void head_text(__u64 time_ns, const char *what, bool violation)
{
	bool red = violation && out_colour();

	printf("%s tee       %s%-17s%s  ", out_clock(time_ns), red ? RED : "", what,
	       red ? PLAIN : "");
}

/* "user id 12, 64.0 KiB" */
static void object_text(const struct limen_tee_object *o)
{
	printf("%s", o->kind < LIMEN_TEE_KINDS ? tee_kind_names[o->kind] : "?");
	if (o->id > 0)
		printf(" id %d", o->id);
	printf(", %s", out_bytes(o->size));
	if (o->kind == LIMEN_TEE_REGISTER && o->user_addr)
		printf(" at 0x%llx", o->user_addr);
}

/* ", made 2.1 s ago by xtest[812]" */
static void born_text(const struct limen_tee_object *o, __u64 now)
{
	if (tee_is_older(o))
		printf(", older than limen");
	else if (o->born_ns)
		printf(", made %s ago by %s", tee_time_label(now - o->born_ns),
		       tee_task_label(&o->maker));
}

static void site_text(const char *what, __u32 number, const struct tee_tables *sites,
		      struct kallsyms *syms)
{
	const struct limen_tee_site *site = tee_site_of(sites, number);

	if (!site)
		return;
	printf("%9s%s:\n", "", what);
	stack_text(site->stack, site->nr_stack, syms);
}

static void error_text(__s64 error)
{
	const char *name = strerrorname_np(-error);

	printf(": %s", name ? name : "failed");
}

static void result_text(const struct limen_tee_event *e)
{
	const char *name = tee_result_name(e->result);
	const char *origin = tee_origin_name(e->origin);

	if (e->error) {
		error_text(e->error);
		return;
	}
	if (!e->result) {
		printf(": success");
		return;
	}
	printf(": %s", name ? name : "unknown result");
	printf(" (0x%08x%s%s)", e->result, origin ? ", from " : "", origin ? origin : "");
}

static void holders_text(const struct limen_tee_event *e)
{
	const struct limen_tee_holder *h;

	printf("%9sheld by all clients: %s objects, %s\n", "", out_number(e->held_objects),
	       out_bytes(e->held_bytes));
	for (h = e->holders; h < e->holders + LIMEN_TEE_HOLDERS && h->live; h++)
		printf("%13s%s[%u]  %u objects, %s\n", "",
		       h->pid ? out_safe(h->comm, sizeof(h->comm)) : "kernel", h->pid, h->live,
		       out_bytes(h->bytes));
}

/* What was asked for and could not be had. */
static void failed_text(const struct limen_tee_event *e)
{
	printf("%s, %s", e->object.kind < LIMEN_TEE_KINDS ? tee_kind_names[e->object.kind] : "?",
	       out_bytes(e->length));
	if (e->object.kind == LIMEN_TEE_REGISTER)
		printf(" at 0x%llx", e->object.user_addr);
}

static void violation_text(const struct limen_tee_event *e)
{
	const struct limen_tee_object *o = &e->object;

	if (e->class == LIMEN_TEE_ALLOC_FAILED || e->class == LIMEN_TEE_BAD_REGISTER) {
		failed_text(e);
	} else if (e->flags & LIMEN_TEE_EVENT_OBJECT) {
		object_text(o);
		born_text(o, e->head.time_ns);
	} else {
		printf("shm 0x%llx", e->shm);
	}
	printf(": %s", tee_class_words(e->class));
	if (e->class == LIMEN_TEE_WRONG_FREE)
		printf(e->flags & LIMEN_TEE_EVENT_CALLED_FREE ?
		       " (tee_shm_free(); its descriptor owns it)" :
		       " (tee_shm_put(); it wants tee_shm_free())");
	if (e->flags & LIMEN_TEE_EVENT_OTHER)
		printf("; dropped first by %s", tee_task_label(&e->other));
	if (e->error)
		error_text(e->error);
}

static void step_text(const struct limen_tee_event *e)
{
	switch (e->step) {
	case LIMEN_TEE_STEP_SESSION:
		printf("TA %s", tee_ta_label(e->uuid));
		if (e->session != LIMEN_TEE_NO_SESSION)
			printf(", session %u", e->session);
		result_text(e);
		printf(", %s", tee_time_label(e->latency_ns));
		return;
	case LIMEN_TEE_STEP_INVOKE:
		printf("TA %s, session %u, command %u", tee_ta_label(e->uuid), e->session, e->func);
		result_text(e);
		printf(", %s, %s referenced", tee_time_label(e->latency_ns), out_bytes(e->length));
		return;
	case LIMEN_TEE_STEP_SESSION_CLOSE:
	case LIMEN_TEE_STEP_CANCEL:
		if (e->flags & LIMEN_TEE_EVENT_UUID)
			printf("TA %s, ", tee_ta_label(e->uuid));
		printf("session %u", e->session);
		break;
	case LIMEN_TEE_STEP_REQUEST:
		printf("%s", tee_rpc_name(e->func) ? tee_rpc_name(e->func) : "function ");
		if (!tee_rpc_name(e->func))
			printf("%u", e->func);
		break;
	default:
		if (e->shm && e->flags & LIMEN_TEE_EVENT_OBJECT)
			object_text(&e->object);
		else if (e->flags & LIMEN_TEE_EVENT_OBJECT)
			failed_text(e);
		else if (e->shm)
			printf("shm 0x%llx", e->shm);
		if (e->step == LIMEN_TEE_STEP_DEATH && e->flags & LIMEN_TEE_EVENT_OBJECT &&
		    !tee_is_older(&e->object))
			printf(", after %s", tee_time_label(e->head.time_ns - e->object.born_ns));
		if (e->refs)
			printf(", %u reference%s", e->refs, e->refs == 1 ? "" : "s");
	}
	if (e->step == LIMEN_TEE_STEP_FD)
		printf(", as descriptor %lld", e->error);
	else if (e->error)
		error_text(e->error);
}

/* Who did it, and whose it is, if that is somebody else. */
static void who_text(const struct limen_tee_event *e)
{
	printf("%s  ", tee_task_label(&e->head.task));
	if (*e->device)
		printf("%s ", out_safe(e->device, sizeof(e->device)));
	if (e->flags & LIMEN_TEE_EVENT_IN_KERNEL)
		printf("in the kernel ");
	else if (e->flags & LIMEN_TEE_EVENT_OWNER && e->owner.pid != e->head.task.pid)
		printf("of %s ", tee_task_label(&e->owner));
}

void tee_event_text(const struct limen_tee_event *e, const struct tee_tables *sites,
		    struct kallsyms *syms)
{
	bool violation = e->step == LIMEN_TEE_STEP_VIOLATION;

	head_text(e->head.time_ns, violation ? tee_class_names[e->class] : tee_step_names[e->step],
		  violation);
	who_text(e);
	if (!violation) {
		step_text(e);
		putchar('\n');
		return;
	}
	violation_text(e);
	putchar('\n');
	stack_text(e->stack, e->nr_stack, syms);
	if (e->class == LIMEN_TEE_ALLOC_FAILED)
		holders_text(e);
	if (!(e->flags & LIMEN_TEE_EVENT_OBJECT) || !e->shm)
		return;
	site_text("made at", e->object.site, sites, syms);
	if (e->class == LIMEN_TEE_DOUBLE_FREE)
		site_text("freed first at", e->object.free_site, sites, syms);
}

void tee_finding_text(const struct tee_finding *f, const struct tee_tables *sites,
		      struct kallsyms *syms)
{
	head_text(f->time_ns, tee_class_names[f->class], true);
	printf("%s  ", tee_client_label(f->client));
	if (f->context)
		printf("%s ", out_safe(f->context->device, sizeof(f->context->device)));
	if (f->class == LIMEN_TEE_GROWTH)
		printf("%s objects more in %s (%.1f a second, %s a second), %s in all, %s",
		       out_number(f->grown_objects), tee_time_label(f->for_ns),
		       f->grown_objects * 1e9 / f->for_ns,
		       out_bytes(f->grown_bytes * 1e9 / f->for_ns), out_number(f->objects),
		       out_bytes(f->bytes));
	else if (f->objects == 1)
		object_text(&f->object->object);
	else
		printf("%s objects, %s", out_number(f->objects), out_bytes(f->bytes));
	printf(": %s", tee_class_words(f->class));
	if (f->class != LIMEN_TEE_GROWTH)
		printf(", for %s", tee_time_label(f->for_ns));
	putchar('\n');
	if (!f->object)
		return;
	site_text(f->objects == 1 ? "made at" : "the oldest was made at", f->object->object.site,
		  sites, syms);
	if (f->class == LIMEN_TEE_NOT_FREED)
		site_text("tee_shm_free() called at", f->object->object.free_site, sites, syms);
	if (f->class == LIMEN_TEE_GROWTH && f->client &&
	    f->client->last_site != f->object->object.site)
		site_text("the last was made at", f->client->last_site, sites, syms);
}
