/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage2 boundary: what both sides know of second-stage faults. */
#ifndef LIMEN_STAGE2_H
#define LIMEN_STAGE2_H

#include "limen/abi.h"

#define LIMEN_S2_BUCKETS	24	/* log2 of microseconds: 0, 1, 2-3, ... 4 s and more */
#define LIMEN_S2_VMS		1024	/* number 0: what has no room */
#define LIMEN_S2_VCPUS		4096
#define LIMEN_S2_SLOTS		8192	/* number 0: no slot */

/* What a fault was. Stable names stand in src/model/stage2.c. */
enum limen_s2_class {
	LIMEN_S2_TRANSLATION	= 0,	/* nothing was mapped there */
	LIMEN_S2_PERMISSION	= 1,	/* it was mapped, but not for this access */
	LIMEN_S2_ACCESS_FLAG	= 2,	/* arm64: mapped, and to be marked as used */
	LIMEN_S2_MMIO_KERNEL	= 3,	/* no memory: the kernel emulates the device */
	LIMEN_S2_MMIO_USER	= 4,	/* the VMM does */
	LIMEN_S2_READONLY	= 5,	/* write to a read-only slot: the VMM is asked */
	LIMEN_S2_NO_SLOT	= 6,	/* no slot, and no access that could be emulated */
	LIMEN_S2_POISON		= 7,	/* broken memory */
	LIMEN_S2_ERROR		= 8,	/* KVM_RUN fails */
	LIMEN_S2_OTHER		= 9,
	LIMEN_S2_CLASSES
};

enum limen_s2_access { LIMEN_S2_READ, LIMEN_S2_WRITE, LIMEN_S2_EXEC, LIMEN_S2_ACCESSES };

struct limen_s2_sums {
	__u64 faults[LIMEN_S2_CLASSES];
	__u64 access[LIMEN_S2_ACCESSES];
	__u64 latency_ns;		/* from the exit's handler to its end, sum */
	__u64 latency[LIMEN_S2_BUCKETS];
};

/* One per vCPU, and its thread's state while it is in a fault. */
struct limen_s2_vcpu {
	__u64 vcpu;			/* address of struct kvm_vcpu; 0: nobody's */
	__u64 kvm;
	__u32 vm;			/* number of its VM */
	__u32 id;			/* KVM's, not this table's */
	__u64 start_ns;			/* of the fault that is being handled, 0: none */
	__u64 address, error;		/* x86: where, and the hardware's error code */
	/* The slot that was faulted in last: a guess, checked by the two that follow. */
	__u64 slot_start, slot_end;
	__u64 slot_generation;
	__u32 slot_flags;
	__u32 slot;			/* its number */
	struct limen_s2_sums sums;
};

/* One per memory slot that was faulted in. */
struct limen_s2_slot {
	__u64 kvm;			/* 0: nobody's */
	__u32 vm;
	__u32 flags;			/* KVM_MEM_* */
	__u64 start, bytes;		/* as the guest sees it */
	__u16 id, space;
	__u32 pad;
	__u64 faults[LIMEN_S2_CLASSES];
};

/* One per VM. */
struct limen_s2_vm {
	__u64 kvm;			/* 0: gone */
	__u32 pid;			/* of the VMM */
	__u32 ended;
	__u64 seen_ns;			/* boot clock: its first fault */
	char comm[LIMEN_COMM_LEN];
	struct limen_s2_sums sums;	/* of its vCPUs that are gone */
};

struct limen_s2_slot_key {
	__u64 kvm;
	__u32 id;			/* address space << 16 | id */
	__u32 pad;
};

struct limen_s2_control {
	__u32 next_vm, next_vcpu, next_slot;	/* the last number given */
	__u32 pad;
};

/* One per CPU: exact, whatever the tables hold. */
struct limen_s2_cpu {
	__u32 last_vcpu;		/* number of the one that faulted last here: a guess */
	__u32 pad;
	__u64 faults[LIMEN_S2_CLASSES];
	__u64 untracked;		/* faults of vCPUs beyond the table */
	__u64 no_slot_room;		/* slots beyond the table */
	__u64 no_begin;			/* returns whose begin was not seen */
};

#endif
