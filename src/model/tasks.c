// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tasks.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/identity.h"
#include "model/counts.h"

#define MAX_ENDED	8192	/* 4 MiB */

const char *const group_names[] = {
	[BY_THREAD] = "thread", [BY_PROCESS] = "process", [BY_CGROUP] = "cgroup",
	[BY_CONTAINER] = "container", [BY_EXE] = "exe", NULL
};

struct tasks {
	void *tree;		/* of struct task, tsearch(3) */
	size_t nr_ended;
	size_t nr_folded;
	struct limen_counts folded;
	unsigned int pass;
};

static int by_identity(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	if (x->who.tid != y->who.tid)
		return x->who.tid < y->who.tid ? -1 : 1;
	if (x->who.start_ns != y->who.start_ns)
		return x->who.start_ns < y->who.start_ns ? -1 : 1;
	return 0;
}

struct tasks *tasks_new(void)
{
	return calloc(1, sizeof(struct tasks));
}

void tasks_free(struct tasks *tasks)
{
	if (!tasks)
		return;
	tdestroy(tasks->tree, free);
	free(tasks);
}

static struct task *find_or_add(struct tasks *tasks, const struct limen_task *who)
{
	struct task *task = calloc(1, sizeof(*task));
	struct task **found;

	if (!task)
		return NULL;
	task->who = *who;
	found = tsearch(task, &tasks->tree, by_identity);
	if (!found || *found != task)
		free(task);
	return found ? *found : NULL;
}

bool tasks_has(const struct tasks *tasks, const struct limen_task *who)
{
	struct task key = {.who = *who};

	return tfind(&key, &tasks->tree, by_identity) != NULL;
}

static void forget(struct tasks *tasks, struct task *task)
{
	tdelete(task, &tasks->tree, by_identity);
	free(task);
}

int tasks_set(struct tasks *tasks, const struct limen_task *who,
	      const struct limen_counts *counts, bool ended)
{
	struct task *task = find_or_add(tasks, who);

	if (!task)
		return -ENOMEM;
	if (task->ended)
		return 0;
	task->who = *who;
	task->counts = *counts;
	task->ended = ended;
	task->pass = tasks->pass;
	if (ended && tasks->nr_ended++ >= MAX_ENDED) {
		counts_add(&tasks->folded, counts);
		tasks->nr_folded++;
		forget(tasks, task);
	}
	return 0;
}

struct stale {
	const struct tasks *tasks;
	struct task **list;
	size_t nr, room;
};

static void collect_stale(const void *node, VISIT visit, void *arg)
{
	struct task *task = *(struct task *const *)node;
	struct stale *stale = arg;
	struct task **grown;

	if (visit == preorder || visit == endorder)
		return;
	if (task->ended || task->pass == stale->tasks->pass)
		return;
	if (stale->nr == stale->room) {
		stale->room = stale->room ? stale->room * 2 : 64;
		grown = realloc(stale->list, stale->room * sizeof(*grown));
		if (!grown)
			return;
		stale->list = grown;
	}
	stale->list[stale->nr++] = task;
}

void tasks_begin_pass(struct tasks *tasks)
{
	tasks->pass++;
}

/* Not seen and not reported ended: its final record was folded in the kernel. */
void tasks_end_pass(struct tasks *tasks)
{
	struct stale stale = {.tasks = tasks};
	size_t i;

	twalk_r(tasks->tree, collect_stale, &stale);
	for (i = 0; i < stale.nr; i++)
		forget(tasks, stale.list[i]);
	free(stale.list);
}

size_t tasks_folded(const struct tasks *tasks, struct limen_counts *counts)
{
	*counts = tasks->folded;
	return tasks->nr_folded;
}

struct walk {
	void (*visit)(void *arg, const struct task *task);
	void *arg;
};

static void walk_task(const void *node, VISIT visit, void *arg)
{
	struct walk *walk = arg;

	if (visit == postorder || visit == leaf)
		walk->visit(walk->arg, *(struct task *const *)node);
}

