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
#include "probe/layout.h"
#include "util/log.h"

#define ENOTSUPP_KERNEL	524
#define ITER_BUFFER	(64 * 1024)
#define MIN_TASKS	16000		/* records of half a KiB: 8 MiB */
#define MAX_TASKS	(1 << 18)

struct session {
	struct limen_bpf *skel;
	struct session_config config;
	bool wanted[HOOKS];
	unsigned int step[HOOKS];	/* down the hook's ladder, see hook_step() */
	struct host host;
	bool absent[HOOKS];
	struct bpf_link *links[HOOKS];
	struct breakpoints *breakpoints;
	const struct limen_record *rest;	/* the first records, mapped: one for each CPU */
	size_t rest_bytes;
	__u64 missed;			/* of programs that are detached already */
	int nr_cpus;
};

static void choose_hooks(struct session *s)
{
	const struct session_config *c = &s->config;
	int i;

	/* The breakpoints' programs are loaded here and attached by session_break(). */
	s->wanted[HOOK_CHECK] = c->count && !c->exact;
	s->wanted[HOOK_HEAP] = s->wanted[HOOK_CHECKED] = s->wanted[HOOK_CHECK] && c->objects;
	s->wanted[HOOK_ABORT] = s->wanted[HOOK_FIXUP] = true;
	for (i = HOOK_IO_READ; i <= HOOK_IO_SENDMSG; i++)
		s->wanted[i] = c->io;
	for (i = HOOK_EXACT_TO_USER; i <= HOOK_EXACT_FROM_BEGUN; i++)
		s->wanted[i] = c->exact && hooks[i].function;
	s->wanted[HOOK_EXIT] = true;
	s->wanted[HOOK_EXEC] = c->execs || !c->everyone || c->nr_filters;
	s->wanted[HOOK_FORK] = s->wanted[HOOK_FOLLOW] = !c->everyone;
	s->wanted[HOOK_RENAME] = c->renames;
	s->wanted[HOOK_SNAPSHOT] = true;
}

static bool is_function_hook(int hook)
{
	return hooks[hook].ladder[0].rung == RUNG_FENTRY;
}

static bool ladder_end(const struct session *s, int hook)
{
	return hook_step(hook, s->host.preempts, s->step[hook]) < 0;
}

static enum rung current_rung(const struct session *s, int hook)
{
	return hooks[hook].ladder[hook_step(hook, s->host.preempts, s->step[hook])].rung;
}

/* Steps down to the next rung that is allowed; false when there is none. */
static bool step_allowed(struct session *s, int hook)
{
	enum rung force = s->config.force;

	for (; !ladder_end(s, hook); s->step[hook]++)
		if (force == RUNG_ABSENT || !is_function_hook(hook) ||
		    current_rung(s, hook) == force)
			return true;
	return false;
}

static const char *program_name(const struct session *s, int hook)
{
	return hooks[hook].ladder[hook_step(hook, s->host.preempts, s->step[hook])].program;
}

static struct bpf_program *hook_program(const struct session *s, int hook)
{
	return bpf_object__find_program_by_name(s->skel->obj, program_name(s, hook));
}

