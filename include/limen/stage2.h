/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage2 boundary: what both sides know of second-stage faults. */
#ifndef LIMEN_STAGE2_H
#define LIMEN_STAGE2_H

#include "limen/abi.h"

#define LIMEN_S2_BUCKETS	24	/* log2 of microseconds: 0, 1, 2-3, ... 4 s and more */
#define LIMEN_S2_VMS		1024	/* number 0: those that made room for others */
#define LIMEN_S2_VCPUS		4096
#define LIMEN_S2_SLOTS		8192	/* number 0: no slot */
#define LIMEN_S2_PAGES		4096	/* of devices: address pages with MMIO exits; 0: no room */
#define LIMEN_S2_SIZES		4	/* of mapped pages: the base page, 2 MiB, 1 GiB, others */

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
	LIMEN_S2_MEMORY_FAULT	= 10,	/* KVM_EXIT_MEMORY_FAULT: private and shared do not agree */
	LIMEN_S2_CLASSES
};

enum limen_s2_access { LIMEN_S2_READ, LIMEN_S2_WRITE, LIMEN_S2_EXEC, LIMEN_S2_ACCESSES };

/* One of the sums is exact whatever the others hold: each fault is in one class. */
struct limen_s2_sums {
	__u64 faults[LIMEN_S2_CLASSES];
	__u64 access[LIMEN_S2_ACCESSES];
	__u64 latency_ns;		/* from the exit's handler to its end, sum */
	__u64 latency[LIMEN_S2_BUCKETS];
};

#define LIMEN_S2_BEGUN		1u	/* a fault of it was seen to begin */
#define LIMEN_S2_POISONED	2u	/* in the one that it is in broken memory was met */

/* The vCPU's last fault for memory, and how often it came in a row. */
struct limen_s2_repeat {
	__u64 address;
	__u64 since_ns;			/* the second of them, boot clock */
	__u64 invalidations;		/* of the VM then */
	__u64 times;			/* since then */
	__u64 next;			/* so many are worth an event */
	__u32 access, pad;
	__u64 pc;			/* of the guest then; 0: not known */
};

/* One per vCPU, and its thread's state while it is in a fault. */
struct limen_s2_vcpu {
	__u64 vcpu;			/* address of struct kvm_vcpu; 0: its VM has ended */
	__u64 kvm;			/* 0: nobody's */
	__u64 vm_seen_ns;		/* the VM's: numbers of VMs are used again */
	__u32 vm;			/* number of its VM */
	__u32 id;			/* KVM's, not this table's */
	__u64 start_ns;			/* of the fault that is being handled, 0: none */
	__u64 address, error;		/* x86, kprobes: where, and the hardware's error code */
	__u32 tid;			/* of the thread that is in the fault; where sizes are counted */
	__u32 size;			/* enum limen_s2_size of what was mapped meanwhile; ~0: nothing */
	__u64 size_bytes;
	__u64 slow_said_ns, slow_unsaid;	/* the last slow fault that was said; those since then */
	__u64 major, voluntary, involuntary;	/* page faults, switches of the thread before */
	/* The slot that was faulted in last: a guess, checked by what follows. */
	__u64 slot_start, slot_end;
	__u64 slot_host;		/* where it begins in the VMM */
	__u64 slot_changes;		/* when it was looked up, limen_s2_slot_changes */
	__u32 slot_flags;
	__u32 slot;			/* its number */
	__u32 slot_id;
	__u32 state;			/* LIMEN_S2_BEGUN, LIMEN_S2_POISONED */
	/* The gap between slots where it met no slot last. */
	__u64 gap_start, gap_end, gap_changes;
	__u64 page;			/* of a device, there; and its number */
	__u32 page_nr;
	__u32 page_pad;
	struct limen_s2_repeat repeat;
	struct limen_s2_sums sums;
};

/* One per memory slot that was faulted in. */
struct limen_s2_slot {
	__u64 kvm;			/* 0: nobody's */
	__u32 vm;
	__u32 flags;			/* KVM_MEM_* */
	__u64 start, bytes;		/* as the guest sees it */
	__u64 host;
	__u16 id, space;
	__u32 gone;			/* deleted, or its VM has ended */
	__u64 vm_seen_ns;		/* the VM's: numbers of VMs are used again */
	__u64 faults[LIMEN_S2_CLASSES];
	__u64 writes;			/* of its permission faults */
	__u64 latency[LIMEN_S2_BUCKETS];
	__u64 mapped[LIMEN_S2_SIZES];	/* bytes, by enum limen_s2_size; where they are counted */
};

