// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions and commands, at the level of the common core: the ioctls of
 * clients and supplicants (include/uapi/linux/tee.h), whose arguments are read
 * in user memory when the call returns, and the calls of clients in the kernel.
 */
#include "context.bpf.h"

#define TEE_IOC_MAGIC		0xa4
#define IOC_OPEN_SESSION	2
#define IOC_INVOKE		3
#define IOC_CANCEL		4
#define IOC_CLOSE_SESSION	5
#define IOC_SUPPL_RECV		6
#define IOC_OBJECT_INVOKE	10
#define IOC_FOLLOWED	(1U << IOC_OPEN_SESSION | 1U << IOC_CANCEL | 1U << IOC_CLOSE_SESSION | \
			 1U << IOC_SUPPL_RECV | 1U << IOC_OBJECT_INVOKE)
#define MEMREF_FIRST		5	/* TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT .. _INOUT */
#define MEMREF_LAST		7
#define PARAM_TYPE_MASK		0xff
#define MAX_PARAMS		4	/* TEE_NUM_PARAMS of the GP API */

struct buf_data {		/* struct tee_ioctl_buf_data */
	__u64 ptr;
	__u64 len;
};

struct open_arg {		/* struct tee_ioctl_open_session_arg */
	__u8 uuid[16];
	__u8 clnt_uuid[16];
	__u32 clnt_login;
	__u32 cancel_id;
	__u32 session;
	__u32 ret;
	__u32 ret_origin;
	__u32 num_params;
};

struct invoke_arg {		/* struct tee_ioctl_invoke_arg */
	__u32 func;
	__u32 session;
	__u32 cancel_id;
	__u32 ret;
	__u32 ret_origin;
	__u32 num_params;
};

struct object_arg {		/* struct tee_ioctl_object_invoke_arg */
	__u64 id;
	__u32 op;
	__u32 ret;
	__u32 num_params;
};

/* struct tee_ioctl_param; of struct tee_param attr and size lie at the same places. */
struct param {
	__u64 attr;
	__u64 a;
	__u64 size;
	__u64 c;
};

static __always_inline bool get(void *to, __u32 size, __u64 from, bool user)
{
	long err = user ? bpf_probe_read_user(to, size, (void *)from) :
			  bpf_probe_read_kernel(to, size, (void *)from);

	if (err)
		TEE_COUNT(unreadable);
	return !err;
}

/*
 * Sum of the sizes of the memory references among the parameters. Not inlined:
 * 6.1 counts the stack of all that is called, and this is no longer there then.
 */
COLD __u64 memref_bytes(__u64 at, __u32 nr, bool user)
{
	struct param params[MAX_PARAMS] = {};
	__u64 sum = 0, type;
	__u32 i;

	if (!nr)
		return 0;
	if (nr > MAX_PARAMS)
		nr = MAX_PARAMS;
	if (!get(params, nr * sizeof(params[0]), at, user))
		return 0;
	for (i = 0; i < MAX_PARAMS; i++) {
		type = params[i].attr & PARAM_TYPE_MASK;
		if (type >= MEMREF_FIRST && type <= MEMREF_LAST)
			sum += params[i].size;
	}
	return sum;
}

/* The smallest n for which us < 1 << n, asked for by halves. */
#define BELOW_1(us, n)	((us) >> (n) ? (n) + 1 : (n))
#define BELOW_3(us, n)	((us) >> ((n) + 1) ? BELOW_1(us, (n) + 2) : BELOW_1(us, n))
#define BELOW_6(us, n)	((us) >> ((n) + 2) ? BELOW_3(us, (n) + 3) : BELOW_3(us, n))
#define BELOW_12(us, n)	((us) >> ((n) + 5) ? BELOW_6(us, (n) + 6) : BELOW_6(us, n))

static __always_inline __u32 latency_bucket(__u64 ns)
{
	__u64 us = ns / 1000;
	__u32 bucket = us >> 11 ? BELOW_12(us, 12) : BELOW_12(us, 0);

	return bucket < LIMEN_TEE_BUCKETS ? bucket : LIMEN_TEE_BUCKETS - 1;
}

