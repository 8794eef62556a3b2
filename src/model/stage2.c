// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/stage2.h"

const char *const stage2_class_names[LIMEN_S2_CLASSES] = {
	[LIMEN_S2_TRANSLATION] = "translation",
	[LIMEN_S2_PERMISSION] = "permission",
	[LIMEN_S2_ACCESS_FLAG] = "access-flag",
	[LIMEN_S2_MMIO_KERNEL] = "mmio-kernel",
	[LIMEN_S2_MMIO_USER] = "mmio-user",
	[LIMEN_S2_READONLY] = "read-only",
	[LIMEN_S2_NO_SLOT] = "no-slot",
	[LIMEN_S2_POISON] = "poison",
	[LIMEN_S2_ERROR] = "error",
	[LIMEN_S2_OTHER] = "other",
	[LIMEN_S2_MEMORY_FAULT] = "memory-fault",
};

const char *const stage2_access_names[LIMEN_S2_ACCESSES] = {
	[LIMEN_S2_READ] = "read",
	[LIMEN_S2_WRITE] = "write",
	[LIMEN_S2_EXEC] = "exec",
};

const char *const stage2_size_names[LIMEN_S2_SIZES] = {
	[LIMEN_S2_BASE] = "base",
	[LIMEN_S2_2M] = "2M",
	[LIMEN_S2_1G] = "1G",
	[LIMEN_S2_SIZE_OTHER] = "other",
};

__u64 stage2_faults(const __u64 faults[LIMEN_S2_CLASSES])
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < LIMEN_S2_CLASSES; i++)
		sum += faults[i];
	return sum;
}

void stage2_sums_add(struct limen_s2_sums *to, const struct limen_s2_sums *from)
{
	int i;

	for (i = 0; i < LIMEN_S2_CLASSES; i++)
		to->faults[i] += from->faults[i];
	for (i = 0; i < LIMEN_S2_ACCESSES; i++)
		to->access[i] += from->access[i];
	to->latency_ns += from->latency_ns;
	for (i = 0; i < LIMEN_S2_BUCKETS; i++)
		to->latency[i] += from->latency[i];
}
