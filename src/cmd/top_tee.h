/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limen top tee: what a TEE's clients or trusted applications do, now. */
#ifndef LIMEN_TOP_TEE_H
#define LIMEN_TOP_TEE_H

#include "cmd/top_loop.h"

/* Checks the words. 0 or a negative errno after saying what is wrong. */
int top_tee_check(const struct top_options *o);

/* Runs to the end; returns what limen exits with. */
int top_tee_run(struct run *run, const struct top_options *o);

#endif
