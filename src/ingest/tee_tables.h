/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tee boundary's tables as they are now: read from the kernel in one pass each. */
#ifndef LIMEN_TEE_TABLES_H
#define LIMEN_TEE_TABLES_H

#include <stddef.h>

#include "limen/tee.h"
#include "probe/tee.h"

struct tee_list {
	void *lines;
	size_t nr, room, size;
};

struct tee_tables {
	struct tee_list list[TEE_TABLES];
};

#define TEE_ALL_TABLES	((1u << TEE_OBJECTS) | (1u << TEE_CONTEXTS) | (1u << TEE_SESSIONS) | \
			 (1u << TEE_CLIENTS) | (1u << TEE_TAS) | (1u << TEE_SITES))

/*
 * Reads the tables whose bit (1 << enum tee_table) is set, in place of what
 * was read before. Entries that the kernel side is just making are left out.
 * 0 or a negative errno; says nothing. t starts zeroed.
 */
int tee_tables_read(struct tee_session *session, struct tee_tables *t, unsigned int which);
void tee_tables_free(struct tee_tables *t);

/*
 * What sessions that are still open have done goes to their client's and their
 * trusted application's sums. Once after tee_tables_read().
 */
void tee_tables_fold(struct tee_tables *t);

/* Lines of a table, in a for statement: TEE_EACH(t, TEE_OBJECTS, line). */
#define TEE_EACH(t, table, line)						\
	(line) = (t)->list[table].lines;					\
	(char *)(line) < (char *)(t)->list[table].lines +			\
			 (t)->list[table].nr * (t)->list[table].size;		\
	(line)++

/* NULL when there is none. */
struct limen_tee_context *tee_context_of(const struct tee_tables *t, __u64 ctx);
struct limen_tee_client *tee_client_of(const struct tee_tables *t, __u64 key);
struct limen_tee_object_line *tee_object_of(const struct tee_tables *t, __u64 shm);
const struct limen_tee_site *tee_site_of(const struct tee_tables *t, __u32 number);

#endif
