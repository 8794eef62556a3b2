// SPDX-License-Identifier: GPL-2.0-or-later
/* Sessions and commands of clients in the kernel: (ctx, arg, param). */
#include "command.bpf.h"

static __always_inline int client_begin(enum tee_call call, const struct func_args *args)
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

static __always_inline int tee_kopens_begin(void *ctx, const struct func_args *args, bool kprobe)
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

static __always_inline int tee_kinvoke_begin(void *ctx, const struct func_args *args, bool kprobe)
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

static __always_inline int tee_kcloses_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	return session_closed(args->a, args->b, 0);
}

TEE_BEGIN(tee_kcloses, "tee_client_close_session", 2)

char LICENSE[] SEC("license") = "GPL";
