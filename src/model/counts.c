// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/counts.h"

#define NR_COUNTS	(sizeof(struct limen_counts) / sizeof(__u64))

void counts_add(struct limen_counts *to, const struct limen_counts *from)
{
	__u64 *sum = (__u64 *)to;
	const __u64 *part = (const __u64 *)from;
	unsigned int i;

	for (i = 0; i < NR_COUNTS; i++)
		sum[i] += part[i];
}

__u64 counts_copies(const struct limen_counts *counts, enum limen_direction direction)
{
	__u64 copies = 0;
	unsigned int i;

	for (i = 0; i < LIMEN_BUCKETS; i++)
		copies += counts->hist[direction][i];
	return copies;
}

__u64 counts_bytes(const struct limen_counts *counts)
{
	return counts->bytes[LIMEN_TO_USER] + counts->bytes[LIMEN_FROM_USER];
}

__u64 bucket_low(unsigned int bucket)
{
	return bucket ? 1ULL << (bucket - 1) : 0;
}

__u64 bucket_high(unsigned int bucket)
{
	return bucket == LIMEN_BUCKETS - 1 ? ~0ULL : bucket ? (1ULL << bucket) - 1 : 0;
}

int counts_percentile(const struct limen_counts *counts, enum limen_direction direction,
		      unsigned int percent)
{
	__u64 copies = counts_copies(counts, direction), seen = 0, rank;
	unsigned int i;

	if (!copies)
		return -1;
	/* The rank-th smallest copy; written so that it cannot overflow. */
	rank = copies / 100 * percent + (copies % 100 * percent + 99) / 100;
	for (i = 0; i < LIMEN_BUCKETS - 1; i++) {
		seen += counts->hist[direction][i];
		if (seen >= rank)
			break;
	}
	return i;
}
