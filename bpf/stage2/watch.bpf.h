/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes wrong in a fault: loops, slow ones, errors. Included by fault.bpf.c. */
#ifndef LIMEN_STAGE2_WATCH_BPF_H
#define LIMEN_STAGE2_WATCH_BPF_H

#include "event.bpf.h"

/* Classes that make no progress when they come again and again. */
#define LOOPING	(1u << LIMEN_S2_TRANSLATION | 1u << LIMEN_S2_PERMISSION |		\
		 1u << LIMEN_S2_ACCESS_FLAG | 1u << LIMEN_S2_NO_SLOT |			\
		 1u << LIMEN_S2_POISON | 1u << LIMEN_S2_ERROR | 1u << LIMEN_S2_OTHER |	\
		 1u << LIMEN_S2_MEMORY_FAULT)

static __always_inline void fill_fault(struct limen_s2_event *e, const struct limen_s2_vcpu *v,
				       const struct fault *f)
{
	e->address = f->address;
	e->latency_ns = f->latency_ns;
	e->error = f->ret;
	e->class = f->class;
	e->access = f->access;
	e->level = f->level;
	e->vcpu = v->id;
	e->flags |= LIMEN_S2_HAS_VCPU | HAS_LEVEL;
	if (limen_s2_sizes && v->size < LIMEN_S2_SIZES)
		e->size = v->size_bytes;
	e->sequence = invalidations_of(v->kvm);
	e->pc = guest_pc(v->vcpu);
	if (f->foreign)
		e->flags |= LIMEN_S2_FOREIGN;
	if (!f->slot)
		return;
	e->flags |= LIMEN_S2_HAS_SLOT;
	e->slot_start = v->slot_start;
	e->slot_bytes = v->slot_end - v->slot_start;
	e->slot_host = v->slot_host;
	e->slot_flags = v->slot_flags;
	e->slot = v->slot_id;
}

