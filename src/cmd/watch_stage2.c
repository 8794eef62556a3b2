// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/watch_stage2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "ingest/vm_finder.h"
#include "ingest/vmm.h"
#include "model/stage2_event.h"
#include "output/out.h"
#include "output/stage2.h"
#include "probe/vms.h"
#include "util/log.h"
#include "util/parse.h"

#define HUGE		(1ULL << 21)

/* "64/1s": so many in this time. */
static int parse_rate(const char *option, const char *text, __u64 most, __u64 *times, __u64 *ns)
{
	char *copy = strdup(text), *slash = copy ? strchr(copy, '/') : NULL;
	__u64 ms;
	int err = -EINVAL;

	if (slash) {
		*slash = '\0';
		err = parse_number(option, copy, 2, most, times);
		if (!err)
			err = parse_milliseconds(option, slash + 1, 1, 24 * 3600 * 1000, &ms);
		if (!err)
			*ns = ms * 1000000;
	} else {
		fail(err, "%s wants TIMES/TIME, such as 64/1s, not '%s'", option, text);
	}
	free(copy);
	return err;
}

static int parse_slow(struct watch_stage2 *w, const char *text)
{
	__u64 ms;
	int err = parse_milliseconds("--slow", text, 1, 3600 * 1000, &ms);

	if (!err)
		w->slow_ns = ms * 1000000;
	return err;
}

int watch_stage2_option(struct watch_stage2 *w, int option, const char *value)
{
	int number;

	switch (option) {
	case OPT_ALL_FAULTS:
		w->all = true;
		return 0;
	case OPT_SLOW:
		return parse_slow(w, value);
	case OPT_LOOP:
		return parse_rate("--loop", value, 1 << 30, &w->loop_times, &w->loop_ns);
	case OPT_STORM:
		return parse_rate("--storm", value, 1 << 30, &w->limits.storm_faults,
				  &w->limits.storm_ns);
	case OPT_CHURN:
		return parse_rate("--churn", value, 1 << 30, &w->limits.churn_times,
				  &w->limits.churn_ns);
	case OPT_ONLY:
		number = stage2_step_by_name(value);
		if (number >= 0) {
			w->steps |= 1u << number;
			return 0;
		}
		number = stage2_finding_by_name(value);
		if (number < 0)
			return -ENOENT;
		w->findings |= 1u << number;
		return 0;
	}
	return -ENOENT;
}

static __u32 shown_steps(const struct watch_stage2 *w)
{
	if (w->all)
		return (1u << LIMEN_S2_STEPS) - 2;
	if (w->steps || w->findings)
		return w->steps;
	return STAGE2_STEPS_USUAL;
}

int watch_stage2_configure(struct watch_stage2 *w)
{
	struct stage2_config *config = &w->run->stage2.config;
	const __u32 convert = 1u << LIMEN_S2_STEP_ATTRIBUTES;
	__u32 shown = shown_steps(w);

	/* What is converted is looked at for churn, and slots for misalignment. */
	config->steps = shown | convert | 1u << LIMEN_S2_STEP_FINDING |
			1u << LIMEN_S2_STEP_SLOT_CREATE;
	config->quiet = config->steps & ~shown & ~(1u << LIMEN_S2_STEP_FINDING);
	config->slow_ns = w->slow_ns;
	config->loop_times = w->loop_times;
	config->loop_ns = w->loop_ns;
	config->pages_later = !config->pages;
	if (w->run->targets.nr_pids == 1)
		config->pid = w->run->targets.pids[0];
	w->limits.sequence_is_int = vms_sequence_is_int();
	w->dog = stage2_watchdog_new(&w->limits);
	w->finder = vm_finder_new();
	return w->dog && w->finder ? 0 : fail(-ENOMEM, "out of memory");
}

/* Findings are shown unless something else was asked for. */
static bool wants_finding(const struct watch_stage2 *w, __u32 finding)
{
	if (w->all || (!w->steps && !w->findings))
		return true;
	return w->steps >> LIMEN_S2_STEP_FINDING & 1 || w->findings >> finding & 1;
}

static bool of_process(const struct watch_stage2 *w, __u32 pid)
{
	const struct targets *targets = &w->run->targets;
	unsigned int i;

	for (i = 0; i < targets->nr_pids; i++)
		if ((__u32)targets->pids[i] == pid)
			return true;
	return !targets->nr_pids;
}

static bool wanted(const struct watch_stage2 *w, const struct limen_s2_event *e)
{
	if (!of_process(w, e->vm_pid))
		return false;
	if (e->flags & LIMEN_S2_UNDECIDED && vmm_shares(e->vm_pid, e->slot_host))
		return false;
	if (e->step == LIMEN_S2_STEP_FINDING)
		return wants_finding(w, e->finding);
	return shown_steps(w) >> e->step & 1;
}

/* Pages that may be mapped wrongly are looked at where there is a slot that can be. */
static void look_at_alignment(struct watch_stage2 *w, __u64 guest, __u64 host, __u64 bytes)
{
	if (bytes >= 2 * HUGE && (guest ^ host) & (HUGE - 1))
		stage2_count_pages(w->run->stage2.session);
}

