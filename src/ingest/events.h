/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring's consumer: each event goes to one function, in the order it came. */
#ifndef LIMEN_EVENTS_H
#define LIMEN_EVENTS_H

#include "limen/abi.h"

struct events;
struct limen_tee_event;
struct limen_s2_event;

struct event_sink {
	void (*exited)(void *arg, const struct limen_exit_event *e);
	void (*execed)(void *arg, const struct limen_exec_event *e);
	void (*copied)(void *arg, const struct limen_copy_event *e);	/* refused, short, copy */
	void (*tee)(void *arg, const struct limen_tee_event *e);
	void (*stage2)(void *arg, const struct limen_s2_event *e);
	void *arg;
};

/* sink must outlive the result. NULL when memory is short. */
struct events *events_new(const struct event_sink *sink);

/* Also consumes this ring buffer map. 0, or a negative errno after saying why. */
int events_add(struct events *events, int ring);
void events_free(struct events *events);

/* Readable when events wait (epoll); -1 before the first events_add(). */
int events_fd(const struct events *events);

/* Delivers all that waits; negative errno on failure. */
int events_drain(struct events *events);

__u64 events_delivered(const struct events *events);

/* Malformed records, which must not happen: a warning at the end says so. */
__u64 events_bad(const struct events *events);

#endif
