/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limen top tee: what a TEE's clients or trusted applications do, now. */
#ifndef LIMEN_TOP_TEE_H
#define LIMEN_TOP_TEE_H

#include <stdbool.h>

#include "cmd/run.h"

struct top_tee_options {
	const char *by, *sort;	/* as given; NULL: not */
	__u64 delay;		/* milliseconds */
	__u64 iterations;	/* 0: no end */
	__u64 rows;		/* 0: as the output has it */
	bool json, live, reverse;
	int width;		/* of what is no screen */
};

/* Checks the words. 0 or a negative errno after saying what is wrong. */
int top_tee_check(const struct top_tee_options *o);

/* Runs to the end; returns what limen exits with. */
int top_tee_run(struct run *run, const struct top_tee_options *o);

#endif
