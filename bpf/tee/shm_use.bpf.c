// SPDX-License-Identifier: GPL-2.0-or-later
/* References to shared memory objects: descriptors, look-ups by id, mappings. */
#include "shm.bpf.h"

struct drop_walk {
	__u64 shm;
	__u64 task;
};

static long next_stack(__u32 i, struct drop_walk *walk)
{
	struct tee_stack *stack = bpf_map_lookup_elem(&limen_tee_fast, &i);
	__u32 depth = stack ? stack->depth : 0, at;

	for (at = 0; at < TEE_DEPTH && at < depth; at++) {
		if (stack->frames[at].call != CALL_PUT || stack->frames[at].a != walk->shm)
			continue;
		walk->task = stack->owner;
		return 1;
	}
	return 0;
}

/* The task that is just dropping the object's last reference. */
COLD bool find_dropper(__u64 shm, struct limen_task *who)
{
	struct drop_walk walk = {.shm = shm};

	bpf_loop(TEE_FAST, next_stack, &walk, 0);
	if (!walk.task)
		return false;
	read_who(who, (struct task_struct *)walk.task);
	read_exe((struct task_struct *)walk.task, &who->exe_ino, &who->exe_dev);
	return true;
}

/* refcount_inc() of 0: the object's last reference was gone already. */
COLD int found_dead(void *ctx, struct tee_note *n)
{
	struct limen_tee_object *o = find_object(n->shm);
	struct limen_tee_dead *dead;
	struct limen_task who = {};

	if (o) {
		n->object = o;
		return send_violation(ctx, n, LIMEN_TEE_DEAD_LOOKUP,
				      find_dropper(n->shm, &who) ? &who : NULL);
	}
	dead = find_dead(n->shm);
	n->object = dead ? &dead->object : NULL;
	return send_violation(ctx, n, LIMEN_TEE_DEAD_LOOKUP, dead ? &dead->freer : NULL);
}

static __always_inline int tee_fd_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct tee_frame *f = push_call(CALL_FD);

	if (f)
		f->a = args->a;
	return 0;
}

static __always_inline int tee_fd_end(void *ctx, __u64 ret)
{
	struct tee_note n = {.error = (__s32)ret};
	struct limen_tee_object *o;
	struct tee_frame f;

	if (!pop_call(CALL_FD, &f) || n.error < 0)
		return 0;
	TEE_COUNT(fds);
	n.shm = f.a;
	o = object_of(n.shm);
	if (o) {
		__sync_fetch_and_add(&o->fds, 1);
		n.ctx = o->ctx;
		n.object = o;
	}
	if (TEE_SENT(LIMEN_TEE_STEP_FD)) {
		n.refs = read_refs(n.shm, false);
		send_step(&n, LIMEN_TEE_STEP_FD);
	}
	return 0;
}

TEE_BEGIN(tee_fd, "tee_shm_get_fd", 1)
TEE_END(tee_fd, "tee_shm_get_fd", 1)

static __always_inline int tee_get_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct tee_frame *f = push_call(CALL_GET);

	if (!f)
		return 0;
	f->a = args->a;
	f->b = args->b;
	return 0;
}

static __always_inline int tee_get_end(void *ctx, __u64 shm, const bool plain)
{
	struct tee_note n = {.shm = shm};
	struct limen_tee_object *o;
	struct tee_frame f;

	if (!pop_call(CALL_GET, &f))
		return 0;
	if (is_error(shm) || !shm) {
		TEE_COUNT(gets_failed);
		return 0;
	}
	TEE_COUNT(gets);
	n.ctx = f.a;
	n.refs = read_refs(shm, plain);
	if (n.refs >= SATURATED)
		return found_dead(ctx, &n);
	o = object_of(shm);
	if (TEE_SENT(LIMEN_TEE_STEP_GET)) {
		n.object = o;
		send_step(&n, LIMEN_TEE_STEP_GET);
	}
	return 0;
}

TEE_BEGIN(tee_get, "tee_shm_get_from_id", 2)
TEE_END_SHM(tee_get, "tee_shm_get_from_id", 2)

static __always_inline int tee_mmap_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct tee_frame *f = push_outermost(CALL_MMAP);

	if (f)
		f->a = private_of(args->a, !kprobe);
	return 0;
}

static __always_inline int tee_mmap_end(void *ctx, __u64 ret)
{
	struct tee_note n = {.error = (__s32)ret};
	struct limen_tee_object *o;
	struct tee_frame f;

	if (!pop_call(CALL_MMAP, &f))
		return 0;
	n.shm = f.a;
	o = object_of(n.shm);
	if (o) {
		n.ctx = o->ctx;
		n.object = o;
	}
	if (!n.error) {
		TEE_COUNT(maps);
		if (o)
			__sync_fetch_and_add(&o->maps, 1);
	}
	if (TEE_SENT(LIMEN_TEE_STEP_MMAP))
		send_step(&n, LIMEN_TEE_STEP_MMAP);
	return 0;
}

TEE_BEGIN(tee_mmap, "tee_shm_fop_mmap", 2)
TEE_END(tee_mmap, "tee_shm_fop_mmap", 2)

static __always_inline int tee_fdclose_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct limen_tee_object *o;
	struct tee_note n = {};

	TEE_COUNT(fd_closes);
	if (!TEE_SENT(LIMEN_TEE_STEP_FD_CLOSE))
		return 0;
	n.shm = private_of(args->b, !kprobe);
	o = find_object(n.shm);
	n.object = o;
	n.ctx = o ? o->ctx : 0;
	n.refs = read_refs(n.shm, false);
	return send_step(&n, LIMEN_TEE_STEP_FD_CLOSE);
}

TEE_BEGIN(tee_fdclose, "tee_shm_fop_release", 2)

char LICENSE[] SEC("license") = "GPL";
