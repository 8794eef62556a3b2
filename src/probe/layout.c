// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/layout.h"

#include <errno.h>
#include <string.h>

#include <bpf/btf.h>

#include "probe/skeleton.h"
#include "limen/abi.h"
#include "probe/kallsyms.h"

#define PATH_CAPACITY	4096	/* PATH_MAX: names too long to be embedded */
#define XATTR_CAPACITY	256	/* XATTR_NAME_MAX + 1 */

enum {
	SYM_TEXT, SYM_END, SYM_STEXT, SYM_ETEXT, SYM_RODATA, SYM_RODATA_END,
	SYM_STRNCPY, SYM_CHECK, SYM_PAGE_OFFSET, SYM_VMALLOC, SYM_VMEMMAP, SYM_CACHES,
	SYM_COPY0, SYM_COPY1, SYM_COPY2, SYM_COPY3,
	SYMS
};

static struct ksym wanted[SYMS] = {
	[SYM_TEXT]		= {.name = "_text"},
	[SYM_END]		= {.name = "_end"},
	[SYM_STEXT]		= {.name = "_stext"},
	[SYM_ETEXT]		= {.name = "_etext"},
	[SYM_RODATA]		= {.name = "__start_rodata"},
	[SYM_RODATA_END]	= {.name = "__end_rodata"},
	[SYM_STRNCPY]		= {.name = "strncpy_from_user"},
	[SYM_CHECK]		= {.name = "__check_object_size"},
	[SYM_PAGE_OFFSET]	= {.name = "page_offset_base"},
	[SYM_VMALLOC]		= {.name = "vmalloc_base"},
	[SYM_VMEMMAP]		= {.name = "vmemmap_base"},
	[SYM_CACHES]		= {.name = "slab_caches"},
#if defined(__x86_64__)
	/* Before 6.4 four routines of one file share their tail; then there is one. */
	[SYM_COPY0]		= {.name = "copy_user_generic_unrolled"},
	[SYM_COPY1]		= {.name = "copy_user_generic_string"},
	[SYM_COPY2]		= {.name = "copy_user_enhanced_fast_string"},
	[SYM_COPY3]		= {.name = "rep_movs_alternative"},
#else
	[SYM_COPY0]		= {.name = "__arch_copy_to_user"},
	[SYM_COPY1]		= {.name = "__arch_copy_from_user"},
	[SYM_COPY2]		= {.name = "__arch_clear_user"},
	[SYM_COPY3]		= {.name = "__arch_copy_in_user"},
#endif
};

/*
 * What getname() hands to strncpy_from_user() as capacity: a path name's room
 * inside struct filename (EMBEDDED_NAME_MAX, fs/namei.c). Since 7.x the array
 * is part of the structure, before it took the rest of PATH_MAX.
 */
static __u32 embedded_name_max(const struct btf *btf)
{
	const struct btf_type *type;
	const struct btf_member *member;
	__s32 id = btf__find_by_name_kind(btf, "filename", BTF_KIND_STRUCT);
	__u32 i, offset;

	if (id < 0)
		return 0;
	type = btf__type_by_id(btf, id);
	member = btf_members(type);
	for (i = 0; i < btf_vlen(type); i++, member++) {
		const char *name = btf__name_by_offset(btf, member->name_off);

		offset = btf_member_bit_offset(type, i) / 8;
		if (!strcmp(name, "iname"))
			return type->size > offset ? type->size - offset : PATH_CAPACITY - offset;
		if (!*name && btf__resolve_size(btf, member->type) > 64)
			return btf__resolve_size(btf, member->type);
	}
	return 0;
}

static void fill_size_classes(struct limen_bpf *skel)
{
	struct btf *btf = btf__load_vmlinux_btf();
	__u8 *class = skel->rodata->limen_size_class;
	__u32 n, bucket = 0, embedded;

	for (n = 1; n < LIMEN_SIZE_MAX + 1; n++) {
		if (!(n & (n - 1)))
			bucket++;
		class[n] = bucket;
	}
	embedded = btf ? embedded_name_max(btf) : 0;
	btf__free(btf);
	/* A name that does not fit goes into a page: 6.x copies it anew, 7.x its rest. */
	if (embedded && embedded < PATH_CAPACITY) {
		class[embedded] |= LIMEN_SIZE_NAME;
		class[PATH_CAPACITY - embedded] |= LIMEN_SIZE_NAME_REST;
	}
	class[PATH_CAPACITY] |= LIMEN_SIZE_NAME_REST;
	class[XATTR_CAPACITY] |= LIMEN_SIZE_NAME;
}

#define SET_RANGE(range, first, last) do {			\
	(range).start = wanted[first].address;			\
	(range).end = wanted[last].address;			\
} while (0)

#define SET_FUNCTION(range, sym) do {				\
	(range).start = wanted[sym].address;			\
	(range).end = wanted[sym].end;				\
} while (0)

static void fill_copy_routines(struct limen_layout *layout)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		SET_FUNCTION(layout->copy_routines[i], SYM_COPY0 + i);
#if defined(__x86_64__)
	/* The shared tail has no symbol of its own; it lies within 1 KiB behind them. */
	if (wanted[SYM_COPY0].address) {
		layout->copy_routines[0].start = wanted[SYM_COPY0].address;
		layout->copy_routines[0].end = wanted[SYM_COPY0].address + 1024;
		memset(&layout->copy_routines[1], 0, 2 * sizeof(layout->copy_routines[1]));
	}
#endif
}

int layout_fill(struct limen_bpf *skel)
{
	struct limen_layout *layout = &skel->rodata->limen_layout;
	int err = kallsyms_find(wanted, SYMS);

	fill_size_classes(skel);
	SET_RANGE(layout->image, SYM_TEXT, SYM_END);
	SET_RANGE(layout->text, SYM_STEXT, SYM_ETEXT);
	SET_RANGE(layout->rodata, SYM_RODATA, SYM_RODATA_END);
	SET_FUNCTION(layout->strncpy_from_user, SYM_STRNCPY);
	SET_FUNCTION(layout->check_object_size, SYM_CHECK);
	fill_copy_routines(layout);
	layout->page_offset_base = wanted[SYM_PAGE_OFFSET].address;
	layout->vmalloc_base = wanted[SYM_VMALLOC].address;
	layout->vmemmap_base = wanted[SYM_VMEMMAP].address;
	layout->slab_caches = wanted[SYM_CACHES].address;
#if defined(__x86_64__)
	/* Documentation/arch/x86/x86_64/mm.rst */
	layout->user_end = 1ULL << 56;
	layout->modules.start = 0xffffffffc0000000ULL;
	layout->modules.end = 0xffffffffff000000ULL;
#else
	/*
	 * Documentation/arch/arm64/memory.rst: with 48 bits or more the direct
	 * map ends at 0xffff800000000000 and modules begin there.
	 */
	layout->user_end = 1ULL << 52;
	if (wanted[SYM_TEXT].address >= 0xffff800000000000ULL) {
		layout->linear_end = 0xffff800000000000ULL;
		layout->modules.start = layout->linear_end;
		layout->modules.end = layout->linear_end + (128 << 20);
	}
#endif
	return err;
}