static void found(void *arg, const struct stage2_finding *f)
{
	struct watch_stage2 *w = arg;
	const struct vm_slot *slot = NULL;

	if (!wants_finding(w, f->finding) || (f->vm && !of_process(w, f->vm->vm.pid)) ||
	    !w->room(w->arg))
		return;
	if (f->slot)
		slot = vm_finder_slot(w->finder, f->slot->slot.kvm, f->slot->slot.start, false);
	if (w->json)
		out_json(stage2_finding_json(f, slot));
	else
		stage2_finding_text(f, slot);
}

/* What the slot of an event is made of; a slot that is new is read anew. */
static const struct vm_slot *slot_of(struct watch_stage2 *w, const struct limen_s2_event *e)
{
	bool made = e->step == LIMEN_S2_STEP_SLOT_CREATE || e->step == LIMEN_S2_STEP_SLOT_MOVE;
	const struct vm_slot *slot;

	if (!(e->flags & LIMEN_S2_HAS_SLOT) || !(made || e->step == LIMEN_S2_STEP_FINDING))
		return NULL;
	slot = vm_finder_slot(w->finder, e->kvm, e->slot_start, true);
	/* Another one may be there by now. */
	return slot && slot->raw.id == e->slot && slot->raw.guest == e->slot_start &&
	       slot->raw.bytes == e->slot_bytes && slot->raw.host == e->slot_host ? slot : NULL;
}

void watch_stage2_event(struct watch_stage2 *w, const struct limen_s2_event *e)
{
	struct stage2_tables *t = &w->run->stage2.tables;
	const struct vm_slot *slot;

	if (e->step == LIMEN_S2_STEP_SLOT_CREATE || e->step == LIMEN_S2_STEP_SLOT_MOVE)
		look_at_alignment(w, e->slot_start, e->slot_host, e->slot_bytes);
	if (wanted(w, e) && w->room(w->arg)) {
		slot = slot_of(w, e);
		if (w->json)
			out_json(stage2_event_json(e, slot));
		else
			stage2_event_text(e, slot);
	}
	if (e->step == LIMEN_S2_STEP_ATTRIBUTES && !run_stage2_read(w->run))
		stage2_watchdog_convert(w->dog, e, t, found, w);
}

/* --- guest and others see different pages --- */

static bool said_split(struct watch_stage2 *w, const struct limen_s2_slot *s)
{
	unsigned int i;

	for (i = 0; i < w->nr_splits; i++)
		if (w->splits[i].vm == s->vm && w->splits[i].seen_ns == s->vm_seen_ns &&
		    w->splits[i].slot == s->id)
			return true;
	if (w->nr_splits == STAGE2_SPLITS)
		return true;
	w->splits[w->nr_splits].vm = s->vm;
	w->splits[w->nr_splits].seen_ns = s->vm_seen_ns;
	w->splits[w->nr_splits++].slot = s->id;
	return false;
}

static bool is_private_copy(const struct vm_slot *slot)
{
	unsigned int i;

	for (i = 0; slot && i < slot->nr_warnings; i++)
		if (!strncmp(slot->warnings[i].name, "private-", 8))
			return true;
	return false;
}

/* Writes that faulted by permission, on memory of which the VMM has the only copy. */
static void look_for_splits(struct watch_stage2 *w, __u64 now)
{
	const struct stage2_tables *t = &w->run->stage2.tables;
	struct stage2_finding f = {.finding = LIMEN_S2_SPLIT, .time_ns = now};
	const struct vm_slot *slot;
	size_t i;

	for (i = 0; i < t->nr_slots; i++) {
		f.slot = &t->slots[i];
		if (!f.slot->slot.writes || f.slot->slot.gone)
			continue;
		f.vm = stage2_find_vm(t, f.slot->slot.vm);
		slot = f.vm ? vm_finder_slot(w->finder, f.slot->slot.kvm, f.slot->slot.start, false) :
			      NULL;
		if (!is_private_copy(slot) || said_split(w, &f.slot->slot))
			continue;
		f.times = f.slot->slot.writes;
		found(w, &f);
	}
}

void watch_stage2_scan(struct watch_stage2 *w)
{
	__u64 now = out_now();

	if (!w->run->stage2.session || !stage2_attached(w->run->stage2.session) ||
	    run_stage2_read(w->run))
		return;
	if (stage2_watchdog_scan(w->dog, &w->run->stage2.tables, now, found, w))
		warning("out of memory: storms may be missed");
	look_for_splits(w, now);
}

__u64 watch_stage2_period(const struct watch_stage2 *w)
{
	return w->limits.storm_ns / 1000000;
}

/* Slots that were there before. */
static void look_at_old_slots(struct watch_stage2 *w)
{
	struct vm_list list = {};
	size_t i, j;

	if (vm_finder_list(w->finder, &list))
		return;
	for (i = 0; i < list.nr; i++)
		for (j = 0; j < list.vms[i].nr_slots; j++)
			look_at_alignment(w, list.vms[i].slots[j].raw.guest,
					  list.vms[i].slots[j].raw.host,
					  list.vms[i].slots[j].raw.bytes);
	vm_list_free(&list);
}

int watch_stage2_prepare(struct watch_stage2 *w)
{
	struct vm_list list = {};
	int err;

	if (!vms_kvm_there())
		return 0;
	err = vm_finder_list(w->finder, &list);
	vm_list_free(&list);
	return err;
}

void watch_stage2_start(struct watch_stage2 *w)
{
	if (stage2_attached(w->run->stage2.session))
		look_at_old_slots(w);
}

void watch_stage2_free(struct watch_stage2 *w)
{
	stage2_watchdog_free(w->dog);
	vm_finder_free(w->finder);
}
