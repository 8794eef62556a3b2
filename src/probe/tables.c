// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/tables.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "util/log.h"

int tables_fd(const struct tables *t, const char *name)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (!strcmp(t->names[i], name))
			return t->fds[i];
	return -1;
}

/* Not the settings and globals, of which each object has its own. */
static bool is_table(const struct bpf_map *map)
{
	return !strncmp(bpf_map__name(map), "limen_", 6) && !bpf_map__is_internal(map);
}

int tables_prepare(const struct tables *t, struct bpf_object *obj,
		   unsigned int (*size)(void *arg, const char *name), void *arg)
{
	unsigned int entries;
	struct bpf_map *map;
	int fd, err;

	bpf_object__for_each_map(map, obj) {
		if (!is_table(map))
			continue;
		fd = tables_fd(t, bpf_map__name(map));
		entries = fd < 0 ? size(arg, bpf_map__name(map)) : 0;
		err = fd >= 0 ? bpf_map__reuse_fd(map, fd) : 0;
		if (entries)
			err = bpf_map__set_max_entries(map, entries);
		if (err)
			return fail(err, "cannot prepare the table '%s': %s", bpf_map__name(map),
				    strerror(-err));
	}
	return 0;
}

int tables_keep(struct tables *t, struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj) {
		if (!is_table(map) || tables_fd(t, bpf_map__name(map)) >= 0)
			continue;
		if (t->nr == TABLES_MAX)
			return fail(-E2BIG, "more tables than expected");
		t->names[t->nr] = strdup(bpf_map__name(map));
		t->fds[t->nr] = dup(bpf_map__fd(map));
		if (!t->names[t->nr] || t->fds[t->nr] < 0)
			return fail(-ENOMEM, "cannot keep the table '%s'", bpf_map__name(map));
		t->nr++;
	}
	return 0;
}

int tables_map(const struct tables *t, const char *name, int prot, void **start, size_t *bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = tables_fd(t, name);
	void *at;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return fail(-errno, "cannot ask for the table '%s': %s", name, strerror(errno));
	*bytes = ((size_t)(info.value_size + 7) / 8 * 8 * info.max_entries + page - 1) / page * page;
	at = mmap(NULL, *bytes, prot, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return fail(-errno, "cannot map the table '%s': %s", name, strerror(errno));
	*start = at;
	return 0;
}

int tables_choose_readers(const struct table *of, int n, struct bpf_object *obj)
{
	struct bpf_program *prog;
	int i, err = 0;

	for (i = 0; !err && i < n; i++) {
		prog = bpf_object__find_program_by_name(obj, of[i].program);
		err = prog ? bpf_program__set_autoload(prog, true) : -ENOENT;
	}
	return err;
}

int tables_attach_readers(const struct tables *t, const struct table *of, int n,
			  struct bpf_object *obj, struct bpf_link **links)
{
	LIBBPF_OPTS(bpf_iter_attach_opts, opts);
	union bpf_iter_link_info info;
	struct bpf_program *prog;
	int i;

	for (i = 0; i < n; i++) {
		bpf_link__destroy(links[i]);
		memset(&info, 0, sizeof(info));
		opts.link_info = NULL;
		opts.link_info_len = 0;
		if (of[i].map) {
			info.map.map_fd = tables_fd(t, of[i].map);
			opts.link_info = &info;
			opts.link_info_len = sizeof(info);
		}
		prog = bpf_object__find_program_by_name(obj, of[i].program);
		links[i] = bpf_program__attach_iter(prog, &opts);
		if (!links[i])
			return fail(-errno, "cannot attach '%s': %s", of[i].program,
				    strerror(errno));
	}
	return 0;
}

void tables_close(struct tables *t)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		close(t->fds[i]);
		free(t->names[i]);
	}
	t->nr = 0;
}
