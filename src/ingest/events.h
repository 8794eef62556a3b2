/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring's consumer: each event goes to one function, in the order it came. */
#ifndef LIMEN_EVENTS_H
#define LIMEN_EVENTS_H

#include "limen/abi.h"

struct session;
struct events;

struct event_sink {
	void (*exited)(void *arg, const struct limen_exit_event *e);
	void (*execed)(void *arg, const struct limen_exec_event *e);
	void (*copied)(void *arg, const struct limen_copy_event *e);	/* refused, short, copy */
	void *arg;
};

/* sink must outlive the result. NULL on failure, after saying why. */
struct events *events_new(struct session *session, const struct event_sink *sink);
void events_free(struct events *events);

/* Readable when events wait (epoll). */
int events_fd(const struct events *events);

/* Delivers all that waits; negative errno on failure. */
int events_drain(struct events *events);

__u64 events_delivered(const struct events *events);

/* Malformed records, which must not happen: a warning at the end says so. */
__u64 events_bad(const struct events *events);

#endif
