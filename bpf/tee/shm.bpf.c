// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shared memory objects, from birth to death (drivers/tee/tee_shm.c). Birth is
 * the return of one of the makers. Death is teedev_ctx_put() from within
 * tee_shm_put(): tee_shm_release(), which gives the object's reference to its
 * context back there, is inlined everywhere, and a reference count that is read
 * outside of the device's mutex does not tell which of two puts was the last.
 */
#include "context.bpf.h"

#define KIND_MASK	0xff
#define FRAME_DRIVER	0x200	/* in a maker's frame: the driver keeps it */

static __always_inline bool is_user_kind(__u32 kind)
{
	return kind == LIMEN_TEE_USER || kind == LIMEN_TEE_REGISTER ||
	       kind == LIMEN_TEE_REGISTER_FD;
}

static __always_inline bool is_kernel_kind(__u32 kind)
{
	return kind == LIMEN_TEE_KERNEL || kind == LIMEN_TEE_PRIVATE ||
	       kind == LIMEN_TEE_REGISTER_KERNEL || kind == LIMEN_TEE_DMA;
}

static __always_inline bool is_registered(__u32 kind)
{
	return kind == LIMEN_TEE_REGISTER || kind == LIMEN_TEE_REGISTER_KERNEL ||
	       kind == LIMEN_TEE_REGISTER_FD;
}

static __always_inline __u64 asked_length(const struct tee_frame *f)
{
	__u32 kind = f->kind & KIND_MASK;

	if (kind == LIMEN_TEE_REGISTER || kind == LIMEN_TEE_REGISTER_KERNEL)
		return f->c;
	if (kind == LIMEN_TEE_REGISTER_FD)
		return 0;
	return kind == LIMEN_TEE_DMA ? f->b << 12 : f->b;
}

/* --- the makers --- */

static __always_inline int make_begin(void *ctx, const struct tee_args *args, bool kprobe,
				      __u32 kind)
{
	struct tee_frame *above = call_above(0);
	bool cache = above && above->call == CALL_CACHE;
	struct tee_frame *f = push_call(CALL_MAKE);

	if (!f)
		return 0;
	f->kind = kind | (cache ? FRAME_DRIVER : 0);
	f->a = args->a;
	f->b = args->b;
	f->c = args->c;
	f->caller = CALLER(ctx, kprobe);
	return 0;
}

/*
 * Keeps the largest in the event itself, largest first: the verifier does not
 * follow what is written there, and so sees an end of the walk.
 */
static long add_holder(void *map, const __u64 *key, struct limen_tee_client *client,
		       struct limen_tee_event **event)
{
	struct limen_tee_event *e = *event;
	struct limen_tee_holder now = {}, swap;
	__u32 i;

	if (client->live <= 0)
		return 0;
	now.pid = client->who.pid;
	now.live = client->live;
	now.bytes = client->live_bytes;
	__builtin_memcpy(now.comm, client->who.comm, sizeof(now.comm));
	e->held_objects += now.live;
	e->held_bytes += now.bytes;
	for (i = 0; i < LIMEN_TEE_HOLDERS; i++) {
		if (e->holders[i].live && now.bytes <= e->holders[i].bytes)
			continue;
		swap = e->holders[i];
		e->holders[i] = now;
		now = swap;
	}
	return 0;
}

/* Either class has who holds what at that moment: one way through for the verifier. */
COLD int send_not_made(void *ctx, const struct tee_note *n, __u32 class)
{
	struct limen_tee_event *e;

	TEE_COUNT(violations);
	e = tee_event_begin(true, false);
	if (!e)
		return 0;
	fill_event(e, n, LIMEN_TEE_STEP_VIOLATION);
	e->class = class;
	bpf_for_each_map_elem(&limen_tee_clients, add_holder, &e, 0);
	send_with_stack(ctx, e);
	return 0;
}

static __always_inline bool leaves_user_space(const struct tee_frame *f)
{
	__u64 addr = f->b, length = f->c;

#if defined(__TARGET_ARCH_arm64)
	addr &= ~0ULL >> 8;	/* the tag: untagged_addr() */
#endif
	return (f->kind & KIND_MASK) == LIMEN_TEE_REGISTER && limen_tee_user_end &&
	       (addr + length < addr || addr + length > limen_tee_user_end);
}

