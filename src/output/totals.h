/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run ended with, over all boundaries that it watched. */
#ifndef LIMEN_OUTPUT_TOTALS_H
#define LIMEN_OUTPUT_TOTALS_H

#include <jansson.h>
#include <stdbool.h>

#include "limen/abi.h"
#include "limen/tee.h"
#include "probe/session.h"

struct tee_tables;
struct stage2_tables;

struct totals {
	bool usercopy;			/* was watched: */
	struct limen_counts counts;
	__u64 unattributed_tasks;	/* ended tasks that are in the sum only */
	const char *mode;		/* "checked" or "exact" */
	bool io;
	bool counted;			/* copies and names were counted at all */
	bool tee;			/* was watched: */
	struct limen_tee_counts tee_counts;
	const struct tee_tables *tee_tables;
	const struct stage2_tables *stage2;	/* NULL: was not watched */
	struct session_losses losses;
	__u64 delivered;
};

/* The final object. */
json_t *totals_json(const struct totals *totals);

/* The closing line about losses. */
void losses_text(const struct totals *totals);

#endif
