/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What x86's hardware says of a fault: an address and an error code, by argument. */

#define ERROR_PRESENT	(1 << 0)	/* PFERR_*, arch/x86/include/asm/kvm_host.h */
#define ERROR_WRITE	(1 << 1)
#define ERROR_FETCH	(1 << 4)

static __always_inline void note_arguments(struct limen_s2_vcpu *v, const struct func_args *args)
{
	v->address = args->b;
	v->error = args->c;
}

static __always_inline void read_fault(struct fault *f, const struct limen_s2_vcpu *v, __u64 vcpu,
				       const bool plain)
{
	f->address = v->address;
	f->access = v->error & ERROR_FETCH ? LIMEN_S2_EXEC :
		    v->error & ERROR_WRITE ? LIMEN_S2_WRITE : LIMEN_S2_READ;
	f->class = v->error & ERROR_PRESENT ? LIMEN_S2_PERMISSION : LIMEN_S2_TRANSLATION;
}
