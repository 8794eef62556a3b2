// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that stay: documented in limen(8), section JSON. */
#include "output/usercopy.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/identity.h"
#include "model/counts.h"
#include "model/usercopy.h"
#include "output/out.h"
#include "probe/kallsyms.h"

static json_t *number(__u64 value)
{
	return json_integer((json_int_t)value);
}

/* Not every byte the kernel holds is UTF-8: such names are shown escaped. */
static json_t *text(const char *value, size_t max)
{
	json_t *string = json_stringn(value, strnlen(value, max));

	return string ? string : json_string(out_safe(value, max));
}

static json_t *text_or_null(const char *value)
{
	return value ? text(value, strlen(value)) : json_null();
}

static json_t *direction_json(const struct limen_counts *counts, enum limen_direction direction)
{
	json_t *hist = json_array();
	unsigned int i;

	for (i = 0; i < LIMEN_BUCKETS; i++)
		json_array_append_new(hist, number(counts->hist[direction][i]));
	return json_pack("{s:o, s:o, s:o}",
			 "copies", number(counts_copies(counts, direction)),
			 "bytes", number(counts->bytes[direction]),
			 "histogram", hist);
}

static json_t *io_json(const struct limen_counts *counts, enum limen_direction direction)
{
	return json_pack("{s:o, s:o}", "calls", number(counts->io_ops[direction]),
			 "bytes", number(counts->io_bytes[direction]));
}

json_t *usercopy_json(const struct limen_counts *counts, bool io)
{
	json_t *object = json_pack("{s:o, s:o, s:o, s:o, s:o}",
				   "to_user", direction_json(counts, LIMEN_TO_USER),
				   "from_user", direction_json(counts, LIMEN_FROM_USER),
				   "names", number(counts->names),
				   "short", number(counts->shorts),
				   "refused", number(counts->refused));

	if (object && io)
		json_object_set_new(object, "io",
				    json_pack("{s:o, s:o}",
					      "read", io_json(counts, LIMEN_TO_USER),
					      "write", io_json(counts, LIMEN_FROM_USER)));
	return object;
}

/*
 * total is what nobody will see again: events dropped, probe hits skipped,
 * objects not found out, tasks not followed.
 * The others say what became less precise; counts stay exact in all of them.
 */
static json_t *losses_json(const struct totals *totals)
{
	const struct session_losses *l = &totals->losses;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "total", number(losses_total(l)),
			 "tasks_unfollowed", number(l->unfollowed),
			 "ring_full", number(l->ring),
			 "probe_missed", number(l->missed),
			 "object_unknown", number(l->pending),
			 "tasks_folded", number(l->folded + totals->unattributed_tasks),
			 "tasks_without_record", number(l->no_record));
}

json_t *totals_json(const struct totals *totals)
{
	json_t *usercopy = usercopy_json(&totals->counts, totals->io);

	/* Zero would be wrong where nothing counted them. */
	if (usercopy && !totals->counted) {
		json_object_set_new(usercopy, "to_user", json_null());
		json_object_set_new(usercopy, "from_user", json_null());
		json_object_set_new(usercopy, "names", json_null());
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:{s:o, s:o}, s:o}",
			 "type", "totals",
			 "time", out_time(out_now()),
			 "mode", totals->mode,
			 "usercopy", usercopy,
			 "events",
				"produced", number(totals->losses.produced),
				"delivered", number(totals->delivered),
			 "lost", losses_json(totals));
}

unsigned int stack_first(const struct limen_copy_event *e, struct kallsyms *syms)
{
	struct symbol symbol;
	unsigned int i;

	for (i = 0; i < e->nr_stack; i++)
		if (!syms || !kallsyms_symbol(syms, e->stack[i], &symbol) ||
		    !symbol_is_probe(&symbol))
			return i;
	return 0;
}

json_t *task_json(const struct limen_task *task)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "pid", number(task->pid), "tid", number(task->tid),
			 "comm", text(task->comm, sizeof(task->comm)),
			 "exe", text_or_null(identity_exe(task)),
			 "uid", number(task->uid),
			 "cgroup", text_or_null(identity_cgroup(task->cgroup)),
			 "container", text_or_null(identity_container(task->cgroup)));
}

static json_t *hex(__u64 value)
{
	return json_sprintf("0x%llx", value);
}

static json_t *frame_json(__u64 address, struct kallsyms *syms)
{
	json_t *frame = json_pack("{s:o}", "address", hex(address));
	struct symbol symbol;

	if (!syms || !kallsyms_symbol(syms, address, &symbol))
		return frame;
	json_object_set_new(frame, "symbol", text(symbol.name, 512));
	json_object_set_new(frame, "offset", number(symbol.offset));
	if (symbol.module)
		json_object_set_new(frame, "module", text(symbol.module, 64));
	return frame;
}

