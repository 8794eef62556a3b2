// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/json.h"

#include <string.h>

#include "ingest/identity.h"
#include "output/out.h"
#include "output/stack.h"
#include "probe/kallsyms.h"

json_t *number_json(__u64 value)
{
	return json_integer((json_int_t)value);
}

json_t *hex_json(__u64 value)
{
	return json_sprintf("0x%llx", value);
}

json_t *text_json(const char *value, size_t max)
{
	json_t *string = json_stringn(value, strnlen(value, max));

	return string ? string : json_string(out_safe(value, max));
}

json_t *text_or_null_json(const char *value)
{
	return value ? text_json(value, strlen(value)) : json_null();
}

json_t *task_json(const struct limen_task *task)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "pid", number_json(task->pid), "tid", number_json(task->tid),
			 "comm", text_json(task->comm, sizeof(task->comm)),
			 "exe", text_or_null_json(identity_exe(task)),
			 "uid", number_json(task->uid),
			 "cgroup", text_or_null_json(identity_cgroup(task->cgroup)),
			 "container", text_or_null_json(identity_container(task->cgroup)));
}

static json_t *frame_json(__u64 address, struct kallsyms *syms)
{
	json_t *frame = json_pack("{s:o}", "address", hex_json(address));
	struct symbol symbol;

	if (!syms || !kallsyms_symbol(syms, address, &symbol))
		return frame;
	json_object_set_new(frame, "symbol", text_json(symbol.name, 512));
	json_object_set_new(frame, "offset", number_json(symbol.offset));
	if (symbol.module)
		json_object_set_new(frame, "module", text_json(symbol.module, 64));
	return frame;
}

json_t *stack_json(const __u64 *stack, unsigned int nr, struct kallsyms *syms)
{
	json_t *list = json_array();
	unsigned int i = stack_first(stack, nr, syms);

	for (; i < nr && stack[i]; i = stack_next(stack, nr, i, syms))
		json_array_append_new(list, frame_json(stack[i], syms));
	return list;
}
