// SPDX-License-Identifier: GPL-2.0-or-later
/* VMs that are made and end. */
#include "event.bpf.h"
#include "slots.bpf.h"

#define KVM_CREATE_VM	0xae01	/* include/uapi/linux/kvm.h */

/* Of a thread in kvm_dev_ioctl(KVM_CREATE_VM): key its number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} limen_s2_creating SEC(".maps");

/* kvm_dev_ioctl(file, command, argument) */
static __always_inline int s2_create_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u8 one = 1;

	if ((__u32)args->b == KVM_CREATE_VM)
		bpf_map_update_elem(&limen_s2_creating, &tid, &one, BPF_ANY);
	return 0;
}

FUNC_BEGIN(s2_create, "kvm_dev_ioctl", 2, limen_s2_on)

/* The VM behind a descriptor of the current process. */
static __always_inline __u64 vm_of_file(__u32 fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **table = BPF_CORE_READ(fdt, fd), *file = NULL;

	if (fd >= BPF_CORE_READ(fdt, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), table + fd);
	return (__u64)BPF_CORE_READ(file, private_data);
}

/* The descriptor is there when it returns. */
static __always_inline int s2_create_end(void *ctx, __u64 ret)
{
	__u32 tid = bpf_get_current_pid_tgid(), nr;
	struct limen_s2_event *e;
	__s64 fd = (__s64)ret;
	__u64 kvm;

	if (!bpf_map_lookup_elem(&limen_s2_creating, &tid))
		return 0;
	bpf_map_delete_elem(&limen_s2_creating, &tid);
	if (fd < 0)
		return 0;
	kvm = vm_of_file(fd);
	if (!kvm)
		return 0;
	nr = known_vm(kvm);
	if (!nr)
		nr = add_vm(kvm);
	if (!S2_SENT(LIMEN_S2_STEP_CREATE))
		return 0;
	e = s2_event_begin(LIMEN_S2_STEP_CREATE, nr);
	if (e)
		bpf_ringbuf_submit(e, 0);
	return 0;
}

FUNC_END(s2_create, "kvm_dev_ioctl", 3)

/* --- the end --- */

struct end_walk {
	__u64 kvm;
};

/* No thread runs it any more. Its entry stays until its number is wanted. */
static long end_vcpu(void *map, const __u64 *vcpu, const __u32 *nr, struct end_walk *walk)
{
	struct limen_s2_vcpu *v;
	__u64 key = *vcpu;
	__u32 number = *nr;

	v = vcpu_at(number);
	if (!v || v->kvm != walk->kvm)
		return 0;
	v->vcpu = 0;
	bpf_map_delete_elem(&limen_s2_vcpu_nr, &key);
	bpf_map_push_elem(&limen_s2_vcpu_free, &number, BPF_ANY);
	return 0;
}

static long end_slots(void *map, const struct limen_s2_slot_key *key, const __u32 *nr,
		      struct end_walk *walk)
{
	if (key->kvm == walk->kvm)
		end_slot(key);
	return 0;
}

static long end_page(void *map, const struct limen_s2_page_key *page, const __u32 *nr,
		     struct end_walk *walk)
{
	struct limen_s2_page_key key = *page;
	__u32 number = *nr;

	if (key.kvm != walk->kvm)
		return 0;
	bpf_map_delete_elem(&limen_s2_page_nr, &key);
	bpf_map_push_elem(&limen_s2_page_free, &number, BPF_ANY);
	return 0;
}

/* kvm_destroy_vm(kvm) */
static __always_inline int s2_destroy_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct end_walk walk = {.kvm = args->a};
	__u64 kvm = args->a;
	__u32 nr = known_vm(kvm);
	struct limen_s2_event *e;
	struct limen_s2_vm *vm;

	/* One without a number may have vCPUs all the same. */
	bpf_for_each_map_elem(&limen_s2_vcpu_nr, end_vcpu, &walk, 0);
	bpf_for_each_map_elem(&limen_s2_slot_nr, end_slots, &walk, 0);
	bpf_for_each_map_elem(&limen_s2_page_nr, end_page, &walk, 0);
	vm = vm_at(nr);
	if (!nr || !vm)
		return 0;
	vm->invalidations = BPF_CORE_READ((struct kvm *)kvm, mmu_invalidate_seq);
	vm->ended = 1;
	if (S2_SENT(LIMEN_S2_STEP_END)) {
		e = s2_event_begin(LIMEN_S2_STEP_END, nr);
		if (e)
			bpf_ringbuf_submit(e, 0);
	}
	bpf_map_delete_elem(&limen_s2_vm_nr, &kvm);
	bpf_map_push_elem(&limen_s2_vm_free, &nr, BPF_ANY);
	return 0;
}

FUNC_BEGIN(s2_destroy, "kvm_destroy_vm", 1, limen_s2_on)

char LICENSE[] SEC("license") = "GPL";