static int give_up(struct session *s, int hook, int err)
{
	char reason[256], remedy[256];

	s->absent[hook] = true;
	if (!(hooks[hook].flags & HOOK_ESSENTIAL)) {
		step("%s cannot be attached: %s", hooks[hook].function, strerror(-err));
		return 0;
	}
	host_explain(&s->host, err, reason, sizeof(reason), remedy, sizeof(remedy));
	fail(err, "cannot attach to %s: %s", hooks[hook].function, reason);
	if (s->config.force != RUNG_ABSENT)
		fail(err, "only %s was allowed (--force-hook)", rung_name(s->config.force));
	if (*remedy)
		fail(err, "%s", remedy);
	return err;
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
	ro->limen_heap_hook = s->wanted[HOOK_HEAP] && !s->absent[HOOK_HEAP] &&
			      !s->absent[HOOK_CHECKED] && ro->limen_kernel_checks;
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

/* Chooses a program per hook and switches the others off. */
static int choose_programs(struct session *s)
{
	struct bpf_program *prog;
	int i, err;

	bpf_object__for_each_program(prog, s->skel->obj)
		bpf_program__set_autoload(prog, false);
	for (i = 0; i < HOOKS; i++) {
		if (!s->wanted[i] || s->absent[i])
			continue;
		for (err = -ESRCH; step_allowed(s, i); s->step[i]++) {
			prog = hook_program(s, i);
			if (!prog)
				return fail(-ENOENT, "no program '%s' in the BPF object",
					    program_name(s, i));
			err = 0;
			if (current_rung(s, i) == RUNG_FENTRY)
				err = bpf_program__set_attach_target(prog, 0, hooks[i].function);
			if (!err)
				break;
		}
		if (ladder_end(s, i)) {
			err = give_up(s, i, err);
			if (err)
				return err;
			continue;
		}
		bpf_program__set_autoload(prog, true);
	}
	return 0;
}

static struct bpf_link *attach_program(struct bpf_program *prog, int hook, enum rung rung)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, multi);
	LIBBPF_OPTS(bpf_kprobe_opts, opts);

	if (rung == RUNG_KPROBE_MULTI) {
		multi.syms = (const char **)&hooks[hook].function;
		multi.cnt = 1;
		multi.retprobe = hooks[hook].flags & HOOK_AT_RETURN;
		return bpf_program__attach_kprobe_multi_opts(prog, NULL, &multi);
	}
	if (rung != RUNG_KPROBE)
		return bpf_program__attach(prog);
	opts.retprobe = hooks[hook].flags & HOOK_AT_RETURN;
	return bpf_program__attach_kprobe_opts(prog, hooks[hook].function, &opts);
}

/* 0, 1 when a ladder was stepped down and all must be loaded anew, or an error. */
static int attach_hooks(struct session *s)
{
	struct bpf_program *prog;
	enum rung rung;
	int i, j, err;

	for (i = 0; i < HOOKS; i++) {
		if (!s->wanted[i] || s->absent[i])
			continue;
		rung = current_rung(s, i);
		if (rung == RUNG_BREAKPOINT || rung == RUNG_ITERATOR)
			continue;
		prog = hook_program(s, i);
		s->links[i] = attach_program(prog, i, rung);
		if (s->links[i])
			continue;
		err = -errno;
		step("%s by %s: %s", hooks[i].function, rung_name(rung), strerror(-err));
		/* No trampolines at all: do not try the same on every hook. */
		for (j = 0; (err == -ENOTSUPP_KERNEL || err == -EOPNOTSUPP) && j < HOOKS; j++)
			if (j != i && s->wanted[j] && is_function_hook(j) && !ladder_end(s, j) &&
			    current_rung(s, j) == rung)
				s->step[j]++;
		s->step[i]++;
		if (!step_allowed(s, i)) {
			err = give_up(s, i, err);
			if (err)
				return err;
		}
		return 1;
	}
	return 0;
}

static int attach_iterators(struct session *s)
{
	int i;

	for (i = HOOK_SNAPSHOT; i <= HOOK_FOLLOW; i++) {
		if (!s->wanted[i])
			continue;
		s->links[i] = bpf_program__attach_iter(hook_program(s, i), NULL);
		if (!s->links[i])
			return give_up(s, i, -errno);
	}
	return 0;
}

static void detach(struct session *s)
{
	int i;

	for (i = 0; i < HOOKS; i++) {
		bpf_link__destroy(s->links[i]);
		s->links[i] = NULL;
	}
}

static int load_failed(const struct host *host, int err)
{
	char reason[256], remedy[256];

	if (!host->btf)
		return fail(err, "cannot load the BPF programs: no /sys/kernel/btf/vmlinux; "
			    "limen needs a kernel with CONFIG_DEBUG_INFO_BTF=y");
	/* Lockdown takes the helper away that reads kernel memory: -EINVAL. */
	if (host->lockdown == LOCKDOWN_CONFIDENTIALITY)
		err = -EPERM;
	if (err != -EPERM && host->cap_bpf)
		return fail(err, "cannot load the BPF programs: this kernel's verifier refuses one "
			    "(%s); please report what -vv shows", strerror(-err));
	host_explain(host, err, reason, sizeof(reason), remedy, sizeof(remedy));
	fail(err, "cannot load the BPF programs: %s", reason);
	if (*remedy)
		fail(err, "%s", remedy);
	return fail(err, "'limen doctor' tells more; -vv shows the kernel's log");
}

