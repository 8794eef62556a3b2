/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that several subcommands have, with one parser and one help text each. */
#ifndef LIMEN_OPTIONS_H
#define LIMEN_OPTIONS_H

#include "cmd/run.h"

/* Long options without a letter. */
enum long_option {
	OPT_JSON = 256, OPT_EXACT, OPT_IO, OPT_BY, OPT_FORCE_HOOK, OPT_RING_SIZE,
	OPT_COMM, OPT_UID, OPT_CGROUP, OPT_DIRECTION, OPT_MIN_SIZE, OPT_CLASS,
	OPT_STACK, OPT_SAMPLE, OPT_FILTER, OPT_CLASSIFY, OPT_ONLY, OPT_SORT, OPT_MAX_TASKS,
	OPT_WAIT, OPT_MAX_OBJECTS, OPT_GRACE, OPT_GROWTH, OPT_STEPS, OPT_DEVICE, OPT_TA,
};

/*
 * The options that stat, watch and top have in common: --pid, --ring-size,
 * --max-tasks, --force-hook, --wait, --max-objects, --verbose. 0, or a negative errno after saying
 * what is wrong; -EINVAL, too, when it is none of them.
 */
int parse_shared_option(struct run *run, int option);

int parse_by(const char *text, enum group_by *by);

/*
 * What stands behind the options: boundaries, then "--" and a command. Checks
 * too that -p and a command are not both given.
 */
int parse_operands(struct run *run, int argc, char **argv);

/*
 * The boundaries named on a command line, usercopy when there is none, as a
 * mask of enum run_boundary. Other words get a message with the nearest one.
 */
int parse_boundaries(unsigned int *boundaries, int argc, char **argv);

#endif
