/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tee boundary's maps and how to reach them. The objects of the modules
 * tee and optee are loaded one after the other, when their module is there;
 * user space makes the later one use the maps of the first.
 */
#ifndef LIMEN_TEE_BPF_H
#define LIMEN_TEE_BPF_H

#include "base.bpf.h"
#include "limen/tee.h"

#define ENOMEM		12
#define EEXIST		17
#define MAX_ERRNO	4095
#define FRAME_SECURE	0x100	/* in a maker's frame: pages are known to the secure world */
#define SATURATED	0x80000000U	/* refcount_t went below 0, or was raised from it */

/* What a site is the place of. */
enum tee_site_of {
	TEE_SITE_MAKE,			/* + enum limen_tee_kind */
	TEE_SITE_PUT		= 16,
	TEE_SITE_FREE,
	TEE_SITE_CALLS
};

/* Settings, constant after load. */
const volatile __u64 limen_tee_steps __weak = 0;	/* 1 << enum limen_tee_step: sent as events */
const volatile __u64 limen_tee_quiet __weak = 0;	/* of them: not shown, numbers of their own */
const volatile __u64 limen_tee_user_end __weak = 0;	/* first address that is no user address */
/* Where a function returns to whose return some probe waits for: no caller. */
const volatile __u64 limen_tee_return_at[LIMEN_TEE_RETURN_AT] __weak = {};
const volatile __u32 limen_tee_max_cpus __weak = 1;

/* Live objects. Deleted at death. Full: counted in untracked. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct limen_tee_object);
} limen_tee_objects __weak SEC(".maps");

/* Contexts, until they are closed and have no object. Full: counted in no_context. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct limen_tee_context);
} limen_tee_contexts __weak SEC(".maps");

/*
 * Sessions and clients have numbers, by which they are found without a hash;
 * the numbers are found by the key. Key: number.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMEN_TEE_SESSIONS);
	__type(key, __u32);
	__type(value, struct limen_tee_session);
} limen_tee_sessions __weak SEC(".maps");

/* Open sessions; deleted when closed, or with their context. Full: no_context. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_TEE_SESSIONS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct limen_tee_session_key);
	__type(value, __u32);
} limen_tee_session_nr __weak SEC(".maps");

/* Numbers of sessions that are no more. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, LIMEN_TEE_SESSIONS);
	__type(value, __u32);
} limen_tee_session_free __weak SEC(".maps");

/* Sums by process that opened contexts; kept. Full: the rest goes to number 0. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMEN_TEE_CLIENTS);
	__type(key, __u32);
	__type(value, struct limen_tee_client);
} limen_tee_clients __weak SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LIMEN_TEE_CLIENTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, __u32);
} limen_tee_client_nr __weak SEC(".maps");

/* Sums by trusted application; kept. Full: counted in no_context. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u8[16]);
	__type(value, struct limen_tee_ta);
} limen_tee_tas __weak SEC(".maps");

/* Stacks, one for each function and caller; kept. Full: site 0, no stack. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct limen_tee_site_key);
	__type(value, struct limen_tee_site);
} limen_tee_sites __weak SEC(".maps");

/*
 * The last site of each function: the caller's address << 16 | the site's
 * number, which fits; the bits that are lost are the same in all of the
 * kernel's. Key: enum tee_site_of.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TEE_SITE_CALLS);
	__type(key, __u32);
	__type(value, __u64);
} limen_tee_last_site __weak SEC(".maps");

/* The last objects that died, one behind the other. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LIMEN_TEE_DEAD);
	__type(key, __u32);
	__type(value, struct limen_tee_dead);
} limen_tee_dead __weak SEC(".maps");

/* Mapped by user space, as limen_cpus is, and shared by both objects. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct limen_tee_cpu);
} limen_tee_cpus __weak SEC(".maps");

/* One value. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct limen_tee_control);
} limen_tee_control __weak SEC(".maps");

static __always_inline struct limen_tee_control *tee_control(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&limen_tee_control, &zero);
}

/*
 * Hooks are attached and detached one by one: counting begins when all are
 * there and ends before the first one goes, or a birth would be seen without
 * its death. Which attachment this is, 0 while nothing counts; each object has
 * its own, set by user space.
 */
volatile __u32 limen_tee_epoch __weak = 0;

/* Counters of this CPU. Atomic adds only: a task may be preempted in a program. */
static __always_inline struct limen_tee_cpu *tee_cpu(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&limen_tee_cpus, &cpu);
}

#define TEE_ADD(field, n) do {						\
	struct limen_tee_cpu *cpu_ = tee_cpu();				\
									\
	if (cpu_)							\
		__sync_fetch_and_add(&cpu_->counts.field, (n));		\
} while (0)

#define TEE_COUNT(field)	TEE_ADD(field, 1)

static __always_inline bool is_error(__u64 pointer)
{
	return pointer >= (__u64)-MAX_ERRNO;
}

static __always_inline struct limen_tee_object *find_object(__u64 shm)
{
	return bpf_map_lookup_elem(&limen_tee_objects, &shm);
}