/* An open session that nobody used on this CPU just now. */
COLD struct limen_tee_session *search_session(__u64 ctx, __u32 session)
{
	struct limen_tee_session_key key = {.ctx = ctx, .session = session};
	__u32 *known = bpf_map_lookup_elem(&limen_tee_session_nr, &key), nr;
	struct limen_tee_cpu *cpu = tee_cpu();

	if (!known)
		return NULL;
	nr = *known;
	if (cpu)
		cpu->last_session = nr;
	return bpf_map_lookup_elem(&limen_tee_sessions, &nr);
}

static __always_inline struct limen_tee_session *
find_session(const struct limen_tee_cpu *cpu, __u64 ctx, __u32 session)
{
	__u32 nr = cpu->last_session;
	struct limen_tee_session *s = bpf_map_lookup_elem(&limen_tee_sessions, &nr);

	if (s && s->key.ctx == ctx && s->key.session == session)
		return s;
	return search_session(ctx, session);
}

static __always_inline struct limen_tee_session *cleared_session(__u32 nr)
{
	static const struct limen_tee_session none;
	struct limen_tee_session *s;

	bpf_map_update_elem(&limen_tee_sessions, &nr, &none, BPF_ANY);
	s = bpf_map_lookup_elem(&limen_tee_sessions, &nr);
	if (s)
		s->number = nr;
	return s;
}

/* By a number that came back, or by a new one; NULL when there is none left. */
static __always_inline struct limen_tee_session *new_session(void)
{
	struct limen_tee_control *control = tee_control();
	__u32 nr = 0;

	if (bpf_map_pop_elem(&limen_tee_session_free, &nr)) {
		if (!control)
			return NULL;
		nr = __sync_fetch_and_add(&control->next_session, 1);
		if (nr >= LIMEN_TEE_SESSIONS) {
			__sync_fetch_and_add(&control->next_session, -1);
			return NULL;
		}
	}
	return cleared_session(nr);
}

/*
 * uuid NULL: opened before limen looked; another CPU may have added it just
 * now. One that is opened and there already was closed unseen: it is replaced.
 */
COLD struct limen_tee_session *add_session(__u64 ctx, __u32 session, const __u8 *uuid, __u32 login)
{
	struct limen_tee_session_key key = {.ctx = ctx, .session = session};
	struct limen_tee_session *old = search_session(ctx, session), *s;
	struct limen_tee_context *c = find_context(ctx);
	__u32 nr;

	if (old && !uuid)
		return old;
	s = old ? cleared_session(old->number) : new_session();
	if (!s) {
		TEE_COUNT(no_context);
		return NULL;
	}
	s->client = c ? c->client : 0;
	s->client_nr = c ? c->client_nr : 0;
	s->login = login;
	if (uuid) {
		__builtin_memcpy(s->uuid, uuid, sizeof(s->uuid));
		s->opened_ns = bpf_ktime_get_boot_ns();
	}
	read_current(&s->opener);
	nr = s->number;
	s->key = key;
	if (!old && bpf_map_update_elem(&limen_tee_session_nr, &key, &nr, BPF_NOEXIST)) {
		s->key.ctx = 0;
		bpf_map_push_elem(&limen_tee_session_free, &nr, BPF_ANY);
		old = search_session(ctx, session);
		if (!old)
			TEE_COUNT(no_context);
		return old;
	}
	if (c) {
		__sync_fetch_and_add(&c->sessions, 1);
		s->in_context = 1;
	}
	return s;
}

