// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Exact mode: hardware execution breakpoints on the copy functions. They see
 * every copy, constant sizes too. Only followed tasks are counted: nothing is
 * allocated in the breakpoint's exception context.
 */
#include "limen.bpf.h"
#include "usercopy.bpf.h"

#if defined(__TARGET_ARCH_x86)

static __always_inline int count_exact(__u64 n, bool to_user)
{
	struct limen_record *rec = current_record();

	if (rec)
		count_record(rec, n, size_class(n) & LIMEN_SIZE_BUCKET, to_user);
	return 0;
}

/* Only user memory: the same functions serve kernel buffers and page vectors. */
static __always_inline bool user_backed(struct iov_iter *iter)
{
	__u8 type = BPF_CORE_READ(iter, iter_type);

	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    type == bpf_core_enum_value(enum iter_type, ITER_UBUF))
		return true;
	return type == bpf_core_enum_value(enum iter_type, ITER_IOVEC);
}

/* _copy_to_iter(addr, bytes, iter): bytes is room, what is left is copied. */
static __always_inline int count_iter(struct bpf_perf_event_data *ctx, bool to_user)
{
	struct iov_iter *iter = (struct iov_iter *)ctx->regs.dx;
	__u64 n = ctx->regs.si, left;

	if (!user_backed(iter))
		return 0;
	left = BPF_CORE_READ(iter, count);
	if (n > left)
		n = left;
	return n ? count_exact(n, to_user) : 0;
}

SEC("perf_event")
int exact_to_user(struct bpf_perf_event_data *ctx)
{
	return count_exact(ctx->regs.dx, true);
}

SEC("perf_event")
int exact_from_user(struct bpf_perf_event_data *ctx)
{
	return count_exact(ctx->regs.dx, false);
}

SEC("perf_event")
int exact_to_iter(struct bpf_perf_event_data *ctx)
{
	return count_iter(ctx, true);
}

SEC("perf_event")
int exact_from_iter(struct bpf_perf_event_data *ctx)
{
	return count_iter(ctx, false);
}

#else

/*
 * arm64 steps over the instruction with breakpoints off. An interrupt that
 * comes before the step is done leads back to the same instruction and hits
 * again. So a hit counts only if the one at the next instruction came between.
 */
static __always_inline int count_once(struct bpf_perf_event_data *ctx, bool to_user)
{
	struct limen_record *rec = current_record();
	__u64 n = ctx->regs.regs[2];

	if (!rec || rec->flags & LIMEN_TASK_AT_COPY)
		return 0;
	rec->flags |= LIMEN_TASK_AT_COPY;
	count_record(rec, n, size_class(n) & LIMEN_SIZE_BUCKET, to_user);
	return 0;
}

SEC("perf_event")
int exact_to_user(struct bpf_perf_event_data *ctx)
{
	return count_once(ctx, true);
}

SEC("perf_event")
int exact_from_user(struct bpf_perf_event_data *ctx)
{
	return count_once(ctx, false);
}

SEC("perf_event")
int exact_begun(struct bpf_perf_event_data *ctx)
{
	struct limen_record *rec = current_record();

	if (rec)
		rec->flags &= ~LIMEN_TASK_AT_COPY;
	return 0;
}

#endif

char LICENSE[] SEC("license") = "GPL";
