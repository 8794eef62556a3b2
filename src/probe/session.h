/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One attachment to the kernel: open, attach, follow tasks, read, stop, close.
 * Several sessions, of one limen or of many, do not disturb each other.
 */
#ifndef LIMEN_SESSION_H
#define LIMEN_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

#include "limen/abi.h"
#include "probe/hooks.h"

struct session_config {
	bool everyone;		/* all tasks; else only those that are followed */
	bool count;		/* checked copies */
	bool io;		/* file and socket results */
	bool exact;		/* breakpoints instead of the check; needs followed tasks */
	bool objects;		/* classify what lies behind matched copies */
	bool classify_all;	/* judge every copy, not only what the kernel refuses */
	bool shorts;		/* send an event per short copy (they are counted anyway) */
	bool stacks;		/* stacks for all events, not only violations */
	bool tasks;		/* send the final record of a task that ends */
	bool execs;		/* send the paths of new executables */
	bool renames;		/* filters by name: look again when a name changes */
	__u32 sample;		/* every N-th copy becomes an event, 0 none */
	const struct limen_filter *filters;	/* see session_sort_filters() */
	unsigned int nr_filters;
	__u32 max_tasks;	/* records at a time; 0: as many as the host may need */
	__u32 ring_bytes;	/* power of two, at least a page; 0: 1 MiB */
	enum rung force;	/* only this kind for functions; RUNG_ABSENT: the ladder */
};

/* What was lost, by cause. In events, except missed: copies never seen. */
struct session_losses {
	__u64 ring;		/* events dropped: ring full */
	__u64 missed;		/* probe hits the kernel skipped: probe already running */
	__u64 pending;		/* matched copies whose object was not found out */
	__u64 folded;		/* tasks whose counts went to the sum only */
	__u64 unfollowed;	/* children of followed tasks that are not counted */
	__u64 no_record;	/* tasks that are counted in the sum only */
	__u64 produced;		/* events, delivered and lost */
};

/* What nobody will see again. */
static inline __u64 losses_total(const struct session_losses *losses)
{
	return losses->ring + losses->missed + losses->pending + losses->unfollowed;
}

struct session;

/* 0 and *out, or a negative errno after saying what is wrong. */
int session_open(const struct session_config *config, struct session **out);
void session_close(struct session *session);

/* How a hook is attached now, RUNG_ABSENT if not. */
enum rung session_rung(const struct session *session, enum hook_id hook);

/*
 * Follows a process with all its threads and what they fork from here on.
 * Returns the number of threads now followed, -ESRCH when it has none (any
 * more), or another negative errno. Says nothing.
 */
int session_follow(struct session *session, pid_t pid);

/* Follows a process from its next exec on; it must not have run yet. */
void session_follow_exec(struct session *session, pid_t pid);

/* After that exec: true when it was seen; else the process is followed from here on. */
bool session_exec_seen(struct session *session, pid_t pid);

/* Exact mode: sets the breakpoints for a process; they count while it is followed. */
int session_break(struct session *session, pid_t pid);

/* Brings filters into the order that the kernel side wants: by least size. */
void session_sort_filters(struct limen_filter *filters, unsigned int nr);

/* File descriptor of the ring buffer map, for the consumer. */
int session_ring(const struct session *session);

/*
 * Calls visit() for every live task with a record. Stops early when visit()
 * returns non-zero and returns that; negative errno on failure.
 */
typedef int (*session_visit)(void *arg, const struct limen_task *task,
			     const struct limen_counts *counts);
int session_snapshot(struct session *session, session_visit visit, void *arg);

/*
 * After session_stop(): calls visit() for every record that is still there,
 * also of tasks whose end went unseen. The same rules as session_snapshot().
 */
int session_sweep(struct session *session, session_visit visit, void *arg);

/* Sum over CPUs of what belongs to no task. */
int session_rest(const struct session *session, struct limen_counts *rest);
int session_losses(const struct session *session, struct session_losses *losses);

/*
 * Detaches everything that counts or sends, and waits until no program runs
 * any more. After it a snapshot and the ring hold all there will be.
 */
void session_stop(struct session *session);

#endif
