/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual machines: whose they are, their memory slots with what is behind them. */
#ifndef LIMEN_MODEL_VM_H
#define LIMEN_MODEL_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "limen/vm.h"

/* What the host's memory behind a slot is. */
enum backing_kind {
	BACKING_NONE,		/* nothing is mapped there */
	BACKING_ANONYMOUS,
	BACKING_FILE,
	BACKING_SHMEM,		/* tmpfs, memfd, shared anonymous memory */
	BACKING_HUGETLB,
	BACKING_DEVICE,		/* VM_PFNMAP, VM_IO: no pages of the host's memory */
	BACKING_MIXED,
	BACKING_KINDS
};

struct backing {
	enum backing_kind kind;
	bool shared, writable;		/* MAP_SHARED; PROT_WRITE, of all of it */
	bool thp;			/* MADV_HUGEPAGE */
	__u64 page;			/* of hugetlb, bytes */
	__u64 hole;			/* bytes of the slot with nothing behind them */
	unsigned int areas;
	char path[256];			/* empty: no file */
};

#define VM_WARNINGS	4		/* of one slot */

/* A combination that loses data or performs badly. */
struct vm_warning {
	const char *name;		/* stable, for JSON */
	const char *text;		/* what it means and what to do: one sentence */
};

struct vm_slot {
	struct limen_vm_slot raw;
	struct backing backing;
	struct vm_warning warnings[VM_WARNINGS];
	unsigned int nr_warnings;
};

#define VM_NAME_LEN	128

struct vm {
	__u64 kvm;
	pid_t pid;			/* of the VMM: the process whose memory the guest has */
	int fd;
	unsigned int number;		/* among the process's VMs, in the order they were made, from 1 */
	char comm[LIMEN_COMM_LEN];
	char name[VM_NAME_LEN];			/* as the VMM was told, empty: it was not */
	__u64 bytes;			/* in slots of the first address space: SMM's repeat them */
	bool devices;			/* the VMM has VFIO or vhost devices open */
	struct limen_vm_machine raw;
	struct vm_slot *slots;		/* by address */
	size_t nr_slots, room_slots;
	struct limen_vm_vcpu *vcpus;	/* by id */
	size_t nr_vcpus, room_vcpus;
};

struct vm_list {
	struct vm *vms;			/* by process and number */
	size_t nr, room;
};

/* Takes a line of the kernel side. 0 or -ENOMEM. list starts zeroed. */
int vm_list_take(struct vm_list *list, const struct limen_vm_line *line);

/* After the last line: numbers and order. */
void vm_list_finish(struct vm_list *list);

void vm_list_free(struct vm_list *list);

/* A memory area of the VM's process: adds to what is behind its slots. */
void vm_take_area(struct vm *vm, const struct limen_vm_area *area, const char *path);

/* After the last area: holes, and what there is to warn of. */
void vm_check(struct vm *vm);

/* The guest's name among a VMM's arguments (argc of them, each ended by NUL in args). */
void vm_name(const char *args, size_t len, char *name, size_t size);

extern const char *const backing_names[BACKING_KINDS];

#endif
