/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What limen says of the stage2 boundary: names, and sums per VM. */
#ifndef LIMEN_MODEL_STAGE2_H
#define LIMEN_MODEL_STAGE2_H

#include "limen/stage2.h"

/* Stable names. Indexed by enum limen_s2_class, limen_s2_access, limen_s2_size. */
extern const char *const stage2_class_names[LIMEN_S2_CLASSES];
extern const char *const stage2_access_names[LIMEN_S2_ACCESSES];
extern const char *const stage2_size_names[LIMEN_S2_SIZES];

__u64 stage2_faults(const __u64 faults[LIMEN_S2_CLASSES]);

void stage2_sums_add(struct limen_s2_sums *to, const struct limen_s2_sums *from);

#endif
