// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the host's memory management and the VMM do to a guest's memory: pages
 * that are unmapped or asked for their age, private or shared, guest_memfd.
 */
#include "event.bpf.h"
#include "slots.bpf.h"

/* --- MMU notifiers, where they concern a slot --- */

static __always_inline int range_passed(const struct func_args *args, __u32 step)
{
	struct kvm_gfn_range *range = (struct kvm_gfn_range *)args->b;
	__u32 nr = known_vm(args->a);
	struct limen_s2_vm *vm = vm_at(nr);
	__u64 start, pages;
	struct limen_s2_event *e;

	if (!nr || !vm)
		return 0;
	start = BPF_CORE_READ(range, start);
	pages = BPF_CORE_READ(range, end) - start;
	if (step == LIMEN_S2_STEP_UNMAP) {
		__sync_fetch_and_add(&vm->unmaps, 1);
		__sync_fetch_and_add(&vm->unmapped, pages << limen_page_shift);
	} else {
		__sync_fetch_and_add(&vm->ages, 1);
	}
	if (!(limen_s2_steps >> step & 1))
		return 0;
	e = s2_event_begin(step, nr);
	if (!e)
		return 0;
	e->address = start << limen_page_shift;
	e->size = pages << limen_page_shift;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* kvm_unmap_gfn_range(kvm, range), arch/.../mmu.c */
static __always_inline int s2_unmap_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	return range_passed(args, LIMEN_S2_STEP_UNMAP);
}

FUNC_BEGIN(s2_unmap, "kvm_unmap_gfn_range", 2, limen_s2_on)

/* kvm_age_gfn(kvm, range) */
static __always_inline int s2_age_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	return range_passed(args, LIMEN_S2_STEP_AGE);
}

FUNC_BEGIN(s2_age, "kvm_age_gfn", 2, limen_s2_on)

/* --- broken memory --- */

struct poison_walk {
	__u32 tid;
};

/* The vCPU that the current thread is in a fault of. */
static long poison_vcpu(void *map, const __u32 *nr, struct limen_s2_vcpu *v,
			struct poison_walk *walk)
{
	struct kvm_vcpu *k = (struct kvm_vcpu *)v->vcpu;

	if (!k || !v->start_ns || (__u32)BPF_CORE_READ(k, pid, numbers[0].nr) != walk->tid)
		return 0;
	v->state |= LIMEN_S2_POISONED;
	return 1;
}

/*
 * send_sig_mceerr(code, address, bits, task): KVM says so to the VMM when a fault
 * meets a page with a hardware error (kvm_send_hwpoison_signal()), and goes on.
 */
static __always_inline int s2_poison_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct poison_walk walk = {.tid = bpf_get_current_pid_tgid()};

	bpf_for_each_map_elem(&limen_s2_vcpus, poison_vcpu, &walk, 0);
	return 0;
}

FUNC_BEGIN(s2_poison, "send_sig_mceerr", 1, limen_s2_on)

/* --- guest_memfd --- */

/* kvm_gmem_get_pfn(kvm, slot, gfn, ...), virt/kvm/guest_memfd.c */
static __always_inline int s2_gmem_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	__u32 nr = known_vm(args->a);
	struct limen_s2_vm *vm = vm_at(nr);
	struct limen_s2_event *e;

	if (!nr || !vm)
		return 0;
	__sync_fetch_and_add(&vm->gmem, 1);
	if (!S2_SENT(LIMEN_S2_STEP_GMEM))
		return 0;
	e = s2_event_begin(LIMEN_S2_STEP_GMEM, nr);
	if (!e)
		return 0;
	e->address = args->c << limen_page_shift;
	e->size = 1UL << limen_page_shift;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

FUNC_BEGIN(s2_gmem, "kvm_gmem_get_pfn", 3, limen_s2_on)

/* --- what a VMM asks for by ioctl --- */

/* include/uapi/linux/kvm.h */
#define KVM_SET_MEMORY_ATTRIBUTES	0x4020aed2
#define KVM_SET_USER_MEMORY_REGION2	0x40a0ae49
#define ATTRIBUTE_PRIVATE		(1ULL << 3)
#define MEM_GUEST_MEMFD			(1u << 2)

struct memory_attributes {	/* struct kvm_memory_attributes */
	__u64 address, size, attributes, flags;
};

