/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel side files of every boundary share. Each boundary whose
 * hooks lie in modules has an object of its own (bpf/DIRECTORY), because a
 * program for a module's function can be loaded only when the module is there.
 */
#ifndef LIMEN_BASE_BPF_H
#define LIMEN_BASE_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "limen/abi.h"

/* Off the counting path: a subprogram, and not every file calls it. */
#define COLD		static __noinline __attribute__((unused))

const volatile __u32 limen_self __weak = 0;		/* our own process makes no events */

/* Events. Full: the event is dropped and counted in limen_cpu.lost. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} limen_ring __weak SEC(".maps");

/* A kprobe and a kprobe.multi program get the same registers. */
#define KPROBES(at, name, function)		\
SEC(at "/" function)				\
int name##_kprobe(struct pt_regs *ctx)		\
{						\
	return name##_regs(ctx);		\
}						\
						\
SEC(at ".multi/" function)			\
int name##_multi(struct pt_regs *ctx)		\
{						\
	return name##_regs(ctx);		\
}

static __always_inline bool in_range(__u64 addr, const volatile struct limen_range *r)
{
	return addr >= r->start && addr < r->end;
}

static __always_inline void read_exe(struct task_struct *task, __u64 *ino, __u32 *dev)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	*ino = inode ? BPF_CORE_READ(inode, i_ino) : 0;
	*dev = inode ? BPF_CORE_READ(inode, i_sb, s_dev) : 0;
}

/* By plain loads, too: comm ends with NUL, whenever it is read. */
static __always_inline void read_comm(char *comm, struct task_struct *task)
{
	const __u64 *from = (const __u64 *)task->comm;
	__u64 *to = (__u64 *)comm;

	to[0] = from[0];
	to[1] = from[1];
}

/*
 * Of the current task, executable included: by plain loads, which a pointer
 * from bpf_get_current_task_btf() allows. Some of them may be NULL.
 */
static __always_inline void read_current(struct limen_task *who)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mm_struct *mm = task->mm;
	struct file *exe = mm ? mm->exe_file : NULL;
	struct inode *inode = exe ? exe->f_inode : NULL;

	who->pid = task->tgid;
	who->tid = task->pid;
	who->uid = task->cred->uid.val;
	who->cgroup = bpf_get_current_cgroup_id();
	who->start_ns = task->start_boottime;
	who->exe_ino = inode ? inode->i_ino : 0;
	who->exe_dev = inode ? inode->i_sb->s_dev : 0;
	read_comm(who->comm, task);
}

/* The executable is left to the caller. */
static __always_inline void read_who(struct limen_task *who, struct task_struct *task)
{
	who->pid = BPF_CORE_READ(task, tgid);
	who->tid = BPF_CORE_READ(task, pid);
	who->uid = BPF_CORE_READ(task, cred, uid.val);
	who->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	who->start_ns = BPF_CORE_READ(task, start_boottime);
	bpf_core_read_str(who->comm, sizeof(who->comm), &task->comm);
}

#endif
