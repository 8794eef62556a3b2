/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage2 boundary's attachment: KVM's fault handler, while KVM is there. */
#ifndef LIMEN_PROBE_STAGE2_H
#define LIMEN_PROBE_STAGE2_H

#include <stdbool.h>

#include "limen/stage2.h"
#include "probe/hooks.h"
#include "probe/iterator.h"
#include "probe/session.h"

struct stage2_config {
	enum rung force;	/* only this kind; RUNG_ABSENT: the ladder */
	__u32 steps;		/* what is sent: a bit for each enum limen_s2_step */
	__u32 quiet;		/* of these what is not shown */
	pid_t pid;		/* only events of this VMM; 0: of all */
	__u64 slow_ns;		/* a fault that takes longer is a finding; 0: none is */
	__u64 loop_times;	/* so is the same one so often, 0: never, */
	__u64 loop_ns;		/* in this time at the most */
	bool pages;		/* sizes of mapped pages are counted: one more probe */
	bool pages_later;	/* that only when stage2_count_pages() asks for it */
	__u32 ring_bytes;	/* 0: as the object has it */
};

struct stage2_session;

/*
 * Attaches if KVM is there; nothing is counted before stage2_start(). 0 and
 * *out, or a negative errno after saying what is wrong.
 */
int stage2_open(const struct stage2_config *config, struct stage2_session **out);
void stage2_close(struct stage2_session *s);

/* A VM that was there before: the order-th of the process pid. Between attaching and the start. */
int stage2_know(struct stage2_session *s, __u64 kvm, pid_t pid, __u32 order, const char *comm);

void stage2_start(struct stage2_session *s);

/* Where pages_later was set. */
void stage2_count_pages(struct stage2_session *s);

/* Sizes of mapped pages are counted: a probe was attached for them. */
bool stage2_counts_pages(const struct stage2_session *s);

/* The ring of events; -1 before the first attachment. */
int stage2_ring(const struct stage2_session *s);

bool stage2_attached(const struct stage2_session *s);

/*
 * A module came: attaches if that is possible now. Returns 1 when it did and
 * waits for stage2_start(), 0 when nothing changed, or a negative errno after
 * saying why.
 */
int stage2_module_came(struct stage2_session *s);

/* KVM's module has gone, and all its VMs before it. Returns 1 when something changed. */
int stage2_module_gone(struct stage2_session *s, const char *module);

enum stage2_table { STAGE2_VMS, STAGE2_VCPUS, STAGE2_SLOTS, STAGE2_PAGES, STAGE2_TABLES };

/* A line of a table: its entry's number before it. */
struct stage2_vm_line {
	__u64 number;
	struct limen_s2_vm vm;
};

struct stage2_vcpu_line {
	__u64 number;
	struct limen_s2_vcpu vcpu;
};

struct stage2_slot_line {
	__u64 number;
	struct limen_s2_slot slot;
};

struct stage2_page_line {
	__u64 number;
	struct limen_s2_page page;
};

/* What the tables had no room for. */
struct stage2_beyond {
	__u64 faults;		/* of vCPUs: not counted */
	__u64 slots, pages;	/* faults that are in no slot's, no page's row */
	__u64 vms;
	__u64 folded;		/* VMs that have ended and are in the sum only */
	__u64 unplaced;		/* mappings that belong to no fault */
};

/* Calls visit() with each line of a table; the rules of iterator_read(). */
int stage2_read(struct stage2_session *s, enum stage2_table table, iterator_visit visit, void *arg);

/* What could not be counted; adds to losses. */
void stage2_losses(const struct stage2_session *s, struct session_losses *losses);

void stage2_beyond(const struct stage2_session *s, struct stage2_beyond *beyond);

enum rung stage2_rung(const struct stage2_session *s, enum hook_id hook);

/* Detaches and waits until no program runs any more; tables stay readable. */
void stage2_stop(struct stage2_session *s);

#endif
