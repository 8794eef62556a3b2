/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task record: how to reach it, how it is born, who its task is. */
#ifndef LIMEN_TASK_BPF_H
#define LIMEN_TASK_BPF_H

#include "limen.bpf.h"

static __always_inline void read_exe(struct task_struct *task, __u64 *ino, __u32 *dev)
{
	struct inode *inode = BPF_CORE_READ(task, mm, exe_file, f_inode);

	*ino = inode ? BPF_CORE_READ(inode, i_ino) : 0;
	*dev = inode ? BPF_CORE_READ(inode, i_sb, s_dev) : 0;
}

#define EXE_DEPTH	24	/* directories and mounts on the way up */
#define EXE_NAME	64
#define EXE_MASK	(LIMEN_PATH_LEN / 2 - 1)	/* a bound that every verifier sees */

/*
 * The executable's path as names from the file upwards, each ended by NUL, in
 * a buffer of LIMEN_PATH_LEN; longer paths lose their upper part. For tasks
 * that are about to die: user space may come too late to look into /proc.
 */
COLD int read_exe_names(struct task_struct *task, char *out)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct vfsmount *vfs;
	struct dentry *dentry;
	struct mount *mount;
	__u32 used = 0;
	long len;
	int i;

	if (!out || !file)
		return 0;
	dentry = BPF_CORE_READ(file, f_path.dentry);
	vfs = BPF_CORE_READ(file, f_path.mnt);
	for (i = 0; i < EXE_DEPTH && used <= EXE_MASK; i++) {
		if (dentry == BPF_CORE_READ(vfs, mnt_root)) {
			mount = (void *)vfs - bpf_core_field_offset(struct mount, mnt);
			if (BPF_CORE_READ(mount, mnt_parent) == mount)
				break;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = BPF_CORE_READ(mount, mnt_parent);
			vfs = (void *)mount + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		len = bpf_probe_read_kernel_str(out + (used & EXE_MASK), EXE_NAME,
						BPF_CORE_READ(dentry, d_name.name));
		if (len <= 0)
			break;
		used += len;
		dentry = BPF_CORE_READ(dentry, d_parent);
	}
	return 0;
}

/* rec may be NULL. The executable is the record's when the task has lost its mm. */
static __always_inline void read_task(struct limen_task *who, struct task_struct *task,
				      struct limen_record *rec)
{
	who->pid = BPF_CORE_READ(task, tgid);
	who->tid = BPF_CORE_READ(task, pid);
	who->uid = BPF_CORE_READ(task, cred, uid.val);
	who->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	who->start_ns = BPF_CORE_READ(task, start_boottime);
	if (rec) {
		who->exe_ino = rec->exe_ino;
		who->exe_dev = rec->exe_dev;
	} else {
		read_exe(task, &who->exe_ino, &who->exe_dev);
	}
	bpf_core_read_str(who->comm, sizeof(who->comm), &task->comm);
}

/* Makes the task's record. NULL when the kernel has no memory for it. */
static __always_inline struct limen_record *new_record(struct task_struct *task)
{
	struct limen_record *rec;

	rec = bpf_task_storage_get(&limen_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (rec)
		read_exe(task, &rec->exe_ino, &rec->exe_dev);
	return rec;
}

static __always_inline struct limen_record *find_record(struct task_struct *task)
{
	return bpf_task_storage_get(&limen_tasks, task, 0, 0);
}

/*
 * Where the current task's copy is counted when it has no record yet: a new
 * record, or the CPU's remainder for a task that ends or when there is no
 * memory. NULL when the task is not to be counted.
 */
COLD struct limen_record *first_crossing(struct task_struct *task)
{
	if (!limen_everyone || task->flags & PF_EXITING)
		return NULL;
	return new_record(task);
}

static __always_inline struct limen_counts *rest_counts(void)
{
	struct limen_cpu *cpu;

	if (!limen_everyone)
		return NULL;
	cpu = this_cpu();
	if (!cpu)
		return NULL;
	cpu->no_record++;
	return &cpu->rest;
}

#endif
