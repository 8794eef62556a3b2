/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `limen top tee` shows: rows of clients or of trusted applications. */
#ifndef LIMEN_OUTPUT_TOP_TEE_H
#define LIMEN_OUTPUT_TOP_TEE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "ingest/tee_tables.h"

enum top_tee_by { TOP_TEE_CLIENT, TOP_TEE_TA };

/* What rows can be sorted by. */
enum top_tee_key {
	TOP_TEE_LIVE_BYTES, TOP_TEE_LIVE, TOP_TEE_MADE, TOP_TEE_BYTES, TOP_TEE_SESSIONS,
	TOP_TEE_COMMANDS, TOP_TEE_ERRORS, TOP_TEE_P99, TOP_TEE_NAME, TOP_TEE_KEYS
};

extern const char *const top_tee_by_names[];	/* NULL at the end */
extern const char *const top_tee_key_names[];

/* A client's or a TA's numbers: now, and in the last interval. */
struct top_tee_row {
	char label[80];
	const struct limen_tee_client_line *client;	/* one of the two */
	const struct limen_tee_ta_line *ta;
	__s64 live, live_bytes, most_live;
	__u64 made, bytes, sessions;		/* in the interval */
	struct limen_tee_calls calls;		/* in the interval */
	bool active;				/* something happened in it */
};

/*
 * Rows from two readings of the tables (clients, TAs, sessions; folded), sorted.
 * A TA has no live memory, and its bytes are those of memory references. *out
 * is to be freed and points into now. Returns their number or -ENOMEM.
 */
long top_tee_rows(const struct tee_tables *before, const struct tee_tables *now,
		  enum top_tee_by by, enum top_tee_key key, bool reverse,
		  struct top_tee_row **out);

/* Lines of at most width columns. */
void top_tee_heading(enum top_tee_by by, enum top_tee_key key, int width, char *line, size_t size);
void top_tee_row_text(const struct top_tee_row *row, enum top_tee_by by, double seconds, int width,
		      char *line, size_t size);

/* {"type":"client"|"ta", ..., "delta":{...}}: documented in limen-top(8). */
json_t *top_tee_row_json(const struct top_tee_row *row, __u64 seq);

#endif
