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

TABLE(vcpus, limen_s2_vcpu, entry->vcpu)
TABLE(slots, limen_s2_slot, entry->kvm)
TABLE(vms, limen_s2_vm, entry->pid)

char LICENSE[] SEC("license") = "GPL";
