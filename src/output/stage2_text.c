// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "model/latency.h"
#include "model/stage2.h"
#include "output/out.h"
#include "output/stage2.h"

/* Columns; what is rare stands together in the last one. */
static const enum limen_s2_class columns[] = {
	LIMEN_S2_TRANSLATION, LIMEN_S2_PERMISSION, LIMEN_S2_MMIO_KERNEL, LIMEN_S2_MMIO_USER,
	LIMEN_S2_READONLY,
};

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

static void slots_text(const struct stage2_tables *t, __u64 vm)
{
	const struct limen_s2_slot *s;
	char label[48];
	size_t i;

	for (i = 0; i < t->nr_slots; i++) {
		s = &t->slots[i].slot;
		if (s->vm != vm)
			continue;
		snprintf(label, sizeof(label), "  slot %u, %s at 0x%llx", s->id, out_bytes(s->bytes),
			 s->start);
		printf(" %-28s", label);
		counts_text(s->faults);
		putchar('\n');
	}
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
		snprintf(label, sizeof(label), "%u.%u %s%s", vm->vm.pid, stage2_vm_rank(t, vm),
			 out_safe(vm->vm.comm, sizeof(vm->vm.comm)), vm->vm.ended ? ", ended" : "");
		putchar('\n');
		sums_text(label, &vm->vm.sums);
		vcpus_text(t, vm->number);
		slots_text(t, vm->number);
	}
	if (t->beyond_faults)
		printf(" beyond the tables %s faults of further vCPUs: not counted\n",
		       out_number(t->beyond_faults));
	if (t->beyond_slots)
		printf(" beyond the tables %s faults are in no slot's row\n",
		       out_number(t->beyond_slots));
}
