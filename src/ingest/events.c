// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/events.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "ingest/identity.h"
#include "ingest/slab.h"
#include "ingest/vm_names.h"
#include "limen/stage2.h"
#include "limen/tee.h"
#include "util/log.h"

struct events {
	struct ring_buffer *ring;
	const struct event_sink *sink;
	__u64 delivered;
	__u64 bad;
};

static void deliver_exec(struct events *events, const struct limen_exec_event *e)
{
	identity_learn_exe(&e->head.task, e->path);
	if (events->sink->execed)
		events->sink->execed(events->sink->arg, e);
}

static void deliver_copy(struct events *events, const struct limen_copy_event *e)
{
	struct limen_copy_event complete;

	if (!events->sink->copied)
		return;
	if (e->head.kind == LIMEN_EVENT_REFUSED) {
		complete = *e;
		slab_complete(&complete);
		e = &complete;
	}
	events->sink->copied(events->sink->arg, e);
}

static bool deliver_tee(struct events *events, const struct limen_tee_event *e, size_t size)
{
	struct limen_tee_event complete = {};

	if (size != sizeof(*e) && size != offsetof(struct limen_tee_event, other))
		return false;
	memcpy(&complete, e, size);
	if (complete.nr_stack > LIMEN_STACK_DEPTH || complete.step >= LIMEN_TEE_STEPS ||
	    complete.class >= LIMEN_TEE_CLASSES || complete.object.kind >= LIMEN_TEE_KINDS)
		return false;
	if (complete.step == LIMEN_TEE_STEP_VIOLATION)
		identity_learn_names(&complete.head.task, complete.exe);
	else if (complete.step == LIMEN_TEE_STEP_OPEN)
		identity_exe(&complete.head.task);	/* later it may be gone */
	if (events->sink->tee)
		events->sink->tee(events->sink->arg, &complete);
	return true;
}

static bool deliver_stage2(struct events *events, const struct limen_s2_event *e, size_t size)
{
	if (size != sizeof(*e) || e->step >= LIMEN_S2_STEPS || e->finding >= LIMEN_S2_FINDINGS ||
	    e->class >= LIMEN_S2_CLASSES || e->access >= LIMEN_S2_ACCESSES)
		return false;
	if (e->step == LIMEN_S2_STEP_CREATE)
		vm_names_learn(e->vm_pid, e->vm_order);
	if (events->sink->stage2)
		events->sink->stage2(events->sink->arg, e);
	return true;
}

/* False when the record's length does not fit its kind. */
static bool deliver(struct events *events, const struct limen_event *e, size_t size)
{
	switch (e->kind) {
	case LIMEN_EVENT_EXIT:
		if (size < sizeof(struct limen_exit_event))
			return false;
		if (events->sink->exited)
			events->sink->exited(events->sink->arg, (const void *)e);
		return true;
	case LIMEN_EVENT_EXEC:
		if (size < sizeof(struct limen_exec_event))
			return false;
		deliver_exec(events, (const void *)e);
		return true;
	case LIMEN_EVENT_REFUSED:
		if (size < sizeof(struct limen_copy_event))
			return false;
		/* fall through */
	case LIMEN_EVENT_COPY:
	case LIMEN_EVENT_SHORT:
		if (size < offsetof(struct limen_copy_event, stack))
			return false;
		if (((const struct limen_copy_event *)e)->nr_stack > LIMEN_STACK_DEPTH)
			return false;
		if (size == sizeof(struct limen_copy_event))
			identity_learn_names(&e->task, ((const struct limen_copy_event *)e)->exe);
		deliver_copy(events, (const void *)e);
		return true;
	case LIMEN_EVENT_TEE:
		return deliver_tee(events, (const void *)e, size);
	case LIMEN_EVENT_STAGE2:
		return deliver_stage2(events, (const void *)e, size);
	default:
		return false;
	}
}

static int take(void *arg, void *data, size_t size)
{
	struct events *events = arg;
	const struct limen_event *e = data;

	if (size >= sizeof(*e) && e->size <= size && deliver(events, e, e->size))
		events->delivered++;
	else
		events->bad++;
	return 0;
}

struct events *events_new(const struct event_sink *sink)
{
	struct events *events = calloc(1, sizeof(*events));

	if (events)
		events->sink = sink;
	return events;
}

int events_add(struct events *events, int ring)
{
	int err = 0;

	if (!events->ring) {
		events->ring = ring_buffer__new(ring, take, events, NULL);
		if (!events->ring)
			err = -errno;
	} else {
		err = ring_buffer__add(events->ring, ring, take, events);
	}
	return err ? fail(err, "cannot map the ring buffer: %s", strerror(-err)) : 0;
}

void events_free(struct events *events)
{
	if (!events)
		return;
	ring_buffer__free(events->ring);
	free(events);
}

int events_fd(const struct events *events)
{
	return events->ring ? ring_buffer__epoll_fd(events->ring) : -1;
}

int events_drain(struct events *events)
{
	int n = events->ring ? ring_buffer__consume(events->ring) : 0;

	return n < 0 ? n : 0;
}

__u64 events_delivered(const struct events *events)
{
	return events->delivered;
}

__u64 events_bad(const struct events *events)
{
	return events->bad;
}