/* One per page of guest addresses, of 4 KiB, with MMIO exits. */
struct limen_s2_page {
	__u64 kvm;			/* 0: nobody's */
	__u64 address;
	__u32 vm;
	__u32 pad;
	__u64 vm_seen_ns;
	__u64 kernel, user;		/* emulated by whom */
};

/* Mapped pages by their size. */
enum limen_s2_size {
	LIMEN_S2_BASE	= 0,		/* the host's page */
	LIMEN_S2_2M	= 1,
	LIMEN_S2_1G	= 2,
	LIMEN_S2_SIZE_OTHER = 3,	/* several base pages, other granules */
};

/* One per VM. */
struct limen_s2_vm {
	__u64 kvm;			/* 0: gone */
	__u32 pid;			/* of the VMM */
	__u32 order;			/* among the VMs of that process, from 1 */
	__u32 ended;
	__u32 pad;
	__u64 seen_ns;			/* boot clock: it was made, or limen came */
	__u64 unmaps, unmapped;		/* by the host's memory management: times, bytes */
	__u64 ages;			/* times it asked what was used */
	__u64 invalidations;		/* mmu_invalidate_seq, as it was read last */
	__u64 attributes;		/* changes between private and shared */
	__u64 slot_changes;
	__u64 gmem;			/* pages taken from a guest_memfd, with repetitions */
	char comm[LIMEN_COMM_LEN];
	struct limen_s2_sums sums;	/* of its vCPUs whose entries others have now */
};

struct limen_s2_slot_key {
	__u64 kvm;
	__u32 id;			/* in the first address space: x86's SMM is left out */
	__u32 pad;
};

struct limen_s2_page_key {
	__u64 kvm;
	__u64 address;
};

struct limen_s2_control {
	__u32 next_vm, next_vcpu, next_slot, next_page;	/* the last number given */
};

/* One per CPU: exact, whatever the tables hold. */
struct limen_s2_cpu {
	struct limen_cpu cpu;
	__u64 untracked;		/* faults of vCPUs beyond the table */
	__u64 no_slot_room;		/* faults in slots beyond the table */
	__u64 no_page_room;		/* MMIO exits at pages beyond the table */
	__u64 no_begin;			/* returns whose begin was not seen, though it was counted */
	__u64 no_end;			/* begins whose return was not seen */
	__u64 no_vm_room;		/* VMs beyond the table */
	__u64 folded_vms;		/* ended ones whose entries others have now */
	__u64 unplaced;			/* mappings made outside of a fault, or of whose it is not known */
};

/* What an event is. Stable names stand in src/model/stage2_names.c. */
enum limen_s2_step {
	LIMEN_S2_STEP_NONE	= 0,
	LIMEN_S2_STEP_FAULT	= 1,	/* each one, where they were asked for */
	LIMEN_S2_STEP_FINDING	= 2,	/* enum limen_s2_finding */
	LIMEN_S2_STEP_CREATE	= 3,	/* a VM */
	LIMEN_S2_STEP_END	= 4,
	LIMEN_S2_STEP_SLOT_CREATE = 5,
	LIMEN_S2_STEP_SLOT_DELETE = 6,
	LIMEN_S2_STEP_SLOT_MOVE	= 7,
	LIMEN_S2_STEP_SLOT_FLAGS = 8,
	LIMEN_S2_STEP_UNMAP	= 9,	/* the host's memory management */
	LIMEN_S2_STEP_AGE	= 10,
	LIMEN_S2_STEP_ATTRIBUTES = 11,	/* private or shared */
	LIMEN_S2_STEP_MEMORY_FAULT = 12, /* KVM_EXIT_MEMORY_FAULT */
	LIMEN_S2_STEP_GMEM	= 13,	/* a page was taken from a guest_memfd */
	LIMEN_S2_STEP_REALM	= 14,	/* made or destroyed: LIMEN_S2_BEGIN */
	LIMEN_S2_STEP_REALM_MAP	= 15,
	LIMEN_S2_STEP_REALM_UNMAP = 16,
	LIMEN_S2_STEP_REALM_REMAP = 17,	/* a page of its own for a write, as it should be */
	LIMEN_S2_STEPS
};

