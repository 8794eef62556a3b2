// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that stay: documented in limen-stage2(8), section JSON. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ingest/vm_names.h"
#include "model/stage2.h"
#include "model/stage2_event.h"
#include "output/json.h"
#include "output/out.h"
#include "output/stage2.h"
#include "output/vm.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
}

static void set_vm(json_t *object, __u32 pid, __u32 order, const char *comm)
{
	char id[32];

	snprintf(id, sizeof(id), "%u.%u", pid, order);
	set(object, "vm", json_string(id));
	set(object, "comm", text_json(comm, LIMEN_COMM_LEN));
	set(object, "name", text_or_null_json(vm_names_find(pid, order)));
}

static json_t *flags_json(__u32 flags)
{
	json_t *list = json_array();

	if (flags & 1)
		json_array_append_new(list, json_string("dirty-log"));
	if (flags & 2)
		json_array_append_new(list, json_string("read-only"));
	if (flags & 4)
		json_array_append_new(list, json_string("guest_memfd"));
	return list;
}

/* As the event has it: the VMM may have ended since. */
static json_t *slot_json(const struct limen_s2_event *e)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:o}", "id", e->slot,
			 "guest_address", hex_json(e->slot_start),
			 "bytes", number_json(e->slot_bytes),
			 "host_address", hex_json(e->slot_host),
			 "flags", flags_json(e->slot_flags));
}

static bool is_fault(const struct limen_s2_event *e)
{
	return e->flags & LIMEN_S2_HAS_VCPU;
}

static void set_fault(json_t *object, const struct limen_s2_event *e)
{
	set(object, "vcpu", number_json(e->vcpu));
	set(object, "access", json_string(stage2_access_names[e->access]));
	set(object, "fault", json_string(stage2_class_names[e->class]));
	set(object, "level", e->flags & LIMEN_S2_HAS_LEVEL ? number_json(e->level) : json_null());
	set(object, "mapped", e->size && e->step != LIMEN_S2_STEP_MEMORY_FAULT ?
	    number_json(e->size) : json_null());
	set(object, "latency_ns", number_json(e->latency_ns));
	set(object, "foreign_address", json_boolean(e->flags & LIMEN_S2_FOREIGN));
	set(object, "pc", e->pc ? hex_json(e->pc) : json_null());
}

/* Others leave the flags before them empty. */
static bool flags_may_change(const struct limen_s2_event *e)
{
	return e->step == LIMEN_S2_STEP_SLOT_FLAGS || e->step == LIMEN_S2_STEP_SLOT_MOVE ||
	       (e->step == LIMEN_S2_STEP_FINDING && e->finding == LIMEN_S2_TOGGLED);
}

static void set_realm(json_t *object, const struct limen_s2_event *e)
{
	set(object, "realm", json_true());
	if (e->step == LIMEN_S2_STEP_REALM)
		set(object, "made", json_boolean(e->flags & LIMEN_S2_BEGIN));
	if (!e->frame)
		return;
	set(object, "writable", json_boolean(e->flags & LIMEN_S2_WRITABLE));
	set(object, "frame", hex_json(e->frame));
	set(object, "frame_before", e->frame_before ? hex_json(e->frame_before) : json_null());
}

static void set_finding(json_t *object, const struct limen_s2_event *e, const struct vm_slot *slot)
{
	const char *words = NULL;

	switch (e->finding) {
	case LIMEN_S2_LOOP:
		set(object, "times", number_json(e->times));
		set(object, "for_ns", number_json(e->head.time_ns - e->since_ns));
		set(object, "invalidations", number_json(e->invalidations));
		set(object, "same_pc", json_boolean(e->flags & LIMEN_S2_SAME_PC));
		set(object, "cause", json_string(stage2_cause_names[
		    stage2_loop_cause(e, sysconf(_SC_PAGESIZE))]));
		words = stage2_cause_words(stage2_loop_cause(e, sysconf(_SC_PAGESIZE)), slot);
		break;
	case LIMEN_S2_SLOW:
		set(object, "waited", json_string(stage2_waited(e, slot)->name));
		set(object, "unsaid", number_json(e->times));
		words = stage2_waited(e, slot)->words;
		break;
	case LIMEN_S2_FAILED:
		words = stage2_error_words(e, slot);
		break;
	case LIMEN_S2_NEIGHBOURS:
		set(object, "pages", number_json(e->times));
		set(object, "first_neighbour", hex_json(e->other));
		words = STAGE2_NEIGHBOURS_WORDS;
		break;
	case LIMEN_S2_FORCED:
		words = STAGE2_FORCED_WORDS;
		break;
	case LIMEN_S2_MISALIGNED:
		words = STAGE2_MISALIGNED_WORDS;
		break;
	case LIMEN_S2_TOGGLED:
		words = STAGE2_TOGGLED_WORDS;
		break;
	default:
		break;
	}
	set(object, "explanation", text_or_null_json(words));
}

