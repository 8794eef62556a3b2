/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage2 boundary's maps and how to reach them. */
#ifndef LIMEN_STAGE2_BPF_H
#define LIMEN_STAGE2_BPF_H

#include "hook.bpf.h"
#include "limen/stage2.h"

/* Set by user space while it counts. */
volatile __u32 limen_s2_on __weak = 0;
/* Changes of memory slots: what was found before is no longer sure. */
volatile __u64 limen_s2_slot_changes __weak = 0;

/* Number of the vCPU that faulted last on a CPU, a guess: in a global, found without a lookup. */
#define S2_GUESSES	8192		/* a power of two; CPUs beyond share them */
volatile __u32 limen_s2_last_vcpu[S2_GUESSES] __weak = {};

const volatile __u32 limen_page_shift __weak = 12;

/* What is sent, a bit for each enum limen_s2_step, and which of it is not shown. */
const volatile __u32 limen_s2_steps __weak = 0;
const volatile __u32 limen_s2_quiet __weak = 0;
const volatile __u32 limen_s2_pid __weak = 0;		/* only of this VMM, 0: of all */
const volatile __u64 limen_s2_slow_ns __weak = 0;	/* a fault that takes longer; 0: none */
const volatile __u64 limen_s2_loop_times __weak = 0;	/* the same fault so often */
const volatile __u64 limen_s2_loop_ns __weak = 0;	/* in this time at the most */
const volatile bool limen_s2_shadow __weak = true;	/* x86: perhaps without nested paging */
const volatile bool limen_s2_sizes __weak = false;	/* mapped pages are counted */

#define S2_SENT(step)	(limen_s2_steps >> (step) & 1)
#define S2_OF_FAULTS	(1u << LIMEN_S2_STEP_FAULT | 1u << LIMEN_S2_STEP_FINDING |	\
			 1u << LIMEN_S2_STEP_MEMORY_FAULT)

/* vCPUs, slots, VMs and pages have numbers, by which they are found without a hash. */
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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMEN_S2_PAGES);
	__type(key, __u32);
	__type(value, struct limen_s2_page);
} limen_s2_pages __weak SEC(".maps");

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

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_S2_PAGES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct limen_s2_page_key);
	__type(value, __u32);
} limen_s2_page_nr __weak SEC(".maps");

/* Numbers of those that are no more, the oldest first: their entries are read until then. */
#define FREE_NUMBERS(name, entries)		\
struct {					\
	__uint(type, BPF_MAP_TYPE_QUEUE);	\
	__uint(max_entries, entries);		\
	__type(value, __u32);			\
} name __weak SEC(".maps")

FREE_NUMBERS(limen_s2_vcpu_free, LIMEN_S2_VCPUS);
FREE_NUMBERS(limen_s2_slot_free, LIMEN_S2_SLOTS);
FREE_NUMBERS(limen_s2_vm_free, LIMEN_S2_VMS);
FREE_NUMBERS(limen_s2_page_free, LIMEN_S2_PAGES);

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

static __always_inline struct limen_s2_vcpu *last_vcpu(void)
{
	return vcpu_at(limen_s2_last_vcpu[bpf_get_smp_processor_id() & (S2_GUESSES - 1)]);
}

static __always_inline struct limen_s2_vm *vm_at(__u32 nr)
{
	return bpf_map_lookup_elem(&limen_s2_vms, &nr);
}

static __always_inline struct limen_s2_slot *slot_at(__u32 nr)
{
	return bpf_map_lookup_elem(&limen_s2_slots, &nr);
}

/*
 * A number for a new entry: one that nobody had, while there are, so that what
 * is over stays readable; then the one that has been over for longest. 0: none.
 */
#define NEW_NUMBER(last, bound, free) ({					\
	__u32 nr_ = __sync_fetch_and_add(last, 1) + 1;			\
									\
	if (nr_ >= (bound)) {						\
		__sync_fetch_and_add(last, -1);				\
		if (bpf_map_pop_elem(free, &nr_))			\
			nr_ = 0;					\
	}								\
	nr_; })

static __always_inline void add_sums(struct limen_s2_sums *to, const struct limen_s2_sums *from)
{
	const __u64 *x = (const __u64 *)from;
	__u64 *y = (__u64 *)to;
	__u32 i;

	for (i = 0; i < sizeof(*to) / sizeof(__u64); i++)
		if (x[i])
			__sync_fetch_and_add(&y[i], x[i]);
}

#endif
