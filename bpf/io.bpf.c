// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * File and socket I/O by its result (--io), because page-wise copies never
 * reach the kernel's check. Read and write calls are taken at vfs_*(), socket
 * calls at __sys_*(): no call passes both, so nothing is counted twice.
 */
#include "limen.bpf.h"
#include "task.bpf.h"

static __always_inline int count_io(__s64 result, bool to_user)
{
	struct limen_record *rec;

	if (result <= 0)
		return 0;
	rec = current_record();
	if (!rec)
		return 0;
	rec->counts.io_ops[to_user]++;
	rec->counts.io_bytes[to_user] += result;
	return 0;
}

/* The vfs functions return ssize_t, the __sys_ ones int: its upper half means nothing. */
#define IO_HOOK(name, function, type, to_user)					\
SEC("fexit/" function)								\
int io_##name##_fentry(unsigned long long *ctx)					\
{										\
	__u64 ret = 0;								\
										\
	bpf_get_func_ret(ctx, &ret);						\
	return count_io((type)ret, to_user);					\
}										\
										\
static __always_inline int io_##name##_regs(struct pt_regs *ctx)		\
{										\
	return count_io((type)PT_REGS_RC(ctx), to_user);			\
}										\
										\
KPROBES("kretprobe", io_##name, function)

IO_HOOK(vfs_read, "vfs_read", __s64, true)
IO_HOOK(vfs_readv, "vfs_readv", __s64, true)
IO_HOOK(recvfrom, "__sys_recvfrom", __s32, true)
IO_HOOK(recvmsg, "___sys_recvmsg", __s32, true)
IO_HOOK(vfs_write, "vfs_write", __s64, false)
IO_HOOK(vfs_writev, "vfs_writev", __s64, false)
IO_HOOK(sendto, "__sys_sendto", __s32, false)
IO_HOOK(sendmsg, "___sys_sendmsg", __s32, false)

char LICENSE[] SEC("license") = "GPL";
