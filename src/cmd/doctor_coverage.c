// SPDX-License-Identifier: GPL-2.0-or-later
/* limen doctor: what is seen on this kernel and what is not, in plain words. */
#include <stdio.h>
#include <string.h>

#include "cmd/doctor.h"

static struct coverage *cover(struct doctor *d, const char *what, const char *seen)
{
	struct coverage *c = &d->coverage[d->nr_coverage++];

	c->boundary = d->covering;
	c->what = what;
	c->seen = seen;
	return c;
}

#define SAY(c, ...) snprintf((c)->how, sizeof((c)->how), __VA_ARGS__)

static bool works(const struct doctor *d, enum hook_id hook)
{
	return d->by_hook[hook] && d->by_hook[hook]->how != RUNG_ABSENT;
}

/* "yes" or what else it is without that hook; how is filled then. */
static struct coverage *cover_hook(struct doctor *d, const char *what, enum hook_id hook)
{
	const struct row *row = d->by_hook[hook];
	struct coverage *c;

	if (works(d, hook))
		return cover(d, what, "yes");
	c = cover(d, what, row->unknown ? "unknown" : "no");
	SAY(c, "%s: %s", row->place.function, why(row)->reason);
	return c;
}

static bool is_seen(const struct coverage *c)
{
	return !strcmp(c->seen, "yes");
}

static void cover_checked(struct doctor *d)
{
	struct coverage *c;

	c = cover_hook(d, "copies whose size is known at run time only", HOOK_CHECK);
	if (is_seen(c))
		SAY(c, "each one counted, by %s on __check_object_size",
		    row_how(d->by_hook[HOOK_CHECK]));
	c = cover_hook(d, "path names", HOOK_CHECK);
	if (is_seen(c) && check_addresses(d->check)) {
		SAY(c, "counted apart, without a size: the kernel shows their buffer's room only");
	} else if (is_seen(c)) {
		c->seen = "partly";
		SAY(c, "counted as copies, of their buffer's size: /proc/kallsyms hides the "
		    "addresses that tell them apart (kernel.kptr_restrict, CAP_SYSLOG)");
	}
}

static void cover_exact(struct doctor *d)
{
	static const char *const what = "copies of a size fixed when the kernel was compiled";
	bool to = works(d, HOOK_EXACT_TO_USER), from = works(d, HOOK_EXACT_FROM_USER);
	struct coverage *c;

	if (to && from) {
		c = cover(d, what, "partly");
		SAY(c, "only with --exact, for -p or a command: hardware breakpoints, set per %s",
#if defined(__x86_64__)
		    "task");
#else
		    "CPU; other tasks are left out");
#endif
	} else {
		c = cover_hook(d, what, to ? HOOK_EXACT_FROM_USER : HOOK_EXACT_TO_USER);
	}
}

static void cover_io(struct doctor *d)
{
	static const char *const what = "page-wise copies of files, pipes and sockets";
	struct coverage *c;
	size_t used = 0;
	int i, there = 0, missing = 0;

	for (i = HOOK_IO_READ; i <= HOOK_IO_SENDMSG; i++)
		there += works(d, i);
	if (!there) {
		cover_hook(d, what, HOOK_IO_READ);
		return;
	}
	c = cover(d, what, "partly");
	used = SAY(c, "only with --io, and as results of read, write, send and receive calls: "
		   "kept apart, never added to the copies");
	for (i = HOOK_IO_READ; i <= HOOK_IO_SENDMSG && used < sizeof(c->how); i++)
		if (!works(d, i))
			used += snprintf(c->how + used, sizeof(c->how) - used, "%s %s",
					 missing++ ? "," : "; without", hooks[i].function);
}

static void cover_refused(struct doctor *d)
{
	struct coverage *c = cover_hook(d, "copies that the kernel refuses", HOOK_ABORT);

	if (!is_seen(c))
		return;
	if (d->host.hardened_usercopy == NO) {
		c->seen = "no";
		SAY(c, "this kernel refuses none: it was booted with hardened_usercopy=off");
	} else {
		SAY(c, "with the kernel's reason and a stack, by %s on usercopy_abort",
		    row_how(d->by_hook[HOOK_ABORT]));
	}
}

static void cover_short(struct doctor *d)
{
	struct coverage *c = cover_hook(d, "copies cut short by a bad user address", HOOK_FIXUP);

	if (!is_seen(c))
		return;
#if defined(__x86_64__)
	SAY(c, "and any other user access of the kernel that faults, with the exact address");
	if (!check_addresses(d->check)) {
		c->seen = "partly";
		SAY(c, "one may count twice: /proc/kallsyms hides the copy routines' addresses");
	}
#else
	c->seen = "partly";
	SAY(c, "in the copy routines only; the address is where the failing access began");
	if (!check_addresses(d->check)) {
		c->seen = "no";
		SAY(c, "/proc/kallsyms hides the copy routines' addresses");
	}
#endif
}

