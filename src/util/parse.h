/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers from the command line: whole, in range, or a message and -EINVAL. */
#ifndef LIMEN_PARSE_H
#define LIMEN_PARSE_H

#include <linux/types.h>

/* what names the thing in the message ("--uid"). */
int parse_number(const char *what, const char *text, __u64 min, __u64 max, __u64 *out);

/* Bytes, with an optional K, M or G (powers of 1024; also KiB, MiB, GiB). */
int parse_bytes(const char *what, const char *text, __u64 min, __u64 max, __u64 *out);

/* A time in seconds with an optional ms, s, m or h; out is in milliseconds. */
int parse_milliseconds(const char *what, const char *text, __u64 min, __u64 max, __u64 *out);

/* The candidate nearest to word in spelling, NULL if none is near. */
const char *nearest_word(const char *word, const char *const *candidates);

#endif
