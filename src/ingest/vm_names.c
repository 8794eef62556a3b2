// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/vm_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/vm.h"

#define KEPT	1024	/* the oldest make room */

struct known {
	pid_t pid;
	unsigned int order;
	char name[VM_NAME_LEN];
};

static struct known *list;
static size_t nr;

void vm_names_read(pid_t pid, char *name, size_t size)
{
	char path[64], args[16384];
	size_t len;
	FILE *f;

	*name = '\0';
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	f = fopen(path, "re");
	if (!f)
		return;
	len = fread(args, 1, sizeof(args) - 1, f);
	fclose(f);
	args[len] = '\0';
	vm_name(args, len, name, size);
}

void vm_names_learn(pid_t pid, unsigned int order)
{
	struct known *k;

	if (!list)
		list = calloc(KEPT, sizeof(*list));
	if (!list)
		return;
	k = &list[nr++ % KEPT];
	k->pid = pid;
	k->order = order;
	vm_names_read(pid, k->name, sizeof(k->name));
}

/* From the newest: a process's number may have been another one's. */
const char *vm_names_find(pid_t pid, unsigned int order)
{
	size_t i, n = nr < KEPT ? nr : KEPT;
	const struct known *k;

	for (i = 0; i < n; i++) {
		k = &list[(nr - 1 - i) % KEPT];
		if (k->pid == pid && k->order == order)
			return *k->name ? k->name : NULL;
	}
	return NULL;
}
