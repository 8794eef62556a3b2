// SPDX-License-Identifier: GPL-2.0-or-later
/* VMs that end, and memory slots that change. */
#include "stage2.bpf.h"

static __always_inline void add_sums(struct limen_s2_sums *to, const struct limen_s2_sums *from)
{
	const __u64 *x = (const __u64 *)from;
	__u64 *y = (__u64 *)to;
	__u32 i;

	for (i = 0; i < sizeof(*to) / sizeof(__u64); i++)
		if (x[i])
			__sync_fetch_and_add(&y[i], x[i]);
}

struct end_walk {
	__u64 kvm;
};

/* No thread runs it any more: its sums are the VM's from now on. */
static long end_vcpu(void *map, const __u64 *vcpu, const __u32 *nr, struct end_walk *walk)
{
	struct limen_s2_vm *vm;
	struct limen_s2_vcpu *v;
	__u64 key = *vcpu;
	__u32 number = *nr, vm_number;

	v = vcpu_at(number);
	if (!v || v->kvm != walk->kvm)
		return 0;
	vm_number = v->vm;
	vm = bpf_map_lookup_elem(&limen_s2_vms, &vm_number);
	if (vm)
		add_sums(&vm->sums, &v->sums);
	v->vcpu = 0;
	bpf_map_delete_elem(&limen_s2_vcpu_nr, &key);
	bpf_map_push_elem(&limen_s2_vcpu_free, &number, BPF_ANY);
	return 0;
}

static long end_slot(void *map, const struct limen_s2_slot_key *slot, const __u32 *nr,
		     struct end_walk *walk)
{
	struct limen_s2_slot_key key = *slot;

	if (key.kvm == walk->kvm)
		bpf_map_delete_elem(&limen_s2_slot_nr, &key);
	return 0;
}

/* kvm_destroy_vm(kvm) */
static __always_inline int s2_destroy_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct end_walk walk = {.kvm = args->a};
	__u64 kvm = args->a;
	__u32 *known = bpf_map_lookup_elem(&limen_s2_vm_nr, &kvm), nr;
	struct limen_s2_vm *vm;

	if (!known)
		return 0;
	nr = *known;
	bpf_for_each_map_elem(&limen_s2_vcpu_nr, end_vcpu, &walk, 0);
	bpf_for_each_map_elem(&limen_s2_slot_nr, end_slot, &walk, 0);
	bpf_map_delete_elem(&limen_s2_vm_nr, &kvm);
	vm = bpf_map_lookup_elem(&limen_s2_vms, &nr);
	if (vm)
		vm->ended = 1;
	return 0;
}

FUNC_BEGIN(s2_destroy, "kvm_destroy_vm", 1, limen_s2_on)

/* kvm_set_memslot(): when it returns another set of slots is in force. */
static __always_inline int s2_memslot_end(void *ctx, __u64 ret)
{
	__sync_fetch_and_add(&limen_s2_slot_changes, 1);
	return 0;
}

FUNC_END(s2_memslot, "kvm_set_memslot", 4)

char LICENSE[] SEC("license") = "GPL";
