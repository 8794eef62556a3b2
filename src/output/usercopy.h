/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The usercopy boundary for people and for programs. */
#ifndef LIMEN_OUTPUT_USERCOPY_H
#define LIMEN_OUTPUT_USERCOPY_H

#include <jansson.h>
#include <stdbool.h>

#include "limen/abi.h"

struct kallsyms;

/* The "usercopy" value of the final object. */
json_t *usercopy_json(const struct limen_counts *counts, bool io);

/* One event; syms may be NULL (addresses only). */
json_t *copy_event_json(const struct limen_copy_event *e, struct kallsyms *syms);
void copy_event_text(const struct limen_copy_event *e, struct kallsyms *syms);

/* The table of `limen stat`. */
void usercopy_table(const struct limen_counts *counts, bool io, int width);

/* A histogram as a bar of one character per bucket; static buffer. */
const char *usercopy_bar(const struct limen_counts *counts, enum limen_direction direction);

#endif
