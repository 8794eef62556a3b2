// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of shared memory objects. Death is teedev_ctx_put() from within
 * tee_shm_put(): tee_shm_release(), which gives the object's reference to its
 * context back there, is inlined everywhere, and a reference count that is read
 * outside of the device's mutex does not tell which of two puts was the last.
 */
#include "shm.bpf.h"

static __always_inline bool is_user_kind(__u32 kind)
{
	return kind == LIMEN_TEE_USER || kind == LIMEN_TEE_REGISTER ||
	       kind == LIMEN_TEE_REGISTER_FD;
}

/* The last reference was dropped before: by whom is known if it is not long ago. */
COLD int put_of_dead(void *ctx, __u64 shm, __u32 refs)
{
	struct limen_tee_dead *dead = find_dead(shm);
	struct limen_tee_object *o = find_object(shm);
	struct tee_note n = {.shm = shm, .refs = refs};

	/* Saturated and alive: reported when it was looked up. */
	if (refs && (o || !dead))
		return 0;
	n.object = dead ? &dead->object : o;
	if (n.object)
		n.ctx = n.object->ctx;
	return send_violation(ctx, &n, LIMEN_TEE_DOUBLE_FREE, dead ? &dead->freer : NULL);
}

static __always_inline int tee_put_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	__u32 refs = read_refs(args->a, !kprobe);
	struct tee_frame *f = push_call(CALL_PUT);

	TEE_COUNT(puts);
	if (f) {
		f->a = args->a;
		/* Asked for where this may be the last one. */
		f->caller = refs == 1 ? CALLER(ctx, kprobe) : 0;
	}
	if (!refs || refs >= SATURATED)
		return put_of_dead(ctx, args->a, refs);
	if (TEE_SENT(LIMEN_TEE_STEP_PUT)) {
		struct tee_note n = {.shm = args->a, .refs = refs};

		n.object = find_object(n.shm);
		if (n.object)
			n.ctx = n.object->ctx;
		send_step(&n, LIMEN_TEE_STEP_PUT);
	}
	return 0;
}

static __always_inline int tee_put_end(void *ctx, __u64 ret)
{
	drop_call(CALL_PUT);
	return 0;
}

TEE_BEGIN(tee_put, "tee_shm_put", 1)
TEE_END(tee_put, "tee_shm_put", 1)

COLD int object_died(void *ctx, __u64 shm, __u64 caller, bool by_free)
{
	struct limen_tee_object *o = find_object(shm);
	struct tee_note n = {.shm = shm, .object = o};
	struct limen_tee_client *client;

	TEE_COUNT(died);
	if (!o) {
		TEE_COUNT(died_unseen);
		return 0;
	}
	if (o->state & LIMEN_TEE_PREEXISTING)
		TEE_COUNT(died_preexisting);
	n.ctx = o->ctx;
	if (!o->free_site)
		o->free_site = find_site(ctx, caller, TEE_SITE_PUT, is_kernel_kind(o->kind));
	if (is_kernel_kind(o->kind) && !by_free && !(o->state & LIMEN_TEE_FREE_CALLED))
		send_violation(ctx, &n, LIMEN_TEE_WRONG_FREE, NULL);
	if (TEE_SENT(LIMEN_TEE_STEP_DEATH))
		send_step(&n, LIMEN_TEE_STEP_DEATH);
	client = client_at(o->client_nr);
	if (client)
		__sync_fetch_and_add(&client->died, 1);
	remember_dead(shm, o);
	unfill_object(o, client);
	bpf_map_delete_elem(&limen_tee_objects, &shm);
	return 0;
}

/* teedev_ctx_put(ctx), also called for other reasons, and elsewhere inlined. */
static __always_inline int tee_ctxput_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct tee_frame *put = call_above(0), *outer;
	bool by_free;

	if (!put || put->call != CALL_PUT)
		return 0;
	outer = call_above(1);
	by_free = outer && outer->call == CALL_FREE && outer->a == put->a;
	return object_died(ctx, put->a, put->caller, by_free);
}

TEE_BEGIN(tee_ctxput, "teedev_ctx_put", 1)

static __always_inline int tee_free_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct tee_frame *f = push_call(CALL_FREE);
	struct limen_tee_object *o = find_object(args->a);
	struct tee_note n = {
		.shm = args->a, .object = o, .flags = LIMEN_TEE_EVENT_CALLED_FREE,
	};

	TEE_COUNT(frees);
	if (f)
		f->a = args->a;
	if (!o)
		return 0;
	n.ctx = o->ctx;
	n.refs = read_refs(args->a, !kprobe);
	o->free_site = find_site(ctx, CALLER(ctx, kprobe), TEE_SITE_FREE, is_kernel_kind(o->kind));
	if (!o->freed_ns)
		o->freed_ns = bpf_ktime_get_boot_ns();
	__sync_fetch_and_or(&o->state, LIMEN_TEE_FREE_CALLED);
	if (is_user_kind(o->kind) &&
	    !(__sync_fetch_and_or(&o->state, LIMEN_TEE_TOLD_WRONG_FREE) & LIMEN_TEE_TOLD_WRONG_FREE))
		send_violation(ctx, &n, LIMEN_TEE_WRONG_FREE, NULL);
	if (TEE_SENT(LIMEN_TEE_STEP_FREE))
		send_step(&n, LIMEN_TEE_STEP_FREE);
	return 0;
}

static __always_inline int tee_free_end(void *ctx, __u64 ret)
{
	drop_call(CALL_FREE);
	return 0;
}

TEE_BEGIN(tee_free, "tee_shm_free", 1)
TEE_END(tee_free, "tee_shm_free", 1)

char LICENSE[] SEC("license") = "GPL";
