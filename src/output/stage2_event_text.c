// SPDX-License-Identifier: GPL-2.0-or-later
/* Events and findings of the stage2 boundary as text. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ingest/vm_names.h"
#include "model/stage2.h"
#include "model/stage2_event.h"
#include "output/out.h"
#include "output/stage2.h"
#include "output/tee.h"
#include "output/vm.h"

#define RED	"\033[1;31m"
#define PLAIN	"\033[0m"
#define INDENT	9

#if defined(__x86_64__)
#define ADDRESS	"GPA"
#else
#define ADDRESS	"IPA"
#endif

static void head_text(__u64 time_ns, const char *what, bool violation)
{
	bool red = violation && out_colour();

	printf("%s stage2    %s%-17s%s  ", out_clock(time_ns), red ? RED : "", what,
	       red ? PLAIN : "");
}

/* "web1[431.1]" */
static void vm_text_of(__u32 pid, __u32 order, const char *comm)
{
	const char *name = vm_names_find(pid, order);

	printf("%s[%u.%u]", name ? out_safe(name, strlen(name)) : out_safe(comm, LIMEN_COMM_LEN),
	       pid, order);
}

static void sentence(const char *text)
{
	printf("%*s", INDENT, "");
	out_wrapped(text, INDENT, out_width());
}

static void slot_line(const struct vm_slot *slot)
{
	if (!slot)
		return;
	printf("%*sslot %u: 0x%llx, %s, ", INDENT, "", slot->raw.id, slot->raw.guest,
	       out_bytes(slot->raw.bytes));
	vm_backing_text(slot);
	putchar('\n');
}

/* "GPA 0x46880000 write, permission, slot 3" */
static void fault_text(const struct limen_s2_event *e)
{
	printf(ADDRESS " 0x%llx %s, %s", e->address, stage2_access_names[e->access],
	       stage2_class_names[e->class]);
	if (e->flags & LIMEN_S2_HAS_LEVEL && e->level)
		printf(" at level %u", e->level);
	if (e->flags & LIMEN_S2_HAS_SLOT)
		printf(", slot %u", e->slot);
	if (e->flags & LIMEN_S2_FOREIGN)
		printf(", of a nested guest or by shadow paging");
	if (e->size)
		printf(", mapped by %s", out_bytes(e->size));
}

static void range_text(const struct limen_s2_event *e)
{
	printf(ADDRESS " 0x%llx, %s", e->address, out_bytes(e->size));
}

static const char *flags_words(__u32 flags)
{
	static char text[2][64];
	static unsigned int used;
	char *t = text[used++ % 2];

	snprintf(t, sizeof(text[0]), "%s%s%s", flags & 1 ? " dirty-log" : "",
		 flags & 2 ? " read-only" : "", flags & 4 ? " guest_memfd" : "");
	return *t ? t + 1 : "none";
}

static const char *error_name(__s64 error)
{
	const char *name = strerrorname_np(-error);

	return name ? name : "an error";
}

/* --- findings of the kernel side --- */

static void loop_text(const struct limen_s2_event *e, const struct vm_slot *slot)
{
	enum stage2_cause cause = stage2_loop_cause(e, sysconf(_SC_PAGESIZE));

	fault_text(e);
	printf(": %s times in %s", out_number(e->times),
	       tee_time_label(e->head.time_ns - e->since_ns));
	if (e->flags & LIMEN_S2_SAME_PC && e->pc)
		printf(" at guest PC 0x%llx", e->pc);
	printf(", %s invalidations meanwhile\n", out_number(e->invalidations));
	slot_line(slot);
	sentence(stage2_cause_words(cause, slot));
}

static void finding_text(const struct limen_s2_event *e, const struct vm_slot *slot)
{
	const char *words;

	switch (e->finding) {
	case LIMEN_S2_LOOP:
		loop_text(e, slot);
		return;
	case LIMEN_S2_SLOW:
		fault_text(e);
		printf(": took %s", tee_time_label(e->latency_ns));
		if (e->times)
			printf("; %s more of this vCPU since the last line", out_number(e->times));
		putchar('\n');
		slot_line(slot);
		sentence(stage2_waited(e, slot)->words);
		return;
	case LIMEN_S2_FAILED:
		fault_text(e);
		if (e->error < 0)
			printf(": KVM_RUN fails with %s\n", error_name(e->error));
		else
			printf(": the VMM gets SIGBUS\n");
		slot_line(slot);
		words = stage2_error_words(e, slot);
		if (words)
			sentence(words);
		return;
	case LIMEN_S2_MISALIGNED:
		fault_text(e);
		printf(", although guest and host address differ below that\n");
		slot_line(slot);
		sentence(STAGE2_MISALIGNED_WORDS);
		return;
	case LIMEN_S2_TOGGLED:
		range_text(e);
		printf(", slot %u: flags %s -> %s while it is in use: %s\n", e->slot,
		       flags_words(e->slot_flags_before), flags_words(e->slot_flags),
		       e->error ? error_name(e->error) : "the kernel let it pass");
		sentence(STAGE2_TOGGLED_WORDS);
		return;
	case LIMEN_S2_FORCED:
		range_text(e);
		printf(": mapped writable, page frame 0x%llx -> 0x%llx\n", e->frame_before, e->frame);
		slot_line(slot);
		sentence(STAGE2_FORCED_WORDS);
		return;
	case LIMEN_S2_NEIGHBOURS:
		range_text(e);
		printf(": to map it %s shared pages in use beside it were unmapped, from 0x%llx on\n",
		       out_number(e->times), e->other);
		sentence(STAGE2_NEIGHBOURS_WORDS);
		return;
	default:
		range_text(e);
		putchar('\n');
	}
}

