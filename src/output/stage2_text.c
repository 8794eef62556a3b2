// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/vm_names.h"
#include "model/latency.h"
#include "model/stage2.h"
#include "output/out.h"
#include "output/stage2.h"

/* A column is the sum of some classes; what no column has stands together in the last one. */
struct column {
	const char *name;
	unsigned int classes;
	int width;
};

#define CLASS(name)	(1u << LIMEN_S2_##name)

static const struct column wide[] = {
	{"translation", CLASS(TRANSLATION), 12}, {"permission", CLASS(PERMISSION), 11},
	{"mmio-kernel", CLASS(MMIO_KERNEL), 12}, {"mmio-user", CLASS(MMIO_USER), 11},
	{"read-only", CLASS(READONLY), 10}, {}
};

static const struct column narrow[] = {
	{"translation", CLASS(TRANSLATION), 12}, {"permission", CLASS(PERMISSION), 11},
	{"mmio", CLASS(MMIO_KERNEL) | CLASS(MMIO_USER), 8}, {}
};

#define PAGES_SHOWN	8
#define WIDE		120	/* columns of a terminal from which on all have room */

static bool is_wide(void)
{
	return out_width() >= WIDE;
}

static int label_width(void)
{
	return is_wide() ? 32 : 26;
}

static const char *time_label(const __u64 *latency, unsigned int percent)
{
	static char text[2][24];
	static int which;
	__s64 us = latency_percentile(latency, LIMEN_S2_BUCKETS, percent);

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
	const struct column *c = is_wide() ? wide : narrow;
	__u64 all = stage2_faults(faults), other = all, sum;
	int i;

	printf(" %9s", out_number(all));
	for (; c->name; c++) {
		for (i = 0, sum = 0; i < LIMEN_S2_CLASSES; i++)
			sum += c->classes >> i & 1 ? faults[i] : 0;
		printf(" %*s", c->width - 1, out_number(sum));
		other -= sum;
	}
	printf(" %6s", out_number(other));
}

static void head_text(const char *what)
{
	const struct column *c = is_wide() ? wide : narrow;

	printf(" %-*s %9s", label_width(), what, "faults");
	for (; c->name; c++)
		printf(" %*s", c->width - 1, c->name);
	printf(" %6s", "other");
	if (is_wide())
		printf(" %8s", "p50");
	printf(" %8s\n", "p99");
}

static void times_text(const __u64 *latency)
{
	if (is_wide())
		printf(" %8s", time_label(latency, 50));
	printf(" %8s\n", time_label(latency, 99));
}

static void sums_text(const char *label, const struct limen_s2_sums *sums)
{
	printf(" %-*.*s", label_width(), label_width(), label);
	counts_text(sums->faults);
	times_text(sums->latency);
}

static void vcpus_text(const struct stage2_tables *t, __u64 vm)
{
	const struct limen_s2_vcpu *v = stage2_next_vcpu(t, vm, -1);
	char label[32];

	for (; v; v = stage2_next_vcpu(t, vm, v->id)) {
		snprintf(label, sizeof(label), "  vCPU %u", v->id);
		sums_text(label, &v->sums);
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
		snprintf(label, sizeof(label), "  slot %u 0x%llx %s%s", s->id, s->start,
			 out_bytes(s->bytes), s->gone && !ended ? ", deleted" : "");
		printf(" %-*s", label_width(), label);
		counts_text(s->faults);
		times_text(s->latency);
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

static void vm_text(const struct stage2_tables *t, const struct stage2_vm_line *vm)
{
	char label[160];

	vm_label(label, sizeof(label), &vm->vm);
	putchar('\n');
	sums_text(label, &vm->vm.sums);
	vcpus_text(t, vm->number);
	slots_text(t, vm->number, vm->vm.ended);
	pages_text(t, vm->number);
	memory_text(&vm->vm);
}

void stage2_stat_text(const struct stage2_tables *t, __u64 rows)
{
	const struct stage2_vm_line **vms;
	size_t i, nr;

	vms = stage2_vms_sorted(t, &nr);
	head_text("stage2");
	sums_text("all", &t->sums);
	for (i = 0; i < nr && i < rows; i++)
		vm_text(t, vms[i]);
	if (rows && rows < nr)
		printf("\n ... %llu more VMs (--rows)\n", (unsigned long long)nr - rows);
	free(vms);
	mapped_text(t);
	beyond_text(&t->beyond);
}
