/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual machines as they are now: what the kernel side writes, line by line. */
#ifndef LIMEN_VM_H
#define LIMEN_VM_H

#include "limen/abi.h"

#define LIMEN_VM_SPACES		2	/* address spaces: the second one is x86's SMM */
#define LIMEN_VM_BUCKETS	128	/* of struct kvm_memslots' id_hash */
#define LIMEN_VM_CHAIN		64	/* slots followed in one bucket */

enum limen_vm_line_kind {
	LIMEN_VM_MACHINE	= 1,	/* a descriptor of a VM */
	LIMEN_VM_SLOT		= 2,	/* follows its machine */
	LIMEN_VM_VCPU		= 3,	/* a descriptor of a vCPU */
};

/* From struct kvm. */
struct limen_vm_machine {
	__u64 list_at;			/* address of its entry in the list of VMs, and of its */
	__u64 list_next;		/* neighbours': newest first */
	__u64 bytes;			/* in memslots */
	__u64 invalidations;		/* mmu_invalidate_seq: changes of the VMM's mappings seen */
	__u64 mm;			/* whose memory it is */
	__u32 vcpus;
	__u32 pad;
};

/* From struct kvm_memory_slot. */
struct limen_vm_slot {
	__u64 guest;			/* first address as the guest sees it: GPA, IPA */
	__u64 bytes;
	__u64 host;			/* first address in the VMM */
	__u32 flags;			/* KVM_MEM_* */
	__u16 id;
	__u16 space;
};

/* From struct kvm_vcpu. */
struct limen_vm_vcpu {
	__u32 id;
	__u32 tid;			/* of the thread that ran it last, 0: none yet */
	__s32 mode;			/* OUTSIDE_GUEST_MODE 0, IN_GUEST_MODE 1, ... */
	__u32 pad;
};

struct limen_vm_line {
	__u32 kind;			/* enum limen_vm_line_kind */
	__u32 pid;			/* whose descriptor it is; the same VM may have several */
	__s32 fd;
	__u32 pad;
	__u64 kvm;			/* address of struct kvm: which VM */
	__u64 process_mm;		/* of that process */
	char comm[LIMEN_COMM_LEN];
	union {
		struct limen_vm_machine machine;
		struct limen_vm_slot slot;
		struct limen_vm_vcpu vcpu;
	};
};

/* From struct vm_area_struct: memory of a VMM. */
struct limen_vm_area {
	__u32 pid;
	__u32 pad;
	__u64 start, end;
	__u64 flags;			/* VM_*, include/linux/mm.h */
	__u64 magic;			/* of its file's file system, 0: no file */
	__u64 block;			/* of hugetlbfs: its page size */
};

#endif