struct memory_region {		/* the begin of struct kvm_userspace_memory_region2 */
	__u32 slot, flags;
	__u64 address, size, host;
};

/* An ioctl that is followed to its end. */
struct request {
	__u64 kvm;
	__u64 argument;		/* in the VMM's memory */
	__u32 command;
	__u32 flags_before;	/* of the slot; ~0: there is none */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct request);
} limen_s2_requests SEC(".maps");

/* The flags of the slot that a region names, ~0: there is none. */
COLD __u32 flags_now(__u64 kvm, __u64 argument)
{
	struct memory_region region = {};
	struct kvm_memory_slot *slot;
	struct gap gap;

	if (bpf_probe_read_user(&region, sizeof(region), (void *)argument) || !region.size)
		return ~0U;
	slot = slot_in_tree(kvm, region.address >> limen_page_shift, &gap);
	if (!slot || (__u16)BPF_CORE_READ(slot, id) != (__u16)region.slot)
		return ~0U;
	return BPF_CORE_READ(slot, flags);
}

/*
 * kvm_vm_ioctl(file, command, argument). The VMM's memory is read only where it
 * is of use: the reading is a copy from user space, too, as usercopy counts them.
 */
static __always_inline int s2_request_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct file *file = (struct file *)args->a;
	__u32 tid, command = args->b;
	struct request r = {.command = command, .argument = args->c, .flags_before = ~0U};

	if (command != KVM_SET_MEMORY_ATTRIBUTES &&
	    (command != KVM_SET_USER_MEMORY_REGION2 || !S2_SENT(LIMEN_S2_STEP_FINDING)))
		return 0;
	r.kvm = (__u64)BPF_CORE_READ(file, private_data);
	if (command != KVM_SET_MEMORY_ATTRIBUTES)
		r.flags_before = flags_now(r.kvm, r.argument);
	tid = bpf_get_current_pid_tgid();
	bpf_map_update_elem(&limen_s2_requests, &tid, &r, BPF_ANY);
	return 0;
}

FUNC_BEGIN(s2_request, "kvm_vm_ioctl", 3, limen_s2_on)

COLD int attributes_set(const struct request *r)
{
	__u32 nr = known_vm(r->kvm);
	struct memory_attributes a = {};
	struct limen_s2_event *e;

	if (!nr)
		return 0;
	count_attributes(nr);
	if (!S2_SENT(LIMEN_S2_STEP_ATTRIBUTES) ||
	    bpf_probe_read_user(&a, sizeof(a), (void *)r->argument))
		return 0;
	e = s2_event_begin(LIMEN_S2_STEP_ATTRIBUTES, nr);
	if (!e)
		return 0;
	e->address = a.address;
	e->size = a.size;
	if (a.attributes & ATTRIBUTE_PRIVATE)
		e->flags |= LIMEN_S2_PRIVATE;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* Whether the kernel refused it or not: the VMM asks for what must not be. */
COLD int region_set(const struct request *r, __s64 ret)
{
	struct memory_region region = {};
	struct limen_s2_event *e;

	if (r->flags_before == ~0U ||
	    bpf_probe_read_user(&region, sizeof(region), (void *)r->argument) ||
	    !((region.flags ^ r->flags_before) & MEM_GUEST_MEMFD))
		return 0;
	e = s2_event_begin(LIMEN_S2_STEP_FINDING, known_vm(r->kvm));
	if (!e)
		return 0;
	e->finding = LIMEN_S2_TOGGLED;
	e->flags = LIMEN_S2_HAS_SLOT;
	e->error = ret;
	e->address = e->slot_start = region.address;
	e->size = e->slot_bytes = region.size;
	e->slot_host = region.host;
	e->slot = region.slot;
	e->slot_flags = region.flags;
	e->slot_flags_before = r->flags_before;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static __always_inline int s2_request_end(void *ctx, __u64 ret)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct request *known = bpf_map_lookup_elem(&limen_s2_requests, &tid), r;

	if (!known)
		return 0;
	r = *known;
	bpf_map_delete_elem(&limen_s2_requests, &tid);
	if (r.command != KVM_SET_MEMORY_ATTRIBUTES)
		return region_set(&r, (__s64)ret);
	return (__s64)ret ? 0 : attributes_set(&r);
}

FUNC_END(s2_request, "kvm_vm_ioctl", 3)

char LICENSE[] SEC("license") = "GPL";
