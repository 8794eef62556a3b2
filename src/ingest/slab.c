// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/slab.h"

#include <stdio.h>
#include <string.h>

static int read_size(const char *cache, const char *file, __u32 *size)
{
	char path[256];
	int found;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%s", cache, file);
	f = fopen(path, "re");
	if (!f)
		return 0;
	found = fscanf(f, "%u", size) == 1;
	fclose(f);
	return found;
}

void slab_complete(struct limen_copy_event *e)
{
	char cache[LIMEN_NAME_LEN];

	if (e->flags & LIMEN_COPY_SLAB_KNOWN || !(e->flags & LIMEN_COPY_DETAIL))
		return;
	snprintf(cache, sizeof(cache), "%.*s", LIMEN_NAME_LEN - 1, e->detail);
	if (strchr(cache, '/') || !read_size(cache, "object_size", &e->slab.object_size))
		return;
	read_size(cache, "slab_size", &e->slab.slot_size);
	memcpy(e->slab.cache, cache, sizeof(cache));
	e->flags |= LIMEN_COPY_SLAB_KNOWN;
}
