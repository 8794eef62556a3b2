// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/breakpoint.h"

#include <dirent.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "probe/kallsyms.h"
#include "util/log.h"

#if defined(__x86_64__)
#define BREAKPOINT_LEN	sizeof(long)
#define PER_TASK	true
#else
#define BREAKPOINT_LEN	HW_BREAKPOINT_LEN_4
#define PER_TASK	false
#endif

struct breakpoints {
	struct bpf_link **links;
	size_t nr, room;
	bool set[HOOKS];
	bool every_cpu;		/* per CPU: once is enough for all processes */
	pid_t *tids;		/* threads that have theirs */
	size_t nr_tids;
};

struct breakpoints *breakpoints_new(void)
{
	return calloc(1, sizeof(struct breakpoints));
}

void breakpoints_free(struct breakpoints *b)
{
	size_t i;

	if (!b)
		return;
	for (i = 0; i < b->nr; i++)
		bpf_link__destroy(b->links[i]);
	free(b->links);
	free(b->tids);
	free(b);
}

bool breakpoints_has(const struct breakpoints *b, enum hook_id hook)
{
	return b && b->set[hook];
}

static int open_event(__u64 address, pid_t tid, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_X,
		.bp_addr = address,
		.bp_len = BREAKPOINT_LEN,
		.sample_period = 1,
		.inherit = tid > 0,
		.exclude_user = 1,
		.exclude_hv = 1,
	};
	int fd = syscall(__NR_perf_event_open, &attr, tid, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int breakpoint_try(__u64 address, int prog_fd)
{
	int fd = open_event(address, PER_TASK ? 0 : -1, PER_TASK ? -1 : 0);
	int err = 0;

	if (fd < 0)
		return fd;
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog_fd))
		err = -errno;
	close(fd);
	return err;
}

static int keep_link(struct breakpoints *b, struct bpf_link *link)
{
	struct bpf_link **grown;

	if (b->nr == b->room) {
		b->room = b->room ? b->room * 2 : 16;
		grown = realloc(b->links, b->room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		b->links = grown;
	}
	b->links[b->nr++] = link;
	return 0;
}

static int set_one(struct breakpoints *b, struct bpf_program *prog, __u64 address, pid_t tid,
		   int cpu)
{
	struct bpf_link *link;
	int fd, err;

	fd = open_event(address, tid, cpu);
	if (fd < 0)
		return fd;
	link = bpf_program__attach_perf_event(prog, fd);
	if (!link) {
		err = -errno;
		close(fd);
		return err;
	}
	return keep_link(b, link);
}

static int explain(const char *function, int err)
{
	switch (err) {
	case -ENOSPC:
	case -EBUSY:
		return fail(err, "no hardware breakpoint is free for %s: a CPU has four at most; "
			    "a debugger or another tool holds the others", function);
	case -ENODEV:
	case -ENOENT:
	case -EOPNOTSUPP:
		return fail(err, "this machine has no hardware breakpoints to watch %s with "
			    "(often so in virtual machines)", function);
	case -EPERM:
	case -EACCES:
		return fail(err, "the kernel refuses a breakpoint on %s: needs CAP_PERFMON, and "
			    "no lockdown", function);
	default:
		return fail(err, "cannot set a breakpoint on %s: %s", function, strerror(-err));
	}
}

static int set_every_cpu(struct breakpoints *b, struct bpf_program *prog, __u64 address)
{
	int cpu, err = 0, set = 0, nr = libbpf_num_possible_cpus();

	for (cpu = 0; cpu < nr; cpu++) {
		err = set_one(b, prog, address, -1, cpu);
		if (err && err != -ENODEV)
			return err;	/* ENODEV: that CPU is offline */
		set += !err;
	}
	return set ? 0 : err;
}

static bool has_tid(const struct breakpoints *b, pid_t tid)
{
	size_t i;

	for (i = 0; i < b->nr_tids; i++)
		if (b->tids[i] == tid)
			return true;
	return false;
}

static int add_tid(struct breakpoints *b, pid_t tid)
{
	pid_t *grown = realloc(b->tids, (b->nr_tids + 1) * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	b->tids = grown;
	b->tids[b->nr_tids++] = tid;
	return 0;
}

static int set_thread(struct breakpoints *b, struct bpf_program *const programs[HOOKS],
		      const __u64 addresses[HOOKS], pid_t tid)
{
	int i, err;

	for (i = 0; i < HOOKS; i++) {
		if (!programs[i] || !addresses[i])
			continue;
		err = set_one(b, programs[i], addresses[i], tid, -1);
		if (err == -ESRCH)
			return 0;	/* it ended meanwhile */
		if (err)
			return explain(hooks[i].function, err);
	}
	return add_tid(b, tid);
}

/* One pass over the threads; the number of new ones, or an error. */
static int set_new_threads(struct breakpoints *b, struct bpf_program *const programs[HOOKS],
			   const __u64 addresses[HOOKS], pid_t pid)
{
	char path[64];
	struct dirent *entry;
	int err, found = 0;
	pid_t tid;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	if (!dir)
		return -ESRCH;
	while ((entry = readdir(dir))) {
		tid = atoi(entry->d_name);
		if (tid <= 0 || has_tid(b, tid))
			continue;
		err = set_thread(b, programs, addresses, tid);
		if (err) {
			closedir(dir);
			return err;
		}
		found++;
	}
	closedir(dir);
	return found;
}

static int find_addresses(struct bpf_program *const programs[HOOKS], __u64 addresses[HOOKS])
{
	struct ksym wanted[HOOKS];
	int i, n = 0, hook_of[HOOKS], err;

	for (i = 0; i < HOOKS; i++) {
		addresses[i] = 0;
		if (!programs[i])
			continue;
		wanted[n].name = hooks[i].function;
		hook_of[n++] = i;
	}
	err = kallsyms_find(wanted, n);
	if (err)
		return fail(err, "exact mode needs kernel addresses: /proc/kallsyms hides them "
			    "(kernel.kptr_restrict, CAP_SYSLOG)");
	for (i = 0; i < n; i++)
		addresses[hook_of[i]] = wanted[i].address ?
			wanted[i].address + hooks[hook_of[i]].offset : 0;
	if (!addresses[HOOK_EXACT_TO_USER] || !addresses[HOOK_EXACT_FROM_USER])
		return fail(-ENOENT, "exact mode: this kernel has no %s",
			    hooks[HOOK_EXACT_TO_USER].function);
	return 0;
}

int breakpoints_set(struct breakpoints *b, struct bpf_program *const programs[HOOKS], pid_t pid)
{
	__u64 addresses[HOOKS];
	int i, err;

	if (b->every_cpu)
		return 0;
	err = find_addresses(programs, addresses);
	if (err)
		return err;
	for (i = 0; !PER_TASK && i < HOOKS; i++) {
		if (!programs[i] || !addresses[i])
			continue;
		err = set_every_cpu(b, programs[i], addresses[i]);
		if (err)
			return explain(hooks[i].function, err);
		b->every_cpu = true;
	}
	if (PER_TASK) {
		/* New threads of watched ones inherit; repeat until all are watched. */
		do
			err = set_new_threads(b, programs, addresses, pid);
		while (err > 0);
		if (err)
			return err;
	}
	for (i = 0; i < HOOKS; i++)
		b->set[i] |= programs[i] && addresses[i];
	return 0;
}
