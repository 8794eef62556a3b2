// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows and intervals as JSON: documented in limen-top(8). */
#include <stdio.h>

#include "model/latency.h"
#include "model/stage2.h"
#include "output/json.h"
#include "output/stage2.h"
#include "output/top.h"
#include "output/top_stage2.h"

json_t *top_stage2_rate_json(const __u64 faults[LIMEN_S2_CLASSES], double seconds)
{
	json_t *classes = json_object();
	int i;

	for (i = 0; i < LIMEN_S2_CLASSES; i++)
		json_object_set_new(classes, stage2_class_names[i],
				    json_real(top_per_second(faults[i], seconds)));
	return json_pack("{s:f, s:o}", "faults", top_per_second(stage2_faults(faults), seconds),
			 "classes", classes);
}

static json_t *percentile_json(const struct limen_s2_sums *sums, unsigned int percent)
{
	__s64 us = latency_percentile(sums->latency, LIMEN_S2_BUCKETS, percent);

	return us < 0 ? json_null() : json_integer(us);
}

json_t *top_stage2_delta_json(const struct limen_s2_sums *delta)
{
	json_t *object = stage2_sums_json(delta);

	json_object_set_new(object, "p50_us", percentile_json(delta, 50));
	json_object_set_new(object, "p99_us", percentile_json(delta, 99));
	return object;
}

static json_t *slot_delta_json(const struct limen_s2_sums *delta)
{
	return json_pack("{s:o, s:o}", "faults", number_json(stage2_faults(delta->faults)),
			 "classes", stage2_classes_json(delta->faults));
}

json_t *top_stage2_row_json(const struct top_stage2_row *row, __u64 seq, double seconds)
{
	const struct limen_s2_vm *vm = &row->vm->vm;
	json_t *object = row->slot ? stage2_slot_json(&row->slot->slot, false) :
			 stage2_sums_json(&row->total);
	char id[32];

	if (!object)
		return NULL;
	snprintf(id, sizeof(id), "%u.%u", vm->pid, row->rank);
	json_object_set_new(object, "type", json_string(row->slot ? "slot-faults" :
							row->vcpu ? "vcpu-faults" : "vm-faults"));
	json_object_set_new(object, "seq", number_json(seq));
	json_object_set_new(object, "vm", json_string(id));
	json_object_set_new(object, "pid", number_json(vm->pid));
	json_object_set_new(object, "comm", text_json(vm->comm, sizeof(vm->comm)));
	json_object_set_new(object, "ended", json_boolean(vm->ended));
	if (row->vcpu)
		json_object_set_new(object, "id", number_json(row->vcpu->vcpu.id));
	json_object_set_new(object, "rate", top_stage2_rate_json(row->delta.faults, seconds));
	json_object_set_new(object, "delta", row->slot ? slot_delta_json(&row->delta) :
			    top_stage2_delta_json(&row->delta));
	return object;
}
