/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limen top stage2: what virtual machines, their vCPUs or memory slots fault, now. */
#ifndef LIMEN_TOP_STAGE2_H
#define LIMEN_TOP_STAGE2_H

#include "cmd/top_loop.h"

/* Checks the words. 0 or a negative errno after saying what is wrong. */
int top_stage2_check(const struct top_options *o);

/* Runs to the end; returns what limen exits with. */
int top_stage2_run(struct run *run, const struct top_options *o);

#endif
