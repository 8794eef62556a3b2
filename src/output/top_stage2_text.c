// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows as lines of text for any width. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/latency.h"
#include "model/stage2.h"
#include "output/out.h"
#include "output/tee.h"
#include "output/top.h"
#include "output/top_stage2.h"

/* In the order of the screen. */
enum cell {
	CELL_VM, CELL_COMM, CELL_VCPU, CELL_SLOT, CELL_ADDRESS, CELL_SIZE,
	CELL_FAULTS, CELL_OTHER_MODE, CELL_TRANSLATION, CELL_PERMISSION, CELL_MMIO_USER,
	CELL_MMIO_KERNEL, CELL_READONLY, CELL_OTHER, CELL_P50, CELL_P99, CELLS
};

/* As wide as the title and the mark before it, or the value and a space. */
static const struct {
	const char *rate, *total;	/* titles */
	int width;
	enum top_stage2_key key;	/* TOP_STAGE2_KEYS: none */
} cells[CELLS] = {
	[CELL_VM] = {"VM", "VM", 12, TOP_STAGE2_NAME},
	[CELL_COMM] = {"COMM", "COMM", 12, TOP_STAGE2_KEYS},
	[CELL_VCPU] = {"VCPU", "VCPU", 6, TOP_STAGE2_KEYS},
	[CELL_SLOT] = {"SLOT", "SLOT", 6, TOP_STAGE2_KEYS},
	[CELL_ADDRESS] = {"ADDRESS", "ADDRESS", 15, TOP_STAGE2_KEYS},
	[CELL_SIZE] = {"SIZE", "SIZE", 6, TOP_STAGE2_KEYS},
	[CELL_FAULTS] = {"FAULTS/s", "FAULTS", 9, TOP_STAGE2_FAULTS},
	[CELL_OTHER_MODE] = {"TOTAL", "NOW/s", 6, TOP_STAGE2_KEYS},
	[CELL_TRANSLATION] = {"TRANS/s", "TRANS", 8, TOP_STAGE2_TRANSLATION},
	[CELL_PERMISSION] = {"PERM/s", "PERM", 7, TOP_STAGE2_PERMISSION},
	[CELL_MMIO_USER] = {"MMIO-U/s", "MMIO-U", 9, TOP_STAGE2_MMIO},
	[CELL_MMIO_KERNEL] = {"MMIO-K/s", "MMIO-K", 9, TOP_STAGE2_MMIO},
	[CELL_READONLY] = {"RO/s", "RO", 6, TOP_STAGE2_KEYS},
	[CELL_OTHER] = {"OTHER/s", "OTHER", 8, TOP_STAGE2_KEYS},
	[CELL_P50] = {"P50", "P50", 7, TOP_STAGE2_KEYS},
	[CELL_P99] = {"P99", "P99", 7, TOP_STAGE2_LATENCY},
};

#define COMM_MORE	10	/* that the name is given where there is room */

/* Which cells get a place first; 0: such rows have none. What is sorted by has the first. */
static const unsigned char ranks[TOP_STAGE2_BYS][CELLS] = {
	[TOP_STAGE2_VM] = {
		[CELL_VM] = 1, [CELL_FAULTS] = 2, [CELL_COMM] = 3, [CELL_TRANSLATION] = 4,
		[CELL_PERMISSION] = 5, [CELL_MMIO_USER] = 6, [CELL_P99] = 7,
		[CELL_OTHER_MODE] = 8, [CELL_MMIO_KERNEL] = 9, [CELL_READONLY] = 10,
		[CELL_OTHER] = 11, [CELL_P50] = 12,
	},
	[TOP_STAGE2_VCPU] = {
		[CELL_VM] = 1, [CELL_VCPU] = 2, [CELL_FAULTS] = 3, [CELL_TRANSLATION] = 4,
		[CELL_PERMISSION] = 5, [CELL_MMIO_USER] = 6, [CELL_P99] = 7,
		[CELL_OTHER_MODE] = 8, [CELL_MMIO_KERNEL] = 9, [CELL_READONLY] = 10,
		[CELL_COMM] = 11, [CELL_OTHER] = 12, [CELL_P50] = 13,
	},
	[TOP_STAGE2_SLOT] = {
		[CELL_VM] = 1, [CELL_SLOT] = 2, [CELL_FAULTS] = 3, [CELL_ADDRESS] = 4,
		[CELL_SIZE] = 5, [CELL_TRANSLATION] = 6, [CELL_PERMISSION] = 7,
		[CELL_OTHER_MODE] = 8, [CELL_READONLY] = 9, [CELL_COMM] = 10, [CELL_OTHER] = 11,
	},
};

