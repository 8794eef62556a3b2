// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/tee.h"

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

#include "probe/check.h"
#include "probe/host.h"
#include "probe/kallsyms.h"
#include "probe/ladder.h"
#include "probe/layout.h"
#include "probe/skeleton.h"
#include "probe/tables.h"
#include "util/log.h"

#define MAX_OBJECTS	16384

enum part { PART_TEE, PART_OPTEE, PARTS };

/* Tables are read by the programs of the core's object, one for each. */
static const struct table tables[TEE_TABLES] = {
	[TEE_OBJECTS]	= {"tee_read_objects", "limen_tee_objects",
			   sizeof(struct limen_tee_object_line)},
	[TEE_CONTEXTS]	= {"tee_read_contexts", "limen_tee_contexts",
			   sizeof(struct limen_tee_context_line)},
	[TEE_SESSIONS]	= {"tee_read_sessions", "limen_tee_session_nr",
			   sizeof(struct limen_tee_session_line)},
	[TEE_CLIENTS]	= {"tee_read_clients", "limen_tee_client_nr",
			   sizeof(struct limen_tee_client_line)},
	[TEE_TAS]	= {"tee_read_tas", "limen_tee_tas", sizeof(struct limen_tee_ta_line)},
	[TEE_SITES]	= {"tee_read_sites", "limen_tee_sites", sizeof(struct limen_tee_site_line)},
	[TEE_FILES]	= {"tee_read_files", NULL, sizeof(struct limen_tee_holding)},
	[TEE_MAPS]	= {"tee_read_maps", NULL, sizeof(struct limen_tee_holding)},
};

/* One BPF object, of one module. */
struct attachment {
	struct limen_tee_bpf *tee;	/* PART_TEE */
	struct limen_optee_bpf *optee;	/* PART_OPTEE */
	struct ladder ladder;
	char module[MODULE_NAME];	/* that has the functions: mostly the part's own */
	bool attached;
	__u64 missed;			/* by programs that are detached already */
};

struct tee_session {
	struct tee_config config;
	struct host host;
	struct attachment parts[PARTS];
	struct bpf_link *readers[TEE_TABLES];
	/* The tables, kept when an object goes: the next one takes them. */
	struct tables maps;
	const struct limen_tee_cpu *cpus;	/* mapped */
	size_t cpus_bytes;
	void *stacks;				/* of begun calls; mapped */
	size_t stacks_bytes;
	__u32 epoch, last_epoch;		/* of this attachment, 0 while nothing counts */
	int nr_cpus;
};

static const struct {
	const char *module;
	enum hook_id first, last;
} parts[PARTS] = {
	[PART_TEE]	= {"tee", HOOK_TEE_FIRST, HOOK_TEE_LAST},
	[PART_OPTEE]	= {"optee", HOOK_OPTEE_FIRST, HOOK_OPTEE_LAST},
};

static int part_of(const struct tee_session *t, const char *module)
{
	int i;

	for (i = 0; i < PARTS; i++)
		if (!strcmp(parts[i].module, module) || !strcmp(t->parts[i].module, module))
			return i;
	return -1;
}

/* --- what this kernel has --- */

/* Kernel functions whose addresses the programs want. */
enum { AT_RELEASE, AT_FOP_RELEASE, AT_RETURN, NR_PLACES = AT_RETURN + LIMEN_TEE_RETURN_AT };

static const char *const place_names[NR_PLACES] = {
	"tee_release", "tee_shm_fop_release",
	/* Where functions return to while a return probe waits for them. */
	"arch_rethook_trampoline", "__kretprobe_trampoline", "return_to_handler",
};

struct places {
	__u64 address[NR_PLACES];
};

/*
 * Functions that kallsyms does not show are absent: no try is needed. Returns
 * true when the essential ones are there, and any at all. Where addresses are
 * hidden, the module decides.
 */
static bool find_functions(struct tee_session *t, enum part part, struct places *at)
{
	struct ksym syms[HOOKS + NR_PLACES] = {};
	struct ladder *l = &t->parts[part].ladder;
	unsigned int i, n = 0;
	bool there = true, any = false;
	int err;

	for (i = parts[part].first; i <= parts[part].last; i++)
		syms[n++].name = hooks[i].function;
	for (i = 0; i < NR_PLACES; i++)
		syms[n + i].name = place_names[i];
	err = kallsyms_find_functions(syms, n + NR_PLACES);
	for (i = 0; i < NR_PLACES; i++)
		at->address[i] = syms[n + i].address;
	for (i = 0; i < n && !err; i++) {
		any |= syms[i].address != 0;
		if (*syms[i].module)
			strcpy(t->parts[part].module, syms[i].module);
		if (syms[i].address)
			continue;
		l->absent[parts[part].first + i] = true;
		there &= !(hooks[parts[part].first + i].flags & HOOK_ESSENTIAL);
	}
	return err ? check_module_loaded(parts[part].module) : there && any;
}

