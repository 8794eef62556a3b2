/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage2 boundary's events. */
#ifndef LIMEN_STAGE2_EVENT_BPF_H
#define LIMEN_STAGE2_EVENT_BPF_H

#include "vms.bpf.h"

/* Cleared, head and VM filled; NULL when it is not wanted, or the ring is full, which is counted. */
static __always_inline struct limen_s2_event *s2_event_begin(__u32 step, __u32 vm_nr)
{
	struct limen_s2_vm *vm = vm_at(vm_nr);
	struct limen_s2_cpu *cpu = s2_cpu();
	struct limen_s2_event *e;
	__u64 seq;

	if (!cpu || !vm || (limen_s2_pid && vm->pid != limen_s2_pid))
		return NULL;
	if (limen_s2_quiet >> step & 1)
		seq = __sync_fetch_and_add(&cpu->cpu.task_seq, 1);
	else
		seq = __sync_fetch_and_add(&cpu->cpu.seq, 1);
	__sync_fetch_and_add(&cpu->cpu.produced[LIMEN_EVENT_STAGE2], 1);
	e = bpf_ringbuf_reserve(&limen_ring, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&cpu->cpu.lost[LIMEN_EVENT_STAGE2], 1);
		return NULL;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->head.kind = LIMEN_EVENT_STAGE2;
	e->head.size = sizeof(*e);
	e->head.cpu = bpf_get_smp_processor_id();
	e->head.seq = seq;
	e->head.time_ns = bpf_ktime_get_boot_ns();
	read_current(&e->head.task);
	e->step = step;
	e->kvm = vm->kvm;
	e->vm_pid = vm->pid;
	e->vm_order = vm->order;
	__builtin_memcpy(e->vm_comm, vm->comm, sizeof(e->vm_comm));
	return e;
}

/* Private memory became shared, or the other way round. */
static __always_inline void count_attributes(__u32 vm_nr)
{
	struct limen_s2_vm *vm = vm_at(vm_nr);

	if (vm)
		__sync_fetch_and_add(&vm->attributes, 1);
}

static __always_inline __u64 invalidations_of(__u64 kvm)
{
	return BPF_CORE_READ((struct kvm *)kvm, mmu_invalidate_seq);
}

#endif