COLD int make_failed(void *ctx, const struct tee_frame *f, __s64 error)
{
	struct limen_tee_context *c = find_context(f->a);
	struct limen_tee_client *client = client_of(c);
	struct limen_tee_object o = {
		.ctx = f->a, .kind = f->kind & KIND_MASK, .id = -1,
		.size = asked_length(f),
	};
	struct tee_note n = {
		.ctx = f->a, .length = asked_length(f), .error = error, .object = &o,
	};

	bool bad;

	TEE_COUNT(failed);
	if (client)
		__sync_fetch_and_add(&client->failed, 1);
	if (o.kind == LIMEN_TEE_REGISTER)
		o.user_addr = f->b;
	bad = leaves_user_space(f);
	if (bad || error == -ENOMEM)
		send_not_made(ctx, &n, bad ? LIMEN_TEE_BAD_REGISTER : LIMEN_TEE_ALLOC_FAILED);
	if (is_registered(o.kind) ? TEE_SENT(LIMEN_TEE_STEP_REGISTER) :
				    TEE_SENT(LIMEN_TEE_STEP_ALLOC))
		send_step(&n, is_registered(o.kind) ? LIMEN_TEE_STEP_REGISTER :
						      LIMEN_TEE_STEP_ALLOC);
	return 0;
}

/* By whom and where it was made, and of which kind it is. */
static __always_inline void object_made(void *ctx, struct limen_tee_object *o,
					const struct tee_frame *f, struct limen_tee_client *client)
{
	__u32 kind = f->kind & KIND_MASK;

	o->kind = kind;
	o->state = (f->kind & FRAME_SECURE ? LIMEN_TEE_SECURE : 0) |
		   (f->kind & FRAME_DRIVER ? LIMEN_TEE_DRIVER : 0);
	if (kind == LIMEN_TEE_REGISTER)
		o->user_addr = f->b;
	o->site = find_site(ctx, f->caller, TEE_SITE_MAKE + kind, is_kernel_kind(kind));
	read_current(&o->maker);
	o->born_ns = bpf_ktime_get_boot_ns();
	if (!client)
		return;
	if (kind < LIMEN_TEE_KINDS)
		__sync_fetch_and_add(&client->born[kind], 1);
	__sync_fetch_and_add(&client->born_bytes, o->size);
	if (!client->first_site)
		client->first_site = o->site;
	client->last_site = o->site;
}

/* An entry for an object that is new. NULL when there is no room. */
static __always_inline struct limen_tee_object *new_object(__u64 shm)
{
	static const struct limen_tee_object none;
	struct limen_tee_object *old;
	long err = bpf_map_update_elem(&limen_tee_objects, &shm, &none, BPF_NOEXIST);

	if (err == -EEXIST) {
		/* Looked up by its id before its maker returned, or a death unseen. */
		old = find_object(shm);
		if (old)
			unfill_object(old, client_at(old->client_nr));
		err = bpf_map_update_elem(&limen_tee_objects, &shm, &none, BPF_ANY);
	}
	if (err) {
		TEE_COUNT(untracked);
		return NULL;
	}
	return find_object(shm);
}

COLD int object_born(void *ctx, __u64 shm, const struct tee_frame *f, const struct tee_facts *facts)
{
	struct limen_tee_cpu *cpu = tee_cpu();
	struct limen_tee_object *o;
	__u32 kind = f->kind & KIND_MASK;
	struct tee_note n = {.shm = shm, .ctx = f->a};

	if (cpu) {
		if (kind < LIMEN_TEE_KINDS)
			__sync_fetch_and_add(&cpu->counts.born[kind], 1);
		__sync_fetch_and_add(&cpu->counts.born_bytes, facts->size);
	}
	o = new_object(shm);
	if (!o)
		return 0;
	object_made(ctx, o, f, fill_object(o, facts));
	if (is_registered(kind) ? !TEE_SENT(LIMEN_TEE_STEP_REGISTER) :
				  !TEE_SENT(LIMEN_TEE_STEP_ALLOC))
		return 0;
	n.object = o;
	n.length = o->size;
	n.refs = read_refs(shm, false);
	return send_step(&n, is_registered(kind) ? LIMEN_TEE_STEP_REGISTER :
						   LIMEN_TEE_STEP_ALLOC);
}

