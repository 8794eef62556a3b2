/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps of BPF objects that come and go with their modules: made by the
 * first object that has them, used by each later one, and read by iterators
 * that need no bpf() call for an entry and outlive their object.
 */
#ifndef LIMEN_TABLES_H
#define LIMEN_TABLES_H

#include <stddef.h>

#include "probe/iterator.h"

struct bpf_object;

#define TABLES_MAX	32

/* Starts zeroed. */
struct tables {
	char *names[TABLES_MAX];
	int fds[TABLES_MAX];
	unsigned int nr;
};

/* Of a map's name; -1: there is none yet. */
int tables_fd(const struct tables *t, const char *name);

/*
 * Before load: the object uses the maps that are there. size() is asked for the
 * entries that a new one gets, 0: as the object has it. 0 or a negative errno
 * after saying why.
 */
int tables_prepare(const struct tables *t, struct bpf_object *obj,
		   unsigned int (*size)(void *arg, const char *name), void *arg);

/* After load: what is new stays. 0 or a negative errno after saying why. */
int tables_keep(struct tables *t, struct bpf_object *obj);

/* A whole array in this process's memory; *bytes: rounded up to pages. The same. */
int tables_map(const struct tables *t, const char *name, int prot, void **start, size_t *bytes);

/* How a table is read: by which program, and how long a line is. */
struct table {
	const char *program;
	const char *map;	/* NULL: it goes over tasks */
	size_t line;
};

/* Marks the readers' programs to be loaded. */
int tables_choose_readers(const struct table *of, int n, struct bpf_object *obj);

/* Attaches n readers in place of those that are in links. The same. */
int tables_attach_readers(const struct tables *t, const struct table *of, int n,
			  struct bpf_object *obj, struct bpf_link **links);

void tables_close(struct tables *t);

#endif
