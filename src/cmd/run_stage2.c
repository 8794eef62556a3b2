// SPDX-License-Identifier: GPL-2.0-or-later
/* The stage2 boundary's part of a run: attach when KVM is there, let go when it went. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/run.h"
#include "util/log.h"
#include "util/modules.h"

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
	if (changed > 0)
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
	return s->modules >= 0 ? loop_add(run->loop, s->modules, read_modules, run) : 0;
}

int run_stage2_finish(struct run *run, struct totals *totals)
{
	struct stage2_run *s = &run->stage2;
	int err = stage2_tables_read(s->session, &s->tables);

	if (err)
		return err;
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
