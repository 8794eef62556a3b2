// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arm CCA: the memory that a realm shares with its VMM (arch/arm64/kvm/rmi.c,
 * mmu.c of the patch series, v12 and later). A read fault maps the VMM's page
 * read-only where the VMM's mapping is private; the write fault that follows
 * must unmap that page, and no other, and map the one that the VMM got by it.
 *
 * Maps are seen at realm_map_ipa(), whose prototype has been the same all the
 * time, and which has the VM and the protection; that it was shared memory is
 * known by the IPA, or by realm_map_non_secure() having been called. The
 * compiler may inline those that are static, which is why the unmaps are looked
 * for in three functions that call each other: the inner ones then find nothing
 * left to drop. Conversions by the guest: realm_set_ipa_state().
 *
 * mmu_lock is held for writing in all of them: what belongs to one realm needs
 * no atomic operations.
 */
#include "realm.bpf.h"

#define VM_MAYSHARE	0x80	/* include/linux/mm.h: MAP_SHARED, writable or not */
#define FILTER_SHARED	1	/* KVM_FILTER_SHARED, include/linux/kvm_host.h */
#define RIPAS_EMPTY	0	/* the guest uses the shared half; else the private one */
#define RIPAS_RAM	1

enum { STATE_PRIVATE = 1, STATE_SHARED };

static __always_inline __u32 pages_in(__u64 size)
{
	__u64 pages = size >> limen_page_shift;

	return pages ? pages <= LIMEN_REALM_RANGE ? pages : 1 : 0;
}

/* --- the VMM's mapping --- */

struct vma_walk {
	__u32 found, private;
};

static long look_at_vma(struct task_struct *task, struct vm_area_struct *vma, struct vma_walk *walk)
{
	walk->found = 1;
	walk->private = !(vma->vm_flags & VM_MAYSHARE);
	return 0;
}

/*
 * Whether the VMM has the page by a private mapping. Faults are handled in a
 * thread of the VMM, so the current task's mappings are the right ones. Negative:
 * not known, because the page has no slot, no mapping, or the mappings are
 * being changed.
 */
COLD int vmm_has_private(__u64 hva)
{
	struct vma_walk walk = {};

	if (!hva || bpf_find_vma(bpf_get_current_task_btf(), hva, look_at_vma, &walk, 0) ||
	    !walk.found)
		return -1;
	return walk.private;
}

/* --- maps --- */

struct map_walk {
	struct limen_realm_page_key key;	/* of the first page */
	__u64 pfn, now, unmap;
	__u32 prot, pages;		/* of one entry */
	__u32 tid, pad;
};

static __always_inline void judge_page(struct realm_walk *found, const struct map_walk *walk,
				       const struct limen_realm_page *p, __u32 i)
{
	bool write = walk->prot & LIMEN_REALM_WRITE;

	if (p->mapped_ns) {
		if (write && p->pfn != walk->pfn + i && !found->forced) {
			found->forced = i + 1;
			found->forced_pfn = p->pfn;
		}
		return;
	}
	found->entries++;
	if (walk->unmap && p->unmap == walk->unmap)
		found->with_it += p->pages;
	if (write && p->unmap && p->prot == LIMEN_REALM_READ && !found->remapped) {
		found->remapped = i + 1;
		found->remapped_pfn = p->pfn;
	}
}

static long map_page(__u32 i, struct map_walk *walk)
{
	struct limen_realm_page_key key = {.vm = walk->key.vm, .frame = walk->key.frame + i};
	struct limen_realm_page *p = page_of(&key);
	struct realm_call *c = find_call();

	if (!p || !c)
		return 0;
	judge_page(&c->walk, walk, p, i);
	p->pfn = walk->pfn + i;
	p->mapped_ns = walk->now;
	p->pages = walk->pages;
	p->prot = walk->prot;
	p->tid = walk->tid;
	p->shared = STATE_SHARED;
	return 0;
}

