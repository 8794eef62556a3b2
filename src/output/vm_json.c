// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "output/json.h"
#include "output/vm.h"

static json_t *backing_json(const struct vm_slot *slot)
{
	const struct backing *b = &slot->backing;

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "kind", backing_names[b->kind],
			 "shared", b->areas ? json_boolean(b->shared) : json_null(),
			 "writable", b->areas ? json_boolean(b->writable) : json_null(),
			 "huge_pages_advised", json_boolean(b->thp),
			 "page_size", b->page ? number_json(b->page) : json_null(),
			 "areas", number_json(b->areas), "unmapped", number_json(b->hole),
			 "path", text_or_null_json(*b->path ? b->path : NULL));
}

json_t *vm_slot_json(const struct vm_slot *slot)
{
	const struct limen_vm_slot *s = &slot->raw;
	json_t *warnings = json_array();
	unsigned int i;

	for (i = 0; i < slot->nr_warnings; i++)
		json_array_append_new(warnings, json_pack("{s:s, s:s}", "name",
							  slot->warnings[i].name, "text",
							  slot->warnings[i].text));
	return json_pack("{s:i, s:i, s:o, s:o, s:o, s:b, s:b, s:b, s:o, s:o}", "id", s->id,
			 "address_space", s->space, "guest_address", hex_json(s->guest),
			 "host_address", hex_json(s->host), "bytes", number_json(s->bytes),
			 "dirty_log", s->flags & 1, "read_only", !!(s->flags & 2),
			 "guest_memfd", !!(s->flags & 4), "backing", backing_json(slot),
			 "warnings", warnings);
}

static json_t *vcpu_json(const struct limen_vm_vcpu *vcpu)
{
	return json_pack("{s:i, s:o, s:b}", "id", vcpu->id, "tid",
			 vcpu->tid ? number_json(vcpu->tid) : json_null(), "in_guest",
			 vcpu->mode == 1);
}

json_t *vm_json(const struct vm *vm)
{
	json_t *slots = json_array(), *vcpus = json_array();
	char id[32];
	size_t i;

	snprintf(id, sizeof(id), "%d.%u", vm->pid, vm->number);
	for (i = 0; i < vm->nr_slots; i++)
		json_array_append_new(slots, vm_slot_json(&vm->slots[i]));
	for (i = 0; i < vm->nr_vcpus; i++)
		json_array_append_new(vcpus, vcpu_json(&vm->vcpus[i]));
	return json_pack("{s:s, s:s, s:i, s:o, s:o, s:i, s:o, s:o, s:b, s:o, s:o}",
			 "type", "vm", "vm", id, "pid", vm->pid,
			 "comm", text_json(vm->comm, sizeof(vm->comm)),
			 "name", text_or_null_json(*vm->name ? vm->name : NULL), "fd", vm->fd,
			 "bytes", number_json(vm->bytes),
			 "invalidations", number_json(vm->raw.invalidations),
			 "devices", vm->devices, "slots", slots, "vcpus", vcpus);
}
