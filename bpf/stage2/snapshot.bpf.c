// SPDX-License-Identifier: GPL-2.0-or-later
/* Passes over the tables, which need no bpf() call for each entry. */
#include "stage2.bpf.h"

/* A line for each entry of an array that is in use: its number and itself. */
#define TABLE(name, type, used)							\
SEC("iter/bpf_map_elem")							\
int s2_read_##name(struct bpf_iter__bpf_map_elem *ctx)				\
{										\
	struct seq_file *seq = ctx->meta->seq;					\
	struct type *entry = ctx->value;					\
	__u32 *key = ctx->key;							\
	__u64 number;								\
										\
	if (!key || !entry || !(used))						\
		return 0;							\
	number = *key;								\
	bpf_seq_write(seq, &number, sizeof(number));				\
	bpf_seq_write(seq, entry, sizeof(*entry));				\
	return 0;								\
}

TABLE(vcpus, limen_s2_vcpu, entry->kvm)
TABLE(slots, limen_s2_slot, entry->kvm)
TABLE(pages, limen_s2_page, entry->kvm)

/* A VM that is alive: with its counter as it is now. */
SEC("iter/bpf_map_elem")
int s2_read_vms(struct bpf_iter__bpf_map_elem *ctx)
{
	const __u64 at = offsetof(struct limen_s2_vm, invalidations), past = at + sizeof(__u64);
	struct seq_file *seq = ctx->meta->seq;
	struct limen_s2_vm *vm = ctx->value;
	__u32 *key = ctx->key;
	__u64 number, live;
	struct kvm *kvm;

	if (!key || !vm || !(vm->pid || !*key))
		return 0;
	number = *key;
	live = vm->invalidations;
	kvm = (struct kvm *)vm->kvm;
	if (kvm && !vm->ended)
		live = BPF_CORE_READ(kvm, mmu_invalidate_seq);
	bpf_seq_write(seq, &number, sizeof(number));
	bpf_seq_write(seq, vm, at);
	bpf_seq_write(seq, &live, sizeof(live));
	bpf_seq_write(seq, (void *)vm + past, sizeof(*vm) - past);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
