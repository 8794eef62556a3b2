// SPDX-License-Identifier: GPL-2.0-or-later
/* Tasks: who is followed, and the last word of one that ends. */
#include "limen.bpf.h"
#include "emit.bpf.h"

#define NR_COUNTS	(sizeof(struct limen_counts) / sizeof(__u64))

/* A final record that found no room in the ring: the sum stays exact. */
static __always_inline void fold(struct limen_record *rec)
{
	struct limen_record *rest = rest_record();
	__u64 *from = (__u64 *)&rec->counts;
	__u64 *to;
	__u32 i;

	if (!rest)
		return;
	to = (__u64 *)&rest->counts;
	for (i = 0; i < NR_COUNTS; i++)
		if (from[i])
			__sync_fetch_and_add(&to[i], from[i]);
	if (limen_send_tasks)
		__sync_fetch_and_add(&this_cpu()->folded, 1);
}

/*
 * The task copies no more (do_exit() has begun; memory dumps come before it):
 * its counts are final. What it might still do goes to its CPU's record.
 */
static __always_inline int task_ends(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct limen_slot *slot = bpf_task_storage_get(&limen_tasks, task, 0, 0);
	struct limen_exit_event *e = NULL;
	struct limen_record *rec;
	__u32 tid = task->pid;
	__u32 index;

	if (!slot) {
		if (!limen_everyone)
			bpf_map_delete_elem(&limen_born, &tid);
		return 0;
	}
	index = slot->index;
	slot->index = 0;
	rec = record_at(index);
	if (!rec || rec->owner != (__u64)task)
		return 0;
	rec->flags |= LIMEN_TASK_REPORTED;	/* a snapshot passes it by from here on */
	if (limen_send_tasks)
		e = event_begin(LIMEN_EVENT_EXIT, sizeof(*e), task, rec);
	if (e) {
		e->counts = rec->counts;
		bpf_ringbuf_submit(e, 0);
	} else {
		fold(rec);
	}
	give_back(rec, index);
	return 0;
}

SEC("fentry/do_exit")
int task_exit_fentry(unsigned long long *ctx)
{
	return task_ends();
}

static __always_inline int task_exit_regs(struct pt_regs *ctx)
{
	return task_ends();
}

KPROBES("kprobe", task_exit, "do_exit")

/*
 * Following a command begins here, with the first instruction of its image:
 * finalize_exec(bprm) is the last that a loader calls, nothing is copied
 * behind it.
 */
static __always_inline int task_execs(struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct limen_exec_event *e;
	struct limen_record *rec;

	if (limen_exec_pid && limen_exec_pid == (__u32)task->tgid) {
		add_task(task);
		limen_exec_pid = 0;
	}
	rec = find_record(task);
	if (rec) {
		rec->generation = 0;
		read_task(&rec->who, task, NULL);
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

SEC("fentry/finalize_exec")
int task_exec_fentry(unsigned long long *ctx)
{
	return task_execs((struct linux_binprm *)ctx[0]);
}

static __always_inline int task_exec_regs(struct pt_regs *ctx)
{
	return task_execs((struct linux_binprm *)PT_REGS_PARM1(ctx));
}

KPROBES("kprobe", task_exec, "finalize_exec")

/* Children and threads of a followed task are followed before they run. */
static __always_inline void not_followed(void)
{
	__sync_fetch_and_add(&this_cpu()->unfollowed, 1);
}

static __always_inline bool is_followed(struct task_struct *task)
{
	__u32 tid = task->pid;

	return bpf_task_storage_get(&limen_tasks, task, 0, 0) ||
	       bpf_map_lookup_elem(&limen_born, &tid);
}

SEC("fentry/wake_up_new_task")
int task_fork_fentry(unsigned long long *ctx)
{
	struct task_struct *child = (struct task_struct *)ctx[0];

	if (is_followed(bpf_get_current_task_btf()) && !add_task(child))
		not_followed();
	return 0;
}

/*
 * A kprobe has the child's address, but no pointer that local storage takes:
 * it leaves the child's number, and the child finds it at its first copy.
 */
static __always_inline int task_fork_regs(struct pt_regs *ctx)
{
	struct task_struct *child = (struct task_struct *)PT_REGS_PARM1(ctx);
	__u32 tid = BPF_CORE_READ(child, pid);
	__u8 one = 1;

	if (!is_followed(bpf_get_current_task_btf()))
		return 0;
	if (bpf_map_update_elem(&limen_born, &tid, &one, BPF_ANY))
		not_followed();
	else
		__sync_fetch_and_add(&limen_epoch, 1);
	return 0;
}

KPROBES("kprobe", task_fork, "wake_up_new_task")

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
