/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages for people: standard error, one line each, data never. */
#ifndef LIMEN_LOG_H
#define LIMEN_LOG_H

/* 0: errors and warnings, 1: steps (-v), 2: libbpf's own words too (-vv). */
extern int log_level;

#define log_format(at) __attribute__((format(printf, at, at + 1)))

/* Says what failed and gives the code back; err is a negative errno or 0. */
int fail(int err, const char *fmt, ...) log_format(2);
void warning(const char *fmt, ...) log_format(1);
void step(const char *fmt, ...) log_format(1);

/* Routes libbpf's messages here. Call once. */
void log_capture_libbpf(void);

/*
 * While set, libbpf's warnings are kept back as well (something is being
 * tried and may fail); shown with -vv all the same.
 */
void log_quiet_libbpf(int quiet);

#endif
