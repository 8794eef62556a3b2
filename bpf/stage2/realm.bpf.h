/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Realms: maps, what the kernel's types say, and where an event leaves. */
#ifndef LIMEN_REALM_BPF_H
#define LIMEN_REALM_BPF_H

#include "event.bpf.h"
#include "slots.bpf.h"
#include "limen/realm.h"

/* Deleted when the realm is destroyed. Full: counted in no_room. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_REALMS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct limen_realm);
} limen_realms __weak SEC(".maps");

/*
 * The same. Allocated beforehand, 4 MiB: a call that makes many entries with
 * interrupts off (a kprobe on arm64) gets no more than the allocator has at hand.
 * User space makes it small where the kernel has no realms.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_REALM_PAGES);
	__type(key, struct limen_realm_page_key);
	__type(value, struct limen_realm_page);
} limen_realm_pages __weak SEC(".maps");

/*
 * What a thread is in, and the unmap that it made before. Key: thread's number.
 * Deleted when the map returns, or at a conversion; of a thread that unmaps and
 * does neither it stays, and the oldest gives way.
 */
struct realm_call {
	__u64 vm;			/* of the map that goes on; 0: none */
	__u64 ipa, pfn, size;
	__u32 prot;
	__u32 shared;			/* realm_map_non_secure() was called */
	__u64 unmap_vm;			/* 0: no unmap */
	__u64 unmap;			/* its number */
	__u64 dropped;			/* pages */
	__u64 first[2];			/* of these, frames */
	/*
	 * What a walk over pages finds. It stands here because newer verifiers
	 * follow what a callback writes to the stack, and never see an end.
	 */
	struct realm_walk {
		__u64 entries, pages;	/* that were (un)mapped */
		__u64 first[2];		/* unmap: frames */
		__u64 with_it;		/* map: pages that the last unmap dropped */
		/* The first page of which it is so: its place + 1; and what was there. */
		__u32 forced, remapped;
		__u64 forced_pfn, remapped_pfn;
	} walk;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, LIMEN_REALM_CALLS);
	__type(key, __u32);
	__type(value, struct realm_call);
} limen_realm_calls __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limen_realm_counts);
} limen_realm_counts __weak SEC(".maps");

/* Events by kind. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMEN_REALM_KINDS);
	__type(key, __u32);
	__type(value, __u64);
} limen_realm_kinds __weak SEC(".maps");

static __always_inline struct limen_realm_counts *realm_counts(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&limen_realm_counts, &zero);
}

#define REALM_ADD(field, n) do {					\
	struct limen_realm_counts *counts_ = realm_counts();		\
									\
	if (counts_)							\
		__sync_fetch_and_add(&counts_->field, (n));		\
} while (0)

#define REALM_COUNT(field)	REALM_ADD(field, 1)

static const __u32 event_steps[LIMEN_REALM_KINDS] = {
	[LIMEN_REALM_REMAPPED] = LIMEN_S2_STEP_REALM_REMAP,
	[LIMEN_REALM_FORCED] = LIMEN_S2_STEP_FINDING,
	[LIMEN_REALM_LOST] = LIMEN_S2_STEP_FINDING,
	[LIMEN_REALM_SHARED] = LIMEN_S2_STEP_ATTRIBUTES,
	[LIMEN_REALM_PRIVATE] = LIMEN_S2_STEP_ATTRIBUTES,
	[LIMEN_REALM_MAPPED] = LIMEN_S2_STEP_REALM_MAP,
	[LIMEN_REALM_UNMAPPED] = LIMEN_S2_STEP_REALM_UNMAP,
	[LIMEN_REALM_MADE] = LIMEN_S2_STEP_REALM,
	[LIMEN_REALM_DESTROYED] = LIMEN_S2_STEP_REALM,
};

static __always_inline void fill_realm(struct limen_s2_event *e, const struct limen_realm_event *r)
{
	e->kvm = r->vm;
	e->address = r->ipa;
	e->size = r->size;
	e->frame = r->pfn_after;
	e->frame_before = r->pfn_before;
	e->times = r->count;
	e->other = r->other;
	e->slot_host = r->hva;
	e->flags = LIMEN_S2_IS_REALM;
	if (r->prot & LIMEN_REALM_WRITE)
		e->flags |= LIMEN_S2_WRITABLE;
	if (r->kind == LIMEN_REALM_PRIVATE)
		e->flags |= LIMEN_S2_PRIVATE;
	if (r->kind == LIMEN_REALM_MADE)
		e->flags |= LIMEN_S2_BEGIN;
	if (r->kind == LIMEN_REALM_FORCED)
		e->finding = LIMEN_S2_FORCED;
	if (r->undecided)
		e->flags |= LIMEN_S2_UNDECIDED;
	if (r->kind == LIMEN_REALM_LOST)
		e->finding = LIMEN_S2_NEIGHBOURS;
}

/* Where each outcome passes. */
COLD int realm_event(const struct limen_realm_event *r)
{
	__u32 kind = r->kind, step, nr;
	__u64 *seen = bpf_map_lookup_elem(&limen_realm_kinds, &kind);
	struct limen_s2_event *e;

	if (seen)
		__sync_fetch_and_add(seen, 1);
	if (kind >= LIMEN_REALM_KINDS)
		return 0;
	step = event_steps[kind];
	nr = known_vm(r->vm);
	if (!nr)
		nr = add_vm(r->vm);
	if (step == LIMEN_S2_STEP_ATTRIBUTES)
		count_attributes(nr);
	if (!S2_SENT(step))
		return 0;
	e = s2_event_begin(step, nr);
	if (!e)
		return 0;
	fill_realm(e, r);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* --- what the kernel's types say, where KVM has realms --- */

struct realm___cca {
	unsigned int ia_bits;
} __attribute__((preserve_access_index));

struct kvm_arch___cca {
	struct realm___cca realm;
} __attribute__((preserve_access_index));

struct kvm___cca {
	struct kvm_arch___cca arch;
} __attribute__((preserve_access_index));

/* The bits moved in 7.x. */
enum kvm_pgtable_prot___cca {
	KVM_PGTABLE_PROT_W___cca = 1,
	KVM_PGTABLE_PROT_R___cca = 2,
};

static __always_inline __u32 prot_of(__u64 prot)
{
	__u32 is = 0;

	if (!bpf_core_enum_value_exists(enum kvm_pgtable_prot___cca, KVM_PGTABLE_PROT_W___cca))
		return 0;
	if (prot & bpf_core_enum_value(enum kvm_pgtable_prot___cca, KVM_PGTABLE_PROT_R___cca))
		is |= LIMEN_REALM_READ;
	if (prot & bpf_core_enum_value(enum kvm_pgtable_prot___cca, KVM_PGTABLE_PROT_W___cca))
		is |= LIMEN_REALM_WRITE;
	return is;
}

/* BIT(ia_bits - 1): the half of the IPA space that is shared. 0: not said. */
static __always_inline __u64 shared_bit_of(__u64 kvm)
{
	struct kvm___cca *k = (struct kvm___cca *)kvm;
	__u32 bits = 0;

	if (bpf_core_field_exists(k->arch.realm.ia_bits))
		bits = BPF_CORE_READ(k, arch.realm.ia_bits);
	return bits && bits <= 64 ? 1ULL << (bits - 1) : 0;
}

static __always_inline __u64 highest_bit(__u64 x)
{
	x |= x >> 1;
	x |= x >> 2;
	x |= x >> 4;
	x |= x >> 8;
	x |= x >> 16;
	x |= x >> 32;
	return x ^ x >> 1;
}

/* --- entries --- */

static __always_inline struct limen_realm *find_realm(__u64 vm)
{
	return bpf_map_lookup_elem(&limen_realms, &vm);
}

COLD struct limen_realm *realm_of(__u64 vm)
{
	struct limen_realm *r = find_realm(vm);
	struct limen_realm made = {};

	if (r)
		return r;
	made.shared_bit = shared_bit_of(vm);
	made.pid = bpf_get_current_pid_tgid() >> 32;
	if (bpf_map_update_elem(&limen_realms, &vm, &made, BPF_NOEXIST))
		REALM_COUNT(no_room);
	return find_realm(vm);
}

/* NULL when there is no room. */
static __always_inline struct limen_realm_page *page_of(struct limen_realm_page_key *key)
{
	static const struct limen_realm_page none;
	struct limen_realm_page *p = bpf_map_lookup_elem(&limen_realm_pages, key);

	if (p)
		return p;
	if (bpf_map_update_elem(&limen_realm_pages, key, &none, BPF_NOEXIST))
		REALM_COUNT(no_room);
	return bpf_map_lookup_elem(&limen_realm_pages, key);
}

static __always_inline struct realm_call *find_call(void)
{
	__u32 tid = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&limen_realm_calls, &tid);
}

