// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAMES	4096	/* of each sort; beyond it names stay unknown */
#define KERNFS_HANDLE	0xfe	/* FILEID_KERNFS, linux/exportfs.h */

struct named {
	__u64 a, b;		/* executable: inode, device; cgroup: id, 0 */
	char *name;		/* NULL: known to be unknown */
	char *container;
};

struct names {
	void *tree;
	size_t nr;
};

static struct names exes, cgroups;

static int by_number(const void *x, const void *y)
{
	const struct named *p = x, *q = y;

	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	return p->b < q->b ? -1 : p->b > q->b;
}

static struct named *find(const struct names *names, __u64 a, __u64 b)
{
	struct named key = {.a = a, .b = b};
	struct named **found = tfind(&key, &names->tree, by_number);

	return found ? *found : NULL;
}

/* Takes over name, which may be NULL. */
static struct named *add(struct names *names, __u64 a, __u64 b, char *name)
{
	struct named *entry;

	if (names->nr >= MAX_NAMES || !(entry = calloc(1, sizeof(*entry)))) {
		free(name);
		return NULL;
	}
	*entry = (struct named){.a = a, .b = b, .name = name};
	if (!tsearch(entry, &names->tree, by_number)) {
		free(name);
		free(entry);
		return NULL;
	}
	names->nr++;
	return entry;
}

static char *read_exe_link(__u32 pid)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%u/exe", pid);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return strdup(path);
}

const char *identity_exe(const struct limen_task *who)
{
	struct named *entry;
	char *path;

	if (!who->exe_ino)
		return NULL;	/* a kernel thread */
	entry = find(&exes, who->exe_ino, who->exe_dev);
	if (entry)
		return entry->name;
	path = read_exe_link(who->pid);
	if (!path)
		return NULL;	/* gone; another task may tell later */
	entry = add(&exes, who->exe_ino, who->exe_dev, path);
	return entry ? entry->name : NULL;
}

void identity_learn_exe(const struct limen_task *who, const char *path)
{
	char *copy;

	if (!who->exe_ino || find(&exes, who->exe_ino, who->exe_dev))
		return;
	/* /proc has the whole, absolute path; what exec was given may be relative. */
	copy = read_exe_link(who->pid);
	if (!copy && *path)
		copy = strdup(path);
	if (copy)
		add(&exes, who->exe_ino, who->exe_dev, copy);
}

void identity_learn_names(const struct limen_task *who, const char names[LIMEN_PATH_LEN])
{
	char path[LIMEN_PATH_LEN + 2], *at = path + sizeof(path) - 1;
	const char *name = names;
	size_t len;

	*at = '\0';
	while (name < names + LIMEN_PATH_LEN && *name) {
		len = strnlen(name, names + LIMEN_PATH_LEN - name);
		if ((size_t)(at - path) < len + 1)
			break;
		at -= len;
		memcpy(at, name, len);
		*--at = '/';
		name += len + 1;
	}
	if (*at)
		identity_learn_exe(who, at);
}

static int cgroup_mount(void)
{
	static int fd = -2;

	if (fd == -2) {
		fd = open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* Hybrid hierarchies have version 2 one level deeper. */
		if (fd >= 0 && !faccessat(fd, "unified/cgroup.procs", F_OK, 0)) {
			close(fd);
			fd = open("/sys/fs/cgroup/unified", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		}
	}
	return fd;
}

static char *path_of_fd(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return strdup(path);
}

/* A cgroup's id is its kernfs file handle: the kernel gives the directory back. */
static char *cgroup_path(__u64 id)
{
	struct {
		struct file_handle head;
		__u64 id;
	} handle = {.head = {.handle_bytes = sizeof(__u64), .handle_type = KERNFS_HANDLE}};
	int mount = cgroup_mount(), fd;
	char *root, *path, *result = NULL;

	memcpy(handle.head.f_handle, &id, sizeof(id));
	fd = mount >= 0 ? open_by_handle_at(mount, &handle.head, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return NULL;
	root = path_of_fd(mount);
	path = path_of_fd(fd);
	close(fd);
	if (root && path && !strncmp(root, path, strlen(root)))
		result = strdup(path[strlen(root)] ? path + strlen(root) : "/");
	free(root);
	free(path);
	return result;
}

/* The first run of 64 hex digits: docker, podman, containerd and CRI-O alike. */
static char *container_of_path(const char *path)
{
	size_t run;

	for (; path && *path; path += run ? run : 1) {
		run = strspn(path, "0123456789abcdef");
		if (run == 64)
			return strndup(path, 12);
	}
	return NULL;
}

static struct named *cgroup_entry(__u64 id)
{
	struct named *entry = find(&cgroups, id, 0);

	if (entry || !id)
		return entry;
	entry = add(&cgroups, id, 0, cgroup_path(id));
	if (entry)
		entry->container = container_of_path(entry->name);
	return entry;
}

const char *identity_cgroup(__u64 id)
{
	struct named *entry = cgroup_entry(id);

	return entry ? entry->name : NULL;
}

const char *identity_container(__u64 cgroup)
{
	struct named *entry = cgroup_entry(cgroup);

	return entry ? entry->container : NULL;
}

int identity_cgroup_id(const char *path, __u64 *id, __u32 *level)
{
	struct {
		struct file_handle head;
		__u64 id;
	} handle = {.head = {.handle_bytes = sizeof(__u64)}};
	int mount_id, mount = cgroup_mount(), err;
	const char *at = path;

	if (!strncmp(at, "/sys/fs/cgroup", 14))
		at += 14;
	at += strspn(at, "/");
	if (mount < 0)
		return -ENOENT;
	err = name_to_handle_at(mount, *at ? at : ".", &handle.head, &mount_id, 0);
	if (err)
		return -errno;
	memcpy(id, handle.head.f_handle, sizeof(*id));
	for (*level = 0; *at; at += strspn(at, "/")) {
		(*level)++;
		at += strcspn(at, "/");
	}
	return 0;
}

bool identity_process_runs(__u64 key)
{
	__u32 pid = key >> 32, start = key & 0xffffffff;
	unsigned long long ticks = 0, ns, step = 1000000000ULL / sysconf(_SC_CLK_TCK);
	char path[32], line[1024], state = 0, *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	/* Fields 3 and 22, behind a name that may hold anything. */
	at = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	if (!at || sscanf(at, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
			  "%*d %*d %*d %*d %llu", &state, &ticks) != 2)
		return false;
	/* The kernel's time, in units of 2^20 ns, lies within that tick. */
	ns = ticks * step;
	return state != 'Z' && state != 'X' && ((ns >> 20) & 0xffffffff) <= start &&
	       (((ns + step) >> 20) & 0xffffffff) >= start;
}
