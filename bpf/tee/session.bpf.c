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

static __always_inline __u32 latency_bucket(__u64 ns)
{
	__u64 us = ns / 1000;
	__u32 bucket = 0;

	if (us >> 16) {
		us >>= 16;
		bucket = 16;
	}
	if (us >> 8) {
		us >>= 8;
		bucket += 8;
	}
	if (us >> 4) {
		us >>= 4;
		bucket += 4;
	}
	if (us >> 2) {
		us >>= 2;
		bucket += 2;
	}
	bucket += us >> 1 ? 2 : us;
	return bucket < LIMEN_TEE_BUCKETS ? bucket : LIMEN_TEE_BUCKETS - 1;
}

static __always_inline struct limen_tee_session *
find_session(__u64 ctx, __u32 session)
{
	struct limen_tee_session_key key = {.ctx = ctx, .session = session};

	return bpf_map_lookup_elem(&limen_tee_sessions, &key);
}

/* uuid NULL: opened before limen looked. */
COLD struct limen_tee_session *add_session(__u64 ctx, __u32 session, const __u8 *uuid, __u32 login)
{
	static const struct limen_tee_session none;
	struct limen_tee_session_key key = {.ctx = ctx, .session = session};
	struct limen_tee_context *c = find_context(ctx);
	struct limen_tee_session *s;

	if (bpf_map_update_elem(&limen_tee_sessions, &key, &none, BPF_ANY)) {
		TEE_COUNT(no_context);
		return NULL;
	}
	s = bpf_map_lookup_elem(&limen_tee_sessions, &key);
	if (!s)
		return NULL;
	s->client = c ? c->client : 0;
	s->login = login;
	if (uuid) {
		__builtin_memcpy(s->uuid, uuid, sizeof(s->uuid));
		s->opened_ns = bpf_ktime_get_boot_ns();
	}
	read_current(&s->opener);
	if (c) {
		__sync_fetch_and_add(&c->sessions, 1);
		s->in_context = 1;
	}
	return s;
}

