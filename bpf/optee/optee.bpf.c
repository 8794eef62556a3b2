// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What OP-TEE's driver does beneath the common core (drivers/tee/optee): which
 * objects the secure world knows, and which the supplicant made for it.
 */
#include "../tee/context.bpf.h"

/* --- pages made known to the secure world, and taken back --- */

static __always_inline int secure_begin(enum tee_call call, const struct func_args *args)
{
	struct tee_frame *f = push_call(call);

	if (!f)
		return 0;
	f->a = args->b;
	f->b = args->a;
	return 0;
}

static __always_inline int send_secure(__u64 shm, __u64 ctx, __s64 error, __u32 step)
{
	struct tee_note n = {.shm = shm, .ctx = ctx, .error = error};

	n.object = find_object(shm);
	return send_step(&n, step);
}

static __always_inline int optee_reg_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	return secure_begin(CALL_REGISTER, args);
}

static __always_inline int optee_reg_end(void *ctx, __u64 ret)
{
	__s64 error = (__s32)ret;
	struct limen_tee_object *o;
	struct tee_frame f, *maker;
	__u64 shm, owner;

	if (!pop_call(CALL_REGISTER, &f))
		return 0;
	shm = f.a;
	owner = f.b;
	if (error) {
		TEE_COUNT(secure_failed);
	} else {
		TEE_COUNT(secure_registered);
		/* Mostly the object is still being made. */
		maker = call_above(0);
		if (maker && maker->call == CALL_MAKE)
			maker->kind |= FRAME_SECURE;
		else if ((o = find_object(shm)))
			__sync_fetch_and_or(&o->state, LIMEN_TEE_SECURE);
	}
	if (TEE_SENT(LIMEN_TEE_STEP_SECURE_REGISTER))
		send_secure(shm, owner, error, LIMEN_TEE_STEP_SECURE_REGISTER);
	return 0;
}

TEE_BEGIN(optee_reg, "optee_shm_register", 2)
TEE_END(optee_reg, "optee_shm_register", 5)

static __always_inline int optee_unreg_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	return secure_begin(CALL_UNREGISTER, args);
}

static __always_inline int optee_unreg_end(void *ctx, __u64 ret)
{
	struct tee_note n = {.error = (__s32)ret};
	struct limen_tee_object *o;
	struct tee_frame f;

	if (!pop_call(CALL_UNREGISTER, &f))
		return 0;
	n.shm = f.a;
	n.ctx = f.b;
	o = find_object(n.shm);
	n.object = o;
	if (n.error) {
		TEE_COUNT(secure_failed);
		send_violation(ctx, &n, LIMEN_TEE_UNREGISTER_FAILED, NULL);
	} else {
		TEE_COUNT(secure_unregistered);
		if (o)
			__sync_fetch_and_and(&o->state,
					     ~(LIMEN_TEE_SECURE | LIMEN_TEE_SECURE_UNKNOWN));
	}
	if (TEE_SENT(LIMEN_TEE_STEP_SECURE_UNREGISTER))
		send_step(&n, LIMEN_TEE_STEP_SECURE_UNREGISTER);
	return 0;
}

TEE_BEGIN(optee_unreg, "optee_shm_unregister", 2)
TEE_END(optee_unreg, "optee_shm_unregister", 2)

/* --- memory that the secure world asks the supplicant for --- */

static __always_inline int optee_rpc_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct tee_frame *f = push_call(CALL_RPC_ALLOC);

	if (!f)
		return 0;
	f->a = args->a;
	f->b = args->b;
	return 0;
}

static __always_inline int optee_rpc_end(void *ctx, __u64 shm)
{
	struct tee_note n = {};
	struct limen_tee_object *o;
	struct tee_frame f;

	if (!pop_call(CALL_RPC_ALLOC, &f))
		return 0;
	n.ctx = f.a;
	n.length = f.b;
	if (is_error(shm) || !shm) {
		n.error = shm;
	} else {
		TEE_COUNT(rpc_allocs);
		n.shm = shm;
		o = object_of(shm);
		if (o) {
			__sync_fetch_and_or(&o->state, LIMEN_TEE_RPC);
			n.ctx = o->ctx;
			n.object = o;
		}
	}
	if (TEE_SENT(LIMEN_TEE_STEP_RPC_ALLOC))
		send_step(&n, LIMEN_TEE_STEP_RPC_ALLOC);
	return 0;
}

TEE_BEGIN(optee_rpc, "optee_rpc_cmd_alloc_suppl", 2)
TEE_END(optee_rpc, "optee_rpc_cmd_alloc_suppl", 2)

static __always_inline int optee_rpcfree_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct limen_tee_object *o = find_object(args->b);
	struct tee_note n = {.shm = args->b, .ctx = o ? o->ctx : args->a, .object = o};

	TEE_COUNT(rpc_frees);
	if (o)
		__sync_fetch_and_or(&o->state, LIMEN_TEE_RPC_FREED);
	if (TEE_SENT(LIMEN_TEE_STEP_RPC_FREE))
		send_step(&n, LIMEN_TEE_STEP_RPC_FREE);
	return 0;
}

TEE_BEGIN(optee_rpcfree, "optee_rpc_cmd_free_suppl", 2)

/*
 * --- the driver's cache of message buffers ---
 * A page for messages is made in the context of whoever needs one first, and
 * stays until the driver goes: no leak of his.
 */

static __always_inline int optee_msg_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	push_call(CALL_CACHE);
	return 0;
}

static __always_inline int optee_msg_end(void *ctx, __u64 ret)
{
	drop_call(CALL_CACHE);
	return 0;
}

TEE_BEGIN(optee_msg, "optee_get_msg_arg", 1)
TEE_END(optee_msg, "optee_get_msg_arg", 3)

char LICENSE[] SEC("license") = "GPL";