COLD int map_is_forced(const struct realm_call *c, __u64 frame)
{
	__u32 at = c->walk.forced - 1;
	struct limen_realm_event e = {
		.vm = c->vm, .size = c->size, .prot = c->prot, .count = 1,
		.kind = LIMEN_REALM_FORCED, .pfn_before = c->walk.forced_pfn,
		.pfn_after = c->pfn + at,
	};
	int private;

	e.ipa = (frame + at) << limen_page_shift;
	e.hva = hva_of(c->vm, frame + at);
	private = vmm_has_private(e.hva);
	if (!private) {
		REALM_COUNT(replaced);
		return 0;
	}
	if (private < 0) {	/* user space looks at the mapping */
		REALM_COUNT(no_mapping);
		e.undecided = 1;
	}
	return realm_event(&e);
}

COLD int map_is_remap(const struct realm_call *c, __u64 frame)
{
	__u64 pages = c->size >> limen_page_shift, first = c->first[0];
	__u32 at = c->walk.remapped - 1;
	struct limen_realm_event e = {
		.vm = c->vm, .size = c->size, .prot = c->prot, .count = 1,
		.kind = LIMEN_REALM_REMAPPED, .pfn_before = c->walk.remapped_pfn,
		.pfn_after = c->pfn + at,
	};

	e.ipa = (frame + at) << limen_page_shift;
	if (c->walk.with_it && c->dropped > c->walk.with_it) {
		e.kind = LIMEN_REALM_LOST;
		e.count = c->dropped - c->walk.with_it;
		if (first >= frame && first < frame + pages)
			first = c->first[1];
		e.other = first << limen_page_shift;
	}
	return realm_event(&e);
}

COLD int send_mapped(const struct realm_call *c, __u64 frame)
{
	struct limen_realm_event e = {
		.vm = c->vm, .size = c->size, .prot = c->prot, .count = 1,
		.kind = LIMEN_REALM_MAPPED, .pfn_after = c->pfn,
	};

	e.ipa = frame << limen_page_shift;
	return realm_event(&e);
}

/* It is mapped. */
COLD int map_done(__u64 vm, struct limen_realm *r)
{
	struct realm_call *c = begin_walk();
	struct map_walk walk = {
		.now = bpf_ktime_get_boot_ns(), .tid = bpf_get_current_pid_tgid(),
	};
	__u32 entries;

	if (!c)
		return 0;
	entries = pages_in(c->size);
	walk.key.vm = vm;
	walk.key.frame = (c->ipa & ~r->shared_bit) >> limen_page_shift;
	walk.pfn = c->pfn;
	walk.prot = c->prot;
	walk.unmap = c->unmap_vm == vm ? c->unmap : 0;
	walk.pages = entries > 1 ? 1 : c->size >> limen_page_shift;
	bpf_loop(entries, map_page, &walk, 0);
	r->mapped += c->walk.entries;
	send_mapped(c, walk.key.frame);
	if (c->walk.forced)
		return map_is_forced(c, walk.key.frame);
	return c->walk.remapped ? map_is_remap(c, walk.key.frame) : 0;
}

/* realm_map_ipa(kvm, ipa, pfn, map_size, prot, memcache) */
static __always_inline int s2_rmap_begin(const struct realm_args *args)
{
	struct realm_call *c = call_of_thread();

	if (!c)
		return 0;
	c->vm = args->a;
	c->ipa = args->b;
	c->pfn = args->c;
	c->size = args->d;
	c->prot = prot_of(args->e);
	c->shared = 0;
	return 0;
}

REALM_BEGIN(s2_rmap, "realm_map_ipa", 5)

/* realm_map_non_secure(realm or kvm, ipa, ...): what this thread maps is shared. */
static __always_inline int s2_rshared_begin(const struct realm_args *args)
{
	struct realm_call *c = find_call();
	struct limen_realm *r;

	if (!c || !c->vm)
		return 0;
	c->shared = 1;
	r = realm_of(c->vm);
	if (r && !r->shared_bit)
		r->shared_bit = highest_bit(args->b);
	return 0;
}

REALM_BEGIN(s2_rshared, "realm_map_non_secure", 2)

static __always_inline int s2_rmap_end(void *ctx, __u64 ret)
{
	struct realm_call *c = find_call();
	struct limen_realm *r;

	if (!c || !c->vm) {
		if (limen_s2_on)
			REALM_COUNT(no_begin);
		return 0;
	}
	r = realm_of(c->vm);
	if ((__s32)ret) {
		REALM_COUNT(failed);
	} else if (r && (c->shared || c->ipa & r->shared_bit)) {
		REALM_COUNT(shared);
		map_done(c->vm, r);
	} else {
		REALM_COUNT(private);
	}
	forget_call();
	return 0;
}