static json_t *stack_json(const struct limen_copy_event *e, struct kallsyms *syms)
{
	json_t *stack = json_array();
	unsigned int i;

	for (i = stack_first(e, syms); i < e->nr_stack && e->stack[i]; i++)
		json_array_append_new(stack, frame_json(e->stack[i], syms));
	return stack;
}

static json_t *object_json(const struct limen_copy_event *e)
{
	enum limen_object kind = usercopy_object(e);
	json_t *object = json_pack("{s:s}", "kind", object_names[kind]);

	if (e->flags & LIMEN_COPY_SLAB_KNOWN) {
		json_object_set_new(object, "cache", text(e->slab.cache, sizeof(e->slab.cache)));
		json_object_set_new(object, "size", number(e->slab.object_size));
		json_object_set_new(object, "useroffset", e->flags & LIMEN_COPY_WINDOW_KNOWN ?
				    number(e->slab.useroffset) : json_null());
		json_object_set_new(object, "usersize", e->flags & LIMEN_COPY_WINDOW_KNOWN ?
				    number(e->slab.usersize) : json_null());
	} else if (kind == LIMEN_OBJECT_SLAB && e->flags & LIMEN_COPY_DETAIL) {
		json_object_set_new(object, "cache", text(e->detail, sizeof(e->detail)));
	}
	if (e->head.kind == LIMEN_EVENT_REFUSED || kind == LIMEN_OBJECT_STACK)
		json_object_set_new(object, "offset", number(e->offset));
	if (e->flags & LIMEN_COPY_PTR_KNOWN)
		json_object_set_new(object, "address", hex(e->ptr));
	return object;
}

static void add_syscall(json_t *object, __s32 number_of)
{
	char *name;

	if (number_of < 0) {
		json_object_set_new(object, "syscall", json_null());
		return;
	}
	name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number_of);
	json_object_set_new(object, "syscall", name ? json_string(name) :
			    json_sprintf("%d", number_of));
	free(name);
}

static void add_short(json_t *object, const struct limen_copy_event *e, struct kallsyms *syms)
{
	struct symbol symbol;

	json_object_set_new(object, "user_address",
			    e->flags & (LIMEN_COPY_ADDR_KNOWN | LIMEN_COPY_ADDR_NEAR) ?
			    hex(e->user_addr) : json_null());
	json_object_set_new(object, "user_address_exact",
			    json_boolean(e->flags & LIMEN_COPY_ADDR_KNOWN));
	json_object_set_new(object, "function",
			    syms && kallsyms_symbol(syms, e->ip, &symbol) ?
			    text(symbol.name, 512) : json_null());
}

static void add_refusal(json_t *object, const struct limen_copy_event *e)
{
	json_t *kernel = json_pack("{s:o, s:o}", "name", text(e->name, sizeof(e->name)),
				   "detail", e->flags & LIMEN_COPY_DETAIL ?
				   text(e->detail, sizeof(e->detail)) : json_null());

	json_object_set_new(object, "kernel", kernel);
}

json_t *copy_event_json(const struct limen_copy_event *e, struct kallsyms *syms)
{
	enum limen_class class = usercopy_class(e);
	const char *event = class != LIMEN_CLASS_OK ? "violation" : "copy";
	json_t *object;

	if (e->head.kind == LIMEN_EVENT_SHORT)
		event = "short";
	object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}",
			   "type", "event", "boundary", "usercopy", "event", event,
			   "class", e->head.kind == LIMEN_EVENT_SHORT ? "short" : class_names[class],
			   "time", out_time(e->head.time_ns),
			   "cpu", number(e->head.cpu), "seq", number(e->head.seq),
			   "task", task_json(&e->head.task));
	if (!object)
		return NULL;
	json_object_set_new(object, "direction", e->flags & LIMEN_COPY_DIR_KNOWN ?
			    json_string(e->direction == LIMEN_TO_USER ? "to_user" : "from_user") :
			    json_null());
	add_syscall(object, e->syscall);
	if (e->head.kind == LIMEN_EVENT_SHORT) {
		add_short(object, e, syms);
	} else {
		json_object_set_new(object, "length", number(e->length));
		json_object_set_new(object, "object", object_json(e));
		json_object_set_new(object, "refused",
				    json_boolean(e->head.kind == LIMEN_EVENT_REFUSED));
	}
	if (e->head.kind == LIMEN_EVENT_REFUSED)
		add_refusal(object, e);
	if (e->flags & LIMEN_COPY_SAMPLE)
		json_object_set_new(object, "sample", json_true());
	if (e->nr_stack)
		json_object_set_new(object, "stack", stack_json(e, syms));
	return object;
}
