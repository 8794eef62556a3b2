/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters as they stand on a command line. */
#ifndef LIMEN_FILTER_H
#define LIMEN_FILTER_H

#include "limen/abi.h"

/* The words of --filter and of the long options alike. */
extern const char *const filter_keys[];

/*
 * Adds one condition to a filter: key is pid, comm, uid, cgroup, direction,
 * min-size or class. 0, or a negative errno after saying what is wrong.
 */
int filter_set(struct limen_filter *filter, const char *key, const char *value);

/* "uid=33,direction=to-user,min-size=64K": all must hold. Writes into spec. */
int filter_parse(struct limen_filter *filter, char *spec);

#endif
