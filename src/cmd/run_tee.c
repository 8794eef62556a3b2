// SPDX-License-Identifier: GPL-2.0-or-later
/* The tee boundary's part of a run: attach when a TEE is there, let go when it goes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/run.h"
#include "util/log.h"
#include "util/modules.h"

/* What is new: the ring to consume, and objects that were there before. */
static int taken_up(struct run *run)
{
	struct tee_run *tee = &run->tee;
	int err = 0;

	if (!tee_attached(tee->session))
		return 0;
	if (!tee->consumed)
		err = events_add(run->events, tee_ring(tee->session));
	if (err)
		return err;
	tee->consumed = true;
	run_consume(run);
	err = tee_look_around(tee->session, NULL, NULL);
	return err ? fail(err, "cannot look through the open files: %s", strerror(-err)) : 0;
}

static void module_news(void *arg, const char *module, bool came)
{
	struct run *run = arg;
	struct tee_session *session = run->tee.session;
	int changed;

	if (came)
		changed = tee_module_came(session, module);
	else
		changed = tee_module_went(session, module);
	if (changed < 0 || (changed && came && taken_up(run)))
		loop_end(run->loop);
	else if (changed)
		fprintf(stderr, "limen: module %s %s\n", module,
			came ? "came: attached" : "went: detached");
}

static void read_modules(void *arg)
{
	struct run *run = arg;

	modules_read(run->tee.modules, module_news, run);
}

int run_tee_open(struct run *run)
{
	struct tee_run *tee = &run->tee;
	int err;

	/* Before the attachment: a module that comes meanwhile is not missed. */
	tee->modules = modules_open();
	if (tee->modules < 0)
		step("no news of modules: %s", strerror(-tee->modules));
	err = tee_open(&tee->config, &tee->session);
	if (err)
		return err;
	if (!tee_attached(tee->session) && !tee->wait) {
		fail(0, "%s", tee_why_absent());
		return fail(-ENODEV, "--wait waits for one; 'limen doctor tee' tells more");
	}
	if (!tee_attached(tee->session) && tee->modules < 0)
		return fail(tee->modules, "cannot wait for a TEE: %s", strerror(-tee->modules));
	if (!tee_attached(tee->session))
		fprintf(stderr, "limen: waiting for a TEE\n");
	err = taken_up(run);
	if (!err && tee->modules >= 0)
		err = loop_add(run->loop, tee->modules, read_modules, run);
	return err;
}

int run_tee_read(struct run *run, unsigned int which)
{
	int err = tee_tables_read(run->tee.session, &run->tee.tables, which);

	return err ? fail(err, "cannot read the tables: %s", strerror(-err)) : 0;
}

int run_tee_finish(struct run *run, struct totals *totals)
{
	struct tee_run *tee = &run->tee;
	int err = tee_tables_read(tee->session, &tee->tables, TEE_ALL_TABLES);

	if (err)
		return err;
	tee_tables_fold(&tee->tables);
	tee_counts(tee->session, &totals->tee_counts);
	tee_losses(tee->session, &totals->losses);
	totals->tee = true;
	totals->tee_tables = &tee->tables;
	return 0;
}

void run_tee_close(struct run *run)
{
	struct tee_run *tee = &run->tee;

	if (tee->modules >= 0)
		close(tee->modules);
	tee->modules = -1;
	tee_tables_free(&tee->tables);
	tee_close(tee->session);
	tee->session = NULL;
}
