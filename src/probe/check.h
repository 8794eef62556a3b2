/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries one way of attaching to one place for real: a small program is
 * loaded, attached, seen to run or not, and detached again. What fails is
 * explained in plain words.
 */
#ifndef LIMEN_CHECK_H
#define LIMEN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#include "probe/hooks.h"
#include "probe/host.h"

/* Where to attach. */
struct check_place {
	const char *function;	/* function, tracepoint, iterator target or LSM hook */
	const char *module;	/* that brings it, unless it is built in; NULL: always built in */
	bool at_return;
	bool must_fire;		/* attached but never run counts as failed */
};

struct check_result {
	int err;		/* 0 when it attached, else a negative errno */
	bool refused;		/* the caller is refused: nothing is known of the kernel */
	char reason[192];
	char remedy[192];	/* may be empty */
};

struct check;

/*
 * Looks up all functions that will be tried, in one pass over kallsyms. NULL
 * when memory is short. host must outlive the check.
 */
struct check *check_new(const struct host *host, const struct check_place *places, size_t nr);
void check_free(struct check *check);

void check_try(struct check *check, const struct check_place *place, enum rung rung,
	       struct check_result *result);

/* Kernel addresses can be read, by any symbol and not by the first one only. */
bool check_addresses(const struct check *check);

/* In the running kernel now: as a module, or built in. */
bool check_module_loaded(const char *module);

#endif
