/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Histograms of times as the kernel side keeps them: 0, 1, 2-3, 4-7, ... microseconds. */
#ifndef LIMEN_LATENCY_H
#define LIMEN_LATENCY_H

#include <linux/types.h>

/* Lower end of the bucket in which the given percent lie, in us; -1: the histogram is empty. */
__s64 latency_percentile(const __u64 *buckets, unsigned int nr, unsigned int percent);

#endif
