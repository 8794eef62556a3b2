/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buckets by powers of two; BPF has no instruction that counts leading zeros. */
#ifndef LIMEN_LOG2_BPF_H
#define LIMEN_LOG2_BPF_H

#include "base.bpf.h"

/* The smallest n up to 24 for which x < 1 << n, asked for by halves. */
#define BELOW_1(x, n)	((x) >> (n) ? (n) + 1 : (n))
#define BELOW_3(x, n)	((x) >> ((n) + 1) ? BELOW_1(x, (n) + 2) : BELOW_1(x, n))
#define BELOW_6(x, n)	((x) >> ((n) + 2) ? BELOW_3(x, (n) + 3) : BELOW_3(x, n))
#define BELOW_12(x, n)	((x) >> ((n) + 5) ? BELOW_6(x, (n) + 6) : BELOW_6(x, n))

static __always_inline __u32 log2_below(__u64 x)
{
	return x >> 11 ? BELOW_12(x, 12) : BELOW_12(x, 0);
}

/* The bucket of a time: 0, 1, 2-3, ... microseconds, the last of nr (24 at most) is open. */
static __always_inline __u32 latency_bucket(__u64 ns, __u32 nr)
{
	__u32 bucket = log2_below(ns / 1000);

	return bucket < nr ? bucket : nr - 1;
}

#endif
