// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Contexts: /dev/teeN and /dev/teeprivN opened and closed, and clients in the
 * kernel. The file operations are the place: teedev_open() is split and
 * teedev_close_context() inlined on some kernels.
 */
#include "context.bpf.h"

static __always_inline int opened(__u64 ctx, __u32 state)
{
	struct limen_tee_context *c = add_context(ctx, bpf_get_current_task_btf(), state);
	struct limen_tee_client *client = client_of(c);
	struct tee_note n = {.ctx = ctx};

	TEE_COUNT(opened);
	if (client)
		__sync_fetch_and_add(&client->contexts, 1);
	if (TEE_SENT(LIMEN_TEE_STEP_OPEN))
		send_step(&n, LIMEN_TEE_STEP_OPEN);
	return 0;
}

/* Its reference by the file is dropped. It goes on while it has objects. */
static __always_inline int closed(__u64 ctx)
{
	struct limen_tee_context *c = find_context(ctx);
	struct limen_tee_client *client = client_of(c);
	struct tee_note n = {.ctx = ctx};

	TEE_COUNT(closed);
	if (client)
		__sync_fetch_and_add(&client->closed, 1);
	if (TEE_SENT(LIMEN_TEE_STEP_CLOSE))
		send_step(&n, LIMEN_TEE_STEP_CLOSE);
	if (!c)
		return 0;
	c->closed_ns = bpf_ktime_get_boot_ns();
	__sync_fetch_and_or(&c->state, LIMEN_TEE_CTX_CLOSED);
	if (!c->objects)
		drop_context(ctx, c);
	return 0;
}

static __always_inline int tee_open_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct tee_frame *f = push_outermost(CALL_OPEN);

	if (f)
		f->a = args->b;
	return 0;
}

static __always_inline int tee_open_end(void *ctx, __u64 ret)
{
	struct tee_frame f;

	if (!pop_call(CALL_OPEN, &f))
		return 0;
	if ((__s32)ret) {
		TEE_COUNT(open_failed);
		return 0;
	}
	return opened(private_of(f.a, false), 0);
}

TEE_BEGIN(tee_open, "tee_open", 2)
TEE_END(tee_open, "tee_open", 2)

static __always_inline int tee_close_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	return closed(private_of(args->b, !kprobe));
}

TEE_BEGIN(tee_close, "tee_release", 2)

static __always_inline int tee_kopen_end(void *ctx, __u64 ret)
{
	if (!limen_tee_epoch)
		return 0;
	if (is_error(ret) || !ret) {
		TEE_COUNT(open_failed);
		return 0;
	}
	return opened(ret, LIMEN_TEE_CTX_IN_KERNEL);
}

TEE_END(tee_kopen, "tee_client_open_context", 4)

static __always_inline int tee_kclose_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	return closed(args->a);
}

TEE_BEGIN(tee_kclose, "tee_client_close_context", 1)

#if defined(__TARGET_ARCH_x86)
#define SYS_DELETE_MODULE	"__x64_sys_delete_module"
#else
#define SYS_DELETE_MODULE	"__arm64_sys_delete_module"
#endif

/*
 * A module is asked to go. A program that is attached to its functions by
 * fentry holds it: user space lets go of it, so that the next try succeeds.
 */
static __always_inline int tee_unload_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	struct pt_regs *user = (struct pt_regs *)args->a;
	struct limen_tee_event *e;
	__u64 name = 0;

#if defined(__TARGET_ARCH_x86)
	bpf_probe_read_kernel(&name, sizeof(name), &user->di);
#else
	name = BPF_CORE_READ(user, regs[0]);
#endif
	e = tee_event_begin(false, true);
	if (!e)
		return 0;
	e->step = LIMEN_TEE_STEP_UNLOAD;
	bpf_probe_read_user_str(e->device, sizeof(e->device), (void *)name);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

TEE_BEGIN(tee_unload, SYS_DELETE_MODULE, 1)

char LICENSE[] SEC("license") = "GPL";
