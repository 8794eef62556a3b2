// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/stage2.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "probe/host.h"
#include "probe/ladder.h"
#include "probe/skeleton.h"
#include "probe/tables.h"
#include "probe/vms.h"
#include "util/log.h"

static const struct table tables[STAGE2_TABLES] = {
	[STAGE2_VMS]	= {"s2_read_vms", "limen_s2_vms", sizeof(struct stage2_vm_line)},
	[STAGE2_VCPUS]	= {"s2_read_vcpus", "limen_s2_vcpus", sizeof(struct stage2_vcpu_line)},
	[STAGE2_SLOTS]	= {"s2_read_slots", "limen_s2_slots", sizeof(struct stage2_slot_line)},
};

struct stage2_session {
	struct stage2_config config;
	struct host host;
	struct limen_stage2_bpf *skel;
	struct ladder ladder;
	bool attached;
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

static int prepare(struct stage2_session *s)
{
	int err;

	s->skel = limen_stage2_bpf__open();
	if (!s->skel)
		return fail(-errno, "cannot open the BPF object: %s", strerror(errno));
	s->skel->rodata->limen_page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
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

int stage2_module_came(struct stage2_session *s)
{
	int i, err;

	if (s->attached || !vms_kvm_there())
		return 0;
	memset(&s->ladder, 0, sizeof(s->ladder));
	s->ladder.host = &s->host;
	s->ladder.force = s->config.force;
	for (i = HOOK_S2_FIRST; i <= HOOK_S2_LAST; i++)
		s->ladder.wanted[i] = true;
	log_quiet_libbpf(1);
	err = load(s);
	log_quiet_libbpf(0);
	malloc_trim(0);
	if (err) {
		unload(s);
		return err;
	}
	step("hooks of KVM are in place");
	count_on(s, true);
	return 1;
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
	for (cpu = 0; s->cpus && cpu < s->nr_cpus; cpu++)
		losses->missed += s->cpus[cpu].no_begin;
}

void stage2_beyond(const struct stage2_session *s, __u64 *faults, __u64 *slots)
{
	int cpu;

	*faults = *slots = 0;
	for (cpu = 0; s->cpus && cpu < s->nr_cpus; cpu++) {
		*faults += s->cpus[cpu].untracked;
		*slots += s->cpus[cpu].no_slot_room;
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
}
