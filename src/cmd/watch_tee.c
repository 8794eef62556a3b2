// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/watch_tee.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "ingest/identity.h"
#include "model/tee.h"
#include "model/tee_names.h"
#include "output/out.h"
#include "output/tee.h"
#include "util/log.h"
#include "util/parse.h"

#define SCANNED		((1u << TEE_OBJECTS) | (1u << TEE_CONTEXTS) | (1u << TEE_CLIENTS))

/* "64/30s": so many objects in this time. */
static int parse_growth(const char *text, struct tee_limits *limits)
{
	char *copy = strdup(text), *slash = copy ? strchr(copy, '/') : NULL;
	__u64 ms;
	int err = -EINVAL;

	if (slash) {
		*slash = '\0';
		err = parse_number("--growth", copy, 1, 1 << 30, &limits->growth_objects);
		if (!err)
			err = parse_milliseconds("--growth", slash + 1, 1, 24 * 3600 * 1000, &ms);
		if (!err)
			limits->growth_ns = ms * 1000000;
	} else {
		fail(err, "--growth wants OBJECTS/TIME, such as 64/30s, not '%s'", text);
	}
	free(copy);
	return err;
}

static int parse_grace(const char *text, struct tee_limits *limits)
{
	__u64 ms;
	int err = parse_milliseconds("--grace", text, 1, 24 * 3600 * 1000, &ms);

	if (err)
		return err;
	limits->grace_ns = ms * 1000000;
	limits->rpc_ns = 12 * limits->grace_ns;
	return 0;
}

static int parse_ta(struct watch_tee *w, const char *text)
{
	const struct tee_uuid_name *known = tee_uuid_find_name(text);

	w->by_ta = true;
	if (!tee_uuid_parse(known ? known->uuid : text, w->uuid))
		return 0;
	return fail(-EINVAL, "--ta: '%s' is neither a UUID nor the name of a known TA "
		    "('limen explain --list uuids')", text);
}

static int parse_device(struct watch_tee *w, const char *text)
{
	const char *name = strncmp(text, "/dev/", 5) ? text : text + 5;

	if (strncmp(name, "tee", 3) || strlen(name) >= sizeof(w->device))
		return fail(-EINVAL, "--device: '%s' is no TEE device (tee0, teepriv0, ...)", text);
	strcpy(w->device, name);
	return 0;
}

int watch_tee_option(struct watch_tee *w, int option, const char *value)
{
	int number;

	switch (option) {
	case OPT_GRACE:
		return parse_grace(value, &w->limits);
	case OPT_GROWTH:
		return parse_growth(value, &w->limits);
	case OPT_DEVICE:
		return parse_device(w, value);
	case OPT_TA:
		return parse_ta(w, value);
	case OPT_STEPS:
		w->references = true;
		return 0;
	case OPT_ONLY:
		number = tee_step_by_name(value);
		if (number >= 0) {
			w->steps |= 1ULL << number;
			return 0;
		}
		number = tee_class_by_name(value);
		if (number <= 0)
			return -ENOENT;
		w->classes |= 1u << number;
		return 0;
	}
	return -ENOENT;
}

int watch_tee_configure(struct watch_tee *w)
{
	__u64 steps = w->steps;

	if (!steps && !w->classes)
		steps = w->references ? ~0ULL : TEE_STEPS_USUAL;
	w->shown = steps;
	/* Who opens is looked up while he is there. */
	w->run->tee.config.steps = steps | 1ULL << LIMEN_TEE_STEP_OPEN;
	w->run->tee.config.quiet = ~steps & 1ULL << LIMEN_TEE_STEP_OPEN;
	w->dog = tee_watchdog_new(&w->limits);
	return w->dog ? 0 : fail(-ENOMEM, "out of memory");
}

/* Violations are shown unless something else was asked for. */
static bool wants_class(const struct watch_tee *w, __u32 class)
{
	if (!w->steps && !w->classes)
		return true;
	return w->steps >> LIMEN_TEE_STEP_VIOLATION & 1 || w->classes >> class & 1;
}

static bool of_process(const struct watch_tee *w, __u32 pid)
{
	const struct targets *targets = &w->run->targets;
	unsigned int i;

	for (i = 0; i < targets->nr_pids; i++)
		if ((__u32)targets->pids[i] == pid)
			return true;
	return false;
}

static bool wanted(const struct watch_tee *w, const struct limen_tee_event *e)
{
	if (e->step == LIMEN_TEE_STEP_VIOLATION ? !wants_class(w, e->class) :
						  !(w->shown >> e->step & 1))
		return false;
	if (*w->device && strncmp(w->device, e->device, sizeof(e->device)))
		return false;
	if (w->by_ta && (!(e->flags & LIMEN_TEE_EVENT_UUID) ||
			 memcmp(w->uuid, e->uuid, sizeof(e->uuid))))
		return false;
	return !w->run->targets.nr_pids || of_process(w, e->head.task.pid) ||
	       (e->flags & LIMEN_TEE_EVENT_OWNER && of_process(w, e->owner.pid));
}

/* Where objects were made is read when it is asked for. */
static const struct tee_tables *sites(struct watch_tee *w)
{
	run_tee_read(w->run, 1u << TEE_SITES);
	return &w->run->tee.tables;
}

void watch_tee_event(struct watch_tee *w, const struct limen_tee_event *e)
{
	bool violation = e->step == LIMEN_TEE_STEP_VIOLATION;
	struct kallsyms *syms;

	if (!wanted(w, e) || !w->room(w->arg))
		return;
	syms = violation ? w->symbols(w->arg, true) : NULL;
	if (violation)
		sites(w);
	if (w->json)
		out_json(tee_event_json(e, &w->run->tee.tables, syms));
	else
		tee_event_text(e, &w->run->tee.tables, syms);
}

static void found(void *arg, const struct tee_finding *f)
{
	struct watch_tee *w = arg;
	struct kallsyms *syms;

	if (!wants_class(w, f->class) || w->by_ta)
		return;
	if (*w->device && (!f->context || strncmp(w->device, f->context->device,
						  sizeof(f->context->device))))
		return;
	if (w->run->targets.nr_pids && (!f->client || !of_process(w, f->client->who.pid)))
		return;
	if (!w->room(w->arg))
		return;
	syms = w->symbols(w->arg, true);
	if (w->json)
		out_json(tee_finding_json(f, sites(w), syms));
	else
		tee_finding_text(f, sites(w), syms);
}

void watch_tee_scan(struct watch_tee *w)
{
	if (!tee_attached(w->run->tee.session) || run_tee_read(w->run, SCANNED))
		return;
	if (tee_watchdog_scan(w->dog, &w->run->tee.tables, out_now(), identity_process_runs,
			      found, w))
		warning("out of memory: leaks may be missed");
}

__u64 watch_tee_period(const struct watch_tee *w)
{
	__u64 grace = w->limits.grace_ns / 2000000, growth = w->limits.growth_ns / 8000000;

	return grace < growth ? grace : growth;
}

void watch_tee_free(struct watch_tee *w)
{
	tee_watchdog_free(w->dog);
}
