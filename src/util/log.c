// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

int log_level;
static int libbpf_quiet;

static void line(const char *prefix, const char *fmt, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "limen: %s", prefix);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

int fail(int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line("", fmt, args);
	va_end(args);
	return err;
}

void warning(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line("warning: ", fmt, args);
	va_end(args);
}

void step(const char *fmt, ...)
{
	va_list args;

	if (log_level < 1)
		return;
	va_start(args, fmt);
	line("", fmt, args);
	va_end(args);
}

static int libbpf_line(enum libbpf_print_level level, const char *fmt, va_list args)
{
	int shown = level == LIBBPF_WARN && !libbpf_quiet ? 1 : 2;

	if (log_level < shown)
		return 0;
	fputs("  ", stderr);
	return vfprintf(stderr, fmt, args);
}

void log_capture_libbpf(void)
{
	libbpf_set_print(libbpf_line);
}

void log_quiet_libbpf(int quiet)
{
	libbpf_quiet = quiet;
}
