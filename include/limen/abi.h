/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel side and the user side share: the task record, the events
 * and the filters. Both compilers check the layout. Fixed-width types only,
 * padding has a name, numbers of an enum are never reused.
 */
#ifndef LIMEN_ABI_H
#define LIMEN_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#include <stdbool.h>
#endif

#define LIMEN_BUCKETS		20	/* log2 sizes: 0, 1, 2-3, ... 256 KiB and more */
#define LIMEN_STACK_DEPTH	32
#define LIMEN_COMM_LEN		16
#define LIMEN_NAME_LEN		32
#define LIMEN_PATH_LEN		256
#define LIMEN_MAX_FILTERS	64
#define LIMEN_SIZE_MAX		4096	/* sizes up to here have their bucket in a table */
#define LIMEN_SIZE_NAME		0x80	/* in that table: perhaps a name's buffer */
#define LIMEN_SIZE_NAME_REST	0x40	/* or the rest of a name too long for the first */
#define LIMEN_SIZE_BUCKET	0x1f
#define LIMEN_MAX_CACHES	2048	/* how far a walk of the slab cache list goes */

/* Index of the per-direction counters; the kernel's to_user flag is the value. */
enum limen_direction {
	LIMEN_FROM_USER	= 0,
	LIMEN_TO_USER	= 1,
	LIMEN_DIRECTIONS
};

/*
 * The counters of one task, of one CPU's remainder, or of a sum. The number
 * of copies is the sum of the histogram: it is not kept twice.
 */
struct limen_counts {
	__u64 bytes[LIMEN_DIRECTIONS];
	__u64 hist[LIMEN_DIRECTIONS][LIMEN_BUCKETS];
	__u64 names;			/* strncpy_from_user passes; size unknown */
	__u64 shorts;			/* copies that a bad user address cut short */
	__u64 refused;			/* copies that the kernel refused */
	__u64 io_ops[LIMEN_DIRECTIONS];
	__u64 io_bytes[LIMEN_DIRECTIONS];
};

enum limen_task_flag {
	LIMEN_TASK_REPORTED	= 1u << 0,	/* its final record is on its way */
	LIMEN_TASK_SHORT_TAIL	= 1u << 1,	/* the last fixup was a second one */
	LIMEN_TASK_REST		= 1u << 2,	/* no task's record but a CPU's */
	LIMEN_TASK_AT_COPY	= 1u << 3,	/* exact mode, arm64: at the first instruction */
};

/* Who: taken when the event happens, so that it is right for a task that ends. */
struct limen_task {
	__u32 pid;			/* thread group id, as user space counts */
	__u32 tid;
	__u32 uid;
	__u32 exe_dev;			/* kernel's dev_t encoding */
	__u64 exe_ino;
	__u64 cgroup;			/* id in the cgroup v2 hierarchy */
	__u64 start_ns;			/* boot clock; with tid it names a task for good */
	char comm[LIMEN_COMM_LEN];
};
_Static_assert(sizeof(struct limen_task) == 56, "struct limen_task is wire format");

/*
 * One per task that crosses a boundary, in the array limen_records; the task's
 * local storage holds its index. A task finds its record again by the index
 * that its CPU used last, if owner says that it is still its own.
 */
struct limen_record {
	__u64 owner;			/* the task's address in the kernel; 0: nobody's */
	struct limen_counts counts;
	__u64 mask;			/* filters whose identity part matches */
	__u32 generation;		/* of the filters when mask was computed */
	__u32 flags;			/* enum limen_task_flag */
	__u64 short_key;		/* which copy the last fixup ended, and where: */
	__u64 short_ip;			/*   to count a copy's second fixup once */
	struct limen_task who;		/* when it was made, or at its last exec */
};
_Static_assert(sizeof(struct limen_record) <= 512, "a task record stays small");

/*
 * Index 0 is never a task's. Then one record for each possible CPU takes what
 * belongs to no task: that of ending tasks, and when the array is full.
 */
#define LIMEN_FIRST_REST	1
#define LIMEN_MAX_CPUS		1024	/* that have a cached index of their own */

/* In task local storage. */
struct limen_slot {
	__u32 index;			/* 0: no record was free, counted by CPU */
	__u32 pad;
};

/* What the last copy on a CPU found out. */
struct limen_cache {
	__u32 index;			/* of the record */
	__u32 epoch;			/* of stranger */
	__u64 stranger;			/* a task that is not followed */
	__u64 pad[6];			/* a cache line for each CPU */
};

