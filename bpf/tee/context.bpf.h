/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Contexts and clients: how they are made, and how objects that nobody saw made are. */
#ifndef LIMEN_TEE_CONTEXT_BPF_H
#define LIMEN_TEE_CONTEXT_BPF_H

#include "event.bpf.h"
#include "session.bpf.h"

/* include/linux/tee_core.h */
#define TEE_SHM_DYNAMIC		0x01
#define TEE_SHM_USER_MAPPED	0x02
#define TEE_SHM_POOL		0x04
#define TEE_SHM_PRIV		0x08
#define TEE_SHM_DMA_BUF		0x10
#define TEE_SHM_DMA_MEM		0x20

/* The number of a client, made if there is none; 0 when there is no room. */
COLD __u32 add_client(__u64 key, struct task_struct *task)
{
	struct limen_tee_control *control = tee_control();
	__u32 *known = bpf_map_lookup_elem(&limen_tee_client_nr, &key), nr;
	struct limen_tee_client *client;

	if (known || !control)
		return known ? *known : 0;
	nr = __sync_fetch_and_add(&control->next_client, 1) + 1;
	client = client_at(nr);
	if (!client) {
		__sync_fetch_and_add(&control->next_client, -1);
		TEE_COUNT(no_context);
		return 0;
	}
	read_who(&client->who, task);
	read_exe(task, &client->who.exe_ino, &client->who.exe_dev);
	if (!bpf_map_update_elem(&limen_tee_client_nr, &key, &nr, BPF_NOEXIST))
		return nr;
	known = bpf_map_lookup_elem(&limen_tee_client_nr, &key);	/* another CPU was first */
	return known ? *known : 0;
}

/*
 * state: enum limen_tee_context_flag. One that was seen by an object of it
 * gets its owner when a file of it is seen.
 */
COLD struct limen_tee_context *add_context(__u64 ctx, struct task_struct *task, __u32 state)
{
	static const struct limen_tee_context none;
	__u64 client = state & (LIMEN_TEE_CTX_IN_KERNEL | LIMEN_TEE_CTX_NO_OWNER) ? 0 :
		       process_key(task);
	struct limen_tee_context *c;
	struct tee_device *dev;

	if (bpf_map_update_elem(&limen_tee_contexts, &ctx, &none, BPF_ANY)) {
		TEE_COUNT(no_context);
		return NULL;
	}
	c = bpf_map_lookup_elem(&limen_tee_contexts, &ctx);
	if (!c)
		return NULL;
	dev = BPF_CORE_READ((struct tee_context *)ctx, teedev);
	bpf_core_read_str(c->device, sizeof(c->device), &dev->name);
	if (c->device[3] == 'p')
		state |= LIMEN_TEE_CTX_PRIVILEGED;
	if (!(state & LIMEN_TEE_CTX_NO_OWNER)) {
		read_who(&c->owner, task);
		read_exe(task, &c->owner.exe_ino, &c->owner.exe_dev);
	}
	c->client_nr = client ? add_client(client, task) : 0;
	c->client = client;
	c->state = state;
	c->opened_ns = bpf_ktime_get_boot_ns();
	return c;
}

static __always_inline struct limen_tee_context *context_of(__u64 ctx)
{
	struct limen_tee_context *c = find_context(ctx);

	if (c)
		return c;
	return add_context(ctx, bpf_get_current_task_btf(),
			   LIMEN_TEE_CTX_PREEXISTING | LIMEN_TEE_CTX_NO_OWNER);
}

/* Closed and without an object: the kernel has freed it, and its sessions. */
static __always_inline void drop_context(__u64 ctx, struct limen_tee_context *c)
{
	if (c->sessions)
		end_sessions(ctx);
	bpf_map_delete_elem(&limen_tee_contexts, &ctx);
}

static __always_inline __u32 kind_by_flags(__u32 flags, __s32 id)
{
	if (flags & TEE_SHM_DMA_MEM)
		return LIMEN_TEE_DMA;
	if (flags & TEE_SHM_DMA_BUF)
		return LIMEN_TEE_REGISTER_FD;
	if (flags & TEE_SHM_PRIV)
		return LIMEN_TEE_PRIVATE;
	if (flags & TEE_SHM_USER_MAPPED)
		return LIMEN_TEE_REGISTER;
	if (flags & TEE_SHM_POOL)
		return id > 0 ? LIMEN_TEE_USER : LIMEN_TEE_KERNEL;
	return flags & TEE_SHM_DYNAMIC ? LIMEN_TEE_REGISTER_KERNEL : LIMEN_TEE_UNKNOWN;
}

/* What the object says of itself, and the sums that it is a part of; its client's, or NULL. */
static __always_inline struct limen_tee_client *fill_object(struct limen_tee_object *o,
							    const struct tee_facts *facts)
{
	struct limen_tee_context *c = context_of(facts->ctx);
	struct limen_tee_client *client = client_of(c);
	__s64 live;

	o->ctx = facts->ctx;
	o->size = facts->size;
	o->flags = facts->flags;
	o->id = facts->id;
	if (c) {
		o->client = c->client;
		o->client_nr = c->client_nr;
		__sync_fetch_and_add(&c->objects, 1);
		__sync_fetch_and_add(&c->bytes, facts->size);
	}
	if (!client)
		return NULL;
	live = __sync_fetch_and_add(&client->live, 1) + 1;
	raise_mark(&client->most_live, live);
	live = __sync_fetch_and_add(&client->live_bytes, facts->size) + facts->size;
	raise_mark(&client->most_bytes, live);
	return client;
}

/* Out of the sums again. */
static __always_inline void unfill_object(const struct limen_tee_object *o,
					  struct limen_tee_client *client)
{
	struct limen_tee_context *c = find_context(o->ctx);

	if (client) {
		__sync_fetch_and_add(&client->live, -1);
		__sync_fetch_and_add(&client->live_bytes, -o->size);
	}
	if (!c)
		return;
	__sync_fetch_and_add(&c->bytes, -o->size);
	if (__sync_fetch_and_add(&c->objects, -1) == 1 && c->state & LIMEN_TEE_CTX_CLOSED)
		drop_context(o->ctx, c);
}

/* An object that was made before limen looked, or whose making is not over yet. */
COLD struct limen_tee_object *object_seen(__u64 shm)
{
	static const struct limen_tee_object none;
	struct limen_tee_object *o;
	struct tee_facts facts;

	if (bpf_map_update_elem(&limen_tee_objects, &shm, &none, BPF_NOEXIST))
		return find_object(shm);	/* another CPU was first, or it is full */
	o = find_object(shm);
	if (!o)
		return NULL;
	read_facts(&facts, shm, false);
	fill_object(o, &facts);
	o->kind = kind_by_flags(o->flags, o->id);
	o->state = LIMEN_TEE_PREEXISTING | LIMEN_TEE_SECURE_UNKNOWN;
	o->born_ns = bpf_ktime_get_boot_ns();
	return o;
}

static __always_inline struct limen_tee_object *object_of(__u64 shm)
{
	struct limen_tee_object *o = find_object(shm);

	return o ? o : object_seen(shm);
}

#endif
