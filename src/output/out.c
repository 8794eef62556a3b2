// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/out.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "util/log.h"

#define NANOSECONDS	1000000000ULL
#define MILLISECOND	1000000LL
#define BUFFERS		8	/* results that may be in use at a time */

static bool utf8, locale_utf8, closed, failed;

static char *next_buffer(size_t *size)
{
	static char buffers[BUFFERS][512];
	static unsigned int next;

	*size = sizeof(buffers[0]);
	return buffers[next++ % BUFFERS];
}

/* A descriptor that the caller closed must not become a map or a link of ours. */
static void occupy_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

void out_init(void)
{
	const char *lang;

	occupy_standard_descriptors();
	setlocale(LC_CTYPE, "");
	/* A system without locales (an initramfs, a container) still has UTF-8. */
	if (strcmp(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	/* A static program finds no locales, but the terminal may be UTF-8 all the same. */
	lang = getenv("LC_ALL");
	if (!lang || !*lang)
		lang = getenv("LANG");
	locale_utf8 = utf8;
	utf8 |= lang && (strstr(lang, "UTF-8") || strstr(lang, "utf8"));
	signal(SIGPIPE, SIG_IGN);
}

void out_need_locale(void)
{
	utf8 = locale_utf8;
}

bool out_utf8(void)
{
	return utf8;
}

int out_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	if (columns && atoi(columns) > 0)
		return atoi(columns);
	return 80;
}

bool out_colour(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb");
}

bool out_flush(void)
{
	if (closed || failed)
		return false;
	if (!fflush(stdout) && !ferror(stdout))
		return true;
	if (errno == EPIPE) {
		closed = true;
	} else {
		failed = true;
		fail(-errno, "cannot write to standard output: %s", strerror(errno));
	}
	return false;
}

int out_status(void)
{
	return failed ? 1 : 0;
}

bool out_json(json_t *object)
{
	if (!object) {
		failed = true;
		fail(-ENOMEM, "out of memory for JSON output");
		return false;
	}
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	putchar('\n');
	return out_flush();
}

const char *out_safe(const char *text, size_t max)
{
	size_t size, used = 0, i;
	char *buffer = next_buffer(&size);
	unsigned char c;

	for (i = 0; i < max && text[i] && used + 5 < size; i++) {
		c = text[i];
		if (isprint(c) && c < 0x80)
			buffer[used++] = c;
		else
			used += sprintf(buffer + used, "\\x%02x", c);
	}
	buffer[used] = '\0';
	return buffer;
}

const char *out_bytes(__u64 bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	size_t size, unit = 0;
	char *buffer = next_buffer(&size);
	double value = bytes;

	while (value >= 1024 && unit < 5) {
		value /= 1024;
		unit++;
	}
	if (!unit || value == (double)(__u64)value)
		snprintf(buffer, size, "%llu %s", (__u64)value, units[unit]);
	else
		snprintf(buffer, size, "%.1f %s", value, units[unit]);
	return buffer;
}

const char *out_number(__u64 number)
{
	size_t size, len, i, used = 0;
	char *buffer = next_buffer(&size), digits[32];

	len = snprintf(digits, sizeof(digits), "%llu", number);
	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buffer[used++] = ' ';
		buffer[used++] = digits[i];
	}
	buffer[used] = '\0';
	return buffer;
}

static __u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NANOSECONDS + ts.tv_nsec;
}

__u64 out_now(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

/*
 * The wall clock may be set while we run: the offset is asked for each time.
 * The two clocks are not read at once, so a small difference is none, and the
 * same moment is always the same text.
 */
static __u64 wall_time(__u64 boot_ns)
{
	static __u64 offset;
	__u64 now = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME);
	__s64 moved = now - offset;

	if (moved < -MILLISECOND || moved > MILLISECOND)
		offset = now;
	return offset + boot_ns;
}

const char *out_time(__u64 boot_ns)
{
	__u64 wall = wall_time(boot_ns);
	time_t seconds = wall / NANOSECONDS;
	size_t size, used;
	char *buffer = next_buffer(&size);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	used = strftime(buffer, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buffer + used, size - used, ".%09lluZ", wall % NANOSECONDS);
	return buffer;
}

const char *out_clock(__u64 boot_ns)
{
	__u64 wall = wall_time(boot_ns);
	time_t seconds = wall / NANOSECONDS;
	size_t size, used;
	char *buffer = next_buffer(&size);
	struct tm tm;

	localtime_r(&seconds, &tm);
	used = strftime(buffer, size, "%H:%M:%S", &tm);
	snprintf(buffer + used, size - used, ".%03llu", wall % NANOSECONDS / 1000000);
	return buffer;
}

void out_wrapped(const char *text, int at, int width)
{
	int room = width - at < 24 ? 24 : width - at, len;
	const char *end;

	for (;;) {
		while (*text == ' ')
			text++;
		len = strlen(text);
		if (len <= room)
			break;
		for (end = text + room; end > text && *end != ' '; end--)
			;
		if (end == text)
			end = text + strcspn(text, " ,");
		if (*end == ',')
			end++;
		if (!*end)
			break;
		printf("%.*s\n%*s", (int)(end - text), text, at, "");
		text = end;
	}
	printf("%s\n", text);
}
