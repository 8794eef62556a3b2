/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel types that limen reads, and only their fields that it reads.
 * Offsets come from the running kernel's BTF (CO-RE); what is declared here
 * is a name and a type.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __s8 s8;
typedef __u8 u8;
typedef __s16 s16;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;
typedef _Bool bool;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef unsigned long size_t;
typedef int pid_t;

#define true 1
#define false 0
#define NULL ((void *)0)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH		= 1,
	BPF_MAP_TYPE_ARRAY		= 2,
	BPF_MAP_TYPE_PERCPU_ARRAY	= 6,
	BPF_MAP_TYPE_LRU_HASH		= 9,
	BPF_MAP_TYPE_QUEUE		= 22,
	BPF_MAP_TYPE_STACK		= 23,
	BPF_MAP_TYPE_RINGBUF		= 27,
	BPF_MAP_TYPE_TASK_STORAGE	= 29,
};

enum {
	BPF_ANY			= 0,
	BPF_NOEXIST		= 1,
};

enum {
	BPF_F_NO_PREALLOC	= 1U << 0,
	BPF_F_MMAPABLE		= 1U << 10,
	BPF_F_CURRENT_CPU	= 0xffffffffULL,
};

enum {
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1ULL << 0,
};

/* Not CO-RE: these two are ABI, and programs get them as their context. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15;
	unsigned long r14;
	unsigned long r13;
	unsigned long r12;
	unsigned long bp;
	unsigned long bx;
	unsigned long r11;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
	unsigned long ip;
	unsigned long cs;
	unsigned long flags;
	unsigned long sp;
	unsigned long ss;
};

typedef struct pt_regs bpf_user_pt_regs_t;
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};

typedef struct user_pt_regs bpf_user_pt_regs_t;
#else
#error "limen knows x86_64 and arm64"
#endif

struct bpf_perf_event_data {
	bpf_user_pt_regs_t regs;
	__u64 sample_period;
	__u64 addr;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_arm64)
struct pt_regs {
	union {
		struct user_pt_regs user_regs;
		struct {
			u64 regs[31];
			u64 sp;
			u64 pc;
			u64 pstate;
		};
	};
	s32 syscallno;
};
#endif

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct super_block {
	unsigned int s_dev;
	unsigned long s_blocksize;
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file_operations {
	void *release;
};

struct file {
	struct inode *f_inode;
	struct path f_path;
	void *private_data;
	const struct file_operations *f_op;
};

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	unsigned long vm_flags;
	struct file *vm_file;
};

struct mm_struct {
	struct file *exe_file;
};

struct kernfs_node {
	u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct task_struct {
	void *stack;
	unsigned int flags;
	struct mm_struct *mm;
	pid_t pid;
	pid_t tgid;
	u64 start_boottime;
	struct task_struct *group_leader;
	const struct cred *cred;
	char comm[16];
	struct css_set *cgroups;
	int pagefault_disabled;
	unsigned long maj_flt;
	unsigned long nvcsw;
	unsigned long nivcsw;
	struct files_struct *files;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct linux_binprm {
	const char *filename;
};

struct kmem_cache {
	const char *name;
	unsigned int object_size;
	unsigned int size;
	unsigned int useroffset;
	unsigned int usersize;
	struct list_head list;
};

struct slab {
	struct kmem_cache *slab_cache;
};

enum iter_type {
	ITER_UBUF,		/* the values differ by kernel: ask CO-RE */
	ITER_IOVEC,
};

struct iov_iter {
	u8 iter_type;
	size_t count;
};

typedef struct {
	int counter;
} atomic_t;

struct refcount_struct {
	atomic_t refs;
};

typedef struct refcount_struct refcount_t;

/* include/linux/tee_drv.h, tee_core.h: in the module tee */
struct tee_device {
	char name[32];
};

struct tee_context {
	struct tee_device *teedev;
};

struct tee_shm {
	struct tee_context *ctx;
	size_t size;
	refcount_t refcount;
	u32 flags;
	int id;
};

/* include/linux/kvm_host.h: in the module kvm, but where it is built in */
struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct kvm_memory_slot {
	struct hlist_node id_node[2];
	struct rb_node gfn_node[2];
	u64 base_gfn;
	unsigned long npages;
	unsigned long userspace_addr;
	u32 flags;
	short id;
};

struct kvm_memslots {
	struct rb_root gfn_tree;
	struct hlist_head id_hash[128];
	int node_idx;
};

struct kvm {
	struct mm_struct *mm;
	unsigned long nr_memslot_pages;
	struct kvm_memslots *memslots[2];
	atomic_t online_vcpus;
	struct list_head vm_list;
	unsigned long mmu_invalidate_seq;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];
};

#if defined(__TARGET_ARCH_arm64)
struct kvm_vcpu_fault_info {
	u64 esr_el2;
	u64 far_el2;
	u64 hpfar_el2;
};

struct kvm_cpu_context {
	struct user_pt_regs regs;
};

struct kvm_vcpu_arch {
	struct kvm_cpu_context ctxt;
	struct kvm_vcpu_fault_info fault;
};
#else
union kvm_mmu_page_role {
	u32 word;
	struct {
		unsigned int direct:1;
	};
};

struct kvm_mmu {
	union kvm_mmu_page_role root_role;
};

struct kvm_vcpu_arch {
	unsigned long regs[17];		/* the 17th: the instruction pointer, */
	unsigned long rip;		/* which has a field of its own in 7.x */
	struct kvm_mmu *mmu;		/* the one in use: */
	struct kvm_mmu root_mmu;	/* not of a nested guest */
};
#endif

struct kvm_gfn_range {
	struct kvm_memory_slot *slot;
	u64 start;
	u64 end;
};

struct kvm_run {
	u32 exit_reason;
	union {
		struct {
			u64 flags;
			u64 gpa;
			u64 size;
		} memory_fault;		/* kernel 6.8 */
	};
};

struct kvm_vcpu {
	struct kvm_vcpu_arch arch;
	struct kvm *kvm;
	int vcpu_id;
	int mode;
	struct pid *pid;
	struct kvm_run *run;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *map;
	void *key;
	void *value;
};

#pragma clang attribute pop

#endif