const char *tee_why_absent(void)
{
	if (check_module_loaded("tee"))
		return "the kernel's TEE core is older than 5.18, or built without what limen hooks";
	return "no TEE on this host: the module tee is not loaded";
}

/* --- tables --- */

static int known_map(const struct tee_session *t, const char *name)
{
	return tables_fd(&t->maps, name);
}

/* The sizes that the user or the host decides. */
static unsigned int table_size(void *arg, const char *name)
{
	const struct tee_session *t = arg;

	if (!strcmp(name, "limen_tee_cpus"))
		return t->nr_cpus;
	if (!strcmp(name, "limen_tee_objects"))
		return t->config.max_objects;
	return strcmp(name, "limen_ring") ? 0 : t->config.ring_bytes;
}

/* The stacks of begun calls, and the counters. */
static int map_shared(struct tee_session *t)
{
	int err;

	if (t->cpus)
		return 0;
	err = tables_map(&t->maps, "limen_tee_fast", PROT_READ | PROT_WRITE, &t->stacks,
			 &t->stacks_bytes);
	if (!err)
		err = tables_map(&t->maps, "limen_tee_cpus", PROT_READ, (void **)&t->cpus,
				 &t->cpus_bytes);
	return err;
}

/* The sums of what belongs to no process: also of those beyond the table. */
static int make_rest(struct tee_session *t)
{
	struct limen_tee_client rest = {};
	__u32 number = 0;
	__u64 key = 0;

	strcpy(rest.who.comm, "kernel");
	if (bpf_map_update_elem(known_map(t, "limen_tee_client_nr"), &key, &number, BPF_NOEXIST))
		return errno == EEXIST ? 0 : fail(-errno, "cannot write to a table: %s",
						  strerror(errno));
	if (bpf_map_update_elem(known_map(t, "limen_tee_clients"), &number, &rest, BPF_ANY))
		return fail(-errno, "cannot write to a table: %s", strerror(errno));
	return 0;
}

/* --- loading and attaching --- */

/* Calls that were under way when the programs went are unknown from now on. */
static void forget_calls(struct tee_session *t)
{
	if (t->stacks)
		memset(t->stacks, 0, t->stacks_bytes);
}

static void set_epoch(struct tee_session *t)
{
	const struct attachment *tee = &t->parts[PART_TEE], *optee = &t->parts[PART_OPTEE];

	if (optee->optee)
		__atomic_store_n(&optee->optee->bss->limen_tee_epoch, t->epoch, __ATOMIC_SEQ_CST);
	if (tee->tee)
		__atomic_store_n(&tee->tee->bss->limen_tee_epoch, t->epoch, __ATOMIC_SEQ_CST);
}

/* Counting begins, with all that is attached, or ends. */
static void count_on(struct tee_session *t, bool on)
{
	t->epoch = on ? ++t->last_epoch : 0;
	set_epoch(t);
}

/* What still ran when counting ended, or its link went away, has ended after this. */
static void wait_for_programs(void)
{
	syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

/* The readers stay: their links hold their programs. */
static void unload(struct attachment *a)
{
	if (a->attached)
		a->missed += ladder_misses(&a->ladder);
	ladder_detach(&a->ladder);
	limen_tee_bpf__destroy(a->tee);
	limen_optee_bpf__destroy(a->optee);
	a->tee = NULL;
	a->optee = NULL;
	a->ladder.obj = NULL;
	a->attached = false;
}

/* Settings that both objects have. */
#define CONFIGURE(t, ro, at) do {				\
	(ro)->limen_self = getpid();				\
	(ro)->limen_tee_steps = (t)->config.steps;		\
	(ro)->limen_tee_quiet = (t)->config.quiet;		\
	(ro)->limen_tee_user_end = layout_user_end();		\
	memcpy((void *)(ro)->limen_tee_return_at,		\
	       &(at)->address[AT_RETURN],			\
	       sizeof((ro)->limen_tee_return_at));		\
} while (0)

