/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What x86's hardware says of a fault: an address and an error code, by argument. */

#define ERROR_PRESENT	(1 << 0)	/* PFERR_*, arch/x86/include/asm/kvm_host.h */
#define ERROR_WRITE	(1 << 1)
#define ERROR_FETCH	(1 << 4)
#define REGISTER_RIP	16		/* VCPU_REGS_RIP; AMD: read after each exit */

/*
 * The tables translate guest physical addresses. They do not for a nested
 * guest, or without nested paging while the guest uses its own: what faulted
 * is then an address of those, which no memory slot has.
 */
static __always_inline bool is_direct(struct kvm_vcpu *k, const bool plain)
{
	struct kvm_mmu *mmu = plain ? k->arch.mmu : BPF_CORE_READ(k, arch.mmu);

	if (!limen_s2_shadow)
		return (__u64)mmu == (__u64)k + bpf_core_field_offset(k->arch.root_mmu);
	return BPF_CORE_READ_BITFIELD_PROBED(mmu, root_role.direct);
}

static __always_inline void read_fault(struct fault *f, __u64 vcpu, const struct func_args *args,
				       const bool plain)
{
	f->address = args->b;
	f->access = args->c & ERROR_FETCH ? LIMEN_S2_EXEC :
		    args->c & ERROR_WRITE ? LIMEN_S2_WRITE : LIMEN_S2_READ;
	f->class = args->c & ERROR_PRESENT ? LIMEN_S2_PERMISSION : LIMEN_S2_TRANSLATION;
	f->level = 0;
	f->foreign = !is_direct((struct kvm_vcpu *)vcpu, plain);
}

#define HAS_LEVEL	0

static __always_inline __u64 guest_pc(__u64 vcpu)
{
	struct kvm_vcpu *k = (struct kvm_vcpu *)vcpu;

	return bpf_core_field_exists(k->arch.rip) ? BPF_CORE_READ(k, arch.rip) :
						    BPF_CORE_READ(k, arch.regs[REGISTER_RIP]);
}