void tasks_each(const struct tasks *tasks, void (*visit)(void *arg, const struct task *task),
		void *arg)
{
	struct walk walk = {visit, arg};

	twalk_r(tasks->tree, walk_task, &walk);
}

static void add_task(void *arg, const struct task *task)
{
	counts_add(arg, &task->counts);
}

void tasks_sum(const struct tasks *tasks, struct limen_counts *sum)
{
	*sum = tasks->folded;
	tasks_each(tasks, add_task, sum);
}

struct grouping {
	enum group_by by;
	void *tree;		/* of struct group, by key */
	struct group *list;
	long nr;
	int err;
};

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->key, ((const struct group *)b)->key);
}

static char *make_key(enum group_by by, const struct limen_task *who)
{
	const char *text = NULL;
	char *key;

	if (by == BY_THREAD || by == BY_PROCESS) {
		__u32 id = by == BY_THREAD ? who->tid : who->pid;

		return asprintf(&key, "%.*s[%u]", LIMEN_COMM_LEN, who->comm, id) < 0 ? NULL : key;
	}
	if (by == BY_CGROUP)
		text = identity_cgroup(who->cgroup);
	else if (by == BY_CONTAINER)
		text = identity_container(who->cgroup);
	else
		text = identity_exe(who);
	return strdup(text ? text : "-");
}

/* Threads and processes are told apart by more than what the key shows. */
static char *make_tree_key(enum group_by by, const struct limen_task *who)
{
	char *key;

	if (by == BY_THREAD)
		return asprintf(&key, "%u.%llu", who->tid, who->start_ns) < 0 ? NULL : key;
	if (by == BY_PROCESS)
		return asprintf(&key, "%u", who->pid) < 0 ? NULL : key;
	return make_key(by, who);
}

static void group_task(void *arg, const struct task *task)
{
	struct grouping *g = arg;
	struct group *group, **found;

	group = calloc(1, sizeof(*group));
	if (group)
		group->key = make_tree_key(g->by, &task->who);
	if (!group || !group->key) {
		free(group);
		g->err = -ENOMEM;
		return;
	}
	found = tsearch(group, &g->tree, by_key);
	if (!found || *found != group) {
		free(group->key);
		free(group);
	}
	if (!found) {
		g->err = -ENOMEM;
		return;
	}
	group = *found;
	/* The name of a process is its main thread's. */
	if (!group->tasks++ || task->who.tid == task->who.pid)
		group->who = task->who;
	counts_add(&group->counts, &task->counts);
}

static void count_group(const void *node, VISIT visit, void *arg)
{
	if (visit == postorder || visit == leaf)
		((struct grouping *)arg)->nr++;
}

static void move_group(const void *node, VISIT visit, void *arg)
{
	struct grouping *g = arg;
	struct group *group = *(struct group *const *)node;

	if (visit != postorder && visit != leaf)
		return;
	g->list[g->nr] = *group;
	free(group->key);
	g->list[g->nr].key = make_key(g->by, &group->who);
	if (!g->list[g->nr].key)
		g->err = -ENOMEM;
	g->nr++;
}

static int most_bytes_first(const void *a, const void *b)
{
	__u64 x = counts_bytes(&((const struct group *)a)->counts);
	__u64 y = counts_bytes(&((const struct group *)b)->counts);

	return x > y ? -1 : x < y;
}

long tasks_group(const struct tasks *tasks, enum group_by by, struct group **out)
{
	struct grouping g = {.by = by};
	long room;

	tasks_each(tasks, group_task, &g);
	twalk_r(g.tree, count_group, &g);
	room = g.nr;
	g.list = calloc(room ? room : 1, sizeof(*g.list));
	if (!g.list)
		return -ENOMEM;
	g.nr = 0;
	twalk_r(g.tree, move_group, &g);
	tdestroy(g.tree, free);
	if (g.err) {
		groups_free(g.list, g.nr);
		return g.err;
	}
	qsort(g.list, g.nr, sizeof(*g.list), most_bytes_first);
	*out = g.list;
	return g.nr;
}

void groups_free(struct group *groups, long nr)
{
	long i;

	for (i = 0; i < nr; i++)
		free(groups[i].key);
	free(groups);
}