static bool is_sorted(enum cell cell, const struct top_stage2_view *view)
{
	return cells[cell].key == view->key && ranks[view->by][cell];
}

/* Sets the width of the cells that have a place. */
static void layout(const struct top_stage2_view *view, int width, int widths[CELLS])
{
	int rank, cell, left = width;

	memset(widths, 0, CELLS * sizeof(*widths));
	for (rank = 0; rank <= CELLS; rank++) {
		for (cell = 0; cell < CELLS; cell++) {
			if (widths[cell] || cells[cell].width > left ||
			    (view->final && cell == CELL_OTHER_MODE) ||
			    (rank ? ranks[view->by][cell] != rank : !is_sorted(cell, view)))
				continue;
			widths[cell] = cells[cell].width;
			left -= widths[cell];
		}
	}
	if (widths[CELL_COMM])
		widths[CELL_COMM] += left < COMM_MORE ? left : COMM_MORE;
}

static bool is_label(enum cell cell)
{
	return cell == CELL_VM || cell == CELL_COMM;
}

void top_stage2_heading(const struct top_stage2_view *view, int width, char *line)
{
	const char *title, *mark;
	int widths[CELLS], cell;
	char label[32];

	layout(view, width, widths);
	line[0] = '\0';
	for (cell = 0; cell < CELLS; cell++) {
		title = view->totals ? cells[cell].total : cells[cell].rate;
		mark = !is_sorted(cell, view) ? "" :
		       top_mark((view->key == TOP_STAGE2_NAME) == view->reverse);
		if (!widths[cell])
			continue;
		if (is_label(cell)) {
			snprintf(label, sizeof(label), "%s%s", title, mark);
			top_add_left(line, widths[cell], label);
		} else {
			top_add_right(line, widths[cell], mark, title);
		}
	}
}

/* "0 us" is below one microsecond. */
static const char *time_text(const struct limen_s2_sums *sums, unsigned int percent)
{
	__s64 us = latency_percentile(sums->latency, LIMEN_S2_BUCKETS, percent);

	return us < 0 ? "-" : us ? tee_time_label(us * 1000) : "0 us";
}

static const char *name_text(const struct limen_s2_vm *vm, int width)
{
	static char text[LIMEN_COMM_LEN * 4 + 8];
	const char *comm = out_safe(vm->comm, sizeof(vm->comm)), *end = vm->ended ? " ended" : "";

	snprintf(text, sizeof(text), "%.*s%s", width - 1 - (int)strlen(end), comm, end);
	return text;
}

/* A label, or what has no rate. */
static const char *label_text(const struct top_stage2_row *row, enum cell cell, int width)
{
	static char text[32];

	switch (cell) {
	case CELL_VM:
		snprintf(text, sizeof(text), "%u.%u", row->vm->vm.pid, row->rank);
		return text;
	case CELL_VCPU:
		snprintf(text, sizeof(text), "%u", row->vcpu->vcpu.id);
		return text;
	case CELL_SLOT:
		snprintf(text, sizeof(text), "%u", row->slot->slot.id);
		return text;
	case CELL_ADDRESS:
		snprintf(text, sizeof(text), "0x%llx", row->slot->slot.start);
		return text;
	case CELL_SIZE:
		return top_compact(row->slot->slot.bytes, true);
	default:
		return name_text(&row->vm->vm, width);
	}
}

static __u64 cell_faults(const __u64 faults[LIMEN_S2_CLASSES], enum cell cell)
{
	switch (cell) {
	case CELL_TRANSLATION:
		return faults[LIMEN_S2_TRANSLATION];
	case CELL_PERMISSION:
		return faults[LIMEN_S2_PERMISSION];
	case CELL_MMIO_USER:
		return faults[LIMEN_S2_MMIO_USER];
	case CELL_MMIO_KERNEL:
		return faults[LIMEN_S2_MMIO_KERNEL];
	case CELL_READONLY:
		return faults[LIMEN_S2_READONLY];
	case CELL_OTHER:
		return stage2_faults(faults) - faults[LIMEN_S2_TRANSLATION] -
		       faults[LIMEN_S2_PERMISSION] - faults[LIMEN_S2_MMIO_USER] -
		       faults[LIMEN_S2_MMIO_KERNEL] - faults[LIMEN_S2_READONLY];
	default:
		return stage2_faults(faults);
	}
}

static const char *cell_text(const struct top_stage2_row *row, const struct top_stage2_view *view,
			     enum cell cell, double seconds, int width)
{
	bool totals = view->totals != (cell == CELL_OTHER_MODE);
	const struct limen_s2_sums *sums = totals ? &row->total : &row->delta;
	__u64 n;

