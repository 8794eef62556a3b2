/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stat, watch and top share: a session, its events, its tasks, its end. */
#ifndef LIMEN_RUN_H
#define LIMEN_RUN_H

#include <stdbool.h>

#include "cmd/child.h"
#include "ingest/events.h"
#include "model/tasks.h"
#include "ingest/stage2_tables.h"
#include "ingest/tee_tables.h"
#include "output/totals.h"
#include "probe/session.h"
#include "probe/stage2.h"
#include "probe/tee.h"
#include "util/loop.h"

#define MAX_PIDS	256

/* What to look at. */
struct targets {
	pid_t pids[MAX_PIDS];
	int pidfds[MAX_PIDS];
	unsigned int nr_pids;
	char **command;		/* NULL: none */
};

enum run_boundary { WATCH_USERCOPY = 1u << 0, WATCH_TEE = 1u << 1, WATCH_STAGE2 = 1u << 2 };

/* The tee boundary's part of a run. */
struct tee_run {
	struct tee_config config;
	struct tee_session *session;
	struct tee_tables tables;	/* as last read */
	bool consumed;			/* its ring is among the events */
	int modules;			/* news of modules; -1: none */
	int retry;			/* timer: is what was asked to go still there? -1: none */
};

/* The stage2 boundary's. */
struct stage2_run {
	struct stage2_config config;
	struct stage2_session *session;
	struct stage2_tables tables;	/* as last read */
	bool consumed;			/* its ring is among the events */
	int modules;			/* news of modules; -1: none */
};

struct run {
	unsigned int boundaries;	/* mask of enum run_boundary */
	bool wait;			/* for a TEE or KVM to come, instead of failing */
	struct session_config config;
	struct tee_run tee;
	struct stage2_run stage2;
	struct targets targets;
	struct session *session;
	struct events *events;
	struct event_sink sink;
	bool consuming;			/* events are in the loop */
	struct tasks *tasks;
	struct loop *loop;
	struct child child;
	bool child_running;
	int child_status;
	unsigned int pids_left;
	void (*copied)(void *arg, const struct limen_copy_event *e);
	void (*tee_event)(void *arg, const struct limen_tee_event *e);
	void (*stage2_event)(void *arg, const struct limen_s2_event *e);
	bool (*drained)(void *arg);	/* after each batch; false ends the run */
	void *arg;
};

/* Checks a PID from the command line and adds it. 0 or -EINVAL, -ESRCH said. */
int run_add_pid(struct targets *targets, const char *text);

/*
 * Attaches, follows what is to be followed, starts the command. *status is
 * what to exit with when it fails (non-zero return). run_close() in any case.
 */
int run_open(struct run *run, int *status);

/* Waits for the end: the command's, the last PID's, a deadline's or a signal. */
int run_wait(struct run *run);

/* Puts the events into the loop, once there is a ring to consume. */
void run_consume(struct run *run);

/* Reads the live tasks into run->tasks. */
int run_snapshot(struct run *run);

/* Detaches, reads all there is, and sums it up. */
int run_finish(struct run *run, struct totals *totals);

void run_close(struct run *run);

/* The same for the tee boundary alone; called by those above, in run_tee.c. */
int run_tee_open(struct run *run);
int run_tee_finish(struct run *run, struct totals *totals);
void run_tee_close(struct run *run);

/* And for stage2, in run_stage2.c. */
int run_stage2_open(struct run *run);
int run_stage2_finish(struct run *run, struct totals *totals);
int run_stage2_read(struct run *run);		/* the tables anew */
void run_stage2_close(struct run *run);

/* A module that is hooked is asked to go. */
void run_tee_asked(struct run *run, const char *module);

/* Reads the tables anew: which is a mask of 1 << enum tee_table. */
int run_tee_read(struct run *run, unsigned int which);

#endif
