// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shared memory objects are made (drivers/tee/tee_shm.c): birth is the return of
 * one of the makers.
 */
#include "shm.bpf.h"

#define KIND_MASK	0xff
#define FRAME_DRIVER	0x200	/* in a maker's frame: the driver keeps it */

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

static __always_inline int make_begin(void *ctx, const struct func_args *args, bool kprobe,
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
static __always_inline int name##_begin(void *ctx, const struct func_args *args,	\
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

char LICENSE[] SEC("license") = "GPL";
