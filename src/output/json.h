/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values as limen's JSON has them. */
#ifndef LIMEN_OUTPUT_JSON_H
#define LIMEN_OUTPUT_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <linux/types.h>

#include "limen/abi.h"

struct kallsyms;

json_t *number_json(__u64 value);

/* "0x1f": what has 64 bits is no number for most readers. */
json_t *hex_json(__u64 value);

/* Not every byte the kernel holds is UTF-8: such names are shown escaped. */
json_t *text_json(const char *value, size_t max);
json_t *text_or_null_json(const char *value);

json_t *task_json(const struct limen_task *task);

/* A stack, symbolized when syms is not NULL, limen's own frames left out. */
json_t *stack_json(const __u64 *stack, unsigned int nr, struct kallsyms *syms);

#endif