COLD int session_opened(struct tee_note *n, const struct open_arg *arg)
{
	struct limen_tee_context *c = find_context(n->ctx);
	struct limen_tee_client *client = client_of(c ? c->client : 0);
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

/* n has context, session, command, result, bytes and time. */
static __always_inline int invoked(struct tee_note *n)
{
	struct limen_tee_session *s = find_session(n->ctx, n->session);
	bool failed = n->error || n->result;

	if (!s)
		s = add_session(n->ctx, n->session, NULL, ~0U);
	TEE_COUNT(invokes);
	if (failed)
		TEE_COUNT(invoke_errors);
	if (s) {
		__sync_fetch_and_add(&s->calls.invokes, 1);
		if (failed)
			__sync_fetch_and_add(&s->calls.errors, 1);
		__sync_fetch_and_add(&s->calls.memref_bytes, n->length);
		__sync_fetch_and_add(&s->calls.latency_ns, n->latency_ns);
		__sync_fetch_and_add(&s->calls.latency[latency_bucket(n->latency_ns)], 1);
		s->last_result = n->result;
	}
	if (!TEE_SENT(LIMEN_TEE_STEP_INVOKE))
		return 0;
	n->flags = LIMEN_TEE_EVENT_RESULT | LIMEN_TEE_EVENT_FUNC;
	if (s)
		note_uuid(n, s->uuid);
	return send_step(n, LIMEN_TEE_STEP_INVOKE);
}

COLD int session_closed(__u64 ctx, __u32 session, __s64 error)
{
	struct limen_tee_session_key key = {.ctx = ctx, .session = session};
	struct limen_tee_session *s = bpf_map_lookup_elem(&limen_tee_sessions, &key);
	struct limen_tee_context *c = find_context(ctx);
	struct tee_note n = {.ctx = ctx, .session = session, .error = error};

	if (s)
		note_uuid(&n, s->uuid);
	if (!error && s) {
		if (c && s->in_context)
			__sync_fetch_and_add(&c->sessions, -1);
		fold_session(s);
		bpf_map_delete_elem(&limen_tee_sessions, &key);
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
	f->a = private_of(args->a);
	f->b = args->c;
	if (f->kind == IOC_INVOKE || f->kind == IOC_OPEN_SESSION || f->kind == IOC_OBJECT_INVOKE)
		f->start_ns = bpf_ktime_get_boot_ns();
	return 0;
}

COLD int ioctl_opened(const struct tee_frame *f, __s64 error)
{
	struct tee_note n = {.ctx = f->a, .error = error};
	struct open_arg arg = {};
	struct buf_data buf;

	n.latency_ns = bpf_ktime_get_boot_ns() - f->start_ns;
	if (get(&buf, sizeof(buf), f->b, true) && get(&arg, sizeof(arg), buf.ptr, true))
		n.length = memref_bytes(buf.ptr + sizeof(arg), arg.num_params, true);
	return session_opened(&n, &arg);
}

COLD int ioctl_invoked(const struct tee_frame *f, __s64 error)
{
	struct tee_note n = {.ctx = f->a, .error = error, .session = LIMEN_TEE_NO_SESSION};
	struct invoke_arg arg;
	struct buf_data buf;

	n.latency_ns = bpf_ktime_get_boot_ns() - f->start_ns;
	if (get(&buf, sizeof(buf), f->b, true) && get(&arg, sizeof(arg), buf.ptr, true)) {
		n.session = arg.session;
		n.func = arg.func;
		n.result = arg.ret;
		n.origin = arg.ret_origin;
		n.length = memref_bytes(buf.ptr + sizeof(arg), arg.num_params, true);
	}
	return invoked(&n);
}

COLD int ioctl_object_invoked(const struct tee_frame *f, __s64 error)
{
	struct tee_note n = {.ctx = f->a, .error = error, .session = LIMEN_TEE_NO_SESSION};
	struct object_arg arg;
	struct buf_data buf;

	n.latency_ns = bpf_ktime_get_boot_ns() - f->start_ns;
	if (get(&buf, sizeof(buf), f->b, true) && get(&arg, sizeof(arg), buf.ptr, true)) {
		n.func = arg.op;
		n.result = arg.ret;
		n.length = memref_bytes(buf.ptr + sizeof(arg), arg.num_params, true);
	}
	return invoked(&n);
}

COLD int ioctl_cancelled(const struct tee_frame *f, __s64 error)
{
	struct limen_tee_context *c = find_context(f->a);
	struct limen_tee_client *client = client_of(c ? c->client : 0);
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
	struct limen_tee_client *client = client_of(c ? c->client : 0);
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

static __always_inline int tee_ioctl_end(void *ctx, __u64 ret)
{
	__s64 error = (__s64)ret;
	struct tee_frame f;

	if (!pop_call(CALL_IOCTL, &f))
		return 0;
	switch (f.kind) {
	case IOC_INVOKE:
		return ioctl_invoked(&f, error);
	case IOC_OPEN_SESSION:
		return ioctl_opened(&f, error);
	case IOC_CLOSE_SESSION:
		return ioctl_closed(&f, error);
	case IOC_CANCEL:
		return ioctl_cancelled(&f, error);
	case IOC_SUPPL_RECV:
		return error ? 0 : ioctl_received(&f);
	case IOC_OBJECT_INVOKE:
		return ioctl_object_invoked(&f, error);
	}
	return 0;
}

TEE_BEGIN(tee_ioctl, "tee_ioctl")
TEE_END(tee_ioctl, "tee_ioctl")

/* --- clients in the kernel: (ctx, arg, param) --- */

static __always_inline int client_begin(enum tee_call call, const struct tee_args *args)
{
	struct tee_frame *f = push_call(call);

	if (!f)
		return 0;
	f->a = args->a;
	f->b = args->b;
	f->c = args->c;
	f->start_ns = bpf_ktime_get_boot_ns();
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
	n.latency_ns = bpf_ktime_get_boot_ns() - f.start_ns;
	if (get(&arg, sizeof(arg), f.b, false))
		n.length = memref_bytes(f.c, arg.num_params, false);
	return session_opened(&n, &arg);
}

TEE_BEGIN(tee_kopens, "tee_client_open_session")
TEE_END(tee_kopens, "tee_client_open_session")

static __always_inline int tee_kinvoke_begin(void *ctx, const struct tee_args *args, bool kprobe)
{
	return client_begin(CALL_CLIENT_INVOKE, args);
}

static __always_inline int tee_kinvoke_end(void *ctx, __u64 ret)
{
	struct tee_note n = {.error = (__s32)ret, .session = LIMEN_TEE_NO_SESSION};
	struct invoke_arg arg;
	struct tee_frame f;

	if (!pop_call(CALL_CLIENT_INVOKE, &f))
		return 0;
	n.ctx = f.a;
	n.latency_ns = bpf_ktime_get_boot_ns() - f.start_ns;
	if (get(&arg, sizeof(arg), f.b, false)) {
		n.session = arg.session;
		n.func = arg.func;
		n.result = arg.ret;
		n.origin = arg.ret_origin;
		n.length = memref_bytes(f.c, arg.num_params, false);
	}
	return invoked(&n);
}

TEE_BEGIN(tee_kinvoke, "tee_client_invoke_func")
TEE_END(tee_kinvoke, "tee_client_invoke_func")

static __always_inline int tee_kcloses_begin(void *ctx, const struct tee_args *args, bool kprobe)
{
	return session_closed(args->a, args->b, 0);
}

TEE_BEGIN(tee_kcloses, "tee_client_close_session")

char LICENSE[] SEC("license") = "GPL";
