// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/latency.h"

__s64 latency_percentile(const __u64 *buckets, unsigned int nr, unsigned int percent)
{
	__u64 wanted, sum = 0, all = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		all += buckets[i];
	if (!all)
		return -1;
	wanted = (all * percent + 99) / 100;
	for (i = 0; i < nr; i++) {
		sum += buckets[i];
		if (sum >= wanted)
			break;
	}
	return i ? 1LL << (i - 1) : 0;
}
