/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM's memory slots, as the kernel keeps them. */
#ifndef LIMEN_SLOT_BPF_H
#define LIMEN_SLOT_BPF_H

#include "base.bpf.h"

#define SLOT_TREE_DEPTH	32

/* The slot of a frame in the kernel's tree; NULL: none. */
COLD struct kvm_memory_slot *memslot_of(__u64 kvm, __u64 frame)
{
	struct kvm_memslots *slots = NULL;
	struct kvm_memory_slot *slot;
	__u64 base, node, offset;
	int i;

	bpf_core_read(&slots, sizeof(slots), &((struct kvm *)kvm)->memslots[0]);
	if (!slots)
		return NULL;
	offset = bpf_core_field_offset(struct kvm_memory_slot, gfn_node) +
		 (BPF_CORE_READ(slots, node_idx) & 1) * bpf_core_type_size(struct rb_node);
	node = (__u64)BPF_CORE_READ(slots, gfn_tree.rb_node);
	for (i = 0; i < SLOT_TREE_DEPTH && node; i++) {
		slot = (struct kvm_memory_slot *)(node - offset);
		base = BPF_CORE_READ(slot, base_gfn);
		if (frame >= base && frame < base + BPF_CORE_READ(slot, npages))
			return slot;
		if (frame < base)
			node = (__u64)BPF_CORE_READ((struct rb_node *)node, rb_left);
		else
			node = (__u64)BPF_CORE_READ((struct rb_node *)node, rb_right);
	}
	return NULL;
}

/* Where the VMM has a frame of its guest; 0: nowhere. */
COLD __u64 hva_of(__u64 kvm, __u64 frame, __u32 page_shift)
{
	struct kvm_memory_slot *slot = memslot_of(kvm, frame);

	if (!slot)
		return 0;
	return BPF_CORE_READ(slot, userspace_addr) +
	       ((frame - BPF_CORE_READ(slot, base_gfn)) << page_shift);
}

#endif
