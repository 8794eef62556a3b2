// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "ingest/vm_names.h"
#include "model/stage2.h"
#include "output/json.h"
#include "output/out.h"
#include "output/stage2.h"

json_t *stage2_classes_json(const __u64 faults[LIMEN_S2_CLASSES])
{
	json_t *object = json_object();
	int i;

	for (i = 0; i < LIMEN_S2_CLASSES; i++)
		json_object_set_new(object, stage2_class_names[i], number_json(faults[i]));
	return object;
}

static json_t *histogram_json(const __u64 *buckets)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < LIMEN_S2_BUCKETS; i++)
		json_array_append_new(list, number_json(buckets[i]));
	return list;
}

json_t *stage2_sums_json(const struct limen_s2_sums *sums)
{
	json_t *access = json_object();
	int i;

	for (i = 0; i < LIMEN_S2_ACCESSES; i++)
		json_object_set_new(access, stage2_access_names[i], number_json(sums->access[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}",
			 "faults", number_json(stage2_faults(sums->faults)),
			 "classes", stage2_classes_json(sums->faults), "access", access,
			 "latency_ns", number_json(sums->latency_ns), "histogram",
			 histogram_json(sums->latency));
}

/* Null where nothing counts them: zero would be wrong. */
static json_t *mapped_json(bool counted, const __u64 mapped[LIMEN_S2_SIZES])
{
	json_t *object = json_object();
	int i;

	for (i = 0; i < LIMEN_S2_SIZES; i++)
		json_object_set_new(object, stage2_size_names[i],
				    counted ? number_json(mapped[i]) : json_null());
	return object;
}

static json_t *vcpus_json(const struct stage2_tables *t, __u64 vm)
{
	const struct limen_s2_vcpu *v = stage2_next_vcpu(t, vm, -1);
	json_t *list = json_array(), *object;

	for (; v; v = stage2_next_vcpu(t, vm, v->id)) {
		object = stage2_sums_json(&v->sums);
		json_object_set_new(object, "id", number_json(v->id));
		json_array_append_new(list, object);
	}
	return list;
}

json_t *stage2_slot_json(const struct limen_s2_slot *s, bool pages)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o}",
			 "id", s->id, "guest_address", hex_json(s->start),
			 "host_address", hex_json(s->host), "bytes", number_json(s->bytes),
			 "dirty_log", s->flags & 1, "read_only", !!(s->flags & 2),
			 "guest_memfd", !!(s->flags & 4), "deleted", !!s->gone,
			 "faults", number_json(stage2_faults(s->faults)),
			 "classes", stage2_classes_json(s->faults),
			 "write_permission", number_json(s->writes),
			 "histogram", histogram_json(s->latency),
			 "mapped", mapped_json(pages, s->mapped));
}

static json_t *slots_json(const struct stage2_tables *t, __u64 vm)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < t->nr_slots; i++)
		if (t->slots[i].slot.vm == vm)
			json_array_append_new(list, stage2_slot_json(&t->slots[i].slot, t->pages_counted));
	return list;
}

static json_t *vm_mapped_json(const struct stage2_tables *t, __u64 vm)
{
	__u64 mapped[LIMEN_S2_SIZES] = {};
	size_t i;
	int k;

	for (i = 0; i < t->nr_slots; i++)
		for (k = 0; k < LIMEN_S2_SIZES && t->slots[i].slot.vm == vm; k++)
			mapped[k] += t->slots[i].slot.mapped[k];
	return mapped_json(t->pages_counted, mapped);
}

static json_t *pages_json(const struct stage2_tables *t, __u64 vm)
{
	const struct limen_s2_page *p;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < t->nr_pages; i++) {
		p = &t->pages[i].page;
		if (p->vm == vm)
			json_array_append_new(list, json_pack("{s:o, s:o, s:o}",
				"address", hex_json(p->address), "kernel", number_json(p->kernel),
				"user", number_json(p->user)));
	}
	return list;
}

static json_t *vm_json_of(const struct stage2_tables *t, const struct stage2_vm_line *line)
{
	const struct limen_s2_vm *vm = &line->vm;
	json_t *object = stage2_sums_json(&vm->sums);
	const char *name = vm_names_find(vm->pid, vm->order);
	char id[32];

	snprintf(id, sizeof(id), "%u.%u", vm->pid, vm->order);
	json_object_set_new(object, "type", json_string("vm-faults"));
	json_object_set_new(object, "vm", json_string(id));
	json_object_set_new(object, "pid", number_json(vm->pid));
	json_object_set_new(object, "comm", text_json(vm->comm, sizeof(vm->comm)));
	json_object_set_new(object, "name", text_or_null_json(name));
	json_object_set_new(object, "ended", json_boolean(vm->ended));
	json_object_set_new(object, "unmaps", number_json(vm->unmaps));
	json_object_set_new(object, "unmapped_bytes", number_json(vm->unmapped));
	json_object_set_new(object, "ages", number_json(vm->ages));
	json_object_set_new(object, "invalidations", number_json(vm->invalidations));
	json_object_set_new(object, "attribute_changes", number_json(vm->attributes));
	json_object_set_new(object, "slot_changes", number_json(vm->slot_changes));
	json_object_set_new(object, "guest_memfd_pages", number_json(vm->gmem));
	json_object_set_new(object, "mapped", vm_mapped_json(t, line->number));
	json_object_set_new(object, "vcpus", vcpus_json(t, line->number));
	json_object_set_new(object, "slots", slots_json(t, line->number));
	json_object_set_new(object, "mmio", pages_json(t, line->number));
	return object;
}

bool stage2_rows_json(const struct stage2_tables *t, __u64 rows)
{
	const struct stage2_vm_line **vms;
	bool more = true;
	size_t i, nr;

	vms = stage2_vms_sorted(t, &nr);
	for (i = 0; more && i < nr && i < rows; i++)
		more = out_json(vm_json_of(t, vms[i]));
	free(vms);
	return more;
}

json_t *stage2_json(const struct stage2_tables *t)
{
	json_t *object = stage2_sums_json(&t->sums);
	size_t i, vms = 0;

	for (i = 0; i < t->nr_vms; i++)
		vms += stage2_faults(t->vms[i].vm.sums.faults) != 0;
	json_object_set_new(object, "vms", number_json(vms));
	json_object_set_new(object, "mapped", mapped_json(t->pages_counted, t->mapped));
	json_object_set_new(object, "untracked", number_json(t->beyond.faults));
	json_object_set_new(object, "untracked_slots", number_json(t->beyond.slots));
	json_object_set_new(object, "untracked_mmio", number_json(t->beyond.pages));
	json_object_set_new(object, "untracked_vms", number_json(t->beyond.vms));
	json_object_set_new(object, "folded_vms", number_json(t->beyond.folded));
	json_object_set_new(object, "mapped_outside_faults", number_json(t->beyond.unplaced));
	return object;
}