json_t *stage2_event_json(const struct limen_s2_event *e, const struct vm_slot *slot)
{
	bool violation = e->step == LIMEN_S2_STEP_FINDING;
	json_t *object = json_pack("{s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o}",
				   "type", "event", "boundary", "stage2",
				   "event", stage2_step_names[e->step],
				   "class", violation ? json_string(stage2_finding_names[e->finding]) :
							json_null(),
				   "time", out_time(e->head.time_ns),
				   "cpu", number_json(e->head.cpu), "seq", number_json(e->head.seq),
				   "task", task_json(&e->head.task));

	if (!object)
		return NULL;
	set_vm(object, e->vm_pid, e->vm_order, e->vm_comm);
	if (e->step != LIMEN_S2_STEP_CREATE && e->step != LIMEN_S2_STEP_END)
		set(object, "address", hex_json(e->address));
	if (is_fault(e))
		set_fault(object, e);
	if (e->size && (!is_fault(e) || e->step == LIMEN_S2_STEP_MEMORY_FAULT))
		set(object, "bytes", number_json(e->size));
	set(object, "error", e->error < 0 ? text_or_null_json(strerrorname_np(-e->error)) :
	    json_null());
	if (slot)
		set(object, "slot", vm_slot_json(slot));
	else if (e->flags & LIMEN_S2_HAS_SLOT)
		set(object, "slot", slot_json(e));
	if (flags_may_change(e))
		set(object, "flags_before", flags_json(e->slot_flags_before));
	if (e->step == LIMEN_S2_STEP_ATTRIBUTES || e->step == LIMEN_S2_STEP_MEMORY_FAULT)
		set(object, "private", json_boolean(e->flags & LIMEN_S2_PRIVATE));
	if (e->flags & LIMEN_S2_IS_REALM)
		set_realm(object, e);
	if (violation)
		set_finding(object, e, slot);
	return object;
}

json_t *stage2_finding_json(const struct stage2_finding *f, const struct vm_slot *slot)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s}",
				   "type", "event", "boundary", "stage2", "event", "violation",
				   "class", stage2_finding_names[f->finding],
				   "time", out_time(f->time_ns));

	if (!object)
		return NULL;
	if (f->vm)
		set_vm(object, f->vm->vm.pid, f->vm->vm.order, f->vm->vm.comm);
	if (f->finding == LIMEN_S2_STORM || f->finding == LIMEN_S2_CHURN)
		set(object, "for_ns", number_json(f->for_ns));
	switch (f->finding) {
	case LIMEN_S2_STORM:
		set(object, "faults", number_json(f->faults));
		set(object, "unmapped", number_json(f->unmapped));
		set(object, "cause", json_string(stage2_storm_names[f->storm]));
		set(object, "explanation", json_string(stage2_storm_words(f->storm)));
		break;
	case LIMEN_S2_SEQUENCE:
		set(object, "invalidations", number_json(f->sequence));
		break;
	case LIMEN_S2_CHURN:
		set(object, "address", hex_json(f->address));
		set(object, "bytes", number_json(f->size));
		set(object, "times", number_json(f->times));
		break;
	default:
		set(object, "times", number_json(f->times));
	}
	if (slot)
		set(object, "slot", vm_slot_json(slot));
	return object;
}
