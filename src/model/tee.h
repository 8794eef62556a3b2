/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What limen says of the tee boundary: names of kinds, steps and classes, and sums. */
#ifndef LIMEN_MODEL_TEE_H
#define LIMEN_MODEL_TEE_H

#include <stdbool.h>

#include "limen/tee.h"

/* Stable names, NULL at the end. Indexed by enum limen_tee_kind, _step, _class. */
extern const char *const tee_kind_names[];
extern const char *const tee_step_names[];
extern const char *const tee_class_names[];

/* What the class means, as the end of a sentence about the object. */
const char *tee_class_words(enum limen_tee_class class);

/* -1 when the name is none; inverses of tee_class_names and tee_step_names. */
int tee_class_by_name(const char *name);
int tee_step_by_name(const char *name);

/* Steps that people want to see when they ask for a lifecycle: not each reference. */
#define TEE_STEPS_USUAL	(~((1ULL << LIMEN_TEE_STEP_GET) | (1ULL << LIMEN_TEE_STEP_PUT) | \
			   (1ULL << LIMEN_TEE_STEP_FREE) | (1ULL << LIMEN_TEE_STEP_FD) | \
			   (1ULL << LIMEN_TEE_STEP_FD_CLOSE) | (1ULL << LIMEN_TEE_STEP_REQUEST)))

__u64 tee_made(const __u64 born[LIMEN_TEE_KINDS]);

/* Adds the calls of one to another. */
void tee_calls_add(struct limen_tee_calls *to, const struct limen_tee_calls *from);

/* Lower end of the bucket in which the given percent of the calls lie, in us; -1: no calls. */
__s64 tee_calls_percentile(const struct limen_tee_calls *calls, unsigned int percent);

/* Was the object or its context made before limen looked? */
bool tee_is_older(const struct limen_tee_object *object);

#endif