FUNC_END(s2_rmap, "realm_map_ipa", 6)

/* --- unmaps --- */

struct unmap_walk {
	__u64 vm, start, end;		/* frames */
	__u64 number;
};

static __always_inline void drop_page(struct limen_realm_page *p, __u64 frame,
				      const struct unmap_walk *walk)
{
	struct realm_call *c = find_call();

	if (!c || !p->mapped_ns)
		return;
	p->mapped_ns = 0;
	p->unmap = walk->number;
	p->unmapped++;
	if (!c->walk.entries)
		c->walk.first[0] = frame;
	else if (c->walk.entries == 1)
		c->walk.first[1] = frame;
	c->walk.entries++;
	c->walk.pages += p->pages;
}

static long unmap_page(__u32 i, struct unmap_walk *walk)
{
	struct limen_realm_page_key key = {.vm = walk->vm, .frame = walk->start + i};
	struct limen_realm_page *p = bpf_map_lookup_elem(&limen_realm_pages, &key);

	if (p)
		drop_page(p, key.frame, walk);
	return 0;
}

static long unmap_entry(void *map, const struct limen_realm_page_key *key,
			struct limen_realm_page *p, struct unmap_walk *walk)
{
	__u64 frame = key->frame;

	if (key->vm == walk->vm && frame >= walk->start && frame < walk->end)
		drop_page(p, frame, walk);
	return 0;
}

COLD int send_unmapped(__u64 vm, __u64 start, __u64 end, __u64 pages)
{
	struct limen_realm_event e = {
		.vm = vm, .ipa = start, .size = end - start, .count = pages,
		.kind = LIMEN_REALM_UNMAPPED,
	};

	return realm_event(&e);
}

/* [start, end) in either half. */
COLD int unmap_range(__u64 vm, __u64 start, __u64 end)
{
	struct limen_realm *r = find_realm(vm);
	struct unmap_walk walk = {.vm = vm};
	struct realm_call *c;

	if (!r || !r->mapped || start >= end)
		return 0;
	if (start >= r->shared_bit) {
		start -= r->shared_bit;
		end -= r->shared_bit;
	}
	/* A level would be no address: before v13 realm_unmap_shared_range() had one. */
	if (start & ((1ULL << limen_page_shift) - 1))
		return 0;
	c = begin_walk();
	if (!c)
		return 0;
	walk.start = start >> limen_page_shift;
	walk.end = end >> limen_page_shift;
	walk.number = r->unmaps + 1;
	if (walk.end - walk.start <= LIMEN_REALM_RANGE)
		bpf_loop(walk.end - walk.start, unmap_page, &walk, 0);
	else
		bpf_for_each_map_elem(&limen_realm_pages, unmap_entry, &walk, 0);
	if (!c->walk.entries)
		return 0;
	r->unmaps = walk.number;
	r->mapped -= c->walk.entries;
	REALM_COUNT(unmaps);
	REALM_ADD(dropped, c->walk.pages);
	c->unmap_vm = vm;
	c->unmap = walk.number;
	c->dropped = c->walk.pages;
	c->first[0] = c->walk.first[0];
	c->first[1] = c->walk.first[1];
	return send_unmapped(vm, start, end, c->walk.pages);
}

/* kvm_realm_unmap_range(kvm, start, size, ...) */
static __always_inline int s2_runmap_begin(const struct realm_args *args)
{
	return unmap_range(args->a, args->b, args->b + args->c);
}

REALM_BEGIN(s2_runmap, "kvm_realm_unmap_range", 3)

/* kvm_realm_unmap_range_filter(kvm, start, size, may_block, attr_filter) */
static __always_inline int s2_rfilter_begin(const struct realm_args *args)
{
	return args->e & FILTER_SHARED ? unmap_range(args->a, args->b, args->b + args->c) : 0;
}

REALM_BEGIN(s2_rfilter, "kvm_realm_unmap_range_filter", 5)

