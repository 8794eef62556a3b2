// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtual machines of this host, found through the files that are open:
 * nothing is attached to what KVM does. Memory slots are read from the kernel's
 * own structure (struct kvm_memslots since 5.17), without its locks: a slot
 * that is changed meanwhile may be missing or stand twice.
 */
#include "base.bpf.h"
#include "limen/vm.h"

/* Addresses of two file operations: how KVM's files are known. */
const volatile __u64 limen_vm_release_at = 0;
const volatile __u64 limen_vcpu_release_at = 0;
const volatile __u32 limen_page_shift = 12;

struct slot_walk {
	struct seq_file *seq;
	struct limen_vm_line *line;
	struct kvm_memslots *slots;
	__u32 node;		/* which of the two links a slot has is in use */
	__u16 space;
};

static __always_inline void write_slot(struct slot_walk *w, struct kvm_memory_slot *slot)
{
	struct limen_vm_slot *s = &w->line->slot;
	__u64 pages = BPF_CORE_READ(slot, npages);

	if (!pages)
		return;
	s->guest = BPF_CORE_READ(slot, base_gfn) << limen_page_shift;
	s->bytes = pages << limen_page_shift;
	s->host = BPF_CORE_READ(slot, userspace_addr);
	s->flags = BPF_CORE_READ(slot, flags);
	s->id = BPF_CORE_READ(slot, id);
	s->space = w->space;
	bpf_seq_write(w->seq, w->line, sizeof(*w->line));
}

static long walk_bucket(__u32 bucket, struct slot_walk *w)
{
	struct kvm_memslots *slots = w->slots;
	__u32 link = bpf_core_field_offset(struct kvm_memory_slot, id_node) +
		     w->node * bpf_core_type_size(struct hlist_node);
	__u64 node = 0;
	int i;

	if (bucket >= LIMEN_VM_BUCKETS)
		return 1;
	bpf_core_read(&node, sizeof(node), &slots->id_hash[bucket].first);
	for (i = 0; i < LIMEN_VM_CHAIN && node; i++) {
		write_slot(w, (struct kvm_memory_slot *)(node - link));
		if (bpf_probe_read_kernel(&node, sizeof(node), (void *)node))
			break;
	}
	return 0;
}

COLD int write_slots(struct seq_file *seq, struct limen_vm_line *line, struct kvm *kvm)
{
	struct slot_walk w = {.seq = seq, .line = line};
	struct kvm_memslots *slots;
	__u32 space;

	line->kind = LIMEN_VM_SLOT;
	for (space = 0; space < LIMEN_VM_SPACES; space++) {
		if (space * sizeof(void *) >= bpf_core_field_size(kvm->memslots))
			break;
		slots = NULL;
		bpf_core_read(&slots, sizeof(slots), &kvm->memslots[space]);
		if (!slots)
			break;
		w.slots = slots;
		w.space = space;
		w.node = BPF_CORE_READ(slots, node_idx) & 1;
		bpf_loop(LIMEN_VM_BUCKETS, walk_bucket, &w, 0);
	}
	return 0;
}

COLD int write_machine(struct seq_file *seq, struct limen_vm_line *line, struct kvm *kvm)
{
	struct limen_vm_machine *m = &line->machine;

	m->list_at = (__u64)kvm + bpf_core_field_offset(kvm->vm_list);
	m->list_next = (__u64)BPF_CORE_READ(kvm, vm_list.next);
	m->bytes = (__u64)BPF_CORE_READ(kvm, nr_memslot_pages) << limen_page_shift;
	m->mm = (__u64)BPF_CORE_READ(kvm, mm);
	m->vcpus = BPF_CORE_READ(kvm, online_vcpus.counter);
	m->invalidations = BPF_CORE_READ(kvm, mmu_invalidate_seq);
	line->kind = LIMEN_VM_MACHINE;
	bpf_seq_write(seq, line, sizeof(*line));
	return 0;
}

COLD int write_vcpu(struct seq_file *seq, struct limen_vm_line *line, struct kvm_vcpu *vcpu)
{
	struct limen_vm_vcpu *v = &line->vcpu;

	line->kvm = (__u64)BPF_CORE_READ(vcpu, kvm);
	v->id = BPF_CORE_READ(vcpu, vcpu_id);
	v->mode = BPF_CORE_READ(vcpu, mode);
	v->tid = BPF_CORE_READ(vcpu, pid, numbers[0].nr);
	line->kind = LIMEN_VM_VCPU;
	bpf_seq_write(seq, line, sizeof(*line));
	return 0;
}

SEC("iter/task_file")
int vm_read_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct limen_vm_line line = {};
	__u64 release, private;

	if (!task || !file)
		return 0;
	release = (__u64)BPF_CORE_READ(file, f_op, release);
	if (!release || (release != limen_vm_release_at && release != limen_vcpu_release_at))
		return 0;
	private = (__u64)BPF_CORE_READ(file, private_data);
	line.pid = task->tgid;
	line.fd = ctx->fd;
	line.process_mm = (__u64)BPF_CORE_READ(task, mm);
	bpf_core_read_str(line.comm, sizeof(line.comm), &task->comm);
	if (release == limen_vcpu_release_at)
		return write_vcpu(ctx->meta->seq, &line, (struct kvm_vcpu *)private);
	line.kvm = private;
	write_machine(ctx->meta->seq, &line, (struct kvm *)private);
	__builtin_memset(&line.machine, 0, sizeof(line.machine));
	return write_slots(ctx->meta->seq, &line, (struct kvm *)private);
}

/* Whose pages a file has: a block device's own, not those of the file system its node is in. */
struct address_space___host {
	struct inode *host;
} __attribute__((preserve_access_index));

struct file___mapping {
	struct address_space___host *f_mapping;
} __attribute__((preserve_access_index));

/* The memory areas of one process, or of all where the kernel cannot choose. */
SEC("iter/task_vma")
int vm_read_areas(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct limen_vm_area area = {};
	struct file___mapping *file;
	struct inode *inode;

	/* Threads share their process's memory. */
	if (!task || !vma || task->pid != task->tgid)
		return 0;
	area.pid = task->tgid;
	area.start = BPF_CORE_READ(vma, vm_start);
	area.end = BPF_CORE_READ(vma, vm_end);
	area.flags = BPF_CORE_READ(vma, vm_flags);
	file = (struct file___mapping *)BPF_CORE_READ(vma, vm_file);
	inode = file ? BPF_CORE_READ(file, f_mapping, host) : NULL;
	if (inode) {
		area.magic = BPF_CORE_READ(inode, i_sb, s_magic);
		area.block = BPF_CORE_READ(inode, i_sb, s_blocksize);
	}
	bpf_seq_write(ctx->meta->seq, &area, sizeof(area));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
