// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/hooks.h"

#include <string.h>

#include "probe/host.h"

#define FUNCTION(program) \
	{{RUNG_FENTRY, program "_fentry"}, {RUNG_KPROBE_MULTI, program "_multi"}, \
	 {RUNG_KPROBE, program "_kprobe"}}

/* The names differ by architecture: what the compiler calls for a copy. */
#if defined(__x86_64__)
#define COPY_TO_USER	"_copy_to_user"
#define COPY_FROM_USER	"_copy_from_user"
#define SYS_DELETE_MODULE "__x64_sys_delete_module"
#define FAULT_HANDLER	"kvm_mmu_page_fault"
#define KVM_MODULE	"kvm"
#else
#define COPY_TO_USER	"__arch_copy_to_user"
#define COPY_FROM_USER	"__arch_copy_from_user"
#define SYS_DELETE_MODULE "__arm64_sys_delete_module"
#define FAULT_HANDLER	"kvm_handle_guest_abort"
#define KVM_MODULE	NULL	/* built in */
#endif

const struct hook hooks[HOOKS] = {
	[HOOK_CHECK] = {
		"usercopy", "__check_object_size",
		"every copy whose size is not a compile-time constant, and path names",
		HOOK_ESSENTIAL | HOOK_COUNTING, FUNCTION("usercopy_check"),
	},
	[HOOK_CHECKED] = {
		"usercopy", "__check_object_size",
		"tells page allocator memory from slab memory, for filtered copies and samples",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("usercopy_checked"),
	},
	[HOOK_HEAP] = {
		"usercopy", "__check_heap_object",
		"the slab cache behind a copy, for filtered copies and samples",
		HOOK_COUNTING, FUNCTION("usercopy_heap"),
	},
	[HOOK_ABORT] = {
		"usercopy", "usercopy_abort",
		"copies that the kernel refuses: exposure and overwrite attempts",
		HOOK_ESSENTIAL | HOOK_COUNTING, FUNCTION("usercopy_abort"),
	},
	[HOOK_FIXUP] = {
		"usercopy", "fixup_exception",
		"copies that a bad user address cuts short",
		HOOK_COUNTING, FUNCTION("usercopy_fixup"),
	},
	[HOOK_IO_READ] = {
		"usercopy", "vfs_read", "read(), pread() results (--io)",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("io_vfs_read"),
	},
	[HOOK_IO_READV] = {
		"usercopy", "vfs_readv", "readv(), preadv() results (--io)",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("io_vfs_readv"),
	},
	[HOOK_IO_RECVFROM] = {
		"usercopy", "__sys_recvfrom", "recv(), recvfrom() results (--io)",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("io_recvfrom"),
	},
	[HOOK_IO_RECVMSG] = {
		"usercopy", "___sys_recvmsg", "recvmsg(), recvmmsg() results (--io)",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("io_recvmsg"),
	},
	[HOOK_IO_WRITE] = {
		"usercopy", "vfs_write", "write(), pwrite() results (--io)",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("io_vfs_write"),
	},
	[HOOK_IO_WRITEV] = {
		"usercopy", "vfs_writev", "writev(), pwritev() results (--io)",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("io_vfs_writev"),
	},
	[HOOK_IO_SENDTO] = {
		"usercopy", "__sys_sendto", "send(), sendto() results (--io)",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("io_sendto"),
	},
	[HOOK_IO_SENDMSG] = {
		"usercopy", "___sys_sendmsg", "sendmsg(), sendmmsg() results (--io)",
		HOOK_AT_RETURN | HOOK_COUNTING, FUNCTION("io_sendmsg"),
	},
	[HOOK_EXACT_TO_USER] = {
		"usercopy", COPY_TO_USER,
		"every copy to user space, constant sizes too (--exact)",
		HOOK_COUNTING, {{RUNG_BREAKPOINT, "exact_to_user"}},
	},
	[HOOK_EXACT_FROM_USER] = {
		"usercopy", COPY_FROM_USER,
		"every copy from user space, constant sizes too (--exact)",
		HOOK_COUNTING, {{RUNG_BREAKPOINT, "exact_from_user"}},
	},
#if defined(__x86_64__)
	[HOOK_EXACT_TO_ITER] = {
		"usercopy", "_copy_to_iter",
		"copies of read-like calls that bypass _copy_to_user (--exact)",
		HOOK_COUNTING, {{RUNG_BREAKPOINT, "exact_to_iter"}},
	},
	[HOOK_EXACT_FROM_ITER] = {
		"usercopy", "_copy_from_iter",
		"copies of write-like calls that bypass _copy_from_user (--exact)",
		HOOK_COUNTING, {{RUNG_BREAKPOINT, "exact_from_iter"}},
	},
#else
	[HOOK_EXACT_TO_BEGUN] = {
		"usercopy", COPY_TO_USER,
		"its next instruction: a hit that was interrupted is no second copy (--exact)",
		HOOK_COUNTING, {{RUNG_BREAKPOINT, "exact_begun"}}, 4,
	},
	[HOOK_EXACT_FROM_BEGUN] = {
		"usercopy", COPY_FROM_USER,
		"the same for copies from user space (--exact)",
		HOOK_COUNTING, {{RUNG_BREAKPOINT, "exact_begun"}}, 4,
	},
#endif
	[HOOK_EXIT] = {
		"task", "do_exit", "final counts of a task that ends",
		HOOK_ESSENTIAL, FUNCTION("task_exit"),
	},
	[HOOK_EXEC] = {
		"task", "finalize_exec", "a new image: its path, and where following a command begins",
		HOOK_ESSENTIAL, FUNCTION("task_exec"),
	},
	[HOOK_FORK] = {
		"task", "wake_up_new_task", "children and threads of a followed task",
		HOOK_ESSENTIAL, FUNCTION("task_fork"),
	},
	[HOOK_RENAME] = {
		"task", "task_rename", "a changed name, for filters by name",
		0, {{RUNG_TRACEPOINT, "task_rename"}},
	},
	[HOOK_SNAPSHOT] = {
		"task", "task", "the counts of all live tasks",
		HOOK_ESSENTIAL, {{RUNG_ITERATOR, "snapshot_tasks"}},
	},
	[HOOK_FOLLOW] = {
		"task", "task", "the threads of a process to follow",
		HOOK_ESSENTIAL, {{RUNG_ITERATOR, "follow_tasks"}},
	},
	[HOOK_TEE_OPEN_BEGIN] = {
		"tee", "tee_open", "a client or a supplicant opens a TEE device",
		HOOK_ESSENTIAL | HOOK_PAIRED, FUNCTION("tee_open_begin"), .module = "tee",
	},
	[HOOK_TEE_OPEN] = {
		"tee", "tee_open", "a client or a supplicant opens a TEE device",
		HOOK_ESSENTIAL | HOOK_AT_RETURN, FUNCTION("tee_open_end"), .module = "tee",
	},
	[HOOK_TEE_CLOSE] = {
		"tee", "tee_release", "it closes it",
		HOOK_ESSENTIAL, FUNCTION("tee_close_begin"), .module = "tee",
	},
	[HOOK_TEE_KOPEN] = {
		"tee", "tee_client_open_context", "a client in the kernel opens one",
		HOOK_AT_RETURN, FUNCTION("tee_kopen_end"), .module = "tee",
	},
	[HOOK_TEE_KCLOSE] = {
		"tee", "tee_client_close_context", "and closes it",
		0, FUNCTION("tee_kclose_begin"), .module = "tee",
	},
	[HOOK_TEE_IOCTL_BEGIN] = {
		"tee", "tee_ioctl", "sessions and commands, the supplicant's requests",
		HOOK_ESSENTIAL | HOOK_PAIRED, FUNCTION("tee_ioctl_begin"), .module = "tee",
	},
	[HOOK_TEE_IOCTL] = {
		"tee", "tee_ioctl", "sessions and commands, the supplicant's requests",
		HOOK_ESSENTIAL | HOOK_AT_RETURN, FUNCTION("tee_ioctl_end"), .module = "tee",
	},
	[HOOK_TEE_KSESSION_BEGIN] = {
		"tee", "tee_client_open_session", "sessions of clients in the kernel",
		HOOK_PAIRED, FUNCTION("tee_kopens_begin"), .module = "tee",
	},
	[HOOK_TEE_KSESSION] = {
		"tee", "tee_client_open_session", "sessions of clients in the kernel",
		HOOK_AT_RETURN, FUNCTION("tee_kopens_end"), .module = "tee",
	},
	[HOOK_TEE_KINVOKE_BEGIN] = {
		"tee", "tee_client_invoke_func", "their commands",
		HOOK_PAIRED, FUNCTION("tee_kinvoke_begin"), .module = "tee",
	},
	[HOOK_TEE_KINVOKE] = {
		"tee", "tee_client_invoke_func", "their commands",
		HOOK_AT_RETURN, FUNCTION("tee_kinvoke_end"), .module = "tee",
	},
	[HOOK_TEE_KEND] = {
		"tee", "tee_client_close_session", "the end of their sessions",
		0, FUNCTION("tee_kcloses_begin"), .module = "tee",
	},
	[HOOK_TEE_USER_BEGIN] = {
		"tee", "tee_shm_alloc_user_buf", "shared memory allocated for a client",
		HOOK_ESSENTIAL | HOOK_PAIRED, FUNCTION("tee_user_begin"), .module = "tee",
	},
	[HOOK_TEE_USER] = {
		"tee", "tee_shm_alloc_user_buf", "shared memory allocated for a client",
		HOOK_ESSENTIAL | HOOK_AT_RETURN, FUNCTION("tee_user_end"), .module = "tee",
	},
	[HOOK_TEE_KERNEL_BEGIN] = {
		"tee", "tee_shm_alloc_kernel_buf", "shared memory allocated for the kernel",
		HOOK_PAIRED, FUNCTION("tee_kernel_begin"), .module = "tee",
	},
	[HOOK_TEE_KERNEL] = {
		"tee", "tee_shm_alloc_kernel_buf", "shared memory allocated for the kernel",
		HOOK_AT_RETURN, FUNCTION("tee_kernel_end"), .module = "tee",
	},
	[HOOK_TEE_PRIVATE_BEGIN] = {
		"tee", "tee_shm_alloc_priv_buf", "the driver's own message buffers",
		HOOK_PAIRED, FUNCTION("tee_priv_begin"), .module = "tee",
	},
	[HOOK_TEE_PRIVATE] = {
		"tee", "tee_shm_alloc_priv_buf", "the driver's own message buffers",
		HOOK_AT_RETURN, FUNCTION("tee_priv_end"), .module = "tee",
	},
	[HOOK_TEE_REGISTER_BEGIN] = {
		"tee", "tee_shm_register_user_buf", "a client's own memory registered as shared",
		HOOK_ESSENTIAL | HOOK_PAIRED, FUNCTION("tee_reg_begin"), .module = "tee",
	},
	[HOOK_TEE_REGISTER] = {
		"tee", "tee_shm_register_user_buf", "a client's own memory registered as shared",
		HOOK_ESSENTIAL | HOOK_AT_RETURN, FUNCTION("tee_reg_end"), .module = "tee",
	},
	[HOOK_TEE_REGISTER_KERNEL_BEGIN] = {
		"tee", "tee_shm_register_kernel_buf", "kernel memory registered as shared",
		HOOK_PAIRED, FUNCTION("tee_regk_begin"), .module = "tee",
	},
	[HOOK_TEE_REGISTER_KERNEL] = {
		"tee", "tee_shm_register_kernel_buf", "kernel memory registered as shared",
		HOOK_AT_RETURN, FUNCTION("tee_regk_end"), .module = "tee",
	},
	[HOOK_TEE_REGISTER_FD_BEGIN] = {
		"tee", "tee_shm_register_fd", "a dma-buf registered as shared (newer kernels)",
		HOOK_PAIRED, FUNCTION("tee_regfd_begin"), .module = "tee",
	},
	[HOOK_TEE_REGISTER_FD] = {
		"tee", "tee_shm_register_fd", "a dma-buf registered as shared (newer kernels)",
		HOOK_AT_RETURN, FUNCTION("tee_regfd_end"), .module = "tee",
	},
	[HOOK_TEE_DMA_BEGIN] = {
		"tee", "tee_shm_alloc_dma_mem", "protected memory (newer kernels)",
		HOOK_PAIRED, FUNCTION("tee_dma_begin"), .module = "tee",
	},
	[HOOK_TEE_DMA] = {
		"tee", "tee_shm_alloc_dma_mem", "protected memory (newer kernels)",
		HOOK_AT_RETURN, FUNCTION("tee_dma_end"), .module = "tee",
	},
	[HOOK_TEE_FD_BEGIN] = {
		"tee", "tee_shm_get_fd", "an object handed out as a descriptor",
		HOOK_PAIRED, FUNCTION("tee_fd_begin"), .module = "tee",
	},
	[HOOK_TEE_FD] = {
		"tee", "tee_shm_get_fd", "an object handed out as a descriptor",
		HOOK_AT_RETURN, FUNCTION("tee_fd_end"), .module = "tee",
	},
	[HOOK_TEE_GET_BEGIN] = {
		"tee", "tee_shm_get_from_id", "an object looked up by its id",
		HOOK_PAIRED, FUNCTION("tee_get_begin"), .module = "tee",
	},
	[HOOK_TEE_GET] = {
		"tee", "tee_shm_get_from_id", "an object looked up by its id",
		HOOK_AT_RETURN, FUNCTION("tee_get_end"), .module = "tee",
	},
	[HOOK_TEE_MMAP_BEGIN] = {
		"tee", "tee_shm_fop_mmap", "an object mapped",
		HOOK_PAIRED, FUNCTION("tee_mmap_begin"), .module = "tee",
	},
	[HOOK_TEE_MMAP] = {
		"tee", "tee_shm_fop_mmap", "an object mapped",
		HOOK_AT_RETURN, FUNCTION("tee_mmap_end"), .module = "tee",
	},
	[HOOK_TEE_FDCLOSE] = {
		"tee", "tee_shm_fop_release", "the last descriptor or mapping gone",
		0, FUNCTION("tee_fdclose_begin"), .module = "tee",
	},
	[HOOK_TEE_FREE_BEGIN] = {
		"tee", "tee_shm_free", "the kernel's way to free an object",
		HOOK_PAIRED, FUNCTION("tee_free_begin"), .module = "tee",
	},
	[HOOK_TEE_FREE] = {
		"tee", "tee_shm_free", "the kernel's way to free an object",
		HOOK_AT_RETURN, FUNCTION("tee_free_end"), .module = "tee",
	},
	[HOOK_TEE_PUT_BEGIN] = {
		"tee", "tee_shm_put", "references dropped",
		HOOK_ESSENTIAL | HOOK_PAIRED, FUNCTION("tee_put_begin"), .module = "tee",
	},
	[HOOK_TEE_PUT] = {
		"tee", "tee_shm_put", "references dropped",
		HOOK_ESSENTIAL | HOOK_AT_RETURN, FUNCTION("tee_put_end"), .module = "tee",
	},
	[HOOK_TEE_CTXPUT] = {
		"tee", "teedev_ctx_put", "from within tee_shm_put: the object's end",
		HOOK_ESSENTIAL, FUNCTION("tee_ctxput_begin"), .module = "tee",
	},
	[HOOK_TEE_UNLOAD] = {
		"tee", SYS_DELETE_MODULE, "a module is asked to go: limen lets go of it",
		0, FUNCTION("tee_unload_begin"),
	},
	[HOOK_OPTEE_SECURE_BEGIN] = {
		"tee", "optee_shm_register", "pages made known to OP-TEE",
		HOOK_PAIRED, FUNCTION("optee_reg_begin"), .module = "optee",
	},
	[HOOK_OPTEE_SECURE] = {
		"tee", "optee_shm_register", "pages made known to OP-TEE",
		HOOK_AT_RETURN, FUNCTION("optee_reg_end"), .module = "optee",
	},
	[HOOK_OPTEE_UNSECURE_BEGIN] = {
		"tee", "optee_shm_unregister", "pages taken back from OP-TEE",
		HOOK_PAIRED, FUNCTION("optee_unreg_begin"), .module = "optee",
	},
	[HOOK_OPTEE_UNSECURE] = {
		"tee", "optee_shm_unregister", "pages taken back from OP-TEE",
		HOOK_AT_RETURN, FUNCTION("optee_unreg_end"), .module = "optee",
	},
	[HOOK_OPTEE_RPC_BEGIN] = {
		"tee", "optee_rpc_cmd_alloc_suppl", "memory that OP-TEE asks the supplicant for",
		HOOK_PAIRED, FUNCTION("optee_rpc_begin"), .module = "optee",
	},
	[HOOK_OPTEE_RPC] = {
		"tee", "optee_rpc_cmd_alloc_suppl", "memory that OP-TEE asks the supplicant for",
		HOOK_AT_RETURN, FUNCTION("optee_rpc_end"), .module = "optee",
	},
	[HOOK_OPTEE_RPCFREE] = {
		"tee", "optee_rpc_cmd_free_suppl", "and gives back",
		0, FUNCTION("optee_rpcfree_begin"), .module = "optee",
	},
	[HOOK_OPTEE_CACHE_BEGIN] = {
		"tee", "optee_get_msg_arg", "buffers that the driver keeps for messages",
		HOOK_PAIRED, FUNCTION("optee_msg_begin"), .module = "optee",
	},
	[HOOK_OPTEE_CACHE] = {
		"tee", "optee_get_msg_arg", "buffers that the driver keeps for messages",
		HOOK_AT_RETURN, FUNCTION("optee_msg_end"), .module = "optee",
	},
	[HOOK_S2_FAULT_BEGIN] = {
		"stage2", FAULT_HANDLER, "every second-stage fault, its outcome and how long it took",
		HOOK_ESSENTIAL | HOOK_PAIRED, FUNCTION("s2_fault_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_FAULT] = {
		"stage2", FAULT_HANDLER, "every second-stage fault, its outcome and how long it took",
		HOOK_ESSENTIAL | HOOK_AT_RETURN, FUNCTION("s2_fault_end"), .module = KVM_MODULE,
	},
#if defined(__x86_64__)
	[HOOK_S2_MAP] = {
		"stage2", "kvm_mmu_set_spte", "the size of each page that is mapped (--pages)",
		0, {{RUNG_TRACEPOINT, "s2_map_tracepoint"}}, .module = KVM_MODULE,
	},
#else
	[HOOK_S2_MAP] = {
		"stage2", "kvm_pgtable_stage2_map", "the size of each page that is mapped (--pages)",
		0, FUNCTION("s2_map_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_PMAP] = {
		"stage2", "pkvm_pgtable_stage2_map", "the same in protected mode",
		0, FUNCTION("s2_pmap_begin"), .module = KVM_MODULE,
	},
#endif
	[HOOK_S2_CREATE_BEGIN] = {
		"stage2", "kvm_dev_ioctl", "virtual machines that are made",
		HOOK_PAIRED, FUNCTION("s2_create_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_CREATE] = {
		"stage2", "kvm_dev_ioctl", "virtual machines that are made",
		HOOK_AT_RETURN, FUNCTION("s2_create_end"), .module = KVM_MODULE,
	},
	[HOOK_S2_DESTROY] = {
		"stage2", "kvm_destroy_vm", "the end of a virtual machine",
		HOOK_ESSENTIAL, FUNCTION("s2_destroy_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_MEMSLOT_BEGIN] = {
		"stage2", "kvm_set_memslot", "memory slots that are made, changed and deleted",
		HOOK_ESSENTIAL | HOOK_PAIRED, FUNCTION("s2_memslot_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_MEMSLOT] = {
		"stage2", "kvm_set_memslot", "memory slots that are made, changed and deleted",
		HOOK_ESSENTIAL | HOOK_AT_RETURN, FUNCTION("s2_memslot_end"), .module = KVM_MODULE,
	},
	[HOOK_S2_REQUEST_BEGIN] = {
		"stage2", "kvm_vm_ioctl", "private and shared memory; flags of a slot in use",
		HOOK_PAIRED, FUNCTION("s2_request_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_REQUEST] = {
		"stage2", "kvm_vm_ioctl", "private and shared memory; flags of a slot in use",
		HOOK_AT_RETURN, FUNCTION("s2_request_end"), .module = KVM_MODULE,
	},
	[HOOK_S2_UNMAP] = {
		"stage2", "kvm_unmap_gfn_range", "guest memory that the host takes back or replaces",
		0, FUNCTION("s2_unmap_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_AGE] = {
		"stage2", "kvm_age_gfn", "guest memory whose use the host looks at",
		0, FUNCTION("s2_age_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_POISON] = {
		"stage2", "send_sig_mceerr", "faults that meet memory with a hardware error",
		0, FUNCTION("s2_poison_begin"),
	},
	[HOOK_S2_GMEM] = {
		"stage2", "kvm_gmem_get_pfn", "pages taken from a guest_memfd",
		0, FUNCTION("s2_gmem_begin"), .module = KVM_MODULE,
	},
	[HOOK_S2_REALM_MAP_BEGIN] = {
		"stage2", "realm_map_ipa", "a realm's pages mapped (Arm CCA)",
		HOOK_PAIRED, FUNCTION("s2_rmap_begin"),
	},
	[HOOK_S2_REALM_MAP] = {
		"stage2", "realm_map_ipa", "a realm's pages mapped (Arm CCA)",
		HOOK_AT_RETURN, FUNCTION("s2_rmap_end"),
	},
	[HOOK_S2_REALM_SHARED] = {
		"stage2", "realm_map_non_secure", "which of them are shared with the VMM",
		0, FUNCTION("s2_rshared_begin"),
	},
	[HOOK_S2_REALM_UNMAP] = {
		"stage2", "kvm_realm_unmap_range", "shared pages taken away",
		0, FUNCTION("s2_runmap_begin"),
	},
	[HOOK_S2_REALM_UNMAP_FILTER] = {
		"stage2", "kvm_realm_unmap_range_filter", "the same, of one half of the address space",
		0, FUNCTION("s2_rfilter_begin"),
	},
	[HOOK_S2_REALM_UNMAP_SHARED] = {
		"stage2", "realm_unmap_shared_range", "the same, from within a map",
		0, FUNCTION("s2_rrange_begin"),
	},
	[HOOK_S2_REALM_CONVERT] = {
		"stage2", "realm_set_ipa_state", "a realm makes pages private or shared",
		0, FUNCTION("s2_ripas_begin"),
	},
	[HOOK_S2_REALM_MADE] = {
		"stage2", "kvm_init_realm", "a realm that is made",
		0, FUNCTION("s2_rmade_begin"),
	},
	[HOOK_S2_REALM_DESTROY] = {
		"stage2", "kvm_destroy_realm", "the end of a realm",
		0, FUNCTION("s2_rdestroy_begin"),
	},
};

static const char *const names[RUNGS] = {
	[RUNG_ABSENT]		= "absent",
	[RUNG_FENTRY]		= "fentry",
	[RUNG_KPROBE]		= "kprobe",
	[RUNG_KPROBE_MULTI]	= "kprobe.multi",
	[RUNG_TRACEPOINT]	= "tracepoint",
	[RUNG_BREAKPOINT]	= "breakpoint",
	[RUNG_ITERATOR]		= "iterator",
	[RUNG_LSM]		= "lsm",
};

bool hook_follows_return(enum hook_id hook)
{
	return hooks[hook].flags & (HOOK_AT_RETURN | HOOK_PAIRED);
}

int hook_step(enum hook_id hook, bool kernel_preempts, unsigned int step)
{
	unsigned int nr = 0, first, i, at;

	while (nr < HOOK_MAX_RUNGS && hooks[hook].ladder[nr].program)
		nr++;
	first = kernel_preempts && hooks[hook].ladder[0].rung == RUNG_FENTRY;
	for (i = 0; i < nr; i++) {
		at = (first + i) % nr;
		if (hooks[hook].ladder[at].rung == RUNG_KPROBE_MULTI &&
		    hook_follows_return(hook) && host_multi_returns_crash())
			continue;
		if (!step--)
			return at;
	}
	return -1;
}

const char *rung_name(enum rung rung)
{
	return rung < RUNGS ? names[rung] : names[RUNG_ABSENT];
}

enum rung rung_by_name(const char *name)
{
	int i;

	for (i = RUNG_FENTRY; i < RUNGS; i++)
		if (!strcmp(names[i], name))
			return i;
	return RUNG_ABSENT;
}
