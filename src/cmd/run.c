// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/run.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "model/counts.h"
#include "probe/host.h"
#include "util/log.h"
#include "util/parse.h"

int run_add_pid(struct targets *targets, const char *text)
{
	__u64 pid;
	int fd, err = parse_number("--pid", text, 1, 1 << 22, &pid);

	if (err)
		return err;
	if (targets->nr_pids == MAX_PIDS)
		return fail(-EINVAL, "--pid: at most %d processes", MAX_PIDS);
	fd = syscall(__NR_pidfd_open, (pid_t)pid, 0);
	if (fd < 0 && errno == EINVAL)
		return fail(-EINVAL, "--pid: %s is a thread; give its process", text);
	if (fd < 0)
		return fail(-errno, "--pid: no process %s: %s", text, strerror(errno));
	targets->pids[targets->nr_pids] = pid;
	targets->pidfds[targets->nr_pids++] = fd;
	return 0;
}

static void task_exited(void *arg, const struct limen_exit_event *e)
{
	struct run *run = arg;

	tasks_set(run->tasks, &e->head.task, &e->counts, true);
}

static void copied(void *arg, const struct limen_copy_event *e)
{
	struct run *run = arg;

	if (run->copied)
		run->copied(run->arg, e);
}

static void tee_event(void *arg, const struct limen_tee_event *e)
{
	struct run *run = arg;

	if (e->step == LIMEN_TEE_STEP_UNLOAD)
		run_tee_asked(run, e->device);
	else if (run->tee_event)
		run->tee_event(run->arg, e);
}

static void stage2_event(void *arg, const struct limen_s2_event *e)
{
	struct run *run = arg;

	if (run->stage2_event)
		run->stage2_event(run->arg, e);
}

static void drain(void *arg)
{
	struct run *run = arg;

	events_drain(run->events);
	if (run->drained && !run->drained(run->arg))
		loop_end(run->loop);
}

static void child_changed(void *arg)
{
	struct run *run = arg;

	if (run->child_running && child_ended(&run->child, &run->child_status)) {
		run->child_running = false;
		loop_end(run->loop);
	}
}

/*
 * The terminal sends SIGINT to the command too: its end is ours. SIGTERM is
 * passed on. Without a command either ends the run.
 */
static void interrupted(void *arg, int signal)
{
	struct run *run = arg;

	if (!run->child_running)
		loop_end(run->loop);
	else if (signal == SIGTERM)
		kill(run->child.pid, SIGTERM);
}

static void pid_ended(void *arg)
{
	struct run *run = arg;
	struct targets *t = &run->targets;
	unsigned int i;

	/* Level triggered: find which, and look at it no more. */
	for (i = 0; i < t->nr_pids; i++) {
		if (t->pidfds[i] < 0 ||
		    syscall(__NR_pidfd_send_signal, t->pidfds[i], 0, NULL, 0) == 0 || errno != ESRCH)
			continue;
		loop_remove(run->loop, t->pidfds[i]);
		close(t->pidfds[i]);
		t->pidfds[i] = -1;
		if (!--run->pids_left)
			loop_end(run->loop);
	}
}

static int own_copies(void *arg, const struct limen_task *task, const struct limen_counts *counts)
{
	if (task->tid == (__u32)gettid())
		*(__u64 *)arg += counts_copies(counts, LIMEN_TO_USER);
	return 0;
}

/*
 * With hardened_usercopy=off a kernel may leave its check out altogether (7.x)
 * or only return from it early: a copy of our own tells.
 */
static int check_is_called(const struct session_config *config)
{
	struct session_config trial = {.everyone = true, .count = true, .force = config->force};
	struct session *session;
	__u64 copies = 0;
	cpu_set_t cpus;
	int err;

	err = session_open(&trial, &session);
	if (err)
		return err;
	sched_getaffinity(0, sizeof(cpus), &cpus);
	err = session_snapshot(session, own_copies, &copies);
	session_close(session);
	if (err || copies)
		return err;
	return fail(-EOPNOTSUPP, "this kernel was booted with hardened_usercopy=off and makes no "
		    "check: copies cannot be counted here, except by --exact");
}

static int follow_pids(struct run *run)
{
	struct targets *t = &run->targets;
	unsigned int i;
	int err;

	run->pids_left = t->nr_pids;
	for (i = 0; i < t->nr_pids; i++) {
		err = run->config.everyone || !run->session ? 0 :
		      session_follow(run->session, t->pids[i]);
		if (err == -ESRCH)
			return fail(err, "process %d has ended", t->pids[i]);
		if (err < 0)
			return fail(err, "cannot follow process %d: %s", t->pids[i], strerror(-err));
		err = run->config.exact ? session_break(run->session, t->pids[i]) : 0;
		if (err == -ESRCH)
			return fail(err, "process %d has ended", t->pids[i]);
		if (err)
			return err;
		err = loop_add(run->loop, t->pidfds[i], pid_ended, run);
		if (err)
			return fail(err, "cannot wait for process %d: %s", t->pids[i], strerror(-err));
	}
	return 0;
}

