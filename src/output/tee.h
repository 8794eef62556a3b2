/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tee boundary for people and for programs. */
#ifndef LIMEN_OUTPUT_TEE_H
#define LIMEN_OUTPUT_TEE_H

#include <jansson.h>
#include <stdbool.h>

#include "ingest/tee_tables.h"
#include "model/tee_watchdog.h"

struct kallsyms;

/*
 * One event, or one finding over time. sites has TEE_SITES read, for where an
 * object was made and freed; syms may be NULL.
 */
void tee_event_text(const struct limen_tee_event *e, const struct tee_tables *sites,
		    struct kallsyms *syms);
json_t *tee_event_json(const struct limen_tee_event *e, const struct tee_tables *sites,
		       struct kallsyms *syms);
void tee_finding_text(const struct tee_finding *f, const struct tee_tables *sites,
		      struct kallsyms *syms);
json_t *tee_finding_json(const struct tee_finding *f, const struct tee_tables *sites,
			 struct kallsyms *syms);

/* The sums of `limen stat tee`, with at most so many rows of clients and of TAs. */
void tee_stat_text(const struct limen_tee_counts *counts, const struct tee_tables *t,
		   __u64 rows);

/* The "tee" value of the final object; a client, a TA as objects of their own. */
json_t *tee_counts_json(const struct limen_tee_counts *counts, const struct tee_tables *t);
json_t *tee_client_json(const struct limen_tee_client_line *line);
json_t *tee_ta_json(const struct limen_tee_ta_line *line);

/* Rows of `limen tee ls` and `limen tee sessions`. */
void tee_objects_text(const struct tee_tables *t, const char *device, bool stacks,
		      struct kallsyms *syms);
json_t *tee_object_json(const struct limen_tee_object_line *line, const struct tee_tables *t,
			struct kallsyms *syms);
json_t *tee_context_json(const struct limen_tee_context_line *line);
void tee_contexts_text(const struct tee_tables *t, const char *device);
void tee_sessions_text(const struct tee_tables *t, const char *device);
json_t *tee_session_json(const struct limen_tee_session_line *line, const struct tee_tables *t);

/* "xtest[812]", "[kernel]"; static buffers, a few at a time. */
const char *tee_client_label(const struct limen_tee_client *client);
const char *tee_task_label(const struct limen_task *task);

/* The name of a known TA or its UUID; "?" for all zero; static buffer. */
const char *tee_ta_label(const __u8 uuid[16]);

/* "1.3 ms": a time for people; static buffers, a few at a time. */
const char *tee_time_label(__u64 ns);

/* Clients and TAs, the one with the most bytes made or invokes first; free() the result. */
const struct limen_tee_client_line **tee_clients_sorted(const struct tee_tables *t, size_t *nr);
const struct limen_tee_ta_line **tee_tas_sorted(const struct tee_tables *t, size_t *nr);

#endif