enum limen_event_kind {
	LIMEN_EVENT_EXIT	= 1,	/* struct limen_exit_event */
	LIMEN_EVENT_EXEC	= 2,	/* struct limen_exec_event */
	LIMEN_EVENT_REFUSED	= 3,	/* struct limen_copy_event: the kernel refused it */
	LIMEN_EVENT_COPY	= 4,	/* struct limen_copy_event: filter, sample, own verdict */
	LIMEN_EVENT_SHORT	= 5,	/* struct limen_copy_event */
	LIMEN_EVENT_TEE		= 6,	/* struct limen_tee_event */
	LIMEN_EVENT_STAGE2	= 7,	/* struct limen_s2_event */
	LIMEN_EVENT_KINDS
};

struct limen_event {
	__u16 kind;			/* enum limen_event_kind */
	__u16 size;			/* whole record */
	__u32 cpu;
	__u64 seq;			/* per CPU, without holes unless something was lost;
					 * exec and exit records have their own numbers */
	__u64 time_ns;			/* boot clock */
	struct limen_task task;
};
_Static_assert(sizeof(struct limen_event) == 80, "struct limen_event is wire format");

/* What kind of memory the kernel side of a copy is. */
enum limen_object {
	LIMEN_OBJECT_UNKNOWN	= 0,
	LIMEN_OBJECT_STACK	= 1,
	LIMEN_OBJECT_SLAB	= 2,
	LIMEN_OBJECT_VMALLOC	= 3,
	LIMEN_OBJECT_PAGE	= 4,	/* direct map, not slab: page allocator, page cache */
	LIMEN_OBJECT_TEXT	= 5,
	LIMEN_OBJECT_RODATA	= 6,
	LIMEN_OBJECT_DATA	= 7,	/* the kernel image's data and bss */
	LIMEN_OBJECT_MODULE	= 8,
	LIMEN_OBJECT_NONE	= 9,	/* null or wrapped: no object at all */
	LIMEN_OBJECT_USER	= 10,	/* the kernel side lies in user addresses */
	LIMEN_OBJECT_KINDS
};

enum limen_class {
	LIMEN_CLASS_OK			= 0,
	LIMEN_CLASS_SLAB_OVERFLOW	= 1,
	LIMEN_CLASS_SLAB_WINDOW		= 2,	/* inside the object, outside its usercopy window */
	LIMEN_CLASS_USE_AFTER_FREE	= 3,	/* the length is slab poison */
	LIMEN_CLASS_STACK		= 4,	/* beyond the stack or the frame */
	LIMEN_CLASS_TEXT		= 5,
	LIMEN_CLASS_RODATA		= 6,	/* read-only data as a destination */
	LIMEN_CLASS_NULL		= 7,
	LIMEN_CLASS_WRAPPED		= 8,
	LIMEN_CLASS_VMALLOC		= 9,
	LIMEN_CLASS_PAGE		= 10,
	LIMEN_CLASS_UNKNOWN		= 11,	/* refused, for a reason limen does not know */
	LIMEN_CLASSES
};

enum limen_copy_flag {
	LIMEN_COPY_SLAB_KNOWN	= 1u << 0,	/* slab: the fields below are filled */
	LIMEN_COPY_ADDR_KNOWN	= 1u << 1,	/* user_addr is the faulting address */
	LIMEN_COPY_ADDR_NEAR	= 1u << 2,	/* user_addr is where the failing access began */
	LIMEN_COPY_PTR_KNOWN	= 1u << 3,
	LIMEN_COPY_SAMPLE	= 1u << 4,
	LIMEN_COPY_DETAIL	= 1u << 5,	/* the kernel gave a detail string */
	LIMEN_COPY_DIR_KNOWN	= 1u << 6,
	LIMEN_COPY_WINDOW_KNOWN	= 1u << 7,	/* slab.useroffset and usersize */
};

struct limen_slab {
	char cache[LIMEN_NAME_LEN];
	__u32 object_size;
	__u32 slot_size;		/* with padding and metadata */
	__u32 useroffset;
	__u32 usersize;
};

