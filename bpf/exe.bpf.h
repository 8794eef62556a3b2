/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The path of a task's executable, for tasks that may be gone before user space looks. */
#ifndef LIMEN_EXE_BPF_H
#define LIMEN_EXE_BPF_H

#include "base.bpf.h"

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
		barrier_var(used);	/* or the compiler drops the mask that 6.1 needs */
		len = bpf_probe_read_kernel_str(out + (used & EXE_MASK), EXE_NAME,
						BPF_CORE_READ(dentry, d_name.name));
		if (len <= 0)
			break;
		used += len;
		dentry = BPF_CORE_READ(dentry, d_parent);
	}
	return 0;
}

#endif
