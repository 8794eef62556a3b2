// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/session.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "probe/skeleton.h"
#include "model/counts.h"
#include "probe/breakpoint.h"
#include "probe/host.h"
#include "probe/iterator.h"
#include "probe/ladder.h"
#include "probe/layout.h"
#include "util/log.h"

#define MIN_TASKS	16000		/* records of half a KiB: 8 MiB */
#define MAX_TASKS	(1 << 18)

struct session {
	struct limen_bpf *skel;
	struct session_config config;
	struct host host;
	struct ladder ladder;
	struct breakpoints *breakpoints;
	const struct limen_record *rest;	/* the first records, mapped: one for each CPU */
	size_t rest_bytes;
	__u64 missed;			/* of programs that are detached already */
	int nr_cpus;
};

static void choose_hooks(struct session *s)
{
	const struct session_config *c = &s->config;
	bool *wanted = s->ladder.wanted;
	int i;

	/* The breakpoints' programs are loaded here and attached by session_break(). */
	wanted[HOOK_CHECK] = c->count && !c->exact;
	wanted[HOOK_HEAP] = wanted[HOOK_CHECKED] = wanted[HOOK_CHECK] && c->objects;
	wanted[HOOK_ABORT] = wanted[HOOK_FIXUP] = true;
	for (i = HOOK_IO_READ; i <= HOOK_IO_SENDMSG; i++)
		wanted[i] = c->io;
	for (i = HOOK_EXACT_TO_USER; i <= HOOK_EXACT_FROM_BEGUN; i++)
		wanted[i] = c->exact && hooks[i].function;
	wanted[HOOK_EXIT] = true;
	wanted[HOOK_EXEC] = c->execs || !c->everyone || c->nr_filters;
	wanted[HOOK_FORK] = wanted[HOOK_FOLLOW] = !c->everyone;
	wanted[HOOK_RENAME] = c->renames;
	wanted[HOOK_SNAPSHOT] = true;
}

/*
 * Records for all threads there are and as many more; for followed processes
 * those that a large one may have.
 */
static __u32 records_needed(const struct session *s)
{
	__u32 wanted = s->config.max_tasks, threads = 0, n;
	FILE *f;

	if (!wanted) {
		f = fopen("/proc/loadavg", "re");
		if (!f || fscanf(f, "%*f %*f %*f %*u/%u", &threads) != 1)
			threads = 0;
		if (f)
			fclose(f);
		wanted = s->config.everyone ? 2 * threads : threads;
		if (wanted < MIN_TASKS)
			wanted = MIN_TASKS;
		if (wanted > MAX_TASKS)
			wanted = MAX_TASKS;
	}
	for (n = 1; n < wanted + LIMEN_FIRST_REST + s->nr_cpus; n <<= 1)
		;
	return n;
}

static void size_records(struct session *s)
{
	__u32 n = records_needed(s);

	bpf_map__set_max_entries(s->skel->maps.limen_records, n);
	bpf_map__set_max_entries(s->skel->maps.limen_free, n);
	s->skel->rodata->limen_max_records = n;
	s->skel->data->limen_next_index = LIMEN_FIRST_REST + s->nr_cpus;
}

static int by_least_size(const void *a, const void *b)
{
	const struct limen_filter *x = a, *y = b;

	return x->min_size < y->min_size ? -1 : x->min_size > y->min_size;
}

void session_sort_filters(struct limen_filter *filters, unsigned int nr)
{
	qsort(filters, nr, sizeof(*filters), by_least_size);
}

/* min_size is 0 in filters that do not ask for one. */
static void fill_masks(struct limen_masks *masks, const struct limen_filter *filters,
		       unsigned int nr)
{
	const struct limen_filter *f;
	unsigned int i, k;

	memset(masks, 0, sizeof(*masks));
	for (i = 0; i < LIMEN_MAX_FILTERS; i++) {
		masks->min_size[i] = ~0ULL;
		if (i >= nr)
			continue;
		f = &filters[i];
		masks->min_size[i] = f->min_size;
		for (k = 0; k < LIMEN_DIRECTIONS; k++)
			if (!(f->flags & LIMEN_FILTER_DIRECTION) || f->direction == k)
				masks->direction[k] |= 1ULL << i;
		for (k = 0; k < LIMEN_CLASSES; k++)
			if (!(f->flags & LIMEN_FILTER_CLASS) || f->classes >> k & 1)
				masks->class[k] |= 1ULL << i;
	}
}