COLD int send_fault(const struct limen_s2_vcpu *v, const struct fault *f)
{
	struct limen_s2_event *e = s2_event_begin(LIMEN_S2_STEP_FAULT, v->vm);

	if (!e)
		return 0;
	fill_fault(e, v, f);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

COLD int send_failed(const struct limen_s2_vcpu *v, const struct fault *f)
{
	bool memory_fault = f->class == LIMEN_S2_MEMORY_FAULT;
	struct limen_s2_event *e;
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)v->vcpu;
	struct kvm_run *run = NULL;
	__u64 flags = 0;

	if (!(memory_fault ? S2_SENT(LIMEN_S2_STEP_MEMORY_FAULT) : S2_SENT(LIMEN_S2_STEP_FINDING)))
		return 0;
	e = s2_event_begin(memory_fault ? LIMEN_S2_STEP_MEMORY_FAULT : LIMEN_S2_STEP_FINDING, v->vm);
	if (!e)
		return 0;
	fill_fault(e, v, f);
	if (memory_fault && bpf_core_field_exists(run->memory_fault)) {
		run = BPF_CORE_READ(vcpu, run);
		flags = BPF_CORE_READ(run, memory_fault.flags);
		e->address = BPF_CORE_READ(run, memory_fault.gpa);
		e->size = BPF_CORE_READ(run, memory_fault.size);
		if (flags & 1 << 3)	/* KVM_MEMORY_EXIT_FLAG_PRIVATE */
			e->flags |= LIMEN_S2_PRIVATE;
	}
	if (!memory_fault)
		e->finding = LIMEN_S2_FAILED;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

#define SLOW_EVERY_NS	1000000000ULL	/* one slow fault of a vCPU is said, the others counted */

COLD int send_slow(struct limen_s2_vcpu *v, const struct fault *f)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 now = bpf_ktime_get_ns();
	struct limen_s2_event *e;

	if (v->slow_said_ns && now - v->slow_said_ns < SLOW_EVERY_NS) {
		v->slow_unsaid++;
		return 0;
	}
	e = s2_event_begin(LIMEN_S2_STEP_FINDING, v->vm);
	if (!e)
		return 0;
	fill_fault(e, v, f);
	e->finding = LIMEN_S2_SLOW;
	e->times = v->slow_unsaid;
	v->slow_unsaid = 0;
	v->slow_said_ns = now;
	if (task->maj_flt != v->major)
		e->waited |= LIMEN_S2_READ_IN;
	if (task->nvcsw != v->voluntary)
		e->waited |= LIMEN_S2_SLEPT;
	if (task->nivcsw != v->involuntary)
		e->waited |= LIMEN_S2_PREEMPTED;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

COLD int begin_repeat(struct limen_s2_vcpu *v)
{
	struct limen_s2_repeat *r = &v->repeat;

	r->times = 1;
	r->next = limen_s2_loop_times;
	r->since_ns = bpf_ktime_get_boot_ns();
	r->invalidations = invalidations_of(v->kvm);
	r->pc = guest_pc(v->vcpu);
	return 0;
}

/* A row of the same faults is so long: an incident, unless it took its time. */
COLD int send_loop(struct limen_s2_vcpu *v, const struct fault *f)
{
	struct limen_s2_repeat *r = &v->repeat;
	__u64 now = bpf_ktime_get_boot_ns();
	struct limen_s2_event *e;

	if (r->next == limen_s2_loop_times && now - r->since_ns > limen_s2_loop_ns)
		return begin_repeat(v);
	r->next *= 2;
	e = s2_event_begin(LIMEN_S2_STEP_FINDING, v->vm);
	if (!e)
		return 0;
	fill_fault(e, v, f);
	e->finding = LIMEN_S2_LOOP;
	e->times = r->times;
	e->since_ns = r->since_ns;
	e->invalidations = e->sequence - r->invalidations;
	if (e->pc == r->pc)
		e->flags |= LIMEN_S2_SAME_PC;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* Sent at the first time that is too often, then each time that it has doubled. */
static __always_inline void watch_repeat(struct limen_s2_vcpu *v, const struct fault *f)
{
	__u64 page = f->address >> limen_page_shift;
	struct limen_s2_repeat *r = &v->repeat;

	if (r->address != page || r->access != f->access) {
		r->address = page;
		r->access = f->access;
		r->times = 0;
		return;
	}
	if (!r->times)
		begin_repeat(v);
	else if (++r->times >= r->next)
		send_loop(v, f);
}

COLD int send_misaligned(const struct limen_s2_vcpu *v, const struct fault *f)
{
	struct limen_s2_event *e = s2_event_begin(LIMEN_S2_STEP_FINDING, v->vm);

	if (!e)
		return 0;
	fill_fault(e, v, f);
	e->finding = LIMEN_S2_MISALIGNED;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* A mapping larger than what guest and host address have in common cannot be right. */
static __always_inline bool is_misaligned(const struct limen_s2_vcpu *v, const struct fault *f)
{
	return limen_s2_sizes && f->slot && v->size < LIMEN_S2_SIZES && v->size != LIMEN_S2_BASE &&
	       (v->slot_start ^ v->slot_host) & (v->size_bytes - 1);
}

static __always_inline void watch_fault(struct limen_s2_vcpu *v, const struct fault *f)
{
	if (limen_s2_loop_times && LOOPING >> f->class & 1)
		watch_repeat(v, f);
	if (f->ret < 0 || f->class == LIMEN_S2_POISON)
		send_failed(v, f);
	else if (limen_s2_slow_ns && f->latency_ns >= limen_s2_slow_ns &&
		 S2_SENT(LIMEN_S2_STEP_FINDING))
		send_slow(v, f);
	if (is_misaligned(v, f) && S2_SENT(LIMEN_S2_STEP_FINDING))
		send_misaligned(v, f);
	if (S2_SENT(LIMEN_S2_STEP_FAULT))
		send_fault(v, f);
}

#endif
