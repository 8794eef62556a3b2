// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "ingest/vm_names.h"
#include "model/latency.h"
#include "model/stage2.h"
#include "output/out.h"
#include "output/stage2.h"

/* Columns; what is rare stands together in the last one. */
static const enum limen_s2_class columns[] = {
	LIMEN_S2_TRANSLATION, LIMEN_S2_PERMISSION, LIMEN_S2_MMIO_KERNEL, LIMEN_S2_MMIO_USER,
	LIMEN_S2_READONLY,
};

#define PAGES_SHOWN	8
#define COLUMNS	(sizeof(columns) / sizeof(columns[0]))

static const char *time_label(const struct limen_s2_sums *sums, unsigned int percent)
{
	static char text[2][24];
	static int which;
	__s64 us = latency_percentile(sums->latency, LIMEN_S2_BUCKETS, percent);

	which = !which;
	if (us < 0)
		snprintf(text[which], sizeof(text[which]), "-");
	else if (us < 1000)
		snprintf(text[which], sizeof(text[which]), "%lld us", us);
	else
		snprintf(text[which], sizeof(text[which]), "%.1f ms", us / 1000.0);
	return text[which];
}

static void counts_text(const __u64 faults[LIMEN_S2_CLASSES])
{
	__u64 all = stage2_faults(faults), other = all;
	size_t i;

	printf(" %10s", out_number(all));
	for (i = 0; i < COLUMNS; i++) {
		printf(" %11s", out_number(faults[columns[i]]));
		other -= faults[columns[i]];
	}
	printf(" %6s", out_number(other));
}

static void head_text(const char *what)
{
	size_t i;

	printf(" %-28s %10s", what, "faults");
	for (i = 0; i < COLUMNS; i++)
		printf(" %11s", stage2_class_names[columns[i]]);
	printf(" %6s %8s %8s\n", "other", "p50", "p99");
}

static void sums_text(const char *label, const struct limen_s2_sums *sums)
{
	printf(" %-28s", label);
	counts_text(sums->faults);
	printf(" %8s %8s\n", time_label(sums, 50), time_label(sums, 99));
}

static void vcpus_text(const struct stage2_tables *t, __u64 vm)
{
	char label[32];
	size_t i;

	for (i = 0; i < t->nr_vcpus; i++) {
		if (t->vcpus[i].vcpu.vm != vm)
			continue;
		snprintf(label, sizeof(label), "  vCPU %u", t->vcpus[i].vcpu.id);
		sums_text(label, &t->vcpus[i].vcpu.sums);
	}
}

static void slots_text(const struct stage2_tables *t, __u64 vm, bool ended)
{
	const struct limen_s2_slot *s;
	char label[48];
	size_t i;

	for (i = 0; i < t->nr_slots; i++) {
		s = &t->slots[i].slot;
		if (s->vm != vm)
			continue;
		snprintf(label, sizeof(label), "  slot %u, %s at 0x%llx%s", s->id,
			 out_bytes(s->bytes), s->start, s->gone && !ended ? ", deleted" : "");
		printf(" %-28s", label);
		counts_text(s->faults);
		putchar('\n');
	}
}

/* In the order of their addresses; what is more than a screen's is summed up. */
static void pages_text(const struct stage2_tables *t, __u64 vm)
{
	const struct limen_s2_page *p;
	__u64 rest = 0, shown = 0;
	size_t i;

	for (i = 0; i < t->nr_pages; i++) {
		p = &t->pages[i].page;
		if (p->vm != vm)
			continue;
		if (shown++ >= PAGES_SHOWN) {
			rest += p->user + p->kernel;
			continue;
		}
		printf("   MMIO at 0x%llx: %s by the VMM, %s in the kernel\n", p->address,
		       out_number(p->user), out_number(p->kernel));
	}
	if (rest)
		printf("   MMIO at %llu more pages: %s\n", shown - PAGES_SHOWN, out_number(rest));
}

static void memory_text(const struct limen_s2_vm *vm)
{
	if (vm->unmaps)
		printf("   %s ranges, %s unmapped by the host\n", out_number(vm->unmaps),
		       out_bytes(vm->unmapped));
	if (vm->ages)
		printf("   the host looked %s times for pages in use\n", out_number(vm->ages));
	if (vm->attributes)
		printf("   %s changes between private and shared\n", out_number(vm->attributes));
	if (vm->gmem)
		printf("   %s pages taken from a guest_memfd\n", out_number(vm->gmem));
}

static void mapped_text(const struct stage2_tables *t)
{
	static const char *const labels[LIMEN_S2_SIZES] = {
		"the base size", "2 MiB", "1 GiB", "other sizes",
	};
	const char *before = " mapped by pages of ";
	int i;

	for (i = 0; i < LIMEN_S2_SIZES; i++) {
		if (!t->mapped[i])
			continue;
		printf("%s%s: %s", before, labels[i], out_bytes(t->mapped[i]));
		before = "; of ";
	}
	if (*before == ';')
		putchar('\n');
}

static void beyond_text(const struct stage2_beyond *beyond)
{
	if (beyond->faults)
		printf(" beyond the tables %s faults of further vCPUs: not counted\n",
		       out_number(beyond->faults));
	if (beyond->vms)
		printf(" beyond the tables %s VMs: in the sum only\n", out_number(beyond->vms));
	if (beyond->folded)
		printf(" %s ended VMs are in the sum only\n", out_number(beyond->folded));
	if (beyond->slots)
		printf(" beyond the tables %s faults are in no slot's row\n",
		       out_number(beyond->slots));
	if (beyond->pages)
		printf(" beyond the tables %s MMIO exits are in no page's row\n",
		       out_number(beyond->pages));
}

static void vm_label(char *label, size_t size, const struct limen_s2_vm *vm)
{
	const char *name = vm_names_find(vm->pid, vm->order);

	snprintf(label, size, "%u.%u %s%s", vm->pid, vm->order,
		 name ? out_safe(name, strlen(name)) : out_safe(vm->comm, sizeof(vm->comm)),
		 vm->ended ? ", ended" : "");
}

void stage2_stat_text(const struct stage2_tables *t, __u64 rows, pid_t pid)
{
	const struct stage2_vm_line *vm;
	char label[64];
	__u64 shown = 0;

	head_text("stage2");
	sums_text("all", &t->sums);
	for (vm = t->vms; vm < t->vms + t->nr_vms; vm++) {
		if ((pid && vm->vm.pid != (__u32)pid) || shown == rows)
			continue;
		shown++;
		vm_label(label, sizeof(label), &vm->vm);
		putchar('\n');
		sums_text(label, &vm->vm.sums);
		vcpus_text(t, vm->number);
		slots_text(t, vm->number, vm->vm.ended);
		pages_text(t, vm->number);
		memory_text(&vm->vm);
	}
	mapped_text(t);
	beyond_text(&t->beyond);
}