static struct bpf_object *open_object(struct tee_session *t, enum part part,
				      const struct places *at)
{
	struct attachment *a = &t->parts[part];

	if (part == PART_OPTEE) {
		a->optee = limen_optee_bpf__open();
		if (!a->optee)
			return NULL;
		CONFIGURE(t, a->optee->rodata, at);
		return a->optee->obj;
	}
	a->tee = limen_tee_bpf__open();
	if (!a->tee)
		return NULL;
	CONFIGURE(t, a->tee->rodata, at);
	a->tee->rodata->limen_tee_release_at = at->address[AT_RELEASE];
	a->tee->rodata->limen_tee_fop_release_at = at->address[AT_FOP_RELEASE];
	return a->tee->obj;
}

static int choose(struct tee_session *t, enum part part, struct bpf_object *obj)
{
	int err = ladder_choose(&t->parts[part].ladder, obj);

	if (!err && part == PART_TEE)
		err = tables_choose_readers(tables, TEE_TABLES, obj);
	return err;
}

static int load_part(struct tee_session *t, enum part part, const struct places *at)
{
	struct attachment *a = &t->parts[part];
	struct bpf_object *obj;
	int err;

	do {
		unload(a);
		obj = open_object(t, part, at);
		if (!obj)
			return fail(-errno, "cannot open the BPF object: %s", strerror(errno));
		err = choose(t, part, obj);
		if (!err)
			err = tables_prepare(&t->maps, obj, table_size, t);
		if (err)
			return err;
		err = a->tee ? limen_tee_bpf__load(a->tee) : limen_optee_bpf__load(a->optee);
		if (err)
			return ladder_load_failed(&t->host, err);
		err = tables_keep(&t->maps, obj);
		if (!err && part == PART_TEE)
			err = make_rest(t);
		if (!err)
			err = ladder_attach(&a->ladder);
	} while (err > 0);
	a->attached = !err;
	return err;
}

static int attach_part(struct tee_session *t, enum part part)
{
	struct attachment *a = &t->parts[part];
	struct places at;
	int i, err;

	memset(&a->ladder, 0, sizeof(a->ladder));
	a->ladder.host = &t->host;
	a->ladder.force = t->config.force;
	for (i = parts[part].first; i <= (int)parts[part].last; i++)
		a->ladder.wanted[i] = true;
	if (!find_functions(t, part, &at))
		return 0;
	log_quiet_libbpf(1);
	err = load_part(t, part, &at);
	if (!err && part == PART_TEE)
		err = tables_attach_readers(&t->maps, tables, TEE_TABLES, a->ladder.obj,
					    t->readers);
	if (!err && part == PART_TEE)
		err = map_shared(t);
	log_quiet_libbpf(0);
	malloc_trim(0);
	if (err) {
		unload(a);
		return err;
	}
	step("hooks of module %s are in place", parts[part].module);
	return 1;
}

/*
 * Both parts, as far as they can be attached and are not. When the core is
 * counted already, what optee adds is counted as it comes.
 */
static int attach_all(struct tee_session *t)
{
	bool counting = tee_attached(t);
	int i, err, changed = 0;

	for (i = 0; i < PARTS; i++) {
		if (t->parts[i].attached)
			continue;
		if (i != PART_TEE && !t->parts[PART_TEE].attached)
			break;
		err = attach_part(t, i);
		if (err < 0)
			return err;
		changed |= err;
	}
	if (tee_attached(t) && !counting)
		count_on(t, true);
	else if (changed)
		set_epoch(t);
	return changed;
}

int tee_open(const struct tee_config *config, struct tee_session **out)
{
	struct tee_session *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return fail(-ENOMEM, "out of memory");
	t->config = *config;
	if (!t->config.max_objects)
		t->config.max_objects = MAX_OBJECTS;
	t->nr_cpus = libbpf_num_possible_cpus();
	host_read(&t->host);
	err = attach_all(t);
	if (err < 0) {
		tee_close(t);
		return err;
	}
	*out = t;
	return 0;
}

void tee_close(struct tee_session *t)
{
	int i;

	if (!t)
		return;
	for (i = 0; i < TEE_TABLES; i++)
		bpf_link__destroy(t->readers[i]);
	for (i = 0; i < PARTS; i++)
		unload(&t->parts[i]);
	tables_close(&t->maps);
	if (t->cpus)
		munmap((void *)t->cpus, t->cpus_bytes);
	if (t->stacks)
		munmap(t->stacks, t->stacks_bytes);
	free(t);
}

