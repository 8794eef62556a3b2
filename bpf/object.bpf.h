/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernel memory a copy touches, by address alone, the way the kernel's
 * own hardened usercopy check (mm/usercopy.c) tells objects apart. Slab or
 * page allocator cannot be told by address: __check_heap_object() says it.
 */
#ifndef LIMEN_OBJECT_BPF_H
#define LIMEN_OBJECT_BPF_H

#include "limen.bpf.h"

struct object {
	__u64 offset;		/* into the stack, else 0 */
	__u8 kind;		/* enum limen_object */
	__u8 class;		/* enum limen_class */
	bool direct_map;	/* kind is slab or page, not known which */
};

static __always_inline __u64 kernel_variable(__u64 addr)
{
	__u64 value = 0;

	if (addr)
		bpf_probe_read_kernel(&value, sizeof(value), (void *)addr);
	return value;
}

static __always_inline bool overlaps(__u64 ptr, __u64 n, const volatile struct limen_range *r)
{
	return r->start && ptr < r->end && ptr + n > r->start;
}

static __always_inline bool on_stack(struct object *o, struct task_struct *task,
				     __u64 ptr, __u64 n)
{
	__u64 stack = (__u64)task->stack;
	__u64 end = stack + limen_layout.thread_size;

	if (!stack || ptr >= end || ptr + n <= stack)
		return false;
	o->kind = LIMEN_OBJECT_STACK;
	o->offset = ptr - stack;
	if (ptr < stack || ptr + n > end)
		o->class = LIMEN_CLASS_STACK;
	return true;
}

static __always_inline bool in_image(struct object *o, __u64 ptr, __u64 n, bool to_user)
{
	if (in_range(ptr, &limen_layout.modules)) {
		o->kind = LIMEN_OBJECT_MODULE;
		return true;
	}
	if (overlaps(ptr, n, &limen_layout.text)) {
		o->kind = LIMEN_OBJECT_TEXT;
		o->class = LIMEN_CLASS_TEXT;
		return true;
	}
	if (overlaps(ptr, n, &limen_layout.rodata)) {
		o->kind = LIMEN_OBJECT_RODATA;
		if (!to_user)
			o->class = LIMEN_CLASS_RODATA;
		return true;
	}
	if (in_range(ptr, &limen_layout.image)) {
		o->kind = LIMEN_OBJECT_DATA;
		return true;
	}
	return false;
}

static __always_inline void in_map(struct object *o, __u64 ptr)
{
#if defined(__TARGET_ARCH_x86)
	__u64 direct = kernel_variable(limen_layout.page_offset_base);
	__u64 vmalloc = kernel_variable(limen_layout.vmalloc_base);
	__u64 vmemmap = kernel_variable(limen_layout.vmemmap_base);

	if (direct && ptr >= direct && ptr < vmalloc)
		o->direct_map = true;
	else if (vmalloc && ptr >= vmalloc && ptr < vmemmap)
		o->kind = LIMEN_OBJECT_VMALLOC;
#else
	if (!limen_layout.linear_end)
		return;
	if (ptr < limen_layout.linear_end)
		o->direct_map = true;
	else
		o->kind = LIMEN_OBJECT_VMALLOC;
#endif
}

static __always_inline void find_object(struct object *o, struct task_struct *task,
					__u64 ptr, __u64 n, bool to_user)
{
	o->offset = 0;
	o->kind = LIMEN_OBJECT_UNKNOWN;
	o->class = LIMEN_CLASS_OK;
	o->direct_map = false;

	if (!n)
		return;
	if (ptr <= 16) {	/* ZERO_OR_NULL_PTR() */
		o->kind = LIMEN_OBJECT_NONE;
		o->class = LIMEN_CLASS_NULL;
	} else if (ptr + n - 1 < ptr) {
		o->kind = LIMEN_OBJECT_NONE;
		o->class = LIMEN_CLASS_WRAPPED;
	} else if (ptr < limen_layout.user_end) {
		o->kind = LIMEN_OBJECT_USER;
	} else if (!on_stack(o, task, ptr, n) && !in_image(o, ptr, n, to_user)) {
		in_map(o, ptr);
	}
}

/* The verdict on a slab object, as mm/slub.c __check_heap_object() has it. */
static __always_inline __u8 slab_class(const struct limen_slab *slab, __u64 offset, __u64 n)
{
	__u32 poison = 0x6b6b6b6b;

	if (n == poison || n == ((__u64)poison << 32 | poison))
		return LIMEN_CLASS_USE_AFTER_FREE;
	if (offset > slab->object_size || n > slab->object_size - offset)
		return LIMEN_CLASS_SLAB_OVERFLOW;
	if (offset < slab->useroffset ||
	    offset - slab->useroffset > slab->usersize ||
	    n > slab->usersize - (offset - slab->useroffset))
		return LIMEN_CLASS_SLAB_WINDOW;
	return LIMEN_CLASS_OK;
}

static __always_inline void read_cache(struct limen_slab *slab, struct kmem_cache *s)
{
	bpf_probe_read_kernel_str(slab->cache, sizeof(slab->cache), BPF_CORE_READ(s, name));
	slab->object_size = BPF_CORE_READ(s, object_size);
	slab->slot_size = BPF_CORE_READ(s, size);
	slab->useroffset = BPF_CORE_READ(s, useroffset);
	slab->usersize = BPF_CORE_READ(s, usersize);
}

#endif
