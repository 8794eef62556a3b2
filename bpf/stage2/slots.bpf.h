/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which memory slot an address lies in, by the kernel's own tree (struct kvm_memslots). */
#ifndef LIMEN_SLOTS_BPF_H
#define LIMEN_SLOTS_BPF_H

#include "vms.bpf.h"

#define TREE_DEPTH	32	/* of memory slots by guest address */

/* Page frames that no slot covers. */
struct gap {
	__u64 start, end;
};

/* The slot at a page frame; NULL: none, and the gap around it. */
COLD struct kvm_memory_slot *slot_in_tree(__u64 kvm, __u64 frame, struct gap *gap)
{
	struct kvm_memslots *slots = NULL;
	struct kvm_memory_slot *slot;
	__u64 base, end, node, offset;
	int i;

	gap->start = gap->end = 0;
	bpf_core_read(&slots, sizeof(slots), &((struct kvm *)kvm)->memslots[0]);
	if (!slots)
		return NULL;
	gap->end = ~0ULL >> limen_page_shift;
	offset = bpf_core_field_offset(struct kvm_memory_slot, gfn_node) +
		 (BPF_CORE_READ(slots, node_idx) & 1) * bpf_core_type_size(struct rb_node);
	node = (__u64)BPF_CORE_READ(slots, gfn_tree.rb_node);
	for (i = 0; i < TREE_DEPTH && node; i++) {
		slot = (struct kvm_memory_slot *)(node - offset);
		base = BPF_CORE_READ(slot, base_gfn);
		end = base + BPF_CORE_READ(slot, npages);
		if (frame >= base && frame < end)
			return slot;
		if (frame < base) {
			gap->end = base;
			node = (__u64)BPF_CORE_READ((struct rb_node *)node, rb_left);
		} else {
			gap->start = end;
			node = (__u64)BPF_CORE_READ((struct rb_node *)node, rb_right);
		}
	}
	return NULL;
}

/* Where the VMM has a frame of its guest; 0: nowhere. */
COLD __u64 hva_of(__u64 kvm, __u64 frame)
{
	struct gap gap;
	struct kvm_memory_slot *slot = slot_in_tree(kvm, frame, &gap);

	if (!slot)
		return 0;
	return BPF_CORE_READ(slot, userspace_addr) +
	       ((frame - BPF_CORE_READ(slot, base_gfn)) << limen_page_shift);
}

static __always_inline void describe_slot(struct limen_s2_slot *s, __u32 vm,
					  struct kvm_memory_slot *slot, const __u32 id)
{
	struct limen_s2_vm *of = vm_at(vm);

	s->vm = vm;
	s->id = id;
	s->start = BPF_CORE_READ(slot, base_gfn) << limen_page_shift;
	s->bytes = BPF_CORE_READ(slot, npages) << limen_page_shift;
	s->host = BPF_CORE_READ(slot, userspace_addr);
	s->flags = BPF_CORE_READ(slot, flags);
	s->vm_seen_ns = of ? of->seen_ns : 0;
}

/* A slot whose number's entry is about another place is another slot. */
static __always_inline bool same_slot(const struct limen_s2_slot *s, struct kvm_memory_slot *slot)
{
	return s->start == BPF_CORE_READ(slot, base_gfn) << limen_page_shift &&
	       s->bytes == BPF_CORE_READ(slot, npages) << limen_page_shift;
}

COLD __u32 add_slot(const struct limen_s2_slot_key *key, __u32 vm, struct kvm_memory_slot *slot)
{
	static const struct limen_s2_slot none;
	struct limen_s2_control *control = s2_control();
	struct limen_s2_slot_key copy = *key;
	struct limen_s2_slot *s;
	__u32 nr;

	nr = control ? NEW_NUMBER(&control->next_slot, LIMEN_S2_SLOTS, &limen_s2_slot_free) : 0;
	if (!nr || bpf_map_update_elem(&limen_s2_slots, &nr, &none, BPF_ANY))
		return 0;
	s = slot_at(nr);
	if (!s || bpf_map_update_elem(&limen_s2_slot_nr, &copy, &nr, BPF_ANY))
		return 0;
	describe_slot(s, vm, slot, copy.id);
	s->kvm = copy.kvm;
	return nr;
}

/* It is no more: its entry stays until its number is wanted. */
COLD int end_slot(const struct limen_s2_slot_key *key)
{
	struct limen_s2_slot_key copy = *key;
	__u32 *known = bpf_map_lookup_elem(&limen_s2_slot_nr, &copy), nr;
	struct limen_s2_slot *s;

	if (!known)
		return 0;
	nr = *known;
	s = slot_at(nr);
	if (s)
		s->gone = 1;
	bpf_map_delete_elem(&limen_s2_slot_nr, &copy);
	bpf_map_push_elem(&limen_s2_slot_free, &nr, BPF_ANY);
	return 0;
}

/* Two vCPUs that meet a slot first at once: the later one's entry is used by both. */
COLD __u32 slot_number(struct limen_s2_vcpu *v, struct kvm_memory_slot *slot)
{
	struct limen_s2_slot_key key = {.kvm = v->kvm};
	struct limen_s2_slot *s = NULL;
	__u32 *known, nr = 0;

	key.id = (__u16)BPF_CORE_READ(slot, id);
	known = bpf_map_lookup_elem(&limen_s2_slot_nr, &key);
	if (known) {
		nr = *known;
		s = slot_at(nr);
	}
	if (s && !same_slot(s, slot)) {
		end_slot(&key);
		s = NULL;
	}
	if (s)
		s->flags = BPF_CORE_READ(slot, flags);
	else
		nr = add_slot(&key, v->vm, slot);
	return nr;
}

/* Finds it and leaves it, or the gap, in the vCPU's record as the guess for the next fault. */
COLD bool find_slot(struct limen_s2_vcpu *v, __u64 address)
{
	__u64 changes = limen_s2_slot_changes;
	struct kvm_memory_slot *slot;
	struct gap gap;

	slot = slot_in_tree(v->kvm, address >> limen_page_shift, &gap);
	if (!slot) {
		v->gap_start = gap.start << limen_page_shift;
		v->gap_end = gap.end << limen_page_shift;
		v->gap_changes = changes;
		v->page_nr = 0;
		return false;
	}
	v->slot_start = BPF_CORE_READ(slot, base_gfn) << limen_page_shift;
	v->slot_end = v->slot_start + (BPF_CORE_READ(slot, npages) << limen_page_shift);
	v->slot_host = BPF_CORE_READ(slot, userspace_addr);
	v->slot_flags = BPF_CORE_READ(slot, flags);
	v->slot_id = (__u16)BPF_CORE_READ(slot, id);
	v->slot = slot_number(v, slot);
	v->slot_changes = changes;
	return true;
}

static __always_inline bool has_slot(struct limen_s2_vcpu *v, __u64 address)
{
	__u64 changes = limen_s2_slot_changes;

	if (address >= v->slot_start && address < v->slot_end && v->slot_changes == changes)
		return true;
	if (address >= v->gap_start && address < v->gap_end && v->gap_changes == changes)
		return false;
	return find_slot(v, address);
}

#endif
