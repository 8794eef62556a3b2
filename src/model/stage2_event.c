// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/stage2_event.h"

#include <string.h>

#define LOG_DIRTY	1	/* KVM_MEM_*, include/uapi/linux/kvm.h */
#define READONLY	2
#define GUEST_MEMFD	4
#define INT_SIGN	(1ULL << 31)

const char *const stage2_step_names[] = {
	[LIMEN_S2_STEP_NONE] = "none",
	[LIMEN_S2_STEP_FAULT] = "fault",
	[LIMEN_S2_STEP_FINDING] = "violation",
	[LIMEN_S2_STEP_CREATE] = "vm-create",
	[LIMEN_S2_STEP_END] = "vm-end",
	[LIMEN_S2_STEP_SLOT_CREATE] = "slot-create",
	[LIMEN_S2_STEP_SLOT_DELETE] = "slot-delete",
	[LIMEN_S2_STEP_SLOT_MOVE] = "slot-move",
	[LIMEN_S2_STEP_SLOT_FLAGS] = "slot-flags",
	[LIMEN_S2_STEP_UNMAP] = "unmap",
	[LIMEN_S2_STEP_AGE] = "age",
	[LIMEN_S2_STEP_ATTRIBUTES] = "attributes",
	[LIMEN_S2_STEP_MEMORY_FAULT] = "memory-fault",
	[LIMEN_S2_STEP_GMEM] = "guest-memfd",
	[LIMEN_S2_STEP_REALM] = "realm",
	[LIMEN_S2_STEP_REALM_MAP] = "realm-map",
	[LIMEN_S2_STEP_REALM_UNMAP] = "realm-unmap",
	[LIMEN_S2_STEP_REALM_REMAP] = "realm-remap",
	NULL
};

const char *const stage2_finding_names[] = {
	[LIMEN_S2_FOUND_NOTHING] = "none",
	[LIMEN_S2_LOOP] = "loop",
	[LIMEN_S2_SLOW] = "slow",
	[LIMEN_S2_FAILED] = "error",
	[LIMEN_S2_MISALIGNED] = "misaligned",
	[LIMEN_S2_TOGGLED] = "toggled",
	[LIMEN_S2_STORM] = "storm",
	[LIMEN_S2_SEQUENCE] = "sequence",
	[LIMEN_S2_SPLIT] = "split-view",
	[LIMEN_S2_CHURN] = "churn",
	[LIMEN_S2_FORCED] = "forced-write",
	[LIMEN_S2_NEIGHBOURS] = "lost-neighbours",
	NULL
};

_Static_assert(sizeof(stage2_step_names) / sizeof(stage2_step_names[0]) == LIMEN_S2_STEPS + 1,
	       "a name for each step");
_Static_assert(sizeof(stage2_finding_names) / sizeof(stage2_finding_names[0]) ==
	       LIMEN_S2_FINDINGS + 1, "a name for each finding");

const char *stage2_finding_words(enum limen_s2_finding finding)
{
	static const char *const words[LIMEN_S2_FINDINGS] = {
		[LIMEN_S2_LOOP] = "a guest faults at the same place again and again",
		[LIMEN_S2_SLOW] = "a second-stage fault took longer than it may (--slow)",
		[LIMEN_S2_FAILED] = "a second-stage fault made KVM_RUN fail, or met broken memory",
		[LIMEN_S2_MISALIGNED] = "a mapping larger than what guest and host address have in common",
		[LIMEN_S2_TOGGLED] = "the guest_memfd flag of a memory slot in use was to change",
		[LIMEN_S2_STORM] = "a VM's faults are many and gain nothing",
		[LIMEN_S2_SEQUENCE] = "a VM's count of invalidations nears what this kernel can bear",
		[LIMEN_S2_SPLIT] = "guest and others see different pages of a MAP_PRIVATE mapping",
		[LIMEN_S2_CHURN] = "memory turns private and shared again and again",
		[LIMEN_S2_FORCED] = "a realm's shared page was made writable without the VMM's copy",
		[LIMEN_S2_NEIGHBOURS] = "shared pages of a realm in use were unmapped with the one that faulted",
	};

	return finding < LIMEN_S2_FINDINGS ? words[finding] : NULL;
}

