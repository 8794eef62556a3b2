// SPDX-License-Identifier: GPL-2.0-or-later
/* Passes over all tasks: read their records, or give records to the followed. */
#include "limen.bpf.h"
#include "task.bpf.h"

SEC("iter/task")
int snapshot_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct seq_file *seq = ctx->meta->seq;
	struct limen_snapshot s = {};
	struct limen_record *rec;

	if (!task)
		return 0;
	rec = find_record(task);
	if (!rec || rec->flags & LIMEN_TASK_REPORTED)
		return 0;
	read_task(&s.task, task, rec);
	bpf_seq_write(seq, &s, sizeof(s));
	bpf_seq_write(seq, &rec->counts, sizeof(rec->counts));
	return 0;
}

SEC("iter/task")
int follow_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u32 pid;

	if (!task)
		return 0;
	pid = task->tgid;
	if (!bpf_map_lookup_elem(&limen_follow, &pid) ||
	    bpf_task_storage_get(&limen_tasks, task, 0, 0))
		return 0;
	if (add_task(task))
		limen_followed++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
