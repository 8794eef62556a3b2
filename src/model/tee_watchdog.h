/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes wrong over time: found by looking at the tables now and then.
 * Each incident is reported once. What was there before limen, and of which
 * the owner is not known, is never an incident.
 */
#ifndef LIMEN_TEE_WATCHDOG_H
#define LIMEN_TEE_WATCHDOG_H

#include "ingest/tee_tables.h"

struct tee_limits {
	__u64 grace_ns;		/* this long may a leak, a pinned context, an unfinished free last */
	__u64 rpc_ns;		/* and memory that the secure world keeps */
	__u64 growth_objects;	/* a client that only grows: by so many */
	__u64 growth_ns;	/* in at least this time */
};

#define TEE_LIMITS_DEFAULT {						\
	.grace_ns = 5000000000ULL, .rpc_ns = 60000000000ULL,		\
	.growth_objects = 64, .growth_ns = 30000000000ULL,		\
}

struct tee_finding {
	enum limen_tee_class class;
	__u64 time_ns;
	__u64 for_ns;			/* how long it has been so */
	const struct limen_tee_client *client;
	const struct limen_tee_context *context;	/* may be NULL */
	const struct limen_tee_object_line *object;	/* the oldest; may be NULL */
	__u64 objects, bytes;		/* concerned */
	__u64 grown_objects, grown_bytes;	/* LIMEN_TEE_GROWTH: in for_ns */
};

struct tee_watchdog;

struct tee_watchdog *tee_watchdog_new(const struct tee_limits *limits);
void tee_watchdog_free(struct tee_watchdog *w);

/*
 * Looks at the tables (objects, contexts, clients), as they were at now (boot
 * clock), and reports what is new. alive() tells whether a client's process
 * still runs. 0 or -ENOMEM.
 */
int tee_watchdog_scan(struct tee_watchdog *w, const struct tee_tables *t, __u64 now,
		      bool (*alive)(__u64 client),
		      void (*report)(void *arg, const struct tee_finding *f), void *arg);

#endif