static void configure(struct session *s)
{
	const struct session_config *c = &s->config;
	struct limen_bpf__rodata *ro = s->skel->rodata;

	ro->limen_everyone = c->everyone;
	ro->limen_filtering = c->nr_filters || c->sample || c->classify_all;
	ro->limen_classify_all = c->classify_all;
	ro->limen_kernel_checks = s->host.hardened_usercopy != NO;
	ro->limen_heap_hook = s->ladder.wanted[HOOK_HEAP] && !s->ladder.absent[HOOK_HEAP] &&
			      !s->ladder.absent[HOOK_CHECKED] && ro->limen_kernel_checks;
	ro->limen_send_shorts = c->shorts;
	ro->limen_send_stacks = c->stacks;
	ro->limen_send_tasks = c->tasks;
	ro->limen_send_execs = c->execs;
	ro->limen_sample = c->sample;
	ro->limen_nr_filters = c->nr_filters;
	ro->limen_self = getpid();
	if (c->nr_filters)
		memcpy(s->skel->bss->limen_filters, c->filters,
		       c->nr_filters * sizeof(*c->filters));
	fill_masks(&s->skel->bss->limen_masks, c->filters, c->nr_filters);
	size_records(s);
	if (c->ring_bytes)
		bpf_map__set_max_entries(s->skel->maps.limen_ring, c->ring_bytes);
	if (layout_fill(s->skel) == -EPERM)
		warning("kernel addresses are hidden (kernel.kptr_restrict): path names are counted "
			"as copies, and objects stay unknown");
}

static int attach_iterators(struct session *s)
{
	int i;

	for (i = HOOK_SNAPSHOT; i <= HOOK_FOLLOW; i++) {
		if (!s->ladder.wanted[i])
			continue;
		s->ladder.links[i] = bpf_program__attach_iter(ladder_program(&s->ladder, i), NULL);
		if (!s->ladder.links[i])
			return ladder_give_up(&s->ladder, i, -errno);
	}
	return 0;
}

static int load_and_attach(struct session *s)
{
	int err;

	do {
		ladder_detach(&s->ladder);
		limen_bpf__destroy(s->skel);
		s->skel = limen_bpf__open();
		if (!s->skel)
			return fail(-errno, "cannot open the BPF object: %s", strerror(errno));
		err = ladder_choose(&s->ladder, s->skel->obj);
		if (err)
			return err;
		configure(s);
		err = limen_bpf__load(s->skel);
		if (err)
			return ladder_load_failed(&s->host, err);
		err = ladder_attach(&s->ladder);
	} while (err > 0);
	return err ? err : attach_iterators(s);
}

/* Maps the CPUs' records, so that no bpf() call is needed to read them. */
static int map_rest(struct session *s)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t bytes = (LIMEN_FIRST_REST + s->nr_cpus) * sizeof(struct limen_record);
	void *start;

	bytes = (bytes + page - 1) / page * page;
	start = mmap(NULL, bytes, PROT_READ, MAP_SHARED,
		     bpf_map__fd(s->skel->maps.limen_records), 0);
	if (start == MAP_FAILED)
		return fail(-errno, "cannot map the records: %s", strerror(errno));
	s->rest = start;
	s->rest_bytes = bytes;
	return 0;
}

int session_open(const struct session_config *config, struct session **out)
{
	struct session *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return fail(-ENOMEM, "out of memory");
	s->config = *config;
	s->nr_cpus = libbpf_num_possible_cpus();
	host_read(&s->host);
	s->ladder.host = &s->host;
	s->ladder.force = config->force;
	choose_hooks(s);
	log_quiet_libbpf(1);
	err = load_and_attach(s);
	if (!err)
		err = map_rest(s);
	log_quiet_libbpf(0);
	malloc_trim(0);		/* the kernel's BTF was in memory until here */
	if (err) {
		session_close(s);
		return err;
	}
	*out = s;
	return 0;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	breakpoints_free(s->breakpoints);
	ladder_detach(&s->ladder);
	if (s->rest)
		munmap((void *)s->rest, s->rest_bytes);
	limen_bpf__destroy(s->skel);
	free(s);
}

enum rung session_rung(const struct session *s, enum hook_id hook)
{
	if (hooks[hook].ladder[0].rung == RUNG_BREAKPOINT)
		return breakpoints_has(s->breakpoints, hook) ? RUNG_BREAKPOINT : RUNG_ABSENT;
	return ladder_rung(&s->ladder, hook);
}

