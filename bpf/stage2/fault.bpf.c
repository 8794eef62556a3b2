// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of the second stage: kvm_handle_guest_abort() on arm64
 * (arch/arm64/kvm/mmu.c), kvm_mmu_page_fault() on x86 (arch/x86/kvm/mmu/mmu.c).
 * What a fault was is known when the handler returns: 1, the guest goes on; 0,
 * the VMM is asked; negative, KVM_RUN fails.
 */
#include "log2.bpf.h"
#include "stage2.bpf.h"

#define KVM_READONLY	2	/* KVM_MEM_READONLY, include/uapi/linux/kvm.h */
#define TREE_DEPTH	32	/* of memory slots by guest address */

struct fault {
	__u64 address;		/* as the guest sees it */
	__u32 class;		/* from the hardware: LIMEN_S2_TRANSLATION.. _OTHER */
	__u32 access;		/* enum limen_s2_access */
};

#if defined(__TARGET_ARCH_x86)
#define HANDLER		"kvm_mmu_page_fault"
#define HANDLER_ARGS	5
#include "fault_x86.bpf.h"
#else
#define HANDLER		"kvm_handle_guest_abort"
#define HANDLER_ARGS	1
#include "fault_arm64.bpf.h"
#endif

/* --- which memory slot --- */

