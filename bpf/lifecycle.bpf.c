// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks: who is followed, and the last word of one that ends. */
#include "limen.bpf.h"
#include "emit.bpf.h"

#define NR_COUNTS	(sizeof(struct limen_counts) / sizeof(__u64))

/* A final record that found no room in the ring: the sum stays exact. */
static __always_inline void fold(struct limen_record *rec)
{
	struct limen_record *rest = rest_record();
	struct limen_cpu *cpu = this_cpu();
	__u64 *from = (__u64 *)&rec->counts;
	__u64 *to;
	__u32 i;

	if (!cpu || !rest)
		return;
	to = (__u64 *)&rest->counts;
	for (i = 0; i < NR_COUNTS; i++)
		if (from[i])
			__sync_fetch_and_add(&to[i], from[i]);
	if (limen_send_tasks)
		__sync_fetch_and_add(&cpu->folded, 1);
}

/* The task has no user memory any more: its counts are final. */
SEC("tp_btf/sched_process_exit")
int task_exit(unsigned long long *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct limen_slot *slot = bpf_task_storage_get(&limen_tasks, task, 0, 0);
	struct limen_exit_event *e = NULL;
	struct limen_record *rec;

	if (!slot)
		return 0;
	rec = record_at(slot->index);
	if (rec && rec->owner == (__u64)task) {
		rec->flags |= LIMEN_TASK_REPORTED;	/* a snapshot passes it by from here on */
		if (limen_send_tasks)
			e = event_begin(LIMEN_EVENT_EXIT, sizeof(*e), task, rec);
		if (e) {
			e->counts = rec->counts;
			bpf_ringbuf_submit(e, 0);
		} else {
			fold(rec);
		}
		give_back(rec, slot->index);
	}
	bpf_task_storage_delete(&limen_tasks, task);
	return 0;
}

/* Following a command begins here, with the first instruction of its image. */
SEC("tp_btf/sched_process_exec")
int task_exec(unsigned long long *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct linux_binprm *bprm = (struct linux_binprm *)ctx[2];
	struct limen_exec_event *e;
	struct limen_record *rec;

	if (limen_exec_pid && limen_exec_pid == (__u32)task->tgid) {
		limen_exec_pid = 0;
		add_task(task);
	}
	rec = find_record(task);
	if (rec) {
		rec->generation = 0;
		read_exe(task, &rec->exe_ino, &rec->exe_dev);
	}
	if (!limen_send_execs || !(rec || limen_everyone))
		return 0;
	e = event_begin(LIMEN_EVENT_EXEC, sizeof(*e), task, rec);
	if (!e)
		return 0;
	__builtin_memset(e->path, 0, sizeof(e->path));
	bpf_probe_read_kernel_str(e->path, sizeof(e->path), BPF_CORE_READ(bprm, filename));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* Children and threads of a followed task are followed before they run. */
SEC("tp_btf/sched_process_fork")
int task_fork(unsigned long long *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0];
	struct task_struct *child = (struct task_struct *)ctx[1];
	struct limen_cpu *cpu;

	if (!bpf_task_storage_get(&limen_tasks, parent, 0, 0) || add_task(child))
		return 0;
	cpu = this_cpu();
	if (cpu)
		__sync_fetch_and_add(&cpu->unfollowed, 1);
	return 0;
}

/* A new name may match other filters. */
SEC("tp_btf/task_rename")
int task_rename(unsigned long long *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct limen_record *rec = find_record(task);

	if (rec)
		rec->generation = 0;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