COLD int session_opened(struct tee_note *n, const struct open_arg *arg)
{
	struct limen_tee_context *c = find_context(n->ctx);
	struct limen_tee_client *client = client_of(c);
	bool failed = n->error || arg->ret;
	struct limen_tee_ta *ta;
	__u8 uuid[16];

	__builtin_memcpy(uuid, arg->uuid, sizeof(uuid));
	ta = ta_of(uuid);
	if (failed) {
		TEE_COUNT(sessions_failed);
		if (client)
			__sync_fetch_and_add(&client->sessions_failed, 1);
		if (ta) {
			__sync_fetch_and_add(&ta->failed, 1);
			ta->last_failure = arg->ret;
			ta->last_origin = arg->ret_origin;
		}
	} else {
		TEE_COUNT(sessions);
		if (client)
			__sync_fetch_and_add(&client->sessions, 1);
		if (ta)
			__sync_fetch_and_add(&ta->opened, 1);
		add_session(n->ctx, arg->session, uuid, arg->clnt_login);
	}
	if (!TEE_SENT(LIMEN_TEE_STEP_SESSION))
		return 0;
	n->flags = LIMEN_TEE_EVENT_RESULT;
	note_uuid(n, uuid);
	n->result = arg->ret;
	n->origin = arg->ret_origin;
	n->session = failed ? LIMEN_TEE_NO_SESSION : arg->session;
	return send_step(n, LIMEN_TEE_STEP_SESSION);
}

/* A command that has returned. */
struct invocation {
	__u64 ctx;
	__u64 latency_ns;
	__u64 length;			/* of its memory references */
	__s64 error;
	struct invoke_arg arg;
};

COLD int send_invoked(const struct invocation *i, const struct limen_tee_session *s)
{
	struct tee_note n = {
		.ctx = i->ctx, .latency_ns = i->latency_ns, .length = i->length,
		.error = i->error, .session = i->arg.session, .func = i->arg.func,
		.result = i->arg.ret, .origin = i->arg.ret_origin,
		.flags = LIMEN_TEE_EVENT_RESULT | LIMEN_TEE_EVENT_FUNC,
	};

	if (s)
		note_uuid(&n, s->uuid);
	return send_step(&n, LIMEN_TEE_STEP_INVOKE);
}

static __always_inline int invoked(const struct invocation *i)
{
	struct limen_tee_cpu *cpu = tee_cpu();
	struct limen_tee_session *s;

	if (!cpu)
		return 0;
	s = find_session(cpu, i->ctx, i->arg.session);
	if (!s)
		s = add_session(i->ctx, i->arg.session, NULL, ~0U);
	__sync_fetch_and_add(&cpu->counts.invokes, 1);
	if (s) {
		__sync_fetch_and_add(&s->calls.invokes, 1);
		__sync_fetch_and_add(&s->calls.latency_ns, i->latency_ns);
		__sync_fetch_and_add(&s->calls.latency[latency_bucket(i->latency_ns)], 1);
		if (i->length)
			__sync_fetch_and_add(&s->calls.memref_bytes, i->length);
		s->last_result = i->arg.ret;
	}
	if (i->error || i->arg.ret) {
		__sync_fetch_and_add(&cpu->counts.invoke_errors, 1);
		if (s)
			__sync_fetch_and_add(&s->calls.errors, 1);
	}
	return TEE_SENT(LIMEN_TEE_STEP_INVOKE) ? send_invoked(i, s) : 0;
}

COLD int session_closed(__u64 ctx, __u32 session, __s64 error)
{
	struct limen_tee_session *s = search_session(ctx, session);
	struct limen_tee_context *c = find_context(ctx);
	struct tee_note n = {.ctx = ctx, .session = session, .error = error};

	if (s)
		note_uuid(&n, s->uuid);
	if (!error && s) {
		if (c && s->in_context)
			__sync_fetch_and_add(&c->sessions, -1);
		end_session(s);
	}
	if (TEE_SENT(LIMEN_TEE_STEP_SESSION_CLOSE))
		send_step(&n, LIMEN_TEE_STEP_SESSION_CLOSE);
	return 0;
}

/* --- ioctls --- */

static __always_inline int tee_ioctl_begin(void *ctx, const struct tee_args *args, bool kprobe)
{
	struct tee_frame *f = push_outermost(CALL_IOCTL);

	if (!f)
		return 0;
	f->kind = (args->b >> 8 & 0xff) == TEE_IOC_MAGIC ? args->b & 0xff : 0;
	f->a = private_of(args->a, !kprobe);
	f->b = args->c;
	if (f->kind == IOC_INVOKE || f->kind == IOC_OPEN_SESSION || f->kind == IOC_OBJECT_INVOKE)
		f->start_ns = bpf_ktime_get_ns();
	return 0;
}