	if (cell < CELL_FAULTS)
		return label_text(row, cell, width);
	if (cell == CELL_P50 || cell == CELL_P99)
		return time_text(sums, cell == CELL_P50 ? 50 : 99);
	n = cell_faults(sums->faults, cell);
	return top_compact(totals ? (double)n : top_per_second(n, seconds), false);
}

void top_stage2_row_text(const struct top_stage2_row *row, const struct top_stage2_view *view,
			 double seconds, int width, char *line)
{
	int widths[CELLS], cell;
	const char *text;

	layout(view, width, widths);
	line[0] = '\0';
	for (cell = 0; cell < CELLS; cell++) {
		if (!widths[cell])
			continue;
		text = cell_text(row, view, cell, seconds, widths[cell]);
		if (is_label(cell))
			top_add_left(line, widths[cell], text);
		else
			top_add_right(line, widths[cell], "", text);
	}
}

static size_t living(const struct stage2_tables *t)
{
	size_t i, nr = 0;

	for (i = 0; i < t->nr_vms; i++)
		nr += !t->vms[i].vm.ended;
	return nr;
}

static bool class_total(const struct limen_s2_sums *total, int class, int width, char *line)
{
	return top_append(line, width, "%s %s", stage2_class_names[class],
			  out_number(total->faults[class]));
}

static void class_line(const struct limen_s2_sums *total, const struct limen_s2_sums *delta,
		       double seconds, bool totals, int width, char *line)
{
	int i;

	for (i = 0; i < LIMEN_S2_CLASSES; i++) {
		if (!total->faults[i])
			continue;
		if (totals)
			class_total(total, i, width, line);
		else
			top_append(line, width, "%s %s/s", stage2_class_names[i],
				   top_compact(top_per_second(delta->faults[i], seconds), false));
	}
	if (!*line)
		top_append(line, width, "no fault yet");
}

void top_stage2_sum_line(int number, const struct stage2_tables *t,
			 const struct limen_s2_sums *delta, double seconds, bool totals,
			 __u64 lost, int width, char *line)
{
	line[0] = '\0';
	if (number) {
		class_line(&t->sums, delta, seconds, totals, width, line);
		return;
	}
	top_append(line, width, "%s faults/s",
		   top_compact(top_per_second(stage2_faults(delta->faults), seconds), false));
	top_append(line, width, "%s lost", out_number(lost));
	top_append(line, width, "%s untracked", out_number(t->beyond.faults));
	top_append(line, width, "total %s", out_number(stage2_faults(t->sums.faults)));
	top_append(line, width, "VMs %zu", living(t));
}

/* All classes, on as many lines as it takes. */
static void print_classes(const struct limen_s2_sums *total, int width)
{
	char line[TOP_LINE] = "";
	int i;

	for (i = 0; i < LIMEN_S2_CLASSES; i++) {
		if (!total->faults[i] || class_total(total, i, width - 3, line))
			continue;
		printf("   %s\n", line);
		line[0] = '\0';
		class_total(total, i, width - 3, line);
	}
	if (*line)
		printf("   %s\n", line);
}

static void print_rows(const struct top_stage2_row *rows, long nr, long most,
		       const struct top_stage2_view *view, int width)
{
	char line[TOP_LINE];
	long i;

	if (!nr)
		return;
	top_stage2_heading(view, width - 1, line);
	printf("\n %s\n", line);
	for (i = 0; i < nr && i < most; i++) {
		top_stage2_row_text(&rows[i], view, 0, width - 1, line);
		printf(" %s\n", line);
	}
	if (i < nr)
		printf(" ... %ld more\n", nr - i);
	putchar('\n');
}

int top_stage2_totals_text(const struct stage2_tables *t, const struct top_stage2_view *view,
			   long rows, int width)
{
	static const struct stage2_tables none;
	struct top_stage2_view final = *view;
	struct top_stage2_row *list;
	long nr;

	/* What ended is in the table once more; of vCPUs there is nothing then. */
	final.totals = final.final = true;
	if (final.by == TOP_STAGE2_VCPU)
		final.by = TOP_STAGE2_VM;
	nr = top_stage2_rows(&none, t, &final, &list);
	if (nr < 0)
		return nr;
	printf(" stage2  faults %s, VMs %zu\n", out_number(stage2_faults(t->sums.faults)),
	       t->nr_vms);
	print_classes(&t->sums, width);
	print_rows(list, nr, rows, &final, width);
	if (t->beyond.faults)
		printf(" %s faults of further vCPUs: not counted\n", out_number(t->beyond.faults));
	if (t->beyond.slots)
		printf(" %s faults are in no slot's row\n", out_number(t->beyond.slots));
	free(list);
	return 0;
}
