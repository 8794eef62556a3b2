// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/layout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/*
 * THREAD_SIZE: 16 KiB on x86_64 and arm64 (arch/x86/include/asm/page_64_types.h,
 * arch/arm64/include/asm/memory.h), at least a page. union thread_union, which
 * has it, is not in every kernel's BTF.
 */
static __u64 thread_size(void)
{
	__u64 page = sysconf(_SC_PAGESIZE);

	return page > 16384 ? page : 16384;
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

#if !defined(__x86_64__)

#define MODULES_SLACK	(16ULL << 20)	/* their data may lie beside their text */

/*
 * Where modules are: on arm64 near the image, at random. Those that are loaded
 * later beyond these bounds are taken for vmalloc memory, which they are too.
 */
static void modules_now(struct limen_range *range)
{
	FILE *f = fopen("/proc/modules", "re");
	__u64 start = ~0ULL, end = 0, size, address;

	while (f && fscanf(f, "%*s %llu %*s %*s %*s %llx%*[^\n]", &size, &address) == 2) {
		if (!address)
			continue;
		if (address < start)
			start = address;
		if (address + size > end)
			end = address + size;
	}
	if (f)
		fclose(f);
	if (end) {
		range->start = start - MODULES_SLACK;
		range->end = end + MODULES_SLACK;
	}
}

/*
 * A kernel without data symbols (no CONFIG_KALLSYMS_ALL) has only _stext and
 * _etext. The sizes of the image's parts stand in /proc/iomem: "Kernel code"
 * runs from _stext over the read-only data to the init section, "Kernel data"
 * to the end (arch/arm64/kernel/setup.c).
 */
static void image_from_iomem(struct limen_layout *layout)
{
	FILE *f = fopen("/proc/iomem", "re");
	__u64 start, end, code = 0, code_end = 0, data_end = 0, text = layout->text.start;
	char name[64];

	while (f && fscanf(f, " %llx-%llx : %63[^\n]", &start, &end, name) == 3) {
		if (!strcmp(name, "Kernel code")) {
			code = start;
			code_end = end + 1;
		} else if (!strcmp(name, "Kernel data")) {
			data_end = end + 1;
		}
	}
	if (f)
		fclose(f);
	if (!text || !layout->text.end || !code || data_end <= code)
		return;
	layout->image.start = text;
	layout->image.end = text + (data_end - code);
	layout->rodata.start = layout->text.end;
	layout->rodata.end = text + (code_end - code);
}

#endif

__u64 layout_user_end(void)
{
#if defined(__x86_64__)
	return 1ULL << 56;	/* five levels of page tables */
#else
	return 1ULL << 52;
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
	layout->thread_size = thread_size();
	layout->slab_caches = wanted[SYM_CACHES].address;
	layout->user_end = layout_user_end();
#if defined(__x86_64__)
	/* Documentation/arch/x86/x86_64/mm.rst */
	layout->modules.start = 0xffffffffc0000000ULL;
	layout->modules.end = 0xffffffffff000000ULL;
#else
	/*
	 * Documentation/arch/arm64/memory.rst: with 48 bits or more the direct
	 * map ends at 0xffff800000000000; the image lies above it.
	 */
	if (!layout->image.start || !layout->image.end)
		image_from_iomem(layout);
	if (layout->image.start >= 0xffff800000000000ULL && layout->image.end)
		layout->linear_end = 0xffff800000000000ULL;
	modules_now(&layout->modules);
#endif
	return err;
}