static __always_inline struct realm_call *call_of_thread(void)
{
	static const struct realm_call none;
	struct realm_call *c = find_call();
	__u32 tid = bpf_get_current_pid_tgid();

	if (c)
		return c;
	if (bpf_map_update_elem(&limen_realm_calls, &tid, &none, BPF_NOEXIST))
		REALM_COUNT(no_room);
	return bpf_map_lookup_elem(&limen_realm_calls, &tid);
}

/* The same, for a walk that begins. */
static __always_inline struct realm_call *begin_walk(void)
{
	static const struct realm_walk none;
	struct realm_call *c = call_of_thread();

	if (c)
		c->walk = none;
	return c;
}

static __always_inline void forget_call(void)
{
	__u32 tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&limen_realm_calls, &tid);
}

/* --- adapters, as in hook.bpf.h, for up to five arguments --- */

struct realm_args {
	__u64 a, b, c, d, e;
};

#define REALM_BEGIN(name, function, nr)						\
SEC("fentry/" function)								\
int name##_begin_fentry(unsigned long long *ctx)				\
{										\
	struct realm_args args = {						\
		.a = ctx[0], .b = (nr) > 1 ? ctx[(nr) > 1 ? 1 : 0] : 0,		\
		.c = (nr) > 2 ? ctx[(nr) > 2 ? 2 : 0] : 0,			\
		.d = (nr) > 3 ? ctx[(nr) > 3 ? 3 : 0] : 0,			\
		.e = (nr) > 4 ? ctx[(nr) > 4 ? 4 : 0] : 0,			\
	};									\
										\
	return limen_s2_on ? name##_begin(&args) : 0;				\
}										\
										\
static __always_inline int name##_begin_regs(struct pt_regs *ctx)		\
{										\
	struct realm_args args = {						\
		.a = PT_REGS_PARM1(ctx), .b = PT_REGS_PARM2(ctx),		\
		.c = PT_REGS_PARM3(ctx), .d = PT_REGS_PARM4(ctx),		\
		.e = PT_REGS_PARM5(ctx),					\
	};									\
										\
	return limen_s2_on ? name##_begin(&args) : 0;				\
}										\
										\
KPROBES("kprobe", name##_begin, function)

#endif
