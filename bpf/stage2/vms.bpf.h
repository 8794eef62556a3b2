/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMs and vCPUs: known from their making on, or from their first fault. */
#ifndef LIMEN_VMS_BPF_H
#define LIMEN_VMS_BPF_H

#include "stage2.bpf.h"

struct order_walk {
	__u32 pid, order;
};

static long find_order(void *map, const __u32 *nr, const struct limen_s2_vm *vm,
		       struct order_walk *walk)
{
	if (vm->pid == walk->pid && vm->order > walk->order && *nr)
		walk->order = vm->order;
	return 0;
}

/* Made room for another one: its sums are nobody's from now on, and in the total. */
static __always_inline void fold_vm(struct limen_s2_vm *vm)
{
	static const struct limen_s2_vm none;
	struct limen_s2_vm *rest = vm_at(0);

	if (rest && vm->pid) {
		add_sums(&rest->sums, &vm->sums);
		S2_COUNT(folded_vms);
	}
	__builtin_memcpy(vm, &none, sizeof(none));
}

/* A VM of the current process; its number, 0: no room. */
COLD __u32 add_vm(__u64 kvm)
{
	struct limen_s2_control *control = s2_control();
	struct order_walk walk = {};
	struct task_struct *leader;
	struct limen_s2_vm *vm;
	__u32 *known, nr;

	nr = control ? NEW_NUMBER(&control->next_vm, LIMEN_S2_VMS, &limen_s2_vm_free) : 0;
	vm = vm_at(nr);
	if (!nr || !vm) {
		S2_COUNT(no_vm_room);
		return 0;
	}
	fold_vm(vm);
	walk.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_for_each_map_elem(&limen_s2_vms, find_order, &walk, 0);
	leader = BPF_CORE_READ(bpf_get_current_task_btf(), group_leader);
	vm->kvm = kvm;
	vm->pid = walk.pid;
	vm->order = walk.order + 1;
	vm->seen_ns = bpf_ktime_get_boot_ns();
	bpf_core_read_str(vm->comm, sizeof(vm->comm), &leader->comm);
	if (!bpf_map_update_elem(&limen_s2_vm_nr, &kvm, &nr, BPF_NOEXIST))
		return nr;
	vm->kvm = 0;	/* another vCPU was first: this one stays empty */
	vm->pid = 0;
	bpf_map_push_elem(&limen_s2_vm_free, &nr, BPF_ANY);
	known = bpf_map_lookup_elem(&limen_s2_vm_nr, &kvm);
	return known ? *known : 0;
}

/* The number of a VM that is known, else 0. */
static __always_inline __u32 known_vm(__u64 kvm)
{
	__u32 *known = bpf_map_lookup_elem(&limen_s2_vm_nr, &kvm);

	return known ? *known : 0;
}

/* An entry that is used again: what it counted is its VM's, or if that is gone, too, the total's. */
COLD int retire_vcpu(struct limen_s2_vcpu *v)
{
	struct limen_s2_vm *vm = vm_at(v->vm);

	if (!v->kvm)
		return 0;
	if (!vm || vm->seen_ns != v->vm_seen_ns)
		vm = vm_at(0);
	if (vm)
		add_sums(&vm->sums, &v->sums);
	return 0;
}

COLD __u32 add_vcpu(__u64 vcpu)
{
	static const struct limen_s2_vcpu none;
	struct limen_s2_control *control = s2_control();
	struct kvm_vcpu *k = (struct kvm_vcpu *)vcpu;
	struct limen_s2_vcpu *v;
	struct limen_s2_vm *of;
	__u32 nr, vm;
	__u64 kvm;

	nr = control ? NEW_NUMBER(&control->next_vcpu, LIMEN_S2_VCPUS, &limen_s2_vcpu_free) : 0;
	v = vcpu_at(nr);
	if (!nr || !v)
		return 0;
	retire_vcpu(v);
	if (bpf_map_update_elem(&limen_s2_vcpus, &nr, &none, BPF_ANY) ||
	    bpf_map_update_elem(&limen_s2_vcpu_nr, &vcpu, &nr, BPF_ANY))
		return 0;
	kvm = (__u64)BPF_CORE_READ(k, kvm);
	vm = known_vm(kvm);
	v->kvm = kvm;
	v->id = BPF_CORE_READ(k, vcpu_id);
	v->vm = vm ? vm : add_vm(kvm);
	of = vm_at(v->vm);
	v->vm_seen_ns = of ? of->seen_ns : 0;
	v->vcpu = vcpu;
	return nr;
}

/* A vCPU that was not the last one on this CPU, or is new. */
COLD struct limen_s2_vcpu *search_vcpu(__u64 vcpu)
{
	__u32 *known = bpf_map_lookup_elem(&limen_s2_vcpu_nr, &vcpu), nr;

	nr = known ? *known : add_vcpu(vcpu);
	if (!nr) {
		S2_COUNT(untracked);
		return NULL;
	}
	limen_s2_last_vcpu[bpf_get_smp_processor_id() & (S2_GUESSES - 1)] = nr;
	return vcpu_at(nr);
}

static __always_inline struct limen_s2_vcpu *vcpu_of(__u64 vcpu)
{
	struct limen_s2_vcpu *v = last_vcpu();

	return v && v->vcpu == vcpu ? v : search_vcpu(vcpu);
}

#endif
