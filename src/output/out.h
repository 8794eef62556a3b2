/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard output as limen uses it: safe text, JSON lines, a reader that left. */
#ifndef LIMEN_OUT_H
#define LIMEN_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* Terminal width, 80 when standard output is none. */
int out_width(void);

/* Colour: only on a terminal, and not when NO_COLOR is set. */
bool out_colour(void);

/* UTF-8 locale: bars may be drawn with block characters. Call out_init() first. */
bool out_utf8(void);

/*
 * From here on text goes through wide characters (curses), which needs the
 * locale itself to be UTF-8 and not only the terminal.
 */
void out_need_locale(void);

/* Locale, SIGPIPE ignored. Once at start. */
void out_init(void);

/*
 * Flushes. False when nobody reads any more (a closed pipe: not an error, the
 * caller stops) or writing failed (said once; out_status() is then 1).
 */
bool out_flush(void);
int out_status(void);

/* Writes one JSON line and flushes; takes over the object. */
bool out_json(json_t *object);

/* Text from the kernel or from users, made harmless for a terminal; static buffers. */
const char *out_safe(const char *text, size_t max);

/* Writes text from column `at` on, wrapped to width and indented to there; ends the line. */
void out_wrapped(const char *text, int at, int width);

/* "112.6 MiB", "4 KiB", "128 B"; static buffers, a few at a time. */
const char *out_bytes(__u64 bytes);

/* "41 302": digits in groups of three; static buffers, a few at a time. */
const char *out_number(__u64 number);

/* RFC 3339 with nanoseconds in UTC, or local time of day with milliseconds. */
const char *out_time(__u64 boot_ns);
const char *out_clock(__u64 boot_ns);

/* Boot clock now, as events have it. */
__u64 out_now(void);

#endif