static int start_command(struct run *run, int *status)
{
	int err;

	if (run->session)
		session_follow_exec(run->session, run->child.pid);
	err = run->config.exact ? session_break(run->session, run->child.pid) : 0;
	if (err)
		return err;
	err = child_exec(&run->child, run->targets.command[0]);
	if (err) {
		run->child_running = false;
		*status = err == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
		return err;
	}
	if (run->session && !session_exec_seen(run->session, run->child.pid))
		warning("the kernel skipped the exec hook: the first copies of '%s' are missing",
			run->targets.command[0]);
	return 0;
}

/* Attaches to the boundary of user and kernel space. */
static int open_usercopy(struct run *run)
{
	struct host host;
	int err;

	host_read(&host);
	if (host.hardened_usercopy == NO && run->config.count && !run->config.exact) {
		err = check_is_called(&run->config);
		if (err)
			return err;
	}
	err = session_open(&run->config, &run->session);
	return err ? err : events_add(run->events, session_ring(run->session));
}

int run_open(struct run *run, int *status)
{
	int err = 0;

	*status = run->targets.command ? STATUS_OURS : STATUS_FAILED;
	run->child.go = run->child.failure = -1;
	run->tee.modules = run->tee.retry = run->stage2.modules = -1;
	run->tasks = tasks_new();
	run->loop = loop_new();
	run->sink = (struct event_sink){
		.exited = task_exited, .copied = copied, .tee = tee_event,
		.stage2 = stage2_event, .arg = run,
	};
	run->events = events_new(&run->sink);
	if (!run->tasks || !run->loop || !run->events)
		return fail(-ENOMEM, "out of memory");
	if (run->targets.command) {
		err = child_start(&run->child, run->targets.command);
		if (err)
			return err;
		run->child_running = true;
	}
	if (run->boundaries & WATCH_USERCOPY)
		err = open_usercopy(run);
	if (!err && run->boundaries & WATCH_TEE)
		err = run_tee_open(run);
	if (!err && run->boundaries & WATCH_STAGE2)
		err = run_stage2_open(run);
	if (err)
		return err;
	run_consume(run);
	loop_on_child(run->loop, child_changed, run);
	loop_on_interrupt(run->loop, interrupted, run);
	err = follow_pids(run);
	if (!err && run->targets.command)
		err = start_command(run, status);
	if (!err)
		step("attached");
	return err;
}

void run_consume(struct run *run)
{
	if (run->consuming || events_fd(run->events) < 0)
		return;
	run->consuming = !loop_add(run->loop, events_fd(run->events), drain, run);
}

int run_wait(struct run *run)
{
	int err = loop_run(run->loop);

	/* The run is over before its command: it ends, as under perf stat --timeout. */
	if (run->child_running) {
		run->child_status = child_end(&run->child);
		run->child_running = false;
	}
	return err;
}

static int take_task(void *arg, const struct limen_task *task, const struct limen_counts *counts)
{
	return tasks_set(arg, task, counts, false);
}

/* A task that the snapshot had is not taken again: its counts are the same. */
static int take_orphan(void *arg, const struct limen_task *task, const struct limen_counts *counts)
{
	struct run *run = arg;

	return tasks_has(run->tasks, task) ? 0 : tasks_set(run->tasks, task, counts, true);
}

int run_snapshot(struct run *run)
{
	int err;

	tasks_begin_pass(run->tasks);
	err = session_snapshot(run->session, take_task, run->tasks);
	if (err)
		return fail(err, "cannot read the tasks: %s", strerror(-err));
	tasks_end_pass(run->tasks);
	return 0;
}

static int finish_usercopy(struct run *run, struct totals *totals)
{
	struct limen_counts rest;
	int err = run_snapshot(run);

	if (!err)
		err = session_sweep(run->session, take_orphan, run);
	if (!err)
		err = session_rest(run->session, &rest);
	if (!err)
		err = session_losses(run->session, &totals->losses);
	if (err)
		return err;
	tasks_sum(run->tasks, &totals->counts);
	counts_add(&totals->counts, &rest);
	totals->unattributed_tasks = tasks_folded(run->tasks, &rest);
	totals->usercopy = true;
	totals->mode = run->config.exact ? "exact" : "checked";
	totals->io = run->config.io;
	totals->counted = run->config.count;
	return 0;
}

int run_finish(struct run *run, struct totals *totals)
{
	int err;

	memset(totals, 0, sizeof(*totals));
	if (run->session)
		session_stop(run->session);
	if (run->tee.session)
		tee_stop(run->tee.session);
	if (run->stage2.session)
		stage2_stop(run->stage2.session);
	err = events_drain(run->events);
	if (!err && run->session)
		err = finish_usercopy(run, totals);
	if (!err && run->tee.session)
		err = run_tee_finish(run, totals);
	if (!err && run->stage2.session)
		err = run_stage2_finish(run, totals);
	if (err)
		return fail(err, "cannot read the totals: %s", strerror(-err));
	totals->delivered = events_delivered(run->events);
	if (events_bad(run->events))
		warning("%llu events were malformed and left out", events_bad(run->events));
	return 0;
}

void run_close(struct run *run)
{
	unsigned int i;

	if (run->child_running && run->child.go >= 0)
		child_abandon(&run->child);
	events_free(run->events);
	run_tee_close(run);
	run_stage2_close(run);
	session_close(run->session);
	tasks_free(run->tasks);
	loop_free(run->loop);
	for (i = 0; i < run->targets.nr_pids; i++)
		if (run->targets.pidfds[i] >= 0)
			close(run->targets.pidfds[i]);
}
