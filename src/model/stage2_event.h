/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an event of the stage2 boundary is called, and what it means. */
#ifndef LIMEN_MODEL_STAGE2_EVENT_H
#define LIMEN_MODEL_STAGE2_EVENT_H

#include <stdbool.h>

#include "limen/stage2.h"
#include "model/vm.h"

/* Stable names, NULL at the end. Indexed by enum limen_s2_step, limen_s2_finding. */
extern const char *const stage2_step_names[];
extern const char *const stage2_finding_names[];

/* A finding in a few words: NULL for none. */
const char *stage2_finding_words(enum limen_s2_finding finding);

/* -1 when the name is none. */
int stage2_step_by_name(const char *name);
int stage2_finding_by_name(const char *name);

/* Steps that are shown when nothing is asked for; and without what costs an event per fault. */
#define STAGE2_STEPS_USUAL						\
	(1u << LIMEN_S2_STEP_FINDING | 1u << LIMEN_S2_STEP_CREATE |	\
	 1u << LIMEN_S2_STEP_END | 1u << LIMEN_S2_STEP_SLOT_CREATE |	\
	 1u << LIMEN_S2_STEP_SLOT_DELETE | 1u << LIMEN_S2_STEP_SLOT_MOVE | \
	 1u << LIMEN_S2_STEP_SLOT_FLAGS | 1u << LIMEN_S2_STEP_REALM)

/* Why the same fault comes again and again. Stable names. */
enum stage2_cause {
	STAGE2_UNKNOWN,
	STAGE2_UNMAPPED,	/* what was mapped is taken away again */
	STAGE2_SEQUENCE,	/* the invalidation counter has overflowed an int */
	STAGE2_PERMISSION,
	STAGE2_ALIGNMENT,
	STAGE2_GUEST_MEMFD,
	STAGE2_NO_SLOT,
	STAGE2_CONVERSION,	/* the VMM does not make it private, or shared */
	STAGE2_FAILING,		/* KVM_RUN fails, and the VMM runs the vCPU again */
	STAGE2_CAUSES
};

extern const char *const stage2_cause_names[STAGE2_CAUSES];

/* What is behind the slot, as the VMM has it: NULL where it is not known. */
enum stage2_cause stage2_loop_cause(const struct limen_s2_event *e, unsigned int page_size);

/* One or two sentences for a loop; what to do. */
const char *stage2_cause_words(enum stage2_cause cause, const struct vm_slot *slot);

/* What a slow fault's thread did: stable name and words. */
struct stage2_wait {
	const char *name;
	const char *words;
};

const struct stage2_wait *stage2_waited(const struct limen_s2_event *e, const struct vm_slot *slot);

/* Why KVM_RUN failed, as far as the slot's backing tells; NULL: it does not. */
const char *stage2_error_words(const struct limen_s2_event *e, const struct vm_slot *slot);

/* What the findings mean that say the same each time. */
#define STAGE2_MISALIGNED_WORDS							\
	"a mapping larger than what both addresses have in common shows the guest "	\
	"other memory than the VMM's: a fault of the kernel"
#define STAGE2_TOGGLED_WORDS							\
	"KVM_MEM_GUEST_MEMFD must not change on a slot that is there: delete the "	\
	"slot and make it anew"
#define STAGE2_FORCED_WORDS							\
	"shared memory backed by MAP_PRIVATE was given write permission without the "	\
	"copy that the VMM sees: what the guest writes there is lost for the VMM"
#define STAGE2_NEIGHBOURS_WORDS							\
	"to replace one page only that page may be unmapped: its neighbours are "	\
	"faulted in again, or lost"

#endif
