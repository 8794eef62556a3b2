// SPDX-License-Identifier: GPL-2.0-or-later
/* Combinations of memory slot and backing that lose data or perform badly. */
#include <string.h>
#include <unistd.h>

#include "model/vm.h"

#define KVM_READONLY	2	/* KVM_MEM_READONLY, include/uapi/linux/kvm.h */
#define KVM_GUEST_MEMFD	4	/* KVM_MEM_GUEST_MEMFD */
#define BLOCK		(1ULL << 21)	/* what stage 2 maps at once with 4 KiB pages */

struct rule {
	struct vm_warning warning;
	bool (*applies)(const struct vm *vm, const struct vm_slot *slot);
};

static bool is_hole(const struct vm *vm, const struct vm_slot *slot)
{
	return slot->backing.hole != 0;
}

static bool is_unwritable(const struct vm *vm, const struct vm_slot *slot)
{
	const struct backing *b = &slot->backing;

	return b->areas && !b->writable && !(slot->raw.flags & KVM_READONLY);
}

static bool is_private_file(const struct vm_slot *slot)
{
	const struct backing *b = &slot->backing;

	if (b->shared || !b->writable || slot->raw.flags & KVM_READONLY)
		return false;
	/* Anonymous huge pages have a file, too, that nobody else can map. */
	return b->kind == BACKING_FILE || b->kind == BACKING_SHMEM ||
	       (b->kind == BACKING_HUGETLB && strncmp(b->path, "/anon_hugepage", 14));
}

static bool is_private_with_devices(const struct vm *vm, const struct vm_slot *slot)
{
	return vm->devices && is_private_file(slot);
}

static bool is_private_without(const struct vm *vm, const struct vm_slot *slot)
{
	return !vm->devices && is_private_file(slot);
}

static bool is_foreign_device(const struct vm *vm, const struct vm_slot *slot)
{
	return slot->backing.kind == BACKING_DEVICE && !vm->devices;
}

static bool is_misaligned(const struct vm *vm, const struct vm_slot *slot)
{
	const struct backing *b = &slot->backing;

	return sysconf(_SC_PAGESIZE) == 4096 && slot->raw.bytes >= 2 * BLOCK &&
	       (slot->raw.guest ^ slot->raw.host) & (BLOCK - 1) &&
	       (b->thp || b->kind == BACKING_HUGETLB);
}

static const struct rule rules[] = {
	{{"hole", "nothing is mapped behind a part of the slot: a guest that touches it makes "
	  "KVM_RUN fail with EFAULT; map it, or make the slot smaller"}, is_hole},
	{{"not-writable", "the VMM may not write this memory, and the slot is not read-only: a "
	  "guest that writes makes KVM_RUN fail with EFAULT; set KVM_MEM_READONLY or PROT_WRITE"},
	 is_unwritable},
	{{"private-with-devices", "MAP_PRIVATE of a file while VFIO or vhost devices are open: what "
	  "the guest writes goes to copies that others who map the file do not see, and memory "
	  "is held twice; map it MAP_SHARED (QEMU: share=on)"}, is_private_with_devices},
	{{"private-file", "MAP_PRIVATE of a file: what the guest writes goes to copies that others "
	  "who map the file do not see; map it MAP_SHARED if it is meant for sharing "
	  "(QEMU: share=on)"}, is_private_without},
	{{"device-memory", "device memory (VM_PFNMAP or VM_IO) that no VFIO device explains: the guest "
	  "reaches it past the host's page counts (CVE-2021-22543); see who maps it"},
	 is_foreign_device},
	{{"misaligned", "guest and host address differ in their lower 21 bits: stage 2 maps it by "
	  "small pages although the host has huge ones; align the mapping to 2 MiB"},
	 is_misaligned},
};

void vm_check(struct vm *vm)
{
	struct vm_slot *s;
	size_t i;

	for (s = vm->slots; s < vm->slots + vm->nr_slots; s++) {
		if (!s->backing.areas)
			s->backing.hole = s->raw.flags & KVM_GUEST_MEMFD ? 0 : s->raw.bytes;
		for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
			if (s->nr_warnings < VM_WARNINGS && rules[i].applies(vm, s))
				s->warnings[s->nr_warnings++] = rules[i].warning;
	}
}