/* The slot at an address in the kernel's tree; NULL: none. */
COLD struct kvm_memory_slot *slot_in_tree(__u64 kvm, __u64 address)
{
	struct kvm_memslots *slots = NULL;
	struct kvm_memory_slot *slot;
	__u64 frame = address >> limen_page_shift, base, node, offset;
	int i;

	bpf_core_read(&slots, sizeof(slots), &((struct kvm *)kvm)->memslots[0]);
	if (!slots)
		return NULL;
	offset = bpf_core_field_offset(struct kvm_memory_slot, gfn_node) +
		 (BPF_CORE_READ(slots, node_idx) & 1) * bpf_core_type_size(struct rb_node);
	node = (__u64)BPF_CORE_READ(slots, gfn_tree.rb_node);
	for (i = 0; i < TREE_DEPTH && node; i++) {
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

COLD __u32 slot_number(struct limen_s2_vcpu *v, struct kvm_memory_slot *slot)
{
	struct limen_s2_control *control = s2_control();
	struct limen_s2_slot_key key = {.kvm = v->kvm};
	struct limen_s2_slot *s;
	__u32 *known, nr;

	key.id = (__u16)BPF_CORE_READ(slot, id);
	known = bpf_map_lookup_elem(&limen_s2_slot_nr, &key);
	nr = known ? *known : control ? next_number(&control->next_slot, LIMEN_S2_SLOTS) : 0;
	if (nr && !known && bpf_map_update_elem(&limen_s2_slot_nr, &key, &nr, BPF_NOEXIST)) {
		known = bpf_map_lookup_elem(&limen_s2_slot_nr, &key);	/* another vCPU was first */
		nr = known ? *known : 0;
	}
	s = bpf_map_lookup_elem(&limen_s2_slots, &nr);
	if (!nr || !s) {
		S2_COUNT(no_slot_room);
		return 0;
	}
	s->vm = v->vm;
	s->id = key.id;
	s->start = BPF_CORE_READ(slot, base_gfn) << limen_page_shift;
	s->bytes = BPF_CORE_READ(slot, npages) << limen_page_shift;
	s->flags = BPF_CORE_READ(slot, flags);
	s->kvm = v->kvm;
	return nr;
}

/* Finds it and leaves it in the vCPU's record as the guess for the next fault. */
COLD bool find_slot(struct limen_s2_vcpu *v, __u64 address)
{
	__u64 changes = limen_s2_slot_changes;
	struct kvm_memory_slot *slot = slot_in_tree(v->kvm, address);

	if (!slot)
		return false;
	v->slot_start = BPF_CORE_READ(slot, base_gfn) << limen_page_shift;
	v->slot_end = v->slot_start + (BPF_CORE_READ(slot, npages) << limen_page_shift);
	v->slot_flags = BPF_CORE_READ(slot, flags);
	v->slot = slot_number(v, slot);
	v->slot_generation = changes;
	return true;
}

static __always_inline bool has_slot(struct limen_s2_vcpu *v, __u64 address)
{
	if (address >= v->slot_start && address < v->slot_end &&
	    v->slot_generation == limen_s2_slot_changes)
		return true;
	return find_slot(v, address);
}

/* --- what it was --- */

static __always_inline __u32 class_of(const struct limen_s2_vcpu *v, const struct fault *f,
				      bool slot, __s64 ret)
{
	if (ret == -EHWPOISON)
		return LIMEN_S2_POISON;
	if (ret < 0)
		return LIMEN_S2_ERROR;
	if (!slot && f->access == LIMEN_S2_EXEC)
		return LIMEN_S2_NO_SLOT;
	if (!slot)
		return ret ? LIMEN_S2_MMIO_KERNEL : LIMEN_S2_MMIO_USER;
	if (v->slot_flags & KVM_READONLY && f->access == LIMEN_S2_WRITE)
		return LIMEN_S2_READONLY;
	return f->class;
}

static __always_inline int fault_begun(__u64 vcpu, const struct func_args *args, bool kprobe)
{
	struct limen_s2_vcpu *v = vcpu_of(vcpu);
	__u32 tid;

	if (!v)
		return 0;
	note_arguments(v, args);
	v->start_ns = bpf_ktime_get_ns();
	if (!kprobe)
		return 0;
	tid = bpf_get_current_pid_tgid();
	if (bpf_map_update_elem(&limen_s2_running, &tid, &vcpu, BPF_ANY))
		S2_COUNT(untracked);
	return 0;
}

/* A vCPU is run by one thread at a time: its own sums need no atomic operations. */
static __always_inline int fault_ended(struct limen_s2_vcpu *v, __u64 vcpu, __s64 ret, bool plain)
{
	struct limen_s2_slot *s;
	struct fault f;
	__u64 latency;
	__u32 class, nr;
	bool slot;

	if (!v->start_ns) {
		S2_COUNT(no_begin);
		return 0;
	}
	latency = bpf_ktime_get_ns() - v->start_ns;
	v->start_ns = 0;
	read_fault(&f, v, vcpu, plain);
	slot = has_slot(v, f.address);
	class = class_of(v, &f, slot, ret);
	if (class >= LIMEN_S2_CLASSES || f.access >= LIMEN_S2_ACCESSES)
		return 0;
	v->sums.faults[class]++;
	v->sums.access[f.access]++;
	v->sums.latency_ns += latency;
	v->sums.latency[latency_bucket(latency, LIMEN_S2_BUCKETS)]++;
	if (!slot)
		return 0;
	nr = v->slot;
	s = bpf_map_lookup_elem(&limen_s2_slots, &nr);
	if (s && nr)
		__sync_fetch_and_add(&s->faults[class], 1);
	return 0;
}

SEC("fentry/" HANDLER)
int s2_fault_begin_fentry(unsigned long long *ctx)
{
	struct func_args args = {
		.a = ctx[0], .b = HANDLER_ARGS > 1 ? ctx[HANDLER_ARGS > 1 ? 1 : 0] : 0,
		.c = HANDLER_ARGS > 2 ? ctx[HANDLER_ARGS > 2 ? 2 : 0] : 0,
	};

	return limen_s2_on ? fault_begun(args.a, &args, false) : 0;
}

static __always_inline int s2_fault_begin_regs(struct pt_regs *ctx)
{
	struct func_args args = {};

	if (!limen_s2_on)
		return 0;
	kprobe_args(ctx, &args);
	return fault_begun(args.a, &args, true);
}

KPROBES("kprobe", s2_fault_begin, HANDLER)

SEC("fexit/" HANDLER)
int s2_fault_end_fentry(unsigned long long *ctx)
{
	struct limen_s2_vcpu *v;

	if (!limen_s2_on)
		return 0;
	v = vcpu_of(ctx[0]);
	return v ? fault_ended(v, ctx[0], (__s32)ctx[HANDLER_ARGS], true) : 0;
}

static __always_inline int s2_fault_end_regs(struct pt_regs *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct limen_s2_vcpu *v;
	__u64 *running, vcpu;

	if (!limen_s2_on)
		return 0;
	running = bpf_map_lookup_elem(&limen_s2_running, &tid);
	if (!running)
		return 0;
	vcpu = *running;
	bpf_map_delete_elem(&limen_s2_running, &tid);
	v = vcpu_of(vcpu);
	return v ? fault_ended(v, vcpu, (__s32)PT_REGS_RC(ctx), false) : 0;
}

KPROBES("kretprobe", s2_fault_end, HANDLER)

char LICENSE[] SEC("license") = "GPL";
