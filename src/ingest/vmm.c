// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/vmm.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/vm_names.h"

/* Files of the areas, from /proc/PID/maps: two readings may differ a little. */
struct paths {
	struct {
		__u64 start;
		char path[256];
	} *list;
	size_t nr, room;
};

static bool is_device(const char *target)
{
	static const char *const starts[] = {
		"/dev/vfio/", "/dev/vhost", "/dev/iommu", "anon_inode:[vfio",
	};
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(target, starts[i], strlen(starts[i])))
			return true;
	return false;
}

static void read_devices(struct vm *vm)
{
	char path[64], target[256];
	struct dirent *entry;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", vm->pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		vm->devices |= is_device(target);
	}
	if (dir)
		closedir(dir);
}

static void read_paths(pid_t pid, struct paths *paths)
{
	unsigned long long start;
	char path[64], line[1024];
	int at;
	FILE *f;
	void *grown;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		at = 0;
		if (sscanf(line, "%llx-%*x %*s %*s %*s %*s %n", &start, &at) != 1 || !at)
			continue;
		line[strcspn(line, "\n")] = '\0';
		if (paths->nr == paths->room) {
			paths->room = paths->room ? paths->room * 2 : 256;
			grown = realloc(paths->list, paths->room * sizeof(*paths->list));
			if (!grown)
				break;
			paths->list = grown;
		}
		paths->list[paths->nr].start = start;
		snprintf(paths->list[paths->nr++].path, sizeof(paths->list->path), "%s", line + at);
	}
	if (f)
		fclose(f);
}

/* The file of the area that begins there; "" when it has none. */
static const char *path_at(const struct paths *paths, __u64 start)
{
	size_t i;

	for (i = 0; i < paths->nr; i++)
		if (paths->list[i].start == start)
			return paths->list[i].path;
	return "";
}

struct reading {
	struct vm *vm;
	const struct paths *paths;
	size_t areas;
};

static int take_area(void *arg, const void *line)
{
	const struct limen_vm_area *area = line;
	struct reading *r = arg;

	r->areas++;
	vm_take_area(r->vm, area, path_at(r->paths, area->start));
	return 0;
}

int vmm_read(const struct vms *vms, struct vm *vm)
{
	struct paths paths = {};
	struct reading r = {vm, &paths, 0};
	int err;

	vm_names_read(vm->pid, vm->name, sizeof(vm->name));
	read_devices(vm);
	read_paths(vm->pid, &paths);
	err = vms_read_areas(vms, vm->pid, take_area, &r);
	free(paths.list);
	if (!err && !r.areas)	/* it is about to end: its memory has gone before its files */
		err = -ESRCH;
	if (!err)
		vm_check(vm);
	return err;
}

bool vmm_shares(pid_t pid, __u64 address)
{
	unsigned long long start, end;
	char path[64], line[1024], way;
	bool shared = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx-%llx %*3s%c", &start, &end, &way) == 3 &&
		    address >= start && address < end)
			shared = way == 's';
	if (f)
		fclose(f);
	return shared;
}
