/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The path of a task's executable, for tasks that may be gone before user space looks. */
#ifndef LIMEN_EXE_BPF_H
#define LIMEN_EXE_BPF_H

#include "base.bpf.h"

#define EXE_DEPTH	24	/* directories and mounts on the way up */
#define EXE_NAME	64
#define EXE_MASK	(LIMEN_PATH_LEN / 2 - 1)	/* a bound that every verifier sees */

struct exe_walk {
	char *out;
	struct dentry *dentry;
	struct vfsmount *vfs;
	__u32 used;
};

/* One step up: a directory, or from a mount to where it is mounted. */
static long next_exe_name(__u32 i, struct exe_walk *w)
{
	struct dentry *dentry = w->dentry;
	struct vfsmount *vfs = w->vfs;
	struct mount *mount;
	__u32 used = w->used;
	long len;

	if (used > EXE_MASK)
		return 1;
	if (dentry == BPF_CORE_READ(vfs, mnt_root)) {
		mount = (void *)vfs - bpf_core_field_offset(struct mount, mnt);
		if (BPF_CORE_READ(mount, mnt_parent) == mount)
			return 1;
		w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		mount = BPF_CORE_READ(mount, mnt_parent);
		w->vfs = (void *)mount + bpf_core_field_offset(struct mount, mnt);
		return 0;
	}
	barrier_var(used);	/* or the compiler drops the mask that 6.1 needs */
	len = bpf_probe_read_kernel_str(w->out + (used & EXE_MASK), EXE_NAME,
					BPF_CORE_READ(dentry, d_name.name));
	if (len <= 0)
		return 1;
	w->used = used + len;
	w->dentry = BPF_CORE_READ(dentry, d_parent);
	return 0;
}

/*
 * The executable's path as names from the file upwards, each ended by NUL, in
 * a buffer of LIMEN_PATH_LEN; longer paths lose their upper part. For tasks
 * that are about to die: user space may come too late to look into /proc.
 */
COLD int read_exe_names(struct task_struct *task, char *out)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct exe_walk walk = {.out = out};

	if (!out || !file)
		return 0;
	walk.dentry = BPF_CORE_READ(file, f_path.dentry);
	walk.vfs = BPF_CORE_READ(file, f_path.mnt);
	/* Not unrolled: a verifier walks it once, not once for each depth. */
	bpf_loop(EXE_DEPTH, next_exe_name, &walk, 0);
	return 0;
}

#endif
