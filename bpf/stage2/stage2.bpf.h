/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage2 boundary's maps and how to reach them. */
#ifndef LIMEN_STAGE2_BPF_H
#define LIMEN_STAGE2_BPF_H

#include "hook.bpf.h"
#include "limen/stage2.h"

#define EFAULT		14
#define EHWPOISON	133

/* Set by user space while it counts. */
volatile __u32 limen_s2_on __weak = 0;
/* Changes of memory slots: what was found before is no longer sure. */
volatile __u64 limen_s2_slot_changes __weak = 0;

const volatile __u32 limen_page_shift __weak = 12;
const volatile __u32 limen_s2_max_cpus __weak = 1;

/* vCPUs, slots and VMs have numbers, by which they are found without a hash. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMEN_S2_VCPUS);
	__type(key, __u32);
	__type(value, struct limen_s2_vcpu);
} limen_s2_vcpus __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMEN_S2_SLOTS);
	__type(key, __u32);
	__type(value, struct limen_s2_slot);
} limen_s2_slots __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMEN_S2_VMS);
	__type(key, __u32);
	__type(value, struct limen_s2_vm);
} limen_s2_vms __weak SEC(".maps");

/* The numbers of those that are alive. Key: address. Full: counted in untracked. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_S2_VCPUS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} limen_s2_vcpu_nr __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_S2_SLOTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct limen_s2_slot_key);
	__type(value, __u32);
} limen_s2_slot_nr __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_S2_VMS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} limen_s2_vm_nr __weak SEC(".maps");

/* Numbers of vCPUs that are no more. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, LIMEN_S2_VCPUS);
	__type(value, __u32);
} limen_s2_vcpu_free __weak SEC(".maps");

/*
 * Where a return has no arguments (kprobes): which vCPU the thread was in a
 * fault of. Key: thread's number. Full: the fault is not counted, but said.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_S2_VCPUS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} limen_s2_running __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct limen_s2_cpu);
} limen_s2_cpus __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limen_s2_control);
} limen_s2_control __weak SEC(".maps");

static __always_inline struct limen_s2_cpu *s2_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&limen_s2_cpus, &cpu);
}

#define S2_COUNT(field) do {						\
	struct limen_s2_cpu *cpu_ = s2_cpu();				\
									\
	if (cpu_)							\
		__sync_fetch_and_add(&cpu_->field, 1);			\
} while (0)

static __always_inline struct limen_s2_control *s2_control(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&limen_s2_control, &zero);
}

static __always_inline struct limen_s2_vcpu *vcpu_at(__u32 nr)
{
	return bpf_map_lookup_elem(&limen_s2_vcpus, &nr);
}

/* The next number of a table, from 1; 0 when there is none left. */
static __always_inline __u32 next_number(__u32 *last, __u32 bound)
{
	__u32 nr = __sync_fetch_and_add(last, 1) + 1;

	if (nr < bound)
		return nr;
	__sync_fetch_and_add(last, -1);
	return 0;
}

/* --- VMs and vCPUs, as they are seen first --- */

/* The number of a VM, by the thread of a vCPU of it; 0: no room. */
COLD __u32 vm_of(__u64 kvm)
{
	__u32 *known = bpf_map_lookup_elem(&limen_s2_vm_nr, &kvm), nr;
	struct limen_s2_control *control = s2_control();
	struct task_struct *leader;
	struct limen_s2_vm *vm;

	if (known || !control)
		return known ? *known : 0;
	nr = next_number(&control->next_vm, LIMEN_S2_VMS);
	vm = bpf_map_lookup_elem(&limen_s2_vms, &nr);
	if (!nr || !vm)
		return 0;
	leader = BPF_CORE_READ(bpf_get_current_task_btf(), group_leader);
	vm->kvm = kvm;
	vm->pid = bpf_get_current_pid_tgid() >> 32;
	vm->seen_ns = bpf_ktime_get_boot_ns();
	bpf_core_read_str(vm->comm, sizeof(vm->comm), &leader->comm);
	if (!bpf_map_update_elem(&limen_s2_vm_nr, &kvm, &nr, BPF_NOEXIST))
		return nr;
	vm->kvm = 0;	/* another vCPU was first: this one stays empty */
	vm->pid = 0;
	known = bpf_map_lookup_elem(&limen_s2_vm_nr, &kvm);
	return known ? *known : 0;
}

COLD __u32 add_vcpu(__u64 vcpu)
{
	static const struct limen_s2_vcpu none;
	struct limen_s2_control *control = s2_control();
	struct kvm_vcpu *k = (struct kvm_vcpu *)vcpu;
	struct limen_s2_vcpu *v;
	__u32 nr = 0;

	if (bpf_map_pop_elem(&limen_s2_vcpu_free, &nr))
		nr = control ? next_number(&control->next_vcpu, LIMEN_S2_VCPUS) : 0;
	if (!nr || bpf_map_update_elem(&limen_s2_vcpus, &nr, &none, BPF_ANY) ||
	    bpf_map_update_elem(&limen_s2_vcpu_nr, &vcpu, &nr, BPF_ANY))
		return 0;
	v = vcpu_at(nr);
	if (!v)
		return 0;
	v->kvm = (__u64)BPF_CORE_READ(k, kvm);
	v->id = BPF_CORE_READ(k, vcpu_id);
	v->vm = vm_of(v->kvm);
	v->vcpu = vcpu;
	return nr;
}

/* A vCPU that was not the last one on this CPU, or is new. */
COLD struct limen_s2_vcpu *search_vcpu(__u64 vcpu)
{
	__u32 *known = bpf_map_lookup_elem(&limen_s2_vcpu_nr, &vcpu), nr;
	struct limen_s2_cpu *cpu = s2_cpu();

	nr = known ? *known : add_vcpu(vcpu);
	if (!cpu)
		return NULL;
	if (!nr) {
		__sync_fetch_and_add(&cpu->untracked, 1);
		return NULL;
	}
	cpu->last_vcpu = nr;
	return vcpu_at(nr);
}

static __always_inline struct limen_s2_vcpu *vcpu_of(__u64 vcpu)
{
	struct limen_s2_cpu *cpu = s2_cpu();
	struct limen_s2_vcpu *v;

	if (!cpu)
		return NULL;
	v = vcpu_at(cpu->last_vcpu);
	return v && v->vcpu == vcpu ? v : search_vcpu(vcpu);
}

#endif
