// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/stage2.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <malloc.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "probe/host.h"
#include "probe/kallsyms.h"
#include "probe/ladder.h"
#include "probe/realm.h"
#include "probe/skeleton.h"
#include "probe/tables.h"
#include "probe/vms.h"
#include "util/log.h"

static const struct table tables[STAGE2_TABLES] = {
	[STAGE2_VMS]	= {"s2_read_vms", "limen_s2_vms", sizeof(struct stage2_vm_line)},
	[STAGE2_VCPUS]	= {"s2_read_vcpus", "limen_s2_vcpus", sizeof(struct stage2_vcpu_line)},
	[STAGE2_SLOTS]	= {"s2_read_slots", "limen_s2_slots", sizeof(struct stage2_slot_line)},
	[STAGE2_PAGES]	= {"s2_read_pages", "limen_s2_pages", sizeof(struct stage2_page_line)},
};

struct stage2_session {
	struct stage2_config config;
	struct host host;
	struct limen_stage2_bpf *skel;
	struct ladder ladder;
	bool attached;
	bool pages_counted;			/* now, or before */
	bool realms;				/* this kernel has them */
	__u64 missed;				/* by programs that are detached already */
	struct bpf_link *readers[STAGE2_TABLES];
	struct tables maps;
	const struct limen_s2_cpu *cpus;	/* mapped */
	size_t cpus_bytes;
	int nr_cpus;
};

static unsigned int table_size(void *arg, const char *name)
{
	const struct stage2_session *s = arg;

	if (!strcmp(name, "limen_ring"))
		return s->config.ring_bytes;
	if (!s->realms && !strncmp(name, "limen_realm", strlen("limen_realm")))
		return 1;
	return strcmp(name, "limen_s2_cpus") ? 0 : s->nr_cpus;
}

static void count_on(struct stage2_session *s, bool on)
{
	if (s->skel)
		__atomic_store_n(&s->skel->bss->limen_s2_on, on, __ATOMIC_SEQ_CST);
}

/* The readers stay: their links hold their programs. */
static void unload(struct stage2_session *s)
{
	if (s->attached)
		s->missed += ladder_misses(&s->ladder);
	ladder_detach(&s->ladder);
	limen_stage2_bpf__destroy(s->skel);
	s->skel = NULL;
	s->ladder.obj = NULL;
	s->attached = false;
}

/* Nested paging is off, or the module that says so is not there yet. */
static bool may_shadow(void)
{
	static const char *const files[] = {
		"/sys/module/kvm_amd/parameters/npt", "/sys/module/kvm_intel/parameters/ept",
	};
	bool nested = false;
	size_t i;
	FILE *f;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		f = fopen(files[i], "re");
		if (!f)
			continue;
		nested |= strchr("1Y", fgetc(f)) != NULL;
		fclose(f);
	}
	return !nested;
}

static void configure(struct stage2_session *s)
{
	struct limen_stage2_bpf__rodata *ro = s->skel->rodata;
	const struct stage2_config *c = &s->config;

	ro->limen_page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	ro->limen_s2_steps = c->steps;
	ro->limen_s2_quiet = c->quiet;
	ro->limen_s2_pid = c->pid;
	ro->limen_s2_slow_ns = c->slow_ns;
	ro->limen_s2_loop_times = c->loop_times;
	ro->limen_s2_loop_ns = c->loop_ns;
	ro->limen_s2_shadow = may_shadow();
	ro->limen_s2_sizes = c->pages || c->pages_later;
}

static int prepare(struct stage2_session *s)
{
	int err;

	s->skel = limen_stage2_bpf__open();
	if (!s->skel)
		return fail(-errno, "cannot open the BPF object: %s", strerror(errno));
	configure(s);
	err = ladder_choose(&s->ladder, s->skel->obj);
	if (!err)
		err = tables_choose_readers(tables, STAGE2_TABLES, s->skel->obj);
	if (!err)
		err = tables_prepare(&s->maps, s->skel->obj, table_size, s);
	return err;
}

static int load(struct stage2_session *s)
{
	int err;

	do {
		unload(s);
		err = prepare(s);
		if (err)
			return err;
		err = limen_stage2_bpf__load(s->skel);
		if (err)
			return ladder_load_failed(&s->host, err);
		err = tables_keep(&s->maps, s->skel->obj);
		if (!err)
			err = ladder_attach(&s->ladder);
	} while (err > 0);
	s->attached = !err;
	if (!err)
		err = tables_attach_readers(&s->maps, tables, STAGE2_TABLES, s->skel->obj,
					    s->readers);
	if (!err && !s->cpus)
		err = tables_map(&s->maps, "limen_s2_cpus", PROT_READ, (void **)&s->cpus,
				 &s->cpus_bytes);
	return err;
}

/* Functions that kallsyms does not show are absent: no try is needed. */
static void find_functions(struct ladder *l)
{
	struct ksym syms[HOOKS] = {};
	unsigned int i, n = HOOK_S2_LAST - HOOK_S2_FIRST + 1;

	for (i = 0; i < n; i++)
		syms[i].name = hooks[HOOK_S2_FIRST + i].function ?: "";
	if (kallsyms_find_functions(syms, n))
		return;
	for (i = 0; i < n; i++)
		if (!syms[i].address && hooks[HOOK_S2_FIRST + i].ladder[0].rung == RUNG_FENTRY &&
		    !(hooks[HOOK_S2_FIRST + i].flags & HOOK_ESSENTIAL))
			l->absent[HOOK_S2_FIRST + i] = true;
}