/* realm_unmap_shared_range(kvm, start, end, may_block) */
static __always_inline int s2_rrange_begin(const struct realm_args *args)
{
	return unmap_range(args->a, args->b, args->c);
}

REALM_BEGIN(s2_rrange, "realm_unmap_shared_range", 3)

/* --- conversions --- */

struct convert_walk {
	struct limen_realm_page_key key;	/* of the first page */
	__u32 shared, pad;
};

static long convert_page(__u32 i, struct convert_walk *walk)
{
	struct limen_realm_page_key key = {.vm = walk->key.vm, .frame = walk->key.frame + i};
	struct limen_realm_page *p = page_of(&key);

	/* What it is already: a call that goes on where it stopped. */
	if (!p || p->shared == walk->shared)
		return 0;
	p->shared = walk->shared;
	if (walk->shared == STATE_SHARED && !p->mapped_ns) {
		p->pfn = 0;
		p->prot = 0;
		p->unmap = 0;
	}
	return 0;
}

/*
 * Of a range of more than LIMEN_REALM_RANGE pages only the first one is followed.
 * No branch asks for ripas, 0 or 1: 6.1's verifier takes what it then knows of the
 * first one for both, and cuts the way of the second one off.
 */
COLD int convert(__u64 vm, __u64 start, __u64 end, __u64 ripas)
{
	struct convert_walk walk = {.shared = STATE_SHARED - ripas};
	struct limen_realm_event e = {
		.vm = vm, .ipa = start, .size = end - start, .count = 1,
		.kind = LIMEN_REALM_SHARED + ripas,
	};

	if (start >= end || !realm_of(vm))
		return 0;
	walk.key.vm = vm;
	walk.key.frame = start >> limen_page_shift;
	bpf_loop(pages_in(end - start), convert_page, &walk, 0);
	return realm_event(&e);
}

_Static_assert(LIMEN_REALM_PRIVATE == LIMEN_REALM_SHARED + RIPAS_RAM &&
	       STATE_PRIVATE == STATE_SHARED - RIPAS_RAM && !RIPAS_EMPTY,
	       "ripas tells by itself what a page becomes");

/* realm_set_ipa_state(vcpu, start, end, ripas, top_ipa) */
static __always_inline int s2_ripas_begin(const struct realm_args *args)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)args->a;
	__u64 vm = (__u64)BPF_CORE_READ(vcpu, kvm), ripas = args->d;

	if (ripas > RIPAS_RAM)
		return 0;
	REALM_ADD(to_private, ripas);
	REALM_ADD(to_shared, 1 - ripas);
	convert(vm, args->b, args->c, ripas);
	forget_call();
	return 0;
}

REALM_BEGIN(s2_ripas, "realm_set_ipa_state", 4)

/* --- begin and end --- */

static __always_inline int s2_rmade_begin(const struct realm_args *args)
{
	struct limen_realm_event e = {.vm = args->a, .kind = LIMEN_REALM_MADE};

	return realm_event(&e);
}

/* kvm_init_realm(kvm) */
REALM_BEGIN(s2_rmade, "kvm_init_realm", 1)

struct end_walk {
	__u64 vm;
};

static long forget_page(void *map, const struct limen_realm_page_key *key,
			struct limen_realm_page *p, struct end_walk *walk)
{
	struct limen_realm_page_key of = *key;

	if (of.vm == walk->vm)
		bpf_map_delete_elem(&limen_realm_pages, &of);
	return 0;
}

/* kvm_destroy_realm(kvm): what it unmaps by itself is nobody's loss. */
static __always_inline int s2_rdestroy_begin(const struct realm_args *args)
{
	struct limen_realm_event e = {.vm = args->a, .kind = LIMEN_REALM_DESTROYED};
	struct end_walk walk = {.vm = args->a};
	__u64 vm = args->a;

	REALM_COUNT(destroyed);
	realm_event(&e);
	if (bpf_map_delete_elem(&limen_realms, &vm))
		return 0;
	bpf_for_each_map_elem(&limen_realm_pages, forget_page, &walk, 0);
	return 0;
}

REALM_BEGIN(s2_rdestroy, "kvm_destroy_realm", 1)

char LICENSE[] SEC("license") = "GPL";
