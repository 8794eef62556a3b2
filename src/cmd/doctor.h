/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What limen doctor found out: filled by the command, shown as text or JSON. */
#ifndef LIMEN_DOCTOR_H
#define LIMEN_DOCTOR_H

#include <stdbool.h>

#include "probe/check.h"
#include "probe/hooks.h"
#include "probe/host.h"

enum doctor_status { ALL_THERE = 0, LACKING = 1, CANNOT_TELL = 2 };

/* In the order shown. "task" serves all and is always asked for. */
enum boundary { TASK, USERCOPY, TEE, STAGE2, GUARD, BOUNDARIES };

/* Indexed by enum boundary, NULL at the end. */
extern const char *const boundary_names[];

#define MAX_PROSPECTS	40
#define MAX_ROWS	(HOOKS + MAX_PROSPECTS)

/* One line of the table: a place, what was tried there, what came out. */
struct row {
	enum boundary boundary;
	struct check_place place;
	const char *sees;
	bool essential;
	enum rung ladder[HOOK_MAX_RUNGS];
	struct check_result tried[HOOK_MAX_RUNGS];
	unsigned int nr_ladder, nr_tried;
	enum rung how;		/* the first that works */
	bool unknown;		/* none does, and limen was refused to try */
};

struct coverage {
	enum boundary boundary;
	const char *what;
	const char *seen;	/* yes, partly, no, unknown */
	char how[400];
};

#define MAX_COVERAGE	32

struct doctor {
	bool asked[BOUNDARIES], named;
	bool all_rungs, json;
	struct host host;
	struct check *check;
	struct row rows[MAX_ROWS];
	unsigned int nr_rows;
	struct row *by_hook[HOOKS];
	struct coverage coverage[MAX_COVERAGE];
	unsigned int nr_coverage;
	enum boundary covering;	/* now */
	bool programs_tried;
	int programs_err;	/* of limen's own, as `limen stat` loads them */
	enum doctor_status status;
};

/* How the row's place is reached, in a word. */
const char *row_how(const struct row *row);

/* The result that says why there is no way: of the last one tried. */
const struct check_result *why(const struct row *row);

/* Fills doctor->coverage from what attaches. */
void cover_usercopy(struct doctor *d);
void cover_tee(struct doctor *d);
void cover_stage2(struct doctor *d);

void doctor_text(const struct doctor *d);
void doctor_json(const struct doctor *d);

#endif