int session_follow(struct session *s, pid_t pid)
{
	__u32 key = pid;
	__u8 one = 1;
	int err, threads = 0;

	if (bpf_map__update_elem(s->skel->maps.limen_follow, &key, sizeof(key), &one,
				 sizeof(one), BPF_ANY))
		return -errno;
	/* A thread may be born by one that is not followed yet: until all are. */
	do {
		s->skel->bss->limen_followed = 0;
		err = iterator_read(s->ladder.links[HOOK_FOLLOW], 0, NULL, NULL);
		if (err)
			return err;
		threads += s->skel->bss->limen_followed;
	} while (s->skel->bss->limen_followed);
	bpf_map__delete_elem(s->skel->maps.limen_follow, &key, sizeof(key), 0);
	return threads ? threads : -ESRCH;
}

void session_follow_exec(struct session *s, pid_t pid)
{
	s->skel->bss->limen_exec_pid = pid;
}

bool session_exec_seen(struct session *s, pid_t pid)
{
	if (__atomic_exchange_n(&s->skel->bss->limen_exec_pid, 0, __ATOMIC_ACQ_REL) != (__u32)pid)
		return true;
	session_follow(s, pid);
	return false;
}

int session_break(struct session *s, pid_t pid)
{
	struct bpf_program *programs[HOOKS] = {};
	int i;

	for (i = HOOK_EXACT_TO_USER; i <= HOOK_EXACT_FROM_BEGUN; i++)
		if (s->ladder.wanted[i])
			programs[i] = ladder_program(&s->ladder, i);
	if (!s->breakpoints)
		s->breakpoints = breakpoints_new();
	if (!s->breakpoints)
		return fail(-ENOMEM, "out of memory");
	return breakpoints_set(s->breakpoints, programs, pid);
}

int session_ring(const struct session *s)
{
	return bpf_map__fd(s->skel->maps.limen_ring);
}

struct snapshot_line {
	struct limen_snapshot head;
	struct limen_counts counts;
};

struct snapshot_reader {
	session_visit visit;
	void *arg;
};

static int take_snapshot(void *arg, const void *data)
{
	const struct snapshot_line *line = data;
	struct snapshot_reader *r = arg;

	return r->visit(r->arg, &line->head.task, &line->counts);
}

int session_snapshot(struct session *s, session_visit visit, void *arg)
{
	struct snapshot_reader reader = {.visit = visit, .arg = arg};

	return iterator_read(s->ladder.links[HOOK_SNAPSHOT], sizeof(struct snapshot_line),
			     take_snapshot, &reader);
}

int session_sweep(struct session *s, session_visit visit, void *arg)
{
	struct limen_record record;
	__u32 index, end = s->skel->data->limen_next_index;
	int err = 0;

	if (end > s->skel->rodata->limen_max_records)
		end = s->skel->rodata->limen_max_records;
	for (index = LIMEN_FIRST_REST + s->nr_cpus; !err && index < end; index++) {
		if (bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.limen_records), &index, &record))
			return -errno;
		if (record.owner && !(record.flags & LIMEN_TASK_REPORTED))
			err = visit(arg, &record.who, &record.counts);
	}
	return err;
}

int session_rest(const struct session *s, struct limen_counts *rest)
{
	int cpu;

	memset(rest, 0, sizeof(*rest));
	for (cpu = 0; cpu < s->nr_cpus; cpu++)
		counts_add(rest, &s->rest[LIMEN_FIRST_REST + cpu].counts);
	return 0;
}

int session_losses(const struct session *s, struct session_losses *losses)
{
	const struct limen_cpu *cpu;
	int i, kind;

	memset(losses, 0, sizeof(*losses));
	for (i = 0; i < s->nr_cpus && i < LIMEN_MAX_CPUS; i++) {
		cpu = &s->skel->bss->limen_cpus[i];
		for (kind = 0; kind < LIMEN_EVENT_KINDS; kind++) {
			losses->ring += cpu->lost[kind];
			losses->produced += cpu->produced[kind];
		}
		losses->pending += cpu->no_pending;
		losses->folded += cpu->folded;
		losses->unfollowed += cpu->unfollowed;
		losses->no_record += cpu->no_record;
	}
	losses->missed = ladder_misses(&s->ladder);
	return 0;
}

void session_stop(struct session *s)
{
	int i;

	breakpoints_free(s->breakpoints);
	s->breakpoints = NULL;
	for (i = 0; i < HOOKS; i++)
		if (i != HOOK_SNAPSHOT)
			ladder_detach_hook(&s->ladder, i);
	/* What still ran when its link went away has ended after this. */
	syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}
