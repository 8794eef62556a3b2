/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of hooks: where limen attaches, in which ways, in what order, and
 * what it sees there. One row serves the attaching and `limen doctor`.
 */
#ifndef LIMEN_HOOKS_H
#define LIMEN_HOOKS_H

#include <stdbool.h>
#include <linux/types.h>

enum rung {
	RUNG_ABSENT,
	RUNG_FENTRY,		/* BPF trampoline: fentry or fexit */
	RUNG_KPROBE,		/* kprobe or kretprobe */
	RUNG_KPROBE_MULTI,	/* the same by way of ftrace: fprobe, kernel 5.18 and later */
	RUNG_TRACEPOINT,	/* BTF tracepoint */
	RUNG_BREAKPOINT,	/* hardware execution breakpoint */
	RUNG_ITERATOR,
	RUNG_LSM,
	RUNGS
};

enum hook_id {
	HOOK_CHECK,
	HOOK_CHECKED,
	HOOK_HEAP,
	HOOK_ABORT,
	HOOK_FIXUP,
	HOOK_IO_READ,
	HOOK_IO_READV,
	HOOK_IO_RECVFROM,
	HOOK_IO_RECVMSG,
	HOOK_IO_WRITE,
	HOOK_IO_WRITEV,
	HOOK_IO_SENDTO,
	HOOK_IO_SENDMSG,
	HOOK_EXACT_TO_USER,
	HOOK_EXACT_FROM_USER,
	HOOK_EXACT_TO_ITER,	/* x86 */
	HOOK_EXACT_FROM_ITER,
	HOOK_EXACT_TO_BEGUN,	/* arm64 */
	HOOK_EXACT_FROM_BEGUN,
	HOOK_EXIT,
	HOOK_EXEC,
	HOOK_FORK,
	HOOK_RENAME,
	HOOK_SNAPSHOT,
	HOOK_FOLLOW,
	HOOK_TEE_OPEN_BEGIN,
	HOOK_TEE_OPEN,
	HOOK_TEE_CLOSE,
	HOOK_TEE_KOPEN,
	HOOK_TEE_KCLOSE,
	HOOK_TEE_IOCTL_BEGIN,
	HOOK_TEE_IOCTL,
	HOOK_TEE_KSESSION_BEGIN,
	HOOK_TEE_KSESSION,
	HOOK_TEE_KINVOKE_BEGIN,
	HOOK_TEE_KINVOKE,
	HOOK_TEE_KEND,
	HOOK_TEE_USER_BEGIN,
	HOOK_TEE_USER,
	HOOK_TEE_KERNEL_BEGIN,
	HOOK_TEE_KERNEL,
	HOOK_TEE_PRIVATE_BEGIN,
	HOOK_TEE_PRIVATE,
	HOOK_TEE_REGISTER_BEGIN,
	HOOK_TEE_REGISTER,
	HOOK_TEE_REGISTER_KERNEL_BEGIN,
	HOOK_TEE_REGISTER_KERNEL,
	HOOK_TEE_REGISTER_FD_BEGIN,
	HOOK_TEE_REGISTER_FD,
	HOOK_TEE_DMA_BEGIN,
	HOOK_TEE_DMA,
	HOOK_TEE_FD_BEGIN,
	HOOK_TEE_FD,
	HOOK_TEE_GET_BEGIN,
	HOOK_TEE_GET,
	HOOK_TEE_MMAP_BEGIN,
	HOOK_TEE_MMAP,
	HOOK_TEE_FDCLOSE,
	HOOK_TEE_FREE_BEGIN,
	HOOK_TEE_FREE,
	HOOK_TEE_PUT_BEGIN,
	HOOK_TEE_PUT,
	HOOK_TEE_CTXPUT,
	HOOK_TEE_UNLOAD,
	HOOK_OPTEE_SECURE_BEGIN,
	HOOK_OPTEE_SECURE,
	HOOK_OPTEE_UNSECURE_BEGIN,
	HOOK_OPTEE_UNSECURE,
	HOOK_OPTEE_RPC_BEGIN,
	HOOK_OPTEE_RPC,
	HOOK_OPTEE_RPCFREE,
	HOOK_OPTEE_CACHE_BEGIN,
	HOOK_OPTEE_CACHE,
	HOOK_S2_FAULT_BEGIN,
	HOOK_S2_FAULT,
	HOOK_S2_MAP,
	HOOK_S2_PMAP,		/* arm64 */
	HOOK_S2_CREATE_BEGIN,
	HOOK_S2_CREATE,
	HOOK_S2_DESTROY,
	HOOK_S2_MEMSLOT_BEGIN,
	HOOK_S2_MEMSLOT,
	HOOK_S2_REQUEST_BEGIN,
	HOOK_S2_REQUEST,
	HOOK_S2_UNMAP,
	HOOK_S2_AGE,
	HOOK_S2_POISON,
	HOOK_S2_GMEM,
	HOOK_S2_REALM_MAP_BEGIN,
	HOOK_S2_REALM_MAP,
	HOOK_S2_REALM_SHARED,
	HOOK_S2_REALM_UNMAP,
	HOOK_S2_REALM_UNMAP_FILTER,
	HOOK_S2_REALM_UNMAP_SHARED,
	HOOK_S2_REALM_CONVERT,
	HOOK_S2_REALM_MADE,
	HOOK_S2_REALM_DESTROY,
	HOOKS
};

