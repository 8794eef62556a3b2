/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tee boundary's attachment: the programs of the modules tee and optee,
 * loaded when their module is there, over tables that stay. What is alive
 * already is found through the files that are open.
 */
#ifndef LIMEN_PROBE_TEE_H
#define LIMEN_PROBE_TEE_H

#include <stdbool.h>

#include "limen/tee.h"
#include "probe/hooks.h"
#include "probe/iterator.h"
#include "probe/session.h"

struct tee_config {
	__u64 steps;		/* 1 << enum limen_tee_step: sent as events; violations always are */
	__u64 quiet;		/* of them: for user space only, numbered apart */
	__u32 max_objects;	/* live objects known at a time; 0: 16384 */
	__u32 ring_bytes;	/* power of two, at least a page; 0: 1 MiB */
	enum rung force;	/* only this kind; RUNG_ABSENT: the ladder */
};

struct tee_session;

/*
 * Makes the tables, and attaches what is there. Also without any TEE: see
 * tee_attached(). 0 and *out, or a negative errno after saying what is wrong.
 */
int tee_open(const struct tee_config *config, struct tee_session **out);
void tee_close(struct tee_session *t);

/* The core's programs are attached. */
bool tee_attached(const struct tee_session *t);

/*
 * A module came: attaches what can be attached now. Returns 1 when something
 * changed, 0 when not, or a negative errno after saying why.
 */
int tee_module_came(struct tee_session *t, const char *module);

/*
 * A module is asked to go (LIMEN_TEE_STEP_UNLOAD): lets go of it, for a program
 * that is attached to its functions by fentry holds it. Or, gone, it has gone:
 * what it made is forgotten. Returns 1 when something changed, else 0.
 */
int tee_module_goes(struct tee_session *t, const char *module, bool gone);

/* Is there a device of a TEE, or a module that may bring one? For a message. */
const char *tee_why_absent(void);

/*
 * Looks through all open files and mappings: contexts and objects that are
 * older than the attachment are known from here on. visit() may be NULL.
 */
int tee_look_around(struct tee_session *t, iterator_visit visit, void *arg);

enum tee_table {
	TEE_OBJECTS,		/* struct limen_tee_object_line */
	TEE_CONTEXTS,		/* struct limen_tee_context_line */
	TEE_SESSIONS,		/* struct limen_tee_session_line */
	TEE_CLIENTS,		/* struct limen_tee_client_line */
	TEE_TAS,		/* struct limen_tee_ta_line */
	TEE_SITES,		/* struct limen_tee_site_line */
	TEE_FILES,		/* struct limen_tee_holding, of descriptors */
	TEE_MAPS,		/* struct limen_tee_holding, of mappings */
	TEE_TABLES
};

/* Calls visit() with each line of a table; the rules of iterator_read(). */
int tee_read(struct tee_session *t, enum tee_table table, iterator_visit visit, void *arg);

/* File descriptor of the ring buffer map. */
int tee_ring(const struct tee_session *t);

/* Exact sums over all CPUs. */
void tee_counts(const struct tee_session *t, struct limen_tee_counts *sum);

/* What was lost; adds to losses. */
void tee_losses(const struct tee_session *t, struct session_losses *losses);

enum rung tee_rung(const struct tee_session *t, enum hook_id hook);

/* Detaches all that counts and waits until no program runs any more; tables stay readable. */
void tee_stop(struct tee_session *t);

#endif
