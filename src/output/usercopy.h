/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The usercopy boundary for people and for programs. */
#ifndef LIMEN_OUTPUT_USERCOPY_H
#define LIMEN_OUTPUT_USERCOPY_H

#include <jansson.h>
#include <stdbool.h>

#include "limen/abi.h"
#include "probe/session.h"

struct kallsyms;

/* What a run ended with. */
struct totals {
	struct limen_counts counts;
	struct session_losses losses;
	__u64 delivered;
	__u64 unattributed_tasks;	/* ended tasks that are in the sum only */
	const char *mode;		/* "checked" or "exact" */
	bool io;
	bool counted;			/* copies and names were counted at all */
};

/* The "usercopy" value of the final object, and the whole object. */
json_t *usercopy_json(const struct limen_counts *counts, bool io);
json_t *totals_json(const struct totals *totals);

json_t *task_json(const struct limen_task *task);

/* One event; syms may be NULL (addresses only). */
json_t *copy_event_json(const struct limen_copy_event *e, struct kallsyms *syms);
void copy_event_text(const struct limen_copy_event *e, struct kallsyms *syms);

/* The first frame that is the kernel's, not a probe's. */
unsigned int stack_first(const struct limen_copy_event *e, struct kallsyms *syms);

/* The table of `limen stat`, and the closing line about losses. */
void usercopy_table(const struct limen_counts *counts, bool io, int width);
void losses_text(const struct totals *totals);

/* A histogram as a bar of one character per bucket; static buffer. */
const char *usercopy_bar(const struct limen_counts *counts, enum limen_direction direction);

#endif
