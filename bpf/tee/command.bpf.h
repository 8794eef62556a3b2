/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions and commands, whoever makes them: a process by ioctl, whose arguments
 * are read in user memory when the call returns, or a client in the kernel.
 */
#ifndef LIMEN_TEE_COMMAND_BPF_H
#define LIMEN_TEE_COMMAND_BPF_H

#include "context.bpf.h"
#include "log2.bpf.h"

#define MEMREF_FIRST		5	/* TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT .. _INOUT */
#define MEMREF_LAST		7
#define PARAM_TYPE_MASK		0xff
#define MAX_PARAMS		4	/* TEE_NUM_PARAMS of the GP API */

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
		__sync_fetch_and_add(&s->calls.latency[latency_bucket(i->latency_ns, LIMEN_TEE_BUCKETS)], 1);
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

#endif
