// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that stay: documented in limen(8), section JSON. */
#include "output/usercopy.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "model/counts.h"
#include "model/usercopy.h"
#include "output/json.h"
#include "output/out.h"
#include "probe/kallsyms.h"

static json_t *direction_json(const struct limen_counts *counts, enum limen_direction direction)
{
	json_t *hist = json_array();
	unsigned int i;

	for (i = 0; i < LIMEN_BUCKETS; i++)
		json_array_append_new(hist, number_json(counts->hist[direction][i]));
	return json_pack("{s:o, s:o, s:o}",
			 "copies", number_json(counts_copies(counts, direction)),
			 "bytes", number_json(counts->bytes[direction]),
			 "histogram", hist);
}

static json_t *io_json(const struct limen_counts *counts, enum limen_direction direction)
{
	return json_pack("{s:o, s:o}", "calls", number_json(counts->io_ops[direction]),
			 "bytes", number_json(counts->io_bytes[direction]));
}

json_t *usercopy_json(const struct limen_counts *counts, bool io)
{
	json_t *object = json_pack("{s:o, s:o, s:o, s:o, s:o}",
				   "to_user", direction_json(counts, LIMEN_TO_USER),
				   "from_user", direction_json(counts, LIMEN_FROM_USER),
				   "names", number_json(counts->names),
				   "short", number_json(counts->shorts),
				   "refused", number_json(counts->refused));

	if (object && io)
		json_object_set_new(object, "io",
				    json_pack("{s:o, s:o}",
					      "read", io_json(counts, LIMEN_TO_USER),
					      "write", io_json(counts, LIMEN_FROM_USER)));
	return object;
}

static json_t *object_json(const struct limen_copy_event *e)
{
	enum limen_object kind = usercopy_object(e);
	json_t *object = json_pack("{s:s}", "kind", object_names[kind]);

	if (e->flags & LIMEN_COPY_SLAB_KNOWN) {
		json_object_set_new(object, "cache", text_json(e->slab.cache, sizeof(e->slab.cache)));
		json_object_set_new(object, "size", number_json(e->slab.object_size));
		json_object_set_new(object, "useroffset", e->flags & LIMEN_COPY_WINDOW_KNOWN ?
				    number_json(e->slab.useroffset) : json_null());
		json_object_set_new(object, "usersize", e->flags & LIMEN_COPY_WINDOW_KNOWN ?
				    number_json(e->slab.usersize) : json_null());
	} else if (kind == LIMEN_OBJECT_SLAB && e->flags & LIMEN_COPY_DETAIL) {
		json_object_set_new(object, "cache", text_json(e->detail, sizeof(e->detail)));
	}
	if (e->head.kind == LIMEN_EVENT_REFUSED || kind == LIMEN_OBJECT_STACK)
		json_object_set_new(object, "offset", number_json(e->offset));
	if (e->flags & LIMEN_COPY_PTR_KNOWN)
		json_object_set_new(object, "address", hex_json(e->ptr));
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
			    hex_json(e->user_addr) : json_null());
	json_object_set_new(object, "user_address_exact",
			    json_boolean(e->flags & LIMEN_COPY_ADDR_KNOWN));
	json_object_set_new(object, "function",
			    syms && kallsyms_symbol(syms, e->ip, &symbol) ?
			    text_json(symbol.name, 512) : json_null());
}

static void add_refusal(json_t *object, const struct limen_copy_event *e)
{
	json_t *kernel = json_pack("{s:o, s:o}", "name", text_json(e->name, sizeof(e->name)),
				   "detail", e->flags & LIMEN_COPY_DETAIL ?
				   text_json(e->detail, sizeof(e->detail)) : json_null());

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
			   "cpu", number_json(e->head.cpu), "seq", number_json(e->head.seq),
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
		json_object_set_new(object, "length", number_json(e->length));
		json_object_set_new(object, "object", object_json(e));
		json_object_set_new(object, "refused",
				    json_boolean(e->head.kind == LIMEN_EVENT_REFUSED));
	}
	if (e->head.kind == LIMEN_EVENT_REFUSED)
		add_refusal(object, e);
	if (e->flags & LIMEN_COPY_SAMPLE)
		json_object_set_new(object, "sample", json_true());
	if (e->nr_stack)
		json_object_set_new(object, "stack", stack_json(e->stack, e->nr_stack, syms));
	return object;
}