static __always_inline struct limen_tee_context *find_context(__u64 ctx)
{
	return bpf_map_lookup_elem(&limen_tee_contexts, &ctx);
}

/*
 * What an object says of itself. In fentry programs (plain) the kernel's BTF
 * says what an argument points to, and plain loads do; a bad address reads 0.
 */
struct tee_facts {
	__u64 ctx;
	__u64 size;
	__u32 flags;
	__s32 id;
};

static __always_inline void read_facts(struct tee_facts *facts, __u64 shm, const bool plain)
{
	struct tee_shm *s = (struct tee_shm *)shm;

	facts->ctx = plain ? (__u64)s->ctx : (__u64)BPF_CORE_READ(s, ctx);
	facts->size = plain ? s->size : BPF_CORE_READ(s, size);
	facts->flags = plain ? s->flags : BPF_CORE_READ(s, flags);
	facts->id = plain ? s->id : BPF_CORE_READ(s, id);
}

static __always_inline __u32 read_refs(__u64 shm, const bool plain)
{
	struct tee_shm *s = (struct tee_shm *)shm;

	return plain ? s->refcount.refs.counter : BPF_CORE_READ(s, refcount.refs.counter);
}

/* The context behind a device's file, the object behind a descriptor. */
static __always_inline __u64 private_of(__u64 file, const bool plain)
{
	struct file *f = (struct file *)file;

	return plain ? (__u64)f->private_data : (__u64)BPF_CORE_READ(f, private_data);
}

/* A mark that several CPUs may raise at a time. */
static __always_inline void raise_mark(__s64 *mark, __s64 value)
{
	__s64 old;
	int i;

	for (i = 0; i < 8; i++) {
		old = *(volatile __s64 *)mark;
		if (old >= value || __sync_val_compare_and_swap(mark, old, value) == old)
			return;
	}
}

/* The process that a task belongs to, as a number of its own. */
static __always_inline __u64 process_key(struct task_struct *task)
{
	__u64 start = BPF_CORE_READ(task, group_leader, start_boottime);

	return (__u64)task->tgid << 32 | (start >> 20 & 0xffffffff);
}

/* The sums of a client; NULL for no number that was given. */
static __always_inline struct limen_tee_client *client_at(__u32 number)
{
	return bpf_map_lookup_elem(&limen_tee_clients, &number);
}

/* Those of a context's client, of the rest when there is no context. */
static __always_inline struct limen_tee_client *client_of(const struct limen_tee_context *c)
{
	return client_at(c ? c->client_nr : 0);
}

/* Whether this is a caller: another's return probe puts its own address there. */
static __always_inline bool is_caller(__u64 address)
{
	int i;

	for (i = 0; i < LIMEN_TEE_RETURN_AT; i++)
		if (address == limen_tee_return_at[i])
			return false;
	return true;
}

/* The way to here, as a number. */
COLD __u64 way_here(void *ctx)
{
	__u64 frames[LIMEN_TEE_WAY] = {}, sum = 0;
	int i;

	bpf_get_stack(ctx, frames, sizeof(frames), 0);
	for (i = 0; i < LIMEN_TEE_WAY; i++)
		sum = (sum << 7 | sum >> 57) ^ frames[i];
	return sum;
}

/* A site by its key; its stack is taken when it is new. 0: no room. */
COLD __u32 site_of(void *ctx, struct limen_tee_site_key *key)
{
	static const struct limen_tee_site none;
	struct limen_tee_control *control;
	struct limen_tee_site *site;
	long n;

	site = bpf_map_lookup_elem(&limen_tee_sites, key);
	if (site)
		return site->number;
	control = tee_control();
	if (!control || bpf_map_update_elem(&limen_tee_sites, key, &none, BPF_NOEXIST)) {
		TEE_COUNT(no_context);
		return 0;
	}
	site = bpf_map_lookup_elem(&limen_tee_sites, key);
	if (!site)
		return 0;
	site->number = __sync_fetch_and_add(&control->next_site, 1) + 1;
	n = bpf_get_stack(ctx, site->stack, sizeof(site->stack), 0);
	site->nr_stack = n > 0 ? n / sizeof(__u64) : 0;
	return site->number;
}

/*
 * The number of the site that called. The caller alone is enough where there
 * is one way to it, from an ioctl; else (deep), or when it is not known, the
 * way is asked for.
 */
COLD __u32 find_site(void *ctx, __u64 caller, __u32 call, bool deep)
{
	struct limen_tee_site_key key = {.caller = caller, .call = call};
	__u64 *last, word;

	if (deep || !is_caller(caller)) {
		key.caller = way_here(ctx);
		return site_of(ctx, &key);
	}
	last = bpf_map_lookup_elem(&limen_tee_last_site, &call);
	word = last ? *(volatile __u64 *)last : 0;
	if (word >> 16 == caller << 16 >> 16)
		return word & 0xffff;
	word = site_of(ctx, &key);
	if (last && word)
		*(volatile __u64 *)last = caller << 16 | word;
	return word;
}

#endif
