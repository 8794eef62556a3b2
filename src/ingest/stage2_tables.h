/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage2 boundary's tables as they are now: read from the kernel in one pass each. */
#ifndef LIMEN_STAGE2_TABLES_H
#define LIMEN_STAGE2_TABLES_H

#include <stddef.h>

#include "probe/stage2.h"

/* Starts zeroed. */
struct stage2_tables {
	struct stage2_vm_line *vms;	/* the sums of their vCPUs are in their own */
	struct stage2_vcpu_line *vcpus;
	struct stage2_slot_line *slots;
	size_t nr_vms, nr_vcpus, nr_slots;
	size_t room[STAGE2_TABLES];
	struct limen_s2_sums sums;	/* of all */
	__u64 beyond_faults, beyond_slots;
};

/* Reads them in place of what was read before. 0 or a negative errno; says nothing. */
int stage2_tables_read(struct stage2_session *session, struct stage2_tables *t);
void stage2_tables_free(struct stage2_tables *t);

/* The VM's number among those of its process, in the order of their first faults, from 1. */
unsigned int stage2_vm_rank(const struct stage2_tables *t, const struct stage2_vm_line *vm);

#endif
