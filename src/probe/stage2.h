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
};

struct stage2_session;

/* Attaches if KVM is there. 0 and *out, or a negative errno after saying what is wrong. */
int stage2_open(const struct stage2_config *config, struct stage2_session **out);
void stage2_close(struct stage2_session *s);

bool stage2_attached(const struct stage2_session *s);

/*
 * A module came: attaches if that is possible now. Returns 1 when it did, 0
 * when nothing changed, or a negative errno after saying why.
 */
int stage2_module_came(struct stage2_session *s);

/* KVM's module has gone, and all its VMs before it. Returns 1 when something changed. */
int stage2_module_gone(struct stage2_session *s, const char *module);

enum stage2_table { STAGE2_VMS, STAGE2_VCPUS, STAGE2_SLOTS, STAGE2_TABLES };

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

/* Calls visit() with each line of a table; the rules of iterator_read(). */
int stage2_read(struct stage2_session *s, enum stage2_table table, iterator_visit visit, void *arg);

/* What could not be counted; adds to losses. */
void stage2_losses(const struct stage2_session *s, struct session_losses *losses);

/* Faults of vCPUs, and slots, for which the tables had no room. */
void stage2_beyond(const struct stage2_session *s, __u64 *faults, __u64 *slots);

enum rung stage2_rung(const struct stage2_session *s, enum hook_id hook);

/* Detaches and waits until no program runs any more; tables stay readable. */
void stage2_stop(struct stage2_session *s);

#endif
