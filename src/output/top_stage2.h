/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `limen top stage2` shows: rows of VMs, of vCPUs or of memory slots. */
#ifndef LIMEN_OUTPUT_TOP_STAGE2_H
#define LIMEN_OUTPUT_TOP_STAGE2_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "ingest/stage2_tables.h"

enum top_stage2_by { TOP_STAGE2_VM, TOP_STAGE2_VCPU, TOP_STAGE2_SLOT, TOP_STAGE2_BYS };

/* What rows can be sorted by. */
enum top_stage2_key {
	TOP_STAGE2_FAULTS, TOP_STAGE2_TRANSLATION, TOP_STAGE2_PERMISSION, TOP_STAGE2_MMIO,
	TOP_STAGE2_LATENCY, TOP_STAGE2_NAME, TOP_STAGE2_KEYS
};

extern const char *const top_stage2_by_names[];	/* NULL at the end */
extern const char *const top_stage2_key_names[];

struct top_stage2_view {
	enum top_stage2_by by;
	enum top_stage2_key key;
	bool reverse;
	bool totals;	/* show, and sort by, what was since the start */
	bool final;	/* there are no rates any more */
};

/* The numbers of a VM, or of a vCPU or a slot of it. A slot has faults only. */
struct top_stage2_row {
	const struct stage2_vm_line *vm;
	const struct stage2_vcpu_line *vcpu;	/* NULL unless it is one */
	const struct stage2_slot_line *slot;
	unsigned int rank;			/* of the VM among its process's */
	struct limen_s2_sums total, delta;	/* since the start; in the interval */
	bool active;				/* faults in it, or it is the VM's last one */
};

/* Can such rows be sorted by it? */
bool top_stage2_has_key(enum top_stage2_by by, enum top_stage2_key key);

/*
 * Tables are not read at one moment: an entry that is used again meanwhile is
 * short of what it held until the next reading. Corrects now by before, so that no
 * sum ever falls, and tells what was in the interval. before may be empty.
 */
void top_stage2_advance(const struct stage2_tables *before, struct stage2_tables *now,
			struct limen_s2_sums *delta);

/*
 * Rows from two readings, the later one corrected; sorted. A VM that had ended
 * before the interval, and its slots, are left out. *out is to be freed and
 * points into now. Returns their number or -ENOMEM.
 */
long top_stage2_rows(const struct stage2_tables *before, const struct stage2_tables *now,
		     const struct top_stage2_view *view, struct top_stage2_row **out);

/* Lines of at most width columns, into room for TOP_LINE bytes. */
void top_stage2_heading(const struct top_stage2_view *view, int width, char *line);
void top_stage2_row_text(const struct top_stage2_row *row, const struct top_stage2_view *view,
			 double seconds, int width, char *line);

/* Prints the totals: all, by class, and at most so many rows. 0 or -ENOMEM. */
int top_stage2_totals_text(const struct stage2_tables *t, const struct top_stage2_view *view,
			   long rows, int width);

/* Line 0: all, and losses; line 1: by class, those that there have been. */
void top_stage2_sum_line(int number, const struct stage2_tables *t,
			 const struct limen_s2_sums *delta, double seconds, bool totals,
			 __u64 lost, int width, char *line);

/* {"faults":N,"classes":{...}}, per second. */
json_t *top_stage2_rate_json(const __u64 faults[LIMEN_S2_CLASSES], double seconds);

/* Sums of an interval, and its percentiles. */
json_t *top_stage2_delta_json(const struct limen_s2_sums *delta);

/* {"type":"vm-faults"|"vcpu-faults"|"slot-faults", ...}: documented in limen-top(8). */
json_t *top_stage2_row_json(const struct top_stage2_row *row, __u64 seq, double seconds);

#endif
