// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/kretprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#define GROUP	"limen"

static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

/* Of this process's events; other processes' names have their own number. */
static void event_name(char *name, size_t size, unsigned int event)
{
	snprintf(name, size, GROUP "_%d_%u", getpid(), event);
}

static int open_events(const char *file, int flags)
{
	char path[64];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", roots[i], file);
		fd = open(path, flags | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

/* One line to kprobe_events. O_APPEND: without it the kernel removes all there are. */
static int write_events(const char *line)
{
	int fd = open_events("kprobe_events", O_WRONLY | O_APPEND), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, line, strlen(line)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static void remove_name(const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "-:" GROUP "/%s\n", name);
	write_events(line);
}

/*
 * What a limen that was killed has left: an event that nobody uses and that
 * costs nothing. One that is used cannot be removed, whosever it is.
 */
static void remove_stale(void)
{
	int fd = open_events("kprobe_events", O_RDONLY), pid;
	char line[512], name[48];
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "r%*[0-9]:" GROUP "/%47[^ ]", name) == 1 &&
		    sscanf(name, GROUP "_%d_", &pid) == 1 && pid != getpid() &&
		    kill(pid, 0) && errno == ESRCH)
			remove_name(name);
	if (f)
		fclose(f);
}

struct bpf_link *kretprobe_attach(struct bpf_program *prog, const char *function,
				  unsigned int *event)
{
	static unsigned int last;
	char name[48], line[256];
	struct bpf_link *link;
	int err;

	if (!last)
		remove_stale();
	*event = ++last;
	event_name(name, sizeof(name), *event);
	snprintf(line, sizeof(line), "r%d:" GROUP "/%s %s\n", KRETPROBE_CALLS, name, function);
	err = write_events(line);
	if (err) {
		errno = -err;
		return NULL;
	}
	link = bpf_program__attach_tracepoint(prog, GROUP, name);
	err = errno;
	if (!link)
		remove_name(name);
	errno = err;
	return link;
}

void kretprobe_remove(unsigned int event)
{
	char name[48];

	event_name(name, sizeof(name), event);
	remove_name(name);
}

__u64 kretprobe_misses(unsigned int event)
{
	int fd = open_events("kprobe_profile", O_RDONLY);
	unsigned long long hits, misses, found = 0;
	char line[256], name[48], wanted[48];
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	event_name(wanted, sizeof(wanted), event);
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %47s %llu %llu", name, &hits, &misses) == 3 &&
		    !strcmp(name, wanted))
			found = misses;
	if (f)
		fclose(f);
	return found;
}
