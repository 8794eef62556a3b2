// SPDX-License-Identifier: GPL-2.0-or-later
/* The ioctls of clients and supplicants (include/uapi/linux/tee.h). */
#include "command.bpf.h"

#define TEE_IOC_MAGIC		0xa4
#define IOC_OPEN_SESSION	2
#define IOC_INVOKE		3
#define IOC_CANCEL		4
#define IOC_CLOSE_SESSION	5
#define IOC_SUPPL_RECV		6
#define IOC_OBJECT_INVOKE	10
#define IOC_FOLLOWED	(1U << IOC_OPEN_SESSION | 1U << IOC_CANCEL | 1U << IOC_CLOSE_SESSION | \
			 1U << IOC_SUPPL_RECV | 1U << IOC_OBJECT_INVOKE)

struct buf_data {		/* struct tee_ioctl_buf_data */
	__u64 ptr;
	__u64 len;
};

struct object_arg {		/* struct tee_ioctl_object_invoke_arg */
	__u64 id;
	__u32 op;
	__u32 ret;
	__u32 num_params;
};

static __always_inline int tee_ioctl_begin(void *ctx, const struct func_args *args, bool kprobe)
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

char LICENSE[] SEC("license") = "GPL";
