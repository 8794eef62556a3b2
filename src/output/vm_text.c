// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "output/out.h"
#include "output/vm.h"

/* Flags of a slot, as KVM_MEM_* in short. */
static const char *flags_label(__u32 flags)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s%s%s", flags & 1 ? "log," : "", flags & 2 ? "ro," : "",
		 flags & 4 ? "gmem," : "");
	if (!*text)
		return "-";
	text[strlen(text) - 1] = '\0';
	return text;
}

void vm_backing_text(const struct vm_slot *slot)
{
	const struct backing *b = &slot->backing;

	if (!b->areas) {
		printf("%s", slot->raw.flags & 4 ? "guest_memfd" : "nothing");
		return;
	}
	printf("%s %s", b->shared ? "shared" : "private", backing_names[b->kind]);
	if (b->page)
		printf(" %s", out_bytes(b->page));
	if (b->thp)
		printf(", huge pages advised");
	if (b->areas > 1)
		printf(", %u areas", b->areas);
	if (*b->path)
		printf(" %s", out_safe(b->path, sizeof(b->path)));
}

void vm_warnings_text(const struct vm_slot *slot)
{
	unsigned int i;

	for (i = 0; i < slot->nr_warnings; i++) {
		printf("       ! %s\n%9s", slot->warnings[i].name, "");
		out_wrapped(slot->warnings[i].text, 9, out_width());
	}
}

static void slot_text(const struct vm_slot *slot)
{
	const struct limen_vm_slot *s = &slot->raw;
	char range[48];

	snprintf(range, sizeof(range), "0x%llx-0x%llx", s->guest, s->guest + s->bytes - 1);
	printf("  %4u%s %-31s %9s  %-8s ", s->id, s->space ? "s" : " ", range, out_bytes(s->bytes),
	       flags_label(s->flags));
	vm_backing_text(slot);
	putchar('\n');
	vm_warnings_text(slot);
}

static void vcpus_text(const struct vm *vm)
{
	size_t i;

	printf("  vCPUs");
	for (i = 0; i < vm->nr_vcpus; i++) {
		printf("%s %u", i ? "," : "", vm->vcpus[i].id);
		if (vm->vcpus[i].tid)
			printf(" thread %u", vm->vcpus[i].tid);
		if (vm->vcpus[i].mode == 1)
			printf(" in the guest");
	}
	putchar('\n');
}

void vm_text(const struct vm *vm)
{
	size_t i;

	printf("%d.%u  %s[%d]", vm->pid, vm->number, out_safe(vm->comm, sizeof(vm->comm)), vm->pid);
	if (*vm->name)
		printf(" \"%s\"", out_safe(vm->name, sizeof(vm->name)));
	printf("  %u vCPUs, %s in %zu slots\n", vm->raw.vcpus, out_bytes(vm->bytes),
	       vm->nr_slots);
	if (vm->nr_slots)
		printf("  %4s  %-31s %9s  %-8s %s\n", "SLOT", "GUEST ADDRESS", "SIZE", "FLAGS",
		       "BACKING");
	for (i = 0; i < vm->nr_slots; i++)
		slot_text(&vm->slots[i]);
	if (vm->nr_vcpus)
		vcpus_text(vm);
}
