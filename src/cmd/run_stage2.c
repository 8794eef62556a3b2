// SPDX-License-Identifier: GPL-2.0-or-later
/* The stage2 boundary's part of a run: attach when KVM is there, let go when it went. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/run.h"
#include "ingest/vm_names.h"
#include "model/vm.h"
#include "probe/vms.h"
#include "util/log.h"
#include "util/modules.h"

static int take_vm(void *arg, const void *line)
{
	return vm_list_take(arg, line);
}

/* A process that is named and has none may still make one. */
static void check_pids(const struct run *run, const struct vm_list *list)
{
	const struct targets *targets = &run->targets;
	unsigned int i;
	size_t j;

	for (i = 0; i < targets->nr_pids; i++) {
		for (j = 0; j < list->nr && list->vms[j].pid != targets->pids[i]; j++)
			;
		if (j == list->nr)
			warning("process %d has no virtual machine yet", targets->pids[i]);
	}
}

/* VMs that were there before, in the order in which they were made. */
static int learn_vms(struct run *run)
{
	struct vm_list list = {};
	struct vms *vms = NULL;
	struct vm *vm;
	int err = vms_open(&vms);

	if (err)
		return err;
	err = vms_read(vms, take_vm, &list);
	vms_close(vms);
	vm_list_finish(&list);
	if (!err)
		check_pids(run, &list);
	for (vm = list.vms; !err && vm < list.vms + list.nr; vm++) {
		err = stage2_know(run->stage2.session, vm->kvm, vm->pid, vm->number, vm->comm);
		vm_names_learn(vm->pid, vm->number);
	}
	vm_list_free(&list);
	if (err == -ENOSPC) {
		warning("more than %d virtual machines: the rest is known by its faults",
			LIMEN_S2_VMS);
		err = 0;
	}
	return err ? fail(err, "cannot look for virtual machines: %s", strerror(-err)) : 0;
}

/* Attached anew: the ring to consume, and what was there before; then it counts. */
static int taken_up(struct run *run)
{
	struct stage2_run *s = &run->stage2;
	int err = 0;

	if (!stage2_attached(s->session))
		return 0;
	if (!s->consumed)
		err = events_add(run->events, stage2_ring(s->session));
	if (err)
		return err;
	s->consumed = true;
	run_consume(run);
	err = learn_vms(run);
	if (!err)
		stage2_start(s->session);
	return err;
}

static void module_news(void *arg, const char *module, bool came)
{
	struct run *run = arg;
	int changed;

	if (!came) {
		if (stage2_module_gone(run->stage2.session, module))
			fprintf(stderr, "limen: module %s went: detached\n", module);
		return;
	}
	changed = stage2_module_came(run->stage2.session);
	if (changed > 0 && !taken_up(run))
		fprintf(stderr, "limen: module %s came: attached\n", module);
	else if (changed)
		loop_end(run->loop);
}

static void read_modules(void *arg)
{
	struct run *run = arg;

	modules_read(run->stage2.modules, module_news, run);
}

int run_stage2_open(struct run *run)
{
	struct stage2_run *s = &run->stage2;
	int err;

	/* Before the attachment: a module that comes meanwhile is not missed. */
	s->modules = modules_open();
	if (s->modules < 0)
		step("no news of modules: %s", strerror(-s->modules));
	if (!(s->config.steps & 1u << LIMEN_S2_STEP_CREATE))	/* for the VMs' names */
		s->config.quiet |= 1u << LIMEN_S2_STEP_CREATE;
	s->config.steps |= 1u << LIMEN_S2_STEP_CREATE;
	err = stage2_open(&s->config, &s->session);
	if (err)
		return err;
	if (!stage2_attached(s->session) && !run->wait) {
		fail(0, "no KVM on this host: the module kvm is not loaded");
		return fail(-ENODEV, "--wait waits for it; 'limen doctor stage2' tells more");
	}
	if (!stage2_attached(s->session) && s->modules < 0)
		return fail(s->modules, "cannot wait for KVM: %s", strerror(-s->modules));
	if (!stage2_attached(s->session))
		fprintf(stderr, "limen: waiting for KVM\n");
	err = taken_up(run);
	if (!err && s->modules >= 0)
		err = loop_add(run->loop, s->modules, read_modules, run);
	return err;
}

int run_stage2_read(struct run *run)
{
	int err = stage2_tables_read(run->stage2.session, &run->stage2.tables);

	return err ? fail(err, "cannot read the tables: %s", strerror(-err)) : 0;
}

int run_stage2_finish(struct run *run, struct totals *totals)
{
	struct stage2_run *s = &run->stage2;
	int err = stage2_tables_read(s->session, &s->tables);

	if (err)
		return err;
	if (run->targets.nr_pids)
		stage2_tables_only(&s->tables, run->targets.pids, run->targets.nr_pids);
	stage2_losses(s->session, &totals->losses);
	totals->stage2 = &s->tables;
	return 0;
}

void run_stage2_close(struct run *run)
{
	struct stage2_run *s = &run->stage2;

	if (s->modules >= 0)
		close(s->modules);
	s->modules = -1;
	stage2_tables_free(&s->tables);
	stage2_close(s->session);
	s->session = NULL;
}
