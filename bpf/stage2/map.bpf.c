// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mappings that a fault makes, for their sizes: kvm_pgtable_stage2_map() on
 * arm64, in protected mode pkvm_pgtable_stage2_map() of later kernels; the
 * tracepoint kvm_mmu_set_spte on x86.
 */
#include "vms.bpf.h"

static __always_inline void mapped(__u64 bytes)
{
	struct limen_s2_vcpu *v = last_vcpu();

	if (!v)
		return;
	if (!v->start_ns || v->tid != (__u32)bpf_get_current_pid_tgid()) {
		S2_COUNT(unplaced);
		return;
	}
	v->size_bytes = bytes;
	v->size = bytes == 1UL << limen_page_shift ? LIMEN_S2_BASE :
		  bytes == 1UL << 21 ? LIMEN_S2_2M :
		  bytes == 1UL << 30 ? LIMEN_S2_1G : LIMEN_S2_SIZE_OTHER;
}

#if defined(__TARGET_ARCH_x86)

/* level, frame, entry: three levels of pages, each 512 times the one below */
SEC("tp_btf/kvm_mmu_set_spte")
int s2_map_tracepoint(unsigned long long *ctx)
{
	__u32 level = ctx[0];

	if (limen_s2_on && level >= 1 && level <= 3)
		mapped(1ULL << (12 + (level - 1) * 9));
	return 0;
}

#else

/* pgt, address, size, ... */
static __always_inline int s2_map_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	mapped(args->c);
	return 0;
}

FUNC_BEGIN(s2_map, "kvm_pgtable_stage2_map", 3, limen_s2_on)

static __always_inline int s2_pmap_begin(void *ctx, const struct func_args *args, bool kprobe)
{
	mapped(args->c);
	return 0;
}

FUNC_BEGIN(s2_pmap, "pkvm_pgtable_stage2_map", 3, limen_s2_on)

#endif

char LICENSE[] SEC("license") = "GPL";