COLD int ioctl_opened(const struct tee_frame *f, __s64 error)
{
	struct tee_note n = {.ctx = f->a, .error = error};
	struct open_arg arg = {};
	struct buf_data buf;

	n.latency_ns = bpf_ktime_get_ns() - f->start_ns;
	if (get(&buf, sizeof(buf), f->b, true) && get(&arg, sizeof(arg), buf.ptr, true))
		n.length = memref_bytes(buf.ptr + sizeof(arg), arg.num_params, true);
	return session_opened(&n, &arg);
}

static __always_inline int ioctl_invoked(__u64 ctx, __u64 user, __u64 start_ns, __s64 error)
{
	struct invocation i;
	struct buf_data buf;

	i.latency_ns = bpf_ktime_get_ns() - start_ns;
	i.ctx = ctx;
	i.error = error;
	i.length = 0;
	if (!get(&buf, sizeof(buf), user, true) || !get(&i.arg, sizeof(i.arg), buf.ptr, true)) {
		__builtin_memset(&i.arg, 0, sizeof(i.arg));
		i.arg.session = LIMEN_TEE_NO_SESSION;
	} else if (i.arg.num_params) {
		i.length = memref_bytes(buf.ptr + sizeof(i.arg), i.arg.num_params, true);
	}
	return invoked(&i);
}

COLD int ioctl_object_invoked(const struct tee_frame *f, __s64 error)
{
	struct invocation i = {.ctx = f->a, .error = error, .arg.session = LIMEN_TEE_NO_SESSION};
	struct object_arg arg;
	struct buf_data buf;

	i.latency_ns = bpf_ktime_get_ns() - f->start_ns;
	if (get(&buf, sizeof(buf), f->b, true) && get(&arg, sizeof(arg), buf.ptr, true)) {
		i.arg.func = arg.op;
		i.arg.ret = arg.ret;
		i.length = memref_bytes(buf.ptr + sizeof(arg), arg.num_params, true);
	}
	return invoked(&i);
}

COLD int ioctl_cancelled(const struct tee_frame *f, __s64 error)
{
	struct limen_tee_context *c = find_context(f->a);
	struct limen_tee_client *client = client_of(c);
	struct tee_note n = {.ctx = f->a, .error = error};
	__u32 arg[2];			/* struct tee_ioctl_cancel_arg: cancel_id, session */

	TEE_COUNT(cancels);
	if (client)
		__sync_fetch_and_add(&client->cancels, 1);
	if (TEE_SENT(LIMEN_TEE_STEP_CANCEL) && get(arg, sizeof(arg), f->b, true)) {
		n.session = arg[1];
		send_step(&n, LIMEN_TEE_STEP_CANCEL);
	}
	return 0;
}

/* A supplicant has a request: struct tee_iocl_supp_recv_arg begins with its function. */
COLD int ioctl_received(const struct tee_frame *f)
{
	struct limen_tee_context *c = find_context(f->a);
	struct limen_tee_client *client = client_of(c);
	struct tee_note n = {.ctx = f->a, .flags = LIMEN_TEE_EVENT_FUNC};
	struct buf_data buf;

	TEE_COUNT(requests);
	if (client)
		__sync_fetch_and_add(&client->requests, 1);
	if (TEE_SENT(LIMEN_TEE_STEP_REQUEST) && get(&buf, sizeof(buf), f->b, true) &&
	    get(&n.func, sizeof(n.func), buf.ptr, true))
		send_step(&n, LIMEN_TEE_STEP_REQUEST);
	return 0;
}

COLD int ioctl_closed(const struct tee_frame *f, __s64 error)
{
	__u32 session;			/* struct tee_ioctl_close_session_arg */

	if (!get(&session, sizeof(session), f->b, true))
		return 0;
	return session_closed(f->a, session, error);
}