enum limen_s2_finding {
	LIMEN_S2_FOUND_NOTHING	= 0,
	LIMEN_S2_LOOP		= 1,	/* the same fault again and again */
	LIMEN_S2_SLOW		= 2,
	LIMEN_S2_FAILED		= 3,	/* an error for the VMM */
	LIMEN_S2_MISALIGNED	= 4,	/* a huge mapping that cannot be right */
	LIMEN_S2_TOGGLED	= 5,	/* guest_memfd flag of a slot in use */
	LIMEN_S2_STORM		= 6,	/* from here on by user space: */
	LIMEN_S2_SEQUENCE	= 7,	/* the invalidation counter nears its overflow */
	LIMEN_S2_SPLIT		= 8,	/* guest and others see different pages */
	LIMEN_S2_CHURN		= 9,	/* a range flips between private and shared */
	LIMEN_S2_FORCED		= 10,	/* realm: write permission where a copy was due */
	LIMEN_S2_NEIGHBOURS	= 11,	/* realm: shared pages in use were unmapped, too */
	LIMEN_S2_FINDINGS
};

/* What the thread did in a slow fault, as far as the kernel counts it. */
enum limen_s2_waited {
	LIMEN_S2_READ_IN	= 1u << 0,	/* a page was read: swap, or its file */
	LIMEN_S2_SLEPT		= 1u << 1,	/* waited for something */
	LIMEN_S2_PREEMPTED	= 1u << 2,	/* another thread had its CPU */
};

enum limen_s2_flag {
	LIMEN_S2_HAS_SLOT	= 1u << 0,
	LIMEN_S2_HAS_VCPU	= 1u << 1,
	LIMEN_S2_HAS_LEVEL	= 1u << 2,
	LIMEN_S2_SAME_PC	= 1u << 3,	/* all of a loop's faults are one instruction's */
	LIMEN_S2_PRIVATE	= 1u << 4,	/* attributes, memory faults, realms: to or of private */
	LIMEN_S2_IS_REALM	= 1u << 5,
	LIMEN_S2_WRITABLE	= 1u << 6,	/* a realm's mapping */
	LIMEN_S2_BEGIN		= 1u << 7,	/* a realm: created, not destroyed */
	LIMEN_S2_UNDECIDED	= 1u << 9,	/* forced write: is the VMM's mapping (slot_host) private? */
	LIMEN_S2_FOREIGN	= 1u << 8,	/* x86: the address is a nested guest's, or virtual */
};

/* LIMEN_EVENT_STAGE2 */
struct limen_s2_event {
	struct limen_event head;	/* task: who was running */
	__u64 kvm;
	__u64 address;			/* as the guest sees it */
	__u64 size;			/* of a range, of a mapping */
	__u64 latency_ns;
	__s64 error;			/* negative errno, or what was returned */
	__u64 times;			/* a loop's faults; slow ones that were not said; pages unmapped */
	__u64 since_ns;			/* a loop's first fault, boot clock */
	__u64 invalidations;		/* of the VM: during the loop */
	__u64 sequence;			/* and all of them */
	__u64 other;			/* lost neighbours: the first one's address */
	__u64 frame, frame_before;	/* physical page numbers, of a realm's mapping */
	__u64 pc;			/* of the guest, 0: not known */
	__u64 slot_start, slot_bytes, slot_host;
	__u32 slot_flags, slot_flags_before;
	__u16 slot, space;
	__u32 step;			/* enum limen_s2_step */
	__u32 finding;			/* enum limen_s2_finding */
	__u32 class, access;
	__u32 level;
	__u32 flags;			/* enum limen_s2_flag */
	__u32 waited;			/* enum limen_s2_waited */
	__u32 vcpu;
	__u32 vm_pid, vm_order;
	__u32 pad;
	char vm_comm[LIMEN_COMM_LEN];
};
_Static_assert(sizeof(struct limen_s2_event) % 8 == 0, "struct limen_s2_event is wire format");

#endif