static int by_name(const char *const *names, const char *name)
{
	int i;

	for (i = 1; names[i]; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

int stage2_step_by_name(const char *name)
{
	return by_name(stage2_step_names, name);
}

int stage2_finding_by_name(const char *name)
{
	return by_name(stage2_finding_names, name);
}

/* --- loops --- */

const char *const stage2_cause_names[STAGE2_CAUSES] = {
	[STAGE2_UNKNOWN] = "unknown",
	[STAGE2_UNMAPPED] = "unmapped",
	[STAGE2_SEQUENCE] = "stale-sequence",
	[STAGE2_PERMISSION] = "permission",
	[STAGE2_ALIGNMENT] = "alignment",
	[STAGE2_GUEST_MEMFD] = "guest-memfd",
	[STAGE2_NO_SLOT] = "no-slot",
	[STAGE2_CONVERSION] = "conversion",
	[STAGE2_FAILING] = "failing",
};

/*
 * The counter that an old x86 kernel keeps as an int is looked at only when
 * nothing was invalidated meanwhile: then no fault can be stale by itself.
 */
enum stage2_cause stage2_loop_cause(const struct limen_s2_event *e, unsigned int page_size)
{
	if (e->class == LIMEN_S2_MEMORY_FAULT)
		return STAGE2_CONVERSION;
	if (e->class == LIMEN_S2_ERROR || e->class == LIMEN_S2_POISON)
		return STAGE2_FAILING;
	if (!(e->flags & (LIMEN_S2_HAS_SLOT | LIMEN_S2_FOREIGN)))
		return STAGE2_NO_SLOT;
	if (e->invalidations >= e->times / 2)
		return STAGE2_UNMAPPED;
	if (e->slot_flags & GUEST_MEMFD)
		return STAGE2_GUEST_MEMFD;
	if (e->class == LIMEN_S2_PERMISSION)
		return STAGE2_PERMISSION;
	if (e->sequence & INT_SIGN)
		return STAGE2_SEQUENCE;
	if (page_size > 4096 && e->address & (page_size - 1) & ~4095ULL)
		return STAGE2_ALIGNMENT;
	return STAGE2_UNKNOWN;
}

const char *stage2_cause_words(enum stage2_cause cause, const struct vm_slot *slot)
{
	static const char *const words[STAGE2_CAUSES] = {
		[STAGE2_UNKNOWN] = "nothing that limen sees explains it: no invalidation came "
			"meanwhile, and the access is allowed",
		[STAGE2_UNMAPPED] = "the page is taken away each time: the VMM or the host unmaps it "
			"(madvise, munmap, page migration, KSM), or does so while it is mapped; "
			"'limen watch stage2 --only unmap' shows what",
		[STAGE2_SEQUENCE] = "the VM's count of invalidations has passed 2^31 and this kernel "
			"compares it as an int: every fault looks stale and none is served; only a "
			"new VM (or its migration) helps, and a newer kernel",
		[STAGE2_PERMISSION] = "the page is mapped, but the access stays forbidden: the VMM's "
			"mapping does not allow it, or the host does not make its copy",
		[STAGE2_ALIGNMENT] = "the address is not aligned to the host's page size: what is "
			"mapped is another part of the page",
		[STAGE2_GUEST_MEMFD] = "the slot's memory comes from a guest_memfd, whose faults this "
			"kernel does not resolve for this access",
		[STAGE2_NO_SLOT] = "no memory slot is there, and the access cannot be emulated: the "
			"guest has gone astray, or the VMM took the slot away",
		[STAGE2_CONVERSION] = "the guest wants the page private, or shared, and the VMM runs the "
			"vCPU again without making it so (KVM_SET_MEMORY_ATTRIBUTES)",
		[STAGE2_FAILING] = "KVM_RUN fails for it each time, and the VMM runs the vCPU again",
	};

	if (cause == STAGE2_PERMISSION && slot && slot->backing.areas && !slot->backing.writable)
		return "the VMM's mapping is not writable, and the slot is not read-only: map it "
		       "writable, or set KVM_MEM_READONLY";
	if (cause == STAGE2_PERMISSION && slot && slot->backing.areas && !slot->backing.shared)
		return "the memory is MAP_PRIVATE: the write wants a copy of the page, and the guest "
		       "is not given it; guest and VMM may see different pages";
	return words[cause];
}

/* --- slow faults --- */

static const struct stage2_wait waits[] = {
	{"poison", "the memory is broken"},
	{"read-in", "a page was read in: from swap"},
	{"read-in", "a page was read in: from the file that is mapped"},
	{"read-in", "a page was read in, from swap or from a file that is mapped"},
	{"dirty-log", "dirty pages are logged: each page is write-protected, and huge ones are split"},
	{"preempted", "the vCPU's thread was preempted meanwhile: the host's CPUs are busy"},
	{"slept", "the vCPU's thread slept: for a lock, for memory that had to be reclaimed, for I/O"},
	{"allocation", "it ran all the time: memory was allocated and cleared, "
	 "or compacted for a huge page"},
	{"unknown", "what for is not known"},
};

enum { POISON, SWAP, READ, SOMEWHERE, DIRTY, PREEMPTED, SLEPT, ALLOCATION, UNKNOWN };

/* From where, as far as it is known what is behind the slot. */
static const struct stage2_wait *read_in(const struct vm_slot *slot)
{
	switch (slot ? slot->backing.kind : BACKING_NONE) {
	case BACKING_ANONYMOUS:
	case BACKING_SHMEM:
		return &waits[SWAP];
	case BACKING_FILE:
		return &waits[READ];
	default:
		return &waits[SOMEWHERE];
	}
}

/* What takes longest first. */
const struct stage2_wait *stage2_waited(const struct limen_s2_event *e, const struct vm_slot *slot)
{
	if (e->class == LIMEN_S2_POISON)
		return &waits[POISON];
	if (e->waited & LIMEN_S2_READ_IN)
		return read_in(slot);
	if (e->flags & LIMEN_S2_HAS_SLOT && e->slot_flags & LOG_DIRTY &&
	    e->access == LIMEN_S2_WRITE)
		return &waits[DIRTY];
	if (e->waited & LIMEN_S2_SLEPT)
		return &waits[SLEPT];
	if (e->waited & LIMEN_S2_PREEMPTED)
		return &waits[PREEMPTED];
	return &waits[e->class == LIMEN_S2_TRANSLATION ? ALLOCATION : UNKNOWN];
}

/* --- errors --- */

const char *stage2_error_words(const struct limen_s2_event *e, const struct vm_slot *slot)
{
	if (e->class == LIMEN_S2_POISON)
		return "the host's memory there is broken (hardware poison): the VMM should pass the "
		       "error on to the guest";
	if (!slot)
		return NULL;
	if (!slot->backing.areas || slot->backing.hole)
		return "nothing is mapped behind the slot, or behind a part of it: see 'limen vm ls'";
	if (e->access == LIMEN_S2_WRITE && !slot->backing.writable &&
	    !(slot->raw.flags & READONLY))
		return "the VMM may not write this memory, and the slot is not read-only";
	return NULL;
}
