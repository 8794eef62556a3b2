// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The floor: probes that do nothing, of each kind that limen could use. And the
 * way from there to counting in steps, each one program, for `run --variants`.
 * `empty NAME` loads one of them and nothing else.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define BUCKETS 20

struct counts {
	__u64 bytes[2];
	__u64 hist[2][BUCKETS];
};

/* Key: task. Bound: one per task that makes a checked copy. Ends with the task. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct counts);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counts);
} cpus SEC(".maps");

const volatile __u8 size_class[4097] = {};
static struct counts global;
__s32 pid = 0;

#define EMPTY(name, section)		\
	SEC(section)			\
	int name(void *ctx)		\
	{				\
		return 0;		\
	}

EMPTY(empty_fentry, "fentry")
EMPTY(empty_fexit, "fexit")
EMPTY(empty_kprobe, "kprobe")
EMPTY(empty_multi, "kprobe.multi")

static __always_inline void count(struct counts *c, __u64 n, __u32 dir)
{
	__u32 class = n <= 4096 ? size_class[n] : BUCKETS - 1;

	if (class >= BUCKETS)
		class = BUCKETS - 1;
	c->bytes[dir] += n;
	c->hist[dir][class]++;
}

/* 1: which task */
SEC("fentry")
int current_task(unsigned long long *ctx)
{
	pid = bpf_get_current_task_btf()->pid;
	return 0;
}

/* 2: its storage, found */
SEC("fentry")
int storage(unsigned long long *ctx)
{
	bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	return 0;
}

/* 3: counted there */
SEC("fentry")
int storage_count(unsigned long long *ctx)
{
	struct counts *c = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0,
						BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (c)
		count(c, ctx[1], ctx[2] & 1);
	return 0;
}

/* Instead of the storage: per CPU, no task told apart */
SEC("fentry")
int cpu_count(unsigned long long *ctx)
{
	__u32 zero = 0;
	struct counts *c = bpf_map_lookup_elem(&cpus, &zero);

	if (c)
		count(c, ctx[1], ctx[2] & 1);
	return 0;
}

/* Only the counting itself */
SEC("fentry")
int global_count(unsigned long long *ctx)
{
	count(&global, ctx[1], ctx[2] & 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
