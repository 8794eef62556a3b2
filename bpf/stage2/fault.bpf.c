// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults of the second stage: kvm_handle_guest_abort() on arm64
 * (arch/arm64/kvm/mmu.c), kvm_mmu_page_fault() on x86 (arch/x86/kvm/mmu/mmu.c).
 * What a fault was is known when the handler returns: 1, the guest goes on; 0,
 * the VMM is asked; negative, KVM_RUN fails.
 */
#include "log2.bpf.h"
#include "slots.bpf.h"

#define KVM_READONLY		2	/* KVM_MEM_READONLY, include/uapi/linux/kvm.h */
#define EXIT_MEMORY_FAULT	39	/* KVM_EXIT_MEMORY_FAULT */

#define EFAULT			14
#define EHWPOISON		133

struct fault {
	__u64 address;		/* as the guest sees it */
	__u64 latency_ns;
	__s64 ret;		/* of the handler */
	__u32 class;		/* from the hardware: LIMEN_S2_TRANSLATION.. _OTHER */
	__u32 access;		/* enum limen_s2_access */
	__u32 level;		/* arm64: of the tables, where it was missed */
	bool slot;
	bool foreign;		/* not an address of the VM: it lies in no slot */
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

#include "watch.bpf.h"

/* --- what it was --- */

/* -EFAULT says nothing: the exit's reason does, where the kernel has this one. */
COLD __u32 class_of_error(__u64 vcpu, __s64 ret)
{
	__u32 reason = 0;

	if (ret == -EHWPOISON)
		return LIMEN_S2_POISON;
	reason = BPF_CORE_READ((struct kvm_vcpu *)vcpu, run, exit_reason);
	return ret == -EFAULT && reason == EXIT_MEMORY_FAULT ? LIMEN_S2_MEMORY_FAULT :
							      LIMEN_S2_ERROR;
}

static __always_inline __u32 class_of(const struct limen_s2_vcpu *v, const struct fault *f)
{
	if (f->ret < 0)
		return class_of_error(v->vcpu, f->ret);
	if (v->state & LIMEN_S2_POISONED)
		return LIMEN_S2_POISON;
	if (f->foreign)
		return f->class;
	if (!f->slot && f->access == LIMEN_S2_EXEC)
		return LIMEN_S2_NO_SLOT;
	if (!f->slot)
		return f->ret ? LIMEN_S2_MMIO_KERNEL : LIMEN_S2_MMIO_USER;
	if (v->slot_flags & KVM_READONLY && f->access == LIMEN_S2_WRITE)
		return LIMEN_S2_READONLY;
	return f->class;
}

/* --- MMIO, by page --- */

COLD __u32 page_number(struct limen_s2_vcpu *v, __u64 page)
{
	static const struct limen_s2_page none;
	struct limen_s2_page_key key = {.kvm = v->kvm, .address = page};
	struct limen_s2_control *control = s2_control();
	struct limen_s2_page *p;
	struct limen_s2_vm *vm;
	__u32 *known, nr;

	known = bpf_map_lookup_elem(&limen_s2_page_nr, &key);
	if (known)
		return *known;
	nr = control ? NEW_NUMBER(&control->next_page, LIMEN_S2_PAGES, &limen_s2_page_free) : 0;
	if (!nr || bpf_map_update_elem(&limen_s2_pages, &nr, &none, BPF_ANY))
		return 0;
	p = bpf_map_lookup_elem(&limen_s2_pages, &nr);
	if (!p || bpf_map_update_elem(&limen_s2_page_nr, &key, &nr, BPF_ANY))
		return 0;
	vm = vm_at(v->vm);
	p->vm = v->vm;
	p->vm_seen_ns = vm ? vm->seen_ns : 0;
	p->address = page;
	p->kvm = key.kvm;
	return nr;
}

static __always_inline void count_mmio(struct limen_s2_vcpu *v, __u64 address, __u32 class)
{
	struct limen_s2_page *p;
	__u64 page = address >> 12 << 12;
	__u32 nr;

	if (v->page != page || !v->page_nr) {
		v->page = page;
		v->page_nr = page_number(v, page);
	}
	nr = v->page_nr;
	p = bpf_map_lookup_elem(&limen_s2_pages, &nr);
	if (!p || !nr) {
		S2_COUNT(no_page_room);
		return;
	}
	if (class == LIMEN_S2_MMIO_USER)
		__sync_fetch_and_add(&p->user, 1);
	else
		__sync_fetch_and_add(&p->kernel, 1);
}

/* --- counting --- */

static __always_inline void count_slot(struct limen_s2_vcpu *v, const struct fault *f, __u32 bucket)
{
	struct limen_s2_slot *s;
	__u32 nr = v->slot;

	s = slot_at(nr);
	if (!s || !nr) {
		S2_COUNT(no_slot_room);
		return;
	}
	__sync_fetch_and_add(&s->faults[f->class], 1);
	__sync_fetch_and_add(&s->latency[bucket], 1);
	if (f->class == LIMEN_S2_PERMISSION && f->access == LIMEN_S2_WRITE)
		__sync_fetch_and_add(&s->writes, 1);
	if (limen_s2_sizes && f->class == LIMEN_S2_TRANSLATION && v->size < LIMEN_S2_SIZES)
		__sync_fetch_and_add(&s->mapped[v->size], v->size_bytes);
}

static __always_inline int fault_begun(struct limen_s2_vcpu *v)
{
	struct task_struct *task;

	if (v->start_ns)
		S2_COUNT(no_end);
	v->state = LIMEN_S2_BEGUN;
	if (limen_s2_sizes) {
		v->tid = bpf_get_current_pid_tgid();
		v->size = ~0U;
	}
	if (limen_s2_slow_ns) {
		task = bpf_get_current_task_btf();
		v->major = task->maj_flt;
		v->voluntary = task->nvcsw;
		v->involuntary = task->nivcsw;
	}
	v->start_ns = bpf_ktime_get_ns();
	return 0;
}

/* A vCPU is run by one thread at a time: its own sums need no atomic operations. */
static __always_inline int fault_ended(struct limen_s2_vcpu *v, const struct func_args *args,
				       __s64 ret, const bool plain)
{
	struct fault f;
	__u32 bucket;

	if (!v->start_ns) {	/* begun before limen looked: none is lost */
		if (v->state)
			S2_COUNT(no_begin);
		return 0;
	}
	f.latency_ns = bpf_ktime_get_ns() - v->start_ns;
	v->start_ns = 0;
	f.ret = ret;
	read_fault(&f, args->a, args, plain);
	f.slot = !f.foreign && has_slot(v, f.address);
	f.class = class_of(v, &f);
	if (f.class >= LIMEN_S2_CLASSES || f.access >= LIMEN_S2_ACCESSES)
		return 0;
	bucket = latency_bucket(f.latency_ns, LIMEN_S2_BUCKETS);
	v->sums.faults[f.class]++;
	v->sums.access[f.access]++;
	v->sums.latency_ns += f.latency_ns;
	v->sums.latency[bucket]++;
	if (f.slot)
		count_slot(v, &f, bucket);
	else if (f.class == LIMEN_S2_MMIO_USER || f.class == LIMEN_S2_MMIO_KERNEL)
		count_mmio(v, f.address, f.class);
	if (limen_s2_steps & S2_OF_FAULTS)
		watch_fault(v, &f);
	return 0;
}

/* --- programs --- */

SEC("fentry/" HANDLER)
int s2_fault_begin_fentry(unsigned long long *ctx)
{
	struct limen_s2_vcpu *v;

	if (!limen_s2_on)
		return 0;
	v = vcpu_of(ctx[0]);
	return v ? fault_begun(v) : 0;
}

static __always_inline int s2_fault_begin_regs(struct pt_regs *ctx)
{
	struct func_args args = {};
	struct limen_s2_vcpu *v;
	__u32 tid;

	if (!limen_s2_on)
		return 0;
	kprobe_args(ctx, &args);
	v = vcpu_of(args.a);
	if (!v)
		return 0;
	v->address = args.b;
	v->error = args.c;
	tid = bpf_get_current_pid_tgid();
	if (bpf_map_update_elem(&limen_s2_running, &tid, &args.a, BPF_ANY)) {
		S2_COUNT(untracked);
		return 0;
	}
	return fault_begun(v);
}

KPROBES("kprobe", s2_fault_begin, HANDLER)

SEC("fexit/" HANDLER)
int s2_fault_end_fentry(unsigned long long *ctx)
{
	struct func_args args = {
		.a = ctx[0], .b = HANDLER_ARGS > 1 ? ctx[HANDLER_ARGS > 1 ? 1 : 0] : 0,
		.c = HANDLER_ARGS > 2 ? ctx[HANDLER_ARGS > 2 ? 2 : 0] : 0,
	};
	struct limen_s2_vcpu *v;

	if (!limen_s2_on)
		return 0;
	v = vcpu_of(args.a);
	return v ? fault_ended(v, &args, (__s32)ctx[HANDLER_ARGS], true) : 0;
}

static __always_inline int s2_fault_end_regs(struct pt_regs *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct func_args args = {};
	struct limen_s2_vcpu *v;
	__u64 *running;

	if (!limen_s2_on)
		return 0;
	running = bpf_map_lookup_elem(&limen_s2_running, &tid);
	if (!running)
		return 0;
	args.a = *running;
	bpf_map_delete_elem(&limen_s2_running, &tid);
	v = vcpu_of(args.a);
	if (!v)
		return 0;
	args.b = v->address;
	args.c = v->error;
	return fault_ended(v, &args, (__s32)PT_REGS_RC(ctx), false);
}

KPROBES("kretprobe", s2_fault_end, HANDLER)

char LICENSE[] SEC("license") = "GPL";
