/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arithmetic over struct limen_counts. No I/O here. */
#ifndef LIMEN_COUNTS_H
#define LIMEN_COUNTS_H

#include <stdbool.h>

#include "limen/abi.h"

void counts_add(struct limen_counts *to, const struct limen_counts *from);

/* Copies in one direction: the sum of its histogram. */
__u64 counts_copies(const struct limen_counts *counts, enum limen_direction direction);

/* Bytes of checked copies in both directions. */
__u64 counts_bytes(const struct limen_counts *counts);

/* Smallest and largest size of a bucket; the last one has no upper end (~0). */
__u64 bucket_low(unsigned int bucket);
__u64 bucket_high(unsigned int bucket);

/*
 * The bucket in which the given percentile of the copies of one direction
 * lies; -1 when there are none.
 */
int counts_percentile(const struct limen_counts *counts, enum limen_direction direction,
		      unsigned int percent);

#endif