static int load_and_attach(struct session *s)
{
	int err;

	do {
		detach(s);
		limen_bpf__destroy(s->skel);
		s->skel = limen_bpf__open();
		if (!s->skel)
			return fail(-errno, "cannot open the BPF object: %s", strerror(errno));
		err = choose_programs(s);
		if (err)
			return err;
		configure(s);
		err = limen_bpf__load(s->skel);
		if (err)
			return load_failed(&s->host, err);
		err = attach_hooks(s);
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
	detach(s);
	if (s->rest)
		munmap((void *)s->rest, s->rest_bytes);
	limen_bpf__destroy(s->skel);
	free(s);
}

enum rung session_rung(const struct session *s, enum hook_id hook)
{
	if (hooks[hook].ladder[0].rung == RUNG_BREAKPOINT)
		return breakpoints_has(s->breakpoints, hook) ? RUNG_BREAKPOINT : RUNG_ABSENT;
	return s->links[hook] ? current_rung(s, hook) : RUNG_ABSENT;
}

/* Runs an iterator to its end, handing over what it writes. */
static int run_iterator(const struct session *s, enum hook_id hook,
			int (*take)(void *arg, const char *data, size_t len), void *arg)
{
	static char buffer[ITER_BUFFER];
	ssize_t n;
	int fd, err = 0;

	fd = bpf_iter_create(bpf_link__fd(s->links[hook]));
	if (fd < 0)
		return -errno;
	for (;;) {
		n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			break;
		err = take ? take(arg, buffer, n) : 0;
		if (err)
			break;
	}
	if (n < 0)
		err = -errno;
	close(fd);
	return err;
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
		err = run_iterator(s, HOOK_FOLLOW, NULL, NULL);
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
		if (s->wanted[i])
			programs[i] = hook_program(s, i);
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

#define SNAPSHOT_SIZE	(sizeof(struct limen_snapshot) + sizeof(struct limen_counts))

struct snapshot_reader {
	session_visit visit;
	void *arg;
	size_t used;
	char partial[SNAPSHOT_SIZE];
};

/* Records may be split over two reads. */
static int take_snapshot(void *arg, const char *data, size_t len)
{
	struct snapshot_reader *r = arg;
	const struct limen_snapshot *head;
	struct limen_counts counts;
	size_t part;
	int err;

	while (len) {
		part = SNAPSHOT_SIZE - r->used;
		if (part > len)
			part = len;
		memcpy(r->partial + r->used, data, part);
		r->used += part;
		data += part;
		len -= part;
		if (r->used < SNAPSHOT_SIZE)
			return 0;
		r->used = 0;
		head = (const void *)r->partial;
		memcpy(&counts, r->partial + sizeof(*head), sizeof(counts));
		err = r->visit(r->arg, &head->task, &counts);
		if (err)
			return err;
	}
	return 0;
}

int session_snapshot(struct session *s, session_visit visit, void *arg)
{
	struct snapshot_reader reader = {.visit = visit, .arg = arg};

	return run_iterator(s, HOOK_SNAPSHOT, take_snapshot, &reader);
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

/* Hits that the kernel skipped because the program was running on that CPU. */
static __u64 program_misses(const struct session *s)
{
	struct bpf_prog_info info;
	struct bpf_program *prog;
	__u64 missed = 0;
	__u32 len;

	bpf_object__for_each_program(prog, s->skel->obj) {
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (bpf_program__fd(prog) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			continue;
		missed += info.recursion_misses;
		if (info.recursion_misses)
			step("%s: %llu hits skipped", bpf_program__name(prog),
			     info.recursion_misses);
	}
	return missed;
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
	losses->missed = program_misses(s);
	return 0;
}

void session_stop(struct session *s)
{
	int i;

	breakpoints_free(s->breakpoints);
	s->breakpoints = NULL;
	for (i = 0; i < HOOKS; i++) {
		if (i == HOOK_SNAPSHOT)
			continue;
		bpf_link__destroy(s->links[i]);
		s->links[i] = NULL;
	}
	/* What still ran when its link went away has ended after this. */
	syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}
