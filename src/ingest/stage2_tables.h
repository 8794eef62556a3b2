/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage2 boundary's tables as they are now: read from the kernel in one pass each. */
#ifndef LIMEN_STAGE2_TABLES_H
#define LIMEN_STAGE2_TABLES_H

#include <stddef.h>

#include "probe/stage2.h"

/* Starts zeroed. */
struct stage2_tables {
	struct stage2_vm_line *vms;	/* the sums of their vCPUs are in their own */
	struct stage2_vcpu_line *vcpus;	/* the same; and of VMs beyond the table: vm is 0 */
	struct stage2_slot_line *slots;	/* of VMs that are in vms; each once */
	struct stage2_page_line *pages;	/* the same */
	size_t nr_vms, nr_vcpus, nr_slots, nr_pages;
	size_t room[STAGE2_TABLES];
	struct limen_s2_sums sums;	/* of all */
	__u64 mapped[LIMEN_S2_SIZES];	/* bytes in all slots' rows */
	bool pages_counted;		/* mapped says something */
	struct stage2_beyond beyond;
};

/*
 * From lines as they are read, with the entry 0 of the VMs, to what is said
 * above. Part of reading; here for its tests.
 */
void stage2_tables_fold(struct stage2_tables *t);

/* Reads them in place of what was read before. 0 or a negative errno; says nothing. */
int stage2_tables_read(struct stage2_session *session, struct stage2_tables *t);
void stage2_tables_free(struct stage2_tables *t);

/* Leaves what belongs to VMs of these processes, and sums that up. */
void stage2_tables_only(struct stage2_tables *t, const pid_t *pids, unsigned int nr);

/* The VMs that had faults, those with most first; to be freed. NULL when memory is short. */
const struct stage2_vm_line **stage2_vms_sorted(const struct stage2_tables *t, size_t *nr);

/* NULL: not among them. */
const struct stage2_vm_line *stage2_find_vm(const struct stage2_tables *t, __u64 number);

/* A VM's vCPUs in the order of their ids: the next one after id (-1: the first); NULL: none. */
const struct limen_s2_vcpu *stage2_next_vcpu(const struct stage2_tables *t, __u64 vm, __s64 id);

/* The same slot in another reading; NULL: it is not there. */
const struct stage2_slot_line *stage2_find_slot(const struct stage2_tables *t,
						const struct stage2_slot_line *slot);

#endif
