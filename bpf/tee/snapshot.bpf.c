// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Passes over the tables, which need no bpf() call for each entry and switch
 * nothing off meanwhile, and over all open files and mappings: who holds what,
 * and what was there before limen.
 */
#include "context.bpf.h"

/* Addresses of two file operations: how a TEE's files are known. */
const volatile __u64 limen_tee_release_at = 0;
const volatile __u64 limen_tee_fop_release_at = 0;

/* The entry behind a number, where a table has the numbers of another one's. */
#define NUMBERED(map, value)							\
	({ __u32 nr_ = *(__u32 *)(value); bpf_map_lookup_elem(&(map), &nr_); })

/* A line for each entry of a table; key and value are copied as they are. */
#define TABLE(name, line_type, key_field, value_field, entry)			\
SEC("iter/bpf_map_elem")							\
int tee_read_##name(struct bpf_iter__bpf_map_elem *ctx)				\
{										\
	struct seq_file *seq = ctx->meta->seq;					\
	void *key = ctx->key, *value = ctx->value;				\
										\
	if (!key || !value)							\
		return 0;							\
	value = (entry);							\
	if (!value)								\
		return 0;							\
	bpf_seq_write(seq, key, sizeof(((struct line_type *)0)->key_field));	\
	bpf_seq_write(seq, value, sizeof(((struct line_type *)0)->value_field)); \
	return 0;								\
}

TABLE(contexts, limen_tee_context_line, ctx, context, value)
TABLE(sessions, limen_tee_session_line, key, session, NUMBERED(limen_tee_sessions, value))
TABLE(clients, limen_tee_client_line, key, client, NUMBERED(limen_tee_clients, value))
TABLE(tas, limen_tee_ta_line, uuid, ta, value)
TABLE(sites, limen_tee_site_line, key, site, value)

SEC("iter/bpf_map_elem")
int tee_read_objects(struct bpf_iter__bpf_map_elem *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	__u64 *key = ctx->key;
	void *value = ctx->value;
	__u64 head[2] = {};

	if (!key || !value)
		return 0;
	head[0] = *key;
	head[1] = read_refs(*key, false);
	bpf_seq_write(seq, head, sizeof(head));
	bpf_seq_write(seq, value, sizeof(struct limen_tee_object));
	return 0;
}

struct move {
	__u64 ctx;
	__u64 client;
	__u32 client_nr;
	__s64 objects, bytes;
};

static long move_object(void *map, const __u64 *shm, struct limen_tee_object *o, struct move *m)
{
	if (o->ctx != m->ctx || o->client)
		return 0;
	o->client = m->client;
	o->client_nr = m->client_nr;
	m->objects++;
	m->bytes += o->size;
	return 0;
}

/* Objects that were seen before their context's owner was: they are his. */
COLD int move_objects(__u64 ctx, __u64 client, __u32 client_nr)
{
	struct move m = {.ctx = ctx, .client = client, .client_nr = client_nr};
	struct limen_tee_client *from = client_at(0), *to = client_at(client_nr);

	bpf_for_each_map_elem(&limen_tee_objects, move_object, &m, 0);
	if (!from || !to || from == to)
		return 0;
	__sync_fetch_and_add(&from->live, -m.objects);
	__sync_fetch_and_add(&from->live_bytes, -m.bytes);
	raise_mark(&to->most_live, __sync_fetch_and_add(&to->live, m.objects) + m.objects);
	raise_mark(&to->most_bytes, __sync_fetch_and_add(&to->live_bytes, m.bytes) + m.bytes);
	return 0;
}

/* A context whose file was open before limen came. */
COLD int context_seen(__u64 ctx, struct task_struct *task)
{
	struct limen_tee_context *c = find_context(ctx);
	__u64 client;

	if (!c) {
		add_context(ctx, task, LIMEN_TEE_CTX_PREEXISTING);
		return 0;
	}
	if (!(c->state & LIMEN_TEE_CTX_NO_OWNER))
		return 0;
	/* Known by an object of it: now its owner is, too. */
	client = process_key(task);
	c->client_nr = add_client(client, task);
	read_who(&c->owner, task);
	read_exe(task, &c->owner.exe_ino, &c->owner.exe_dev);
	c->client = client;
	__sync_fetch_and_and(&c->state, ~LIMEN_TEE_CTX_NO_OWNER);
	return move_objects(ctx, client, c->client_nr);
}

static __always_inline void see_file(struct seq_file *seq, struct task_struct *task,
				     struct file *file, __s32 fd)
{
	__u64 release = (__u64)BPF_CORE_READ(file, f_op, release);
	struct limen_tee_holding h = {.fd = fd};

	if (!release ||
	    (release != limen_tee_release_at && release != limen_tee_fop_release_at))
		return;
	h.object = (__u64)BPF_CORE_READ(file, private_data);
	if (!h.object)
		return;
	h.is_context = release == limen_tee_release_at;
	h.pid = task->tgid;
	bpf_core_read_str(h.comm, sizeof(h.comm), &task->comm);
	if (h.is_context)
		context_seen(h.object, task);
	else
		object_of(h.object);
	bpf_seq_write(seq, &h, sizeof(h));
}

SEC("iter/task_file")
int tee_read_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (task && file)
		see_file(ctx->meta->seq, task, file, ctx->fd);
	return 0;
}

SEC("iter/task_vma")
int tee_read_maps(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct file *file;

	/* Threads share their process's memory. */
	if (!task || !vma || task->pid != task->tgid)
		return 0;
	file = BPF_CORE_READ(vma, vm_file);
	if (file)
		see_file(ctx->meta->seq, task, file, -1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
