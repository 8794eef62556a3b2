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
	OPT_ALL_FAULTS, OPT_SLOW, OPT_LOOP, OPT_STORM, OPT_CHURN, OPT_PAGES,
};

/*
 * The options that stat, watch and top have in common: --pid, --ring-size,
 * --max-tasks, --force-hook, --wait, --max-objects, --verbose. 0, or a negative errno after saying
 * what is wrong; -EINVAL, too, when it is none of them.
 */
int parse_shared_option(struct run *run, int option);

int parse_by(const char *text, enum group_by *by);

/*
 * What stands behind "--": a command. After the options and boundaries, which
 * getopt() hands over in any order when its option string begins with '-'.
 * Checks too that -p and a command are not both given.
 */
int parse_command(struct run *run, int argc, char **argv);

/*
 * Adds a boundary named on a command line to the mask of enum run_boundary.
 * Other words get a message with the nearest one.
 */
int parse_boundary(unsigned int *boundaries, const char *word);

#endif
