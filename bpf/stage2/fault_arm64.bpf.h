/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What arm64's hardware says of a fault: ESR_EL2, FAR_EL2, HPFAR_EL2. */

#define ESR_CLASS_SHIFT		26
#define ESR_CLASS_MASK		0x3f
#define ESR_CLASS_IABT_LOW	0x20	/* instruction abort from a lower level */
#define ESR_WRITE		(1 << 6)
#define ESR_STATUS_MASK		0x3c	/* of the fault's status, without the level */
#define ESR_LEVEL_MASK		0x3
#define STATUS_TRANSLATION	0x04
#define STATUS_ACCESS_FLAG	0x08
#define STATUS_PERMISSION	0x0c
#define HPFAR_FRAME		0x00000ffffffffff0ULL	/* the address's frame, by 4 KiB, from bit 4 */

static __always_inline void read_fault(struct fault *f, __u64 vcpu, const struct func_args *args,
				       const bool plain)
{
	struct kvm_vcpu *k = (struct kvm_vcpu *)vcpu;
	__u64 esr = plain ? k->arch.fault.esr_el2 : BPF_CORE_READ(k, arch.fault.esr_el2);
	__u64 far = plain ? k->arch.fault.far_el2 : BPF_CORE_READ(k, arch.fault.far_el2);
	__u64 hpfar = plain ? k->arch.fault.hpfar_el2 : BPF_CORE_READ(k, arch.fault.hpfar_el2);
	__u32 status = esr & ESR_STATUS_MASK;

	f->address = (hpfar & HPFAR_FRAME) << 8 | (far & 0xfff);
	if ((esr >> ESR_CLASS_SHIFT & ESR_CLASS_MASK) == ESR_CLASS_IABT_LOW)
		f->access = LIMEN_S2_EXEC;
	else
		f->access = esr & ESR_WRITE ? LIMEN_S2_WRITE : LIMEN_S2_READ;
	f->class = status == STATUS_TRANSLATION ? LIMEN_S2_TRANSLATION :
		   status == STATUS_PERMISSION ? LIMEN_S2_PERMISSION :
		   status == STATUS_ACCESS_FLAG ? LIMEN_S2_ACCESS_FLAG : LIMEN_S2_OTHER;
	f->level = esr & ESR_LEVEL_MASK;
	f->foreign = false;
}

#define HAS_LEVEL	LIMEN_S2_HAS_LEVEL

static __always_inline __u64 guest_pc(__u64 vcpu)
{
	return BPF_CORE_READ((struct kvm_vcpu *)vcpu, arch.ctxt.regs.pc);
}