static void choose_hooks(struct stage2_session *s)
{
	const struct stage2_config *c = &s->config;
	struct ladder *l = &s->ladder;
	int i;

	memset(l, 0, sizeof(*l));
	l->host = &s->host;
	l->force = c->force;
	for (i = HOOK_S2_FIRST; i <= HOOK_S2_LAST; i++)
		l->wanted[i] = hooks[i].function;
	for (i = HOOK_S2_MAP; i <= HOOK_S2_PMAP; i++) {
		l->wanted[i] &= c->pages || c->pages_later;
		l->later[i] = !c->pages;
	}
	find_functions(l);
	s->realms = realm_wanted(l->wanted);
}

int stage2_module_came(struct stage2_session *s)
{
	int err;

	if (s->attached || !vms_kvm_there())
		return 0;
	choose_hooks(s);
	log_quiet_libbpf(1);
	err = load(s);
	log_quiet_libbpf(0);
	malloc_trim(0);
	if (err) {
		unload(s);
		return err;
	}
	step("hooks of KVM are in place");
	return 1;
}

static void note_pages(struct stage2_session *s)
{
	s->pages_counted |= s->ladder.links[HOOK_S2_MAP] || s->ladder.links[HOOK_S2_PMAP];
}

void stage2_start(struct stage2_session *s)
{
	note_pages(s);
	count_on(s, true);
}

void stage2_count_pages(struct stage2_session *s)
{
	if (!s->attached)
		return;
	ladder_attach_later(&s->ladder, HOOK_S2_MAP);
	ladder_attach_later(&s->ladder, HOOK_S2_PMAP);
	note_pages(s);
}

bool stage2_counts_pages(const struct stage2_session *s)
{
	return s->pages_counted;
}

int stage2_know(struct stage2_session *s, __u64 kvm, pid_t pid, __u32 order, const char *comm)
{
	struct limen_s2_vm vm = {.kvm = kvm, .pid = pid, .order = order};
	int control_fd = tables_fd(&s->maps, "limen_s2_control");
	struct limen_s2_control control;
	struct timespec now;
	__u32 zero = 0, nr;

	if (bpf_map_lookup_elem(control_fd, &zero, &control))
		return -errno;
	if (control.next_vm + 1 >= LIMEN_S2_VMS)
		return -ENOSPC;
	nr = ++control.next_vm;
	clock_gettime(CLOCK_BOOTTIME, &now);
	vm.seen_ns = now.tv_sec * 1000000000ULL + now.tv_nsec;
	snprintf(vm.comm, sizeof(vm.comm), "%s", comm);
	if (bpf_map_update_elem(tables_fd(&s->maps, "limen_s2_vms"), &nr, &vm, BPF_ANY) ||
	    bpf_map_update_elem(tables_fd(&s->maps, "limen_s2_vm_nr"), &kvm, &nr, BPF_ANY) ||
	    bpf_map_update_elem(control_fd, &zero, &control, BPF_ANY))
		return -errno;
	return 0;
}

int stage2_ring(const struct stage2_session *s)
{
	return tables_fd(&s->maps, "limen_ring");
}

int stage2_open(const struct stage2_config *config, struct stage2_session **out)
{
	struct stage2_session *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return fail(-ENOMEM, "out of memory");
	s->config = *config;
	s->nr_cpus = libbpf_num_possible_cpus();
	host_read(&s->host);
	err = stage2_module_came(s);
	if (err < 0) {
		stage2_close(s);
		return err;
	}
	*out = s;
	return 0;
}

void stage2_close(struct stage2_session *s)
{
	int i;

	if (!s)
		return;
	for (i = 0; i < STAGE2_TABLES; i++)
		bpf_link__destroy(s->readers[i]);
	unload(s);
	tables_close(&s->maps);
	if (s->cpus)
		munmap((void *)s->cpus, s->cpus_bytes);
	free(s);
}

bool stage2_attached(const struct stage2_session *s)
{
	return s->attached;
}

int stage2_module_gone(struct stage2_session *s, const char *module)
{
	if (!s->attached || strcmp(module, "kvm"))
		return 0;
	count_on(s, false);
	unload(s);
	return 1;
}

int stage2_read(struct stage2_session *s, enum stage2_table table, iterator_visit visit, void *arg)
{
	if (!s->readers[table])
		return 0;
	return iterator_read(s->readers[table], tables[table].line, visit, arg);
}

void stage2_losses(const struct stage2_session *s, struct session_losses *losses)
{
	int cpu;

	losses->missed += s->missed + (s->ladder.obj ? ladder_misses(&s->ladder) : 0);
	for (cpu = 0; s->cpus && cpu < s->nr_cpus; cpu++) {
		losses->missed += s->cpus[cpu].no_begin + s->cpus[cpu].no_end;
		losses->ring += s->cpus[cpu].cpu.lost[LIMEN_EVENT_STAGE2];
		losses->produced += s->cpus[cpu].cpu.produced[LIMEN_EVENT_STAGE2];
	}
}

void stage2_beyond(const struct stage2_session *s, struct stage2_beyond *beyond)
{
	const struct limen_s2_cpu *c;
	int cpu;

	memset(beyond, 0, sizeof(*beyond));
	for (cpu = 0; s->cpus && cpu < s->nr_cpus; cpu++) {
		c = &s->cpus[cpu];
		beyond->faults += c->untracked;
		beyond->slots += c->no_slot_room;
		beyond->pages += c->no_page_room;
		beyond->vms += c->no_vm_room;
		beyond->folded += c->folded_vms;
		beyond->unplaced += c->unplaced;
	}
}

enum rung stage2_rung(const struct stage2_session *s, enum hook_id hook)
{
	return ladder_rung(&s->ladder, hook);
}

void stage2_stop(struct stage2_session *s)
{
	count_on(s, false);
	ladder_detach(&s->ladder);
	/* What still ran when its link went away has ended after this. */
	syscall(__NR_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}
