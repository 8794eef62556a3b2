/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every kernel side file shares: settings, maps, the per-CPU state.
 *
 * The objects are linked into one (bpftool gen object). All that stands here
 * is weak, so that each file brings the same definition and the linker keeps
 * one of them.
 */
#ifndef LIMEN_BPF_H
#define LIMEN_BPF_H

#include "base.bpf.h"

#define PF_EXITING	0x00000004	/* include/linux/sched.h */

/*
 * Settings: written by user space between open and load, constant afterwards,
 * so that the verifier removes the branches that a run does not need.
 */
const volatile bool limen_everyone __weak = true;	/* all tasks, or only those with a record */
const volatile bool limen_filtering __weak = false;	/* filters, samples or limen_classify_all */
const volatile bool limen_classify_all __weak = false;	/* limen judges every copy itself */
const volatile bool limen_kernel_checks __weak = true;	/* hardened usercopy is on */
const volatile bool limen_heap_hook __weak = false;	/* __check_heap_object is attached */
const volatile bool limen_send_shorts __weak = false;
const volatile bool limen_send_stacks __weak = false;	/* for more than violations */
const volatile bool limen_send_tasks __weak = false;	/* final records */
const volatile bool limen_send_execs __weak = false;	/* paths of executables */
const volatile __u32 limen_sample __weak = 0;		/* one copy of N becomes an event; 0 none */
const volatile __u32 limen_nr_filters __weak = 0;
const volatile __u32 limen_max_records __weak = 4096;	/* of limen_records */

/* Size -> bucket for sizes up to a page, LIMEN_SIZE_NAME set for name buffers. */
const volatile __u8 limen_size_class[LIMEN_SIZE_MAX + 1] __weak = {};

const volatile struct limen_layout limen_layout __weak = {};

/* May change while attached: generation is raised after filters were written. */
__u32 limen_generation __weak = 1;
struct limen_filter limen_filters[LIMEN_MAX_FILTERS] __weak = {};
struct limen_masks limen_masks __weak = {};
__u32 limen_matches __weak = 0;		/* in limen_pending now */
__u32 limen_exec_pid __weak = 0;	/* follow this process from its next exec on */
__u64 limen_followed __weak = 0;	/* tasks that the last pass of follow_tasks added */

/*
 * The one task storage map. Key: task. Bound: one small slot per task that
 * crosses a boundary. Deleted by task_exit(), or by the kernel with the task.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct limen_slot);
} limen_tasks __weak SEC(".maps");

/*
 * The records. Key: index. Bound: set by user space before load. Full: the
 * task's copies are counted in its CPU's record, and the task in no_record.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct limen_record);
} limen_records __weak SEC(".maps");

/* Indices that ended tasks gave back. Never full: as large as limen_records. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 4096);
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
} limen_free __weak SEC(".maps");

/*
 * One per CPU, in memory that user space maps: a bpf() call that reads a map
 * switches kprobe programs off on its CPU (bpf_disable_instrumentation()), and
 * a task preempted in it would make us miss what the others copy meanwhile.
 */
struct limen_cpu limen_cpus[LIMEN_MAX_CPUS] __weak = {};

/* The record that each CPU used last. */
struct limen_cache limen_cache[LIMEN_MAX_CPUS] __weak = {};
__u32 limen_epoch __weak = 0;		/* raised when one more task is followed */
__u32 limen_next_index __weak = 1;	/* of the records that were never used */

/* Processes to follow, written by user space before follow_tasks runs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u8);
} limen_follow __weak SEC(".maps");

static __always_inline struct limen_cpu *this_cpu(void)
{
	return &limen_cpus[bpf_get_smp_processor_id() & (LIMEN_MAX_CPUS - 1)];
}

/* Children of followed tasks that have not copied yet. Key: thread. See task_born(). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} limen_born __weak SEC(".maps");

#endif