COLD int ioctl_ended(const struct tee_frame *f, __s64 error)
{
	switch (f->kind) {
	case IOC_OPEN_SESSION:
		return ioctl_opened(f, error);
	case IOC_CLOSE_SESSION:
		return ioctl_closed(f, error);
	case IOC_CANCEL:
		return ioctl_cancelled(f, error);
	case IOC_SUPPL_RECV:
		return error ? 0 : ioctl_received(f);
	case IOC_OBJECT_INVOKE:
		return ioctl_object_invoked(f, error);
	}
	return 0;
}

static __always_inline int tee_ioctl_end(void *ctx, __u64 ret)
{
	struct tee_frame *top, f;
	struct tee_stack *stack;
	__u64 tee, user, start_ns;
	__u32 kind;

	top = pop_outermost(CALL_IOCTL, &stack);
	if (!top)
		return 0;
	kind = top->kind;
	tee = top->a;
	user = top->b;
	start_ns = top->start_ns;
	leave_outermost(stack);
	if (kind == IOC_INVOKE)
		return ioctl_invoked(tee, user, start_ns, ret);
	if (kind > IOC_OBJECT_INVOKE || !(1U << kind & IOC_FOLLOWED))
		return 0;
	f = (struct tee_frame){.kind = kind, .a = tee, .b = user, .start_ns = start_ns};
	return ioctl_ended(&f, ret);
}

TEE_BEGIN(tee_ioctl, "tee_ioctl", 3)
TEE_END(tee_ioctl, "tee_ioctl", 3)

/* --- clients in the kernel: (ctx, arg, param) --- */

static __always_inline int client_begin(enum tee_call call, const struct tee_args *args)
{
	struct tee_frame *f = push_call(call);

	if (!f)
		return 0;
	f->a = args->a;
	f->b = args->b;
	f->c = args->c;
	f->start_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int tee_kopens_begin(void *ctx, const struct tee_args *args, bool kprobe)
{
	return client_begin(CALL_CLIENT_SESSION, args);
}

static __always_inline int tee_kopens_end(void *ctx, __u64 ret)
{
	struct tee_note n = {.error = (__s32)ret};
	struct open_arg arg = {};
	struct tee_frame f;

	if (!pop_call(CALL_CLIENT_SESSION, &f))
		return 0;
	n.ctx = f.a;
	n.latency_ns = bpf_ktime_get_ns() - f.start_ns;
	if (get(&arg, sizeof(arg), f.b, false))
		n.length = memref_bytes(f.c, arg.num_params, false);
	return session_opened(&n, &arg);
}

TEE_BEGIN(tee_kopens, "tee_client_open_session", 3)
TEE_END(tee_kopens, "tee_client_open_session", 3)

static __always_inline int tee_kinvoke_begin(void *ctx, const struct tee_args *args, bool kprobe)
{
	return client_begin(CALL_CLIENT_INVOKE, args);
}

static __always_inline int tee_kinvoke_end(void *ctx, __u64 ret)
{
	struct invocation i = {.error = (__s32)ret};
	struct tee_frame f;

	if (!pop_call(CALL_CLIENT_INVOKE, &f))
		return 0;
	i.ctx = f.a;
	i.latency_ns = bpf_ktime_get_ns() - f.start_ns;
	if (get(&i.arg, sizeof(i.arg), f.b, false))
		i.length = memref_bytes(f.c, i.arg.num_params, false);
	else
		i.arg.session = LIMEN_TEE_NO_SESSION;
	return invoked(&i);
}

TEE_BEGIN(tee_kinvoke, "tee_client_invoke_func", 3)
TEE_END(tee_kinvoke, "tee_client_invoke_func", 3)

static __always_inline int tee_kcloses_begin(void *ctx, const struct tee_args *args, bool kprobe)
{
	return session_closed(args->a, args->b, 0);
}

TEE_BEGIN(tee_kcloses, "tee_client_close_session", 2)

char LICENSE[] SEC("license") = "GPL";