bool tee_attached(const struct tee_session *t)
{
	return t->parts[PART_TEE].attached;
}

int tee_module_came(struct tee_session *t, const char *module)
{
	return attach_all(t);
}

static void forget_all(int fd)
{
	__u64 key;

	while (fd >= 0 && !bpf_map_get_next_key(fd, NULL, &key))
		if (bpf_map_delete_elem(fd, &key))
			break;
}

static void forget_sessions(struct tee_session *t)
{
	static const struct limen_tee_session none;
	int fd = known_map(t, "limen_tee_session_nr");
	struct limen_tee_session_key key;
	__u32 number;

	while (fd >= 0 && !bpf_map_get_next_key(fd, NULL, &key)) {
		if (!bpf_map_lookup_elem(fd, &key, &number)) {
			bpf_map_update_elem(known_map(t, "limen_tee_sessions"), &number, &none,
					    BPF_ANY);
			bpf_map_update_elem(known_map(t, "limen_tee_session_free"), NULL, &number,
					    BPF_ANY);
		}
		if (bpf_map_delete_elem(fd, &key))
			break;
	}
}

/* The objects, contexts and sessions of a TEE that is gone. */
static void forget(struct tee_session *t)
{
	forget_all(known_map(t, "limen_tee_objects"));
	forget_all(known_map(t, "limen_tee_contexts"));
	forget_sessions(t);
}

int tee_module_goes(struct tee_session *t, const char *module, bool gone)
{
	int part = part_of(t, module), i, changed = 0;

	if (part < 0)
		return 0;
	if (part == PART_TEE)
		count_on(t, false);
	/* What lies above it goes first. */
	for (i = PARTS - 1; i >= part; i--) {
		changed |= t->parts[i].attached;
		unload(&t->parts[i]);
	}
	if (part == PART_TEE) {
		wait_for_programs();
		forget_calls(t);
	}
	if (gone && part == PART_TEE)
		forget(t);
	return changed;
}

/* --- reading --- */

int tee_read(struct tee_session *t, enum tee_table table, iterator_visit visit, void *arg)
{
	if (!t->readers[table])
		return 0;
	return iterator_read(t->readers[table], tables[table].line, visit, arg);
}

int tee_look_around(struct tee_session *t, iterator_visit visit, void *arg)
{
	int err = tee_read(t, TEE_FILES, visit, arg);

	return err ? err : tee_read(t, TEE_MAPS, visit, arg);
}

int tee_ring(const struct tee_session *t)
{
	return known_map(t, "limen_ring");
}

void tee_counts(const struct tee_session *t, struct limen_tee_counts *sum)
{
	const __u64 *from;
	__u64 *to = (__u64 *)sum;
	size_t i;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for (cpu = 0; t->cpus && cpu < t->nr_cpus; cpu++) {
		from = (const __u64 *)&t->cpus[cpu].counts;
		for (i = 0; i < sizeof(*sum) / sizeof(__u64); i++)
			to[i] += from[i];
	}
}

void tee_losses(const struct tee_session *t, struct session_losses *losses)
{
	struct limen_tee_counts counts;
	int cpu, i;

	for (cpu = 0; t->cpus && cpu < t->nr_cpus; cpu++) {
		losses->ring += t->cpus[cpu].cpu.lost[LIMEN_EVENT_TEE];
		losses->produced += t->cpus[cpu].cpu.produced[LIMEN_EVENT_TEE];
	}
	for (i = 0; i < PARTS; i++)
		losses->missed += t->parts[i].missed +
				  (t->parts[i].ladder.obj ? ladder_misses(&t->parts[i].ladder) : 0);
	tee_counts(t, &counts);
	losses->missed += counts.returns_missed + counts.no_call;
}

enum rung tee_rung(const struct tee_session *t, enum hook_id hook)
{
	int i;

	for (i = 0; i < PARTS; i++)
		if (hook >= parts[i].first && hook <= parts[i].last)
			return ladder_rung(&t->parts[i].ladder, hook);
	return RUNG_ABSENT;
}

void tee_stop(struct tee_session *t)
{
	int i;

	count_on(t, false);
	wait_for_programs();
	for (i = 0; i < PARTS; i++)
		ladder_detach(&t->parts[i].ladder);
}