static __always_inline int make_end(void *ctx, __u64 ret, const bool plain)
{
	struct tee_facts facts;
	struct tee_frame f;

	if (!pop_call(CALL_MAKE, &f))
		return 0;
	if (is_error(ret))
		return make_failed(ctx, &f, ret);
	if (!ret)
		return 0;
	read_facts(&facts, ret, plain);
	return object_born(ctx, ret, &f, &facts);
}

#define MAKER(name, function, nr, kind)						\
static __always_inline int name##_begin(void *ctx, const struct tee_args *args,	\
					bool kprobe)				\
{										\
	return make_begin(ctx, args, kprobe, kind);				\
}										\
										\
static __always_inline int name##_end(void *ctx, __u64 ret, const bool plain)	\
{										\
	return make_end(ctx, ret, plain);					\
}										\
										\
TEE_BEGIN(name, function, nr)							\
TEE_END_SHM(name, function, nr)

MAKER(tee_user, "tee_shm_alloc_user_buf", 2, LIMEN_TEE_USER)
MAKER(tee_kernel, "tee_shm_alloc_kernel_buf", 2, LIMEN_TEE_KERNEL)
MAKER(tee_priv, "tee_shm_alloc_priv_buf", 2, LIMEN_TEE_PRIVATE)
MAKER(tee_reg, "tee_shm_register_user_buf", 3, LIMEN_TEE_REGISTER)
MAKER(tee_regk, "tee_shm_register_kernel_buf", 3, LIMEN_TEE_REGISTER_KERNEL)
MAKER(tee_regfd, "tee_shm_register_fd", 2, LIMEN_TEE_REGISTER_FD)
MAKER(tee_dma, "tee_shm_alloc_dma_mem", 2, LIMEN_TEE_DMA)

/* --- the dead --- */

struct dead_walk {
	__u64 shm;
	__u32 from;
	struct limen_tee_dead *found;
};

static long next_dead(__u32 i, struct dead_walk *walk)
{
	__u32 at = (walk->from - 1 - i) & (LIMEN_TEE_DEAD - 1);
	struct limen_tee_dead *dead = bpf_map_lookup_elem(&limen_tee_dead, &at);

	if (!dead || dead->shm != walk->shm)
		return 0;
	walk->found = dead;
	return 1;
}

/* The object that died at this address last, if it is not long ago. */
COLD struct limen_tee_dead *find_dead(__u64 shm)
{
	struct limen_tee_control *control = tee_control();
	struct dead_walk walk = {.shm = shm};

	if (!control)
		return NULL;
	walk.from = control->next_dead;
	bpf_loop(LIMEN_TEE_DEAD, next_dead, &walk, 0);
	return walk.found;
}

/* --- who drops it now --- */

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

/* --- references --- */

static __always_inline int tee_fd_begin(void *ctx, const struct tee_args *args, bool kprobe)
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

static __always_inline int tee_get_begin(void *ctx, const struct tee_args *args, bool kprobe)
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

static __always_inline int tee_mmap_begin(void *ctx, const struct tee_args *args, bool kprobe)
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

static __always_inline int tee_fdclose_begin(void *ctx, const struct tee_args *args, bool kprobe)
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

/* --- the end --- */

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

static __always_inline int tee_put_begin(void *ctx, const struct tee_args *args, bool kprobe)
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

static __always_inline void remember_dead(__u64 shm, const struct limen_tee_object *o)
{
	struct limen_tee_control *control = tee_control();
	struct limen_tee_dead *dead;
	__u32 at;

	if (!control)
		return;
	at = __sync_fetch_and_add(&control->next_dead, 1) & (LIMEN_TEE_DEAD - 1);
	dead = bpf_map_lookup_elem(&limen_tee_dead, &at);
	if (!dead)
		return;
	dead->shm = shm;
	dead->object = *o;
	read_current(&dead->freer);
}

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
static __always_inline int tee_ctxput_begin(void *ctx, const struct tee_args *args, bool kprobe)
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

static __always_inline int tee_free_begin(void *ctx, const struct tee_args *args, bool kprobe)
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
