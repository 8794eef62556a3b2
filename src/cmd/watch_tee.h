/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limen watch tee: the steps of lifecycles, and what goes wrong, at once or over time. */
#ifndef LIMEN_WATCH_TEE_H
#define LIMEN_WATCH_TEE_H

#include <stdbool.h>

#include "cmd/run.h"
#include "model/tee_watchdog.h"

struct kallsyms;

struct watch_tee {
	struct run *run;
	__u64 steps;		/* asked for by --only; 0: the usual ones */
	__u32 classes;		/* asked for by --only */
	bool references;	/* each reference, too */
	__u64 shown;		/* steps that are */
	bool json;
	char device[LIMEN_TEE_DEVICE_LEN];
	bool by_ta;
	__u8 uuid[16];
	struct tee_limits limits;
	struct tee_watchdog *dog;
	/* Symbols, NULL when there are none; again: modules may have come. */
	struct kallsyms *(*symbols)(void *arg, bool again);
	bool (*room)(void *arg);	/* may one more be shown (--count)? Counts it. */
	void *arg;
};

/*
 * One of the options that concern tee alone, or --only with a step or a class.
 * 0; -ENOENT when the word is none of tee's (nothing said); another negative
 * errno after saying what is wrong.
 */
int watch_tee_option(struct watch_tee *w, int option, const char *value);

/* From the options to what is sent; before run_open(). */
int watch_tee_configure(struct watch_tee *w);

/* Looks at the tables for what goes wrong over time; and how often to do so, in milliseconds. */
void watch_tee_scan(struct watch_tee *w);
__u64 watch_tee_period(const struct watch_tee *w);

/* Shows an event if it is wanted. */
void watch_tee_event(struct watch_tee *w, const struct limen_tee_event *e);

void watch_tee_free(struct watch_tee *w);

#endif