enum hook_flag {
	HOOK_ESSENTIAL	= 1u << 0,	/* without it the boundary is blind */
	HOOK_AT_RETURN	= 1u << 1,	/* fexit, kretprobe */
	HOOK_COUNTING	= 1u << 2,	/* detached first, so that totals stand still */
	HOOK_PAIRED	= 1u << 3,	/* the begin of a call whose return has the next row */
};

/* The hooks of a module: from _FIRST to _LAST. */
#define HOOK_TEE_FIRST		HOOK_TEE_OPEN_BEGIN
#define HOOK_TEE_LAST		HOOK_TEE_UNLOAD
#define HOOK_OPTEE_FIRST	HOOK_OPTEE_SECURE_BEGIN
#define HOOK_OPTEE_LAST		HOOK_OPTEE_CACHE
#define HOOK_S2_FIRST		HOOK_S2_FAULT_BEGIN
#define HOOK_S2_LAST		HOOK_S2_REALM_DESTROY
/* Of these, those that only a KVM with Arm CCA has: see realm.h. */
#define HOOK_S2_REALM_FIRST	HOOK_S2_REALM_MAP_BEGIN
#define HOOK_S2_REALM_LAST	HOOK_S2_REALM_DESTROY

#define HOOK_MAX_RUNGS	3

struct hook {
	const char *boundary;	/* "task" serves all of them */
	const char *function;	/* traced function, tracepoint or iterator target */
	const char *sees;	/* in plain words */
	unsigned int flags;	/* enum hook_flag */
	struct {
		enum rung rung;
		const char *program;	/* in the BPF object; NULL ends the ladder */
	} ladder[HOOK_MAX_RUNGS];
	unsigned int offset;	/* of a breakpoint into the function */
	const char *module;	/* that has the function, unless it is built in; NULL: always is */
};

/* Indexed by enum hook_id. */
extern const struct hook hooks[HOOKS];

/*
 * The ladder of a function on this kernel. A task that is preempted inside a
 * fentry program keeps it busy, and the kernel skips the program for all other
 * tasks on that CPU until then (kernel/bpf/trampoline.c, prog->active). Where
 * the kernel preempts itself, programs that run with preemption off come first.
 * No kprobe.multi for calls that are followed to their return where the kernel
 * may crash by it (host.h).
 * Returns the index into hooks[].ladder of the given step, -1 at its end.
 */
int hook_step(enum hook_id hook, bool kernel_preempts, unsigned int step);

/* A hook at a function's return, or at the begin that belongs to one. */
bool hook_follows_return(enum hook_id hook);

const char *rung_name(enum rung rung);

/* RUNG_ABSENT when the word names none. */
enum rung rung_by_name(const char *name);

#endif
