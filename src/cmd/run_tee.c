// SPDX-License-Identifier: GPL-2.0-or-later
/* The tee boundary's part of a run: attach when a TEE is there, let go when it goes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cmd/run.h"
#include "probe/check.h"
#include "util/log.h"
#include "util/modules.h"

#define RETRY_S		5	/* time to ask a module to go once more */

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

/* Attaches again, or for the first time. */
static void try_again(struct run *run, const char *module)
{
	int changed = tee_module_came(run->tee.session, module);

	if (changed > 0 && !taken_up(run))
		fprintf(stderr, "limen: module %s came: attached\n", module);
	else if (changed)
		loop_end(run->loop);
}

static void module_news(void *arg, const char *module, bool came)
{
	struct run *run = arg;

	if (came)
		try_again(run, module);
	else if (tee_module_goes(run->tee.session, module, true))
		fprintf(stderr, "limen: module %s went: detached\n", module);
}

/* What was asked to go is still there: whoever asked has thought better of it. */
static void still_there(void *arg)
{
	struct run *run = arg;
	__u64 times;

	if (read(run->tee.retry, &times, sizeof(times)) != sizeof(times))
		return;
	loop_remove(run->loop, run->tee.retry);
	close(run->tee.retry);
	run->tee.retry = -1;
	if (check_module_loaded("tee"))
		try_again(run, "tee");
}

void run_tee_asked(struct run *run, const char *module)
{
	struct itimerspec in = {.it_value = {.tv_sec = RETRY_S}};

	if (!tee_module_goes(run->tee.session, module, false))
		return;
	fprintf(stderr, "limen: module %s is asked to go: detached; if it was said to be in use, "
		"ask again\n", module);
	if (run->tee.retry >= 0)
		return;
	run->tee.retry = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (run->tee.retry < 0 || timerfd_settime(run->tee.retry, 0, &in, NULL) ||
	    loop_add(run->loop, run->tee.retry, still_there, run))
		warning("cannot set a timer: not attached again until a module comes");
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
	if (!tee_attached(tee->session) && !run->wait) {
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
	if (tee->retry >= 0)
		close(tee->retry);
	tee->modules = tee->retry = -1;
	tee_tables_free(&tee->tables);
	tee_close(tee->session);
	tee->session = NULL;
}