/* --- steps --- */

static void step_text(const struct limen_s2_event *e)
{
	switch (e->step) {
	case LIMEN_S2_STEP_FAULT:
		fault_text(e);
		printf(", %s", tee_time_label(e->latency_ns));
		if (e->error < 0)
			printf(": %s", error_name(e->error));
		break;
	case LIMEN_S2_STEP_CREATE:
		printf("made by %s", tee_task_label(&e->head.task));
		break;
	case LIMEN_S2_STEP_END:
		printf("ended");
		break;
	case LIMEN_S2_STEP_SLOT_FLAGS:
		printf("slot %u, ", e->slot);
		range_text(e);
		printf(": flags %s -> %s", flags_words(e->slot_flags_before),
		       flags_words(e->slot_flags));
		break;
	case LIMEN_S2_STEP_SLOT_CREATE:
	case LIMEN_S2_STEP_SLOT_MOVE:
		printf("slot %u, ", e->slot);
		range_text(e);
		printf(", VMM 0x%llx", e->slot_host);
		if (e->slot_flags)
			printf(", %s", flags_words(e->slot_flags));
		break;
	case LIMEN_S2_STEP_SLOT_DELETE:
		printf("slot %u, ", e->slot);
		range_text(e);
		break;
	case LIMEN_S2_STEP_MEMORY_FAULT:
		range_text(e);
		printf(": wanted %s", e->flags & LIMEN_S2_PRIVATE ? "private" : "shared");
		break;
	case LIMEN_S2_STEP_ATTRIBUTES:
		range_text(e);
		printf(": %s now", e->flags & LIMEN_S2_PRIVATE ? "private" : "shared");
		break;
	case LIMEN_S2_STEP_REALM:
		printf("%s", e->flags & LIMEN_S2_BEGIN ? "made" : "destroyed");
		break;
	case LIMEN_S2_STEP_REALM_MAP:
		range_text(e);
		printf(", page frame 0x%llx, %s", e->frame,
		       e->flags & LIMEN_S2_WRITABLE ? "writable" : "read-only");
		break;
	case LIMEN_S2_STEP_REALM_REMAP:
		range_text(e);
		printf(": writable now, page frame 0x%llx -> 0x%llx", e->frame_before, e->frame);
		break;
	case LIMEN_S2_STEP_REALM_UNMAP:
		range_text(e);
		printf(", %s pages were mapped", out_number(e->times));
		break;
	default:
		range_text(e);
	}
	putchar('\n');
}

void stage2_event_text(const struct limen_s2_event *e, const struct vm_slot *slot)
{
	bool violation = e->step == LIMEN_S2_STEP_FINDING;

	head_text(e->head.time_ns, violation ? stage2_finding_names[e->finding] :
		  stage2_step_names[e->step], violation);
	vm_text_of(e->vm_pid, e->vm_order, e->vm_comm);
	if (e->flags & LIMEN_S2_HAS_VCPU)
		printf(" vCPU %u", e->vcpu);
	printf("  ");
	if (violation) {
		finding_text(e, slot);
		return;
	}
	step_text(e);
	if (slot && (e->step == LIMEN_S2_STEP_SLOT_CREATE || e->step == LIMEN_S2_STEP_SLOT_MOVE)) {
		slot_line(slot);
		vm_warnings_text(slot);
	}
}

void stage2_finding_text(const struct stage2_finding *f, const struct vm_slot *slot)
{
	head_text(f->time_ns, stage2_finding_names[f->finding], true);
	if (f->vm)
		vm_text_of(f->vm->vm.pid, f->vm->vm.order, f->vm->vm.comm);
	printf("  ");
	switch (f->finding) {
	case LIMEN_S2_STORM:
		printf("%s faults in %s that gain nothing, %s unmapped by the host meanwhile\n",
		       out_number(f->faults), tee_time_label(f->for_ns), out_bytes(f->unmapped));
		sentence(stage2_storm_words(f->storm));
		return;
	case LIMEN_S2_SEQUENCE:
		printf("%s invalidations, of 2 147 483 647 that this kernel can bear\n",
		       out_number(f->sequence));
		sentence("it compares their count as an int: beyond that no fault of this VM is "
			 "served any more; migrate or restart it before");
		return;
	case LIMEN_S2_CHURN:
		printf(ADDRESS " 0x%llx, %s: %s changes between private and shared in %s\n",
		       f->address, out_bytes(f->size), out_number(f->times),
		       tee_time_label(f->for_ns));
		sentence("each change throws the pages away; bounce buffers of the guest that are "
			 "made and freed all the time are a usual cause");
		return;
	default:
		if (f->slot)
			printf(ADDRESS " 0x%llx, %s, slot %u: %s writes went to copies\n",
			       f->slot->slot.start, out_bytes(f->slot->slot.bytes),
			       f->slot->slot.id, out_number(f->times));
		slot_line(slot);
		if (slot)
			vm_warnings_text(slot);
	}
}