static void cover_object(struct doctor *d)
{
	static const char *const what = "the kernel object behind a copy";
	struct coverage *c;

	/* It is called from within the check. */
	c = cover_hook(d, what, works(d, HOOK_CHECK) ? HOOK_HEAP : HOOK_CHECK);
	if (!is_seen(c))
		return;
	SAY(c, "for violations, filtered copies and samples");
	if (!check_addresses(d->check) || !works(d, HOOK_CHECKED)) {
		c->seen = "partly";
		SAY(c, "slab objects only");
	}
}

void cover_usercopy(struct doctor *d)
{
	if (!d->by_hook[HOOK_CHECK])
		return;
	d->covering = USERCOPY;
	cover_checked(d);
	cover_exact(d);
	cover_io(d);
	cover_refused(d);
	cover_short(d);
	cover_object(d);
	SAY(cover(d, "single values (get_user, put_user, unsafe_put_user)", "no"),
	    "never counted: the compiler puts them into the calling function");
	SAY(cover(d, "memory shared instead of copied (mmap, ring buffers, DMA)", "no"),
	    "nothing is copied");
}

/* "yes" when the hook works, and then how is said; else why not. */
static void cover_if(struct doctor *d, const char *what, enum hook_id hook, const char *how)
{
	struct coverage *c = cover_hook(d, what, hook);

	if (is_seen(c))
		SAY(c, "%s", how);
}

void cover_tee(struct doctor *d)
{
	if (!d->by_hook[HOOK_TEE_OPEN])
		return;
	d->covering = TEE;
	cover_if(d, "contexts: who has a TEE device open", HOOK_TEE_OPEN,
		 "of processes and of the kernel; older ones by their files");
	cover_if(d, "sessions and commands", HOOK_TEE_IOCTL,
		 "with TA, result, time and size of memory references, of any TEE's driver");
	cover_if(d, "shared memory being made", HOOK_TEE_USER,
		 "each object, its kind, size, maker and stack; older ones by files and mappings");
	cover_if(d, "its end", HOOK_TEE_CTXPUT,
		 "exactly, also with several tasks dropping references at a time");
	cover_if(d, "what the secure world knows of it", HOOK_OPTEE_SECURE,
		 "OP-TEE: pages registered and taken back, memory for its requests");
	if (d->by_hook[HOOK_TEE_USER]->how != RUNG_ABSENT)
		SAY(cover(d, "buffers of the driver that are older than limen", "no"),
		    "no file leads to them: seen when they are used or freed");
	SAY(cover(d, "what is written into shared memory", "no"), "nothing is called for it");
}

void cover_stage2(struct doctor *d)
{
	struct coverage *c;

	if (!d->by_hook[HOOK_S2_FAULT])
		return;
	d->covering = STAGE2;
	cover_if(d, "second-stage faults", HOOK_S2_FAULT,
		 "each one: VM, vCPU, address, access, class, memory slot, outcome, time");
	cover_if(d, "virtual machines being made", HOOK_S2_CREATE,
		 "older ones by the VMM's open files, their slots from the kernel's structures");
	cover_if(d, "memory slots that change, dirty logging", HOOK_S2_MEMSLOT,
		 "with the VMM's mapping behind them, by /proc and the kernel's list of areas");
	c = cover_hook(d, "sizes of mapped pages", HOOK_S2_MAP);
	if (is_seen(c)) {
		c->seen = "partly";
		SAY(c, "only with --pages, or where a slot is misaligned: one more probe per page");
	}
	cover_if(d, "guest memory that the host takes back", HOOK_S2_UNMAP,
		 "each range that concerns a slot");
	cover_if(d, "private and shared memory", HOOK_S2_REQUEST,
		 "changes that the VMM makes by KVM_SET_MEMORY_ATTRIBUTES");
	cover_if(d, "pages of a guest_memfd", HOOK_S2_GMEM, "each one that a fault takes");
	if (d->by_hook[HOOK_S2_REALM_MAP])
		cover_if(d, "Arm CCA realms", HOOK_S2_REALM_MAP,
			 "shared pages mapped and unmapped, conversions by the guest");
	else
		SAY(cover(d, "Arm CCA realms", "no"), "this kernel's KVM has none");
#if defined(__x86_64__)
	SAY(cover(d, "shadow paging, nested guests", "partly"),
	    "as kvm_mmu_page_fault() sees them: by the address that faulted");
	SAY(cover(d, "EPT misconfigurations (Intel: MMIO)", "partly"),
	    "those that pass kvm_mmu_page_fault(), as reads; not what an ioeventfd takes at once");
#else
	SAY(cover(d, "faults that the hypervisor part resolves itself", "no"),
	    "protected mode (pKVM): the host sees those that reach it");
#endif
	SAY(cover(d, "guest memory accesses that do not fault", "no"),
	    "nothing is called for them");
}
