/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Second-stage faults as text and as JSON. */
#ifndef LIMEN_OUTPUT_STAGE2_H
#define LIMEN_OUTPUT_STAGE2_H

#include <jansson.h>
#include <sys/types.h>

#include "ingest/stage2_tables.h"
#include "model/stage2_watchdog.h"
#include "model/vm.h"

/* The totals and the VMs, with their vCPUs and slots; at most so many VMs, busiest first. */
void stage2_stat_text(const struct stage2_tables *t, __u64 rows);

/* An object for each of these VMs. False when nobody reads any more. */
bool stage2_rows_json(const struct stage2_tables *t, __u64 rows);

/* The totals. */
json_t *stage2_json(const struct stage2_tables *t);

/* An event; slot: what is behind the memory slot that it concerns, NULL: not known. */
void stage2_event_text(const struct limen_s2_event *e, const struct vm_slot *slot);
json_t *stage2_event_json(const struct limen_s2_event *e, const struct vm_slot *slot);

/* What was found over time. */
void stage2_finding_text(const struct stage2_finding *f, const struct vm_slot *slot);
json_t *stage2_finding_json(const struct stage2_finding *f, const struct vm_slot *slot);
/* Parts of stat's objects: faults by class, sums, a slot; pages: their sizes were counted. */
json_t *stage2_classes_json(const __u64 faults[LIMEN_S2_CLASSES]);
json_t *stage2_sums_json(const struct limen_s2_sums *sums);
json_t *stage2_slot_json(const struct limen_s2_slot *slot, bool pages);

#endif