struct limen_copy_event {
	struct limen_event head;
	__u64 length;
	__u64 ptr;			/* kernel side */
	__u64 offset;			/* into the object, as the kernel counts */
	__u64 user_addr;
	__u64 ip;			/* kernel instruction that faulted */
	__u64 mask;			/* filters that matched, class not asked yet */
	__s32 syscall;			/* -1: none */
	__u32 flags;			/* enum limen_copy_flag */
	__u8 direction;			/* enum limen_direction */
	__u8 class;			/* enum limen_class; refused: user space decides */
	__u8 object;			/* enum limen_object */
	__u8 pad[1];
	__u32 nr_stack;
	struct limen_slab slab;
	char name[LIMEN_NAME_LEN];	/* the kernel's own words, refused only */
	char detail[LIMEN_NAME_LEN];
	/* From here on only in events with a stack. */
	__u64 stack[LIMEN_STACK_DEPTH];	/* nr_stack of them are valid */
	char exe[LIMEN_PATH_LEN];	/* violations: names from the file up, each ended by NUL */
};
_Static_assert(sizeof(struct limen_copy_event) == 80 + 48 + 16 + 48 + 64 + 256 + 256,
	       "struct limen_copy_event is wire format");

struct limen_exit_event {
	struct limen_event head;
	struct limen_counts counts;
};

struct limen_exec_event {
	struct limen_event head;
	char path[LIMEN_PATH_LEN];
};

/* What the task iterator writes per task, followed by struct limen_counts. */
struct limen_snapshot {
	struct limen_task task;
};

#define LIMEN_CLASS_MASKS	16	/* a power of two, not less than LIMEN_CLASSES */
_Static_assert(LIMEN_CLASSES <= LIMEN_CLASS_MASKS, "a mask for each class");

/* What the filters ask of the event, by answer: one bit per filter. */
struct limen_masks {
	__u64 direction[LIMEN_DIRECTIONS];
	__u64 class[LIMEN_CLASS_MASKS];
	__u64 min_size[LIMEN_MAX_FILTERS];	/* rising; ~0 behind the last filter */
};

enum limen_filter_flag {
	LIMEN_FILTER_PID	= 1u << 0,
	LIMEN_FILTER_UID	= 1u << 1,
	LIMEN_FILTER_COMM	= 1u << 2,
	LIMEN_FILTER_CGROUP	= 1u << 3,
	LIMEN_FILTER_DIRECTION	= 1u << 4,
	LIMEN_FILTER_MIN_SIZE	= 1u << 5,
	LIMEN_FILTER_CLASS	= 1u << 6,
	LIMEN_FILTER_IDENTITY	= LIMEN_FILTER_PID | LIMEN_FILTER_UID |
				  LIMEN_FILTER_COMM | LIMEN_FILTER_CGROUP,
};

/* All that is set must hold (and). Several filters are alternatives (or). */
struct limen_filter {
	__u32 flags;			/* enum limen_filter_flag */
	__u32 pid;
	__u32 uid;
	__u32 cgroup_level;		/* 0 is the root */
	__u64 cgroup;			/* the task's ancestor at that level */
	__u64 min_size;
	__u32 direction;		/* enum limen_direction */
	__u32 classes;			/* 1 << enum limen_class */
	char comm[LIMEN_COMM_LEN];
};

/* Addresses from kallsyms; 0 where unknown, and then nothing is concluded. */
struct limen_range {
	__u64 start;
	__u64 end;
};

struct limen_layout {
	struct limen_range image;
	struct limen_range text;
	struct limen_range rodata;
	struct limen_range modules;
	struct limen_range strncpy_from_user;
	struct limen_range check_object_size;
	struct limen_range copy_routines[4];	/* assembly that retries its tail */
	__u64 page_offset_base;			/* x86: addresses of variables */
	__u64 vmalloc_base;
	__u64 vmemmap_base;
	__u64 linear_end;			/* arm64: end of the direct map */
	__u64 user_end;				/* first address that is no user address */
	__u64 thread_size;			/* of a kernel stack */
	__u64 slab_caches;			/* head of the list of all caches */
};
/* One per CPU: event numbers, and what went wrong. */
struct limen_cpu {
	__u64 seq;			/* the next number of an event that is shown */
	__u64 task_seq;			/* of exec and exit records, which are not */
	__u64 produced[LIMEN_EVENT_KINDS];
	__u64 lost[LIMEN_EVENT_KINDS];	/* ring full */
	__u64 no_record;		/* tasks that are counted in their CPU's record only */
	__u64 folded;			/* tasks whose final counts went to a CPU's record */
	__u64 unfollowed;		/* children of followed tasks that are not followed */
	__u64 no_pending;		/* matches that could not be followed to their end */
	__u64 sample;
};

#endif
