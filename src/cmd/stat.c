// SPDX-License-Identifier: GPL-2.0-or-later
/* limen stat: counts for a command, for processes or for the host. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/run.h"
#include "model/counts.h"
#include "output/json.h"
#include "output/out.h"
#include "output/stage2.h"
#include "output/tee.h"
#include "output/usercopy.h"
#include "util/log.h"
#include "util/parse.h"

static const char help[] =
"usage: limen stat [OPTION]... [usercopy] [tee] [stage2] [-- COMMAND [ARG]...]\n"
"\n"
"Counts the copies between kernel and user space: of COMMAND with its threads and\n"
"children from its first instruction on, of the processes of -p, or of all tasks\n"
"until Ctrl-C. Prints totals, sizes and the busiest tasks at the end. With a\n"
"command, limen exits with its status.\n"
"\n"
"tee: counts contexts, shared memory, sessions and commands of the host's TEEs\n"
"instead, of all clients while COMMAND runs: what the secure world asks of the\n"
"supplicant for it is among them.\n"
"\n"
"stage2: counts the second-stage faults of all virtual machines, by VM, vCPU and\n"
"memory slot, and how long they took; with -p, of one process's machines.\n"
"\n"
"  -p, --pid PID         this process, its threads and children; repeatable\n"
"  -a, --all             all tasks (the default without -p and COMMAND)\n"
"  -d, --duration TIME   end after TIME (seconds; ms, s, m, h may follow); a\n"
"                        COMMAND is then ended too, with SIGTERM\n"
"      --exact           count every copy by hardware breakpoints, constant sizes\n"
"                        too; for -p or COMMAND\n"
"      --io              also file and socket I/O, by result, kept apart\n"
"      --by KEY          thread, process (default), cgroup, container or exe\n"
"  -n, --rows N          at most N rows (default 10, 0: none)\n"
"      --json            JSON: one object per row, then the totals\n"
"      --ring-size SIZE  ring buffer for events (default 1M; a power of two)\n"
"      --force-hook KIND only fentry, kprobe.multi or kprobe, not the best\n"
"      --max-tasks N     records kept at a time (default: enough for this host)\n"
"      --wait            tee, stage2: wait for a TEE or KVM instead of failing\n"
"      --max-objects N   tee: live objects known at a time (default 16384)\n"
"      --pages           stage2: sizes of mapped pages, too (a probe for each)\n"
"  -v, --verbose         say each step; -vv: libbpf's words too\n"
"  -h, --help            this text\n"
"\n"
"examples:\n"
"  limen stat tee -- xtest -t regression 1004\n"
"  limen stat stage2 -d 10\n"
"  limen stat -- tar cf /dev/null /usr/share/doc\n"
"  limen stat -p $(pidof -s nginx) -d 10 --io\n"
"  limen stat -a -d 5s --by cgroup --json\n"
"\n"
"Exit status: COMMAND's; 125 limen failed, 126 COMMAND cannot be run, 127 not\n"
"found, 128+N killed by signal N. Without COMMAND: 0, 1 failed, 2 usage.\n"
"Full manual: limen-stat(8).\n";

static const struct option long_options[] = {
	{"pid", required_argument, NULL, 'p'},
	{"all", no_argument, NULL, 'a'},
	{"duration", required_argument, NULL, 'd'},
	{"exact", no_argument, NULL, OPT_EXACT},
	{"io", no_argument, NULL, OPT_IO},
	{"by", required_argument, NULL, OPT_BY},
	{"rows", required_argument, NULL, 'n'},
	{"json", no_argument, NULL, OPT_JSON},
	{"ring-size", required_argument, NULL, OPT_RING_SIZE},
	{"force-hook", required_argument, NULL, OPT_FORCE_HOOK},
	{"max-tasks", required_argument, NULL, OPT_MAX_TASKS},
	{"wait", no_argument, NULL, OPT_WAIT},
	{"max-objects", required_argument, NULL, OPT_MAX_OBJECTS},
	{"pages", no_argument, NULL, OPT_PAGES},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{}
};

struct stat_options {
	struct run *run;
	bool all, json;
	__u64 duration;		/* milliseconds, 0: none */
	__u64 rows;
	enum group_by by;
};

/* 0, a negative errno, or 1 when help was asked for. */
static int parse_option(struct stat_options *o, int option)
{
	struct session_config *config = &o->run->config;

	switch (option) {
	case 'a':
		o->all = true;
		return 0;
	case 'd':
		return parse_milliseconds("--duration", optarg, 1, 365ULL * 24 * 3600 * 1000,
					  &o->duration);
	case OPT_EXACT:
		config->exact = true;
		return 0;
	case OPT_IO:
		config->io = true;
		return 0;
	case OPT_BY:
		return parse_by(optarg, &o->by);
	case 'n':
		return parse_number("--rows", optarg, 0, 1000000, &o->rows);
	case OPT_JSON:
		o->json = true;
		return 0;
	case 'h':
		fputs(help, stdout);
		return 1;
	default:
		return parse_shared_option(o->run, option);
	}
}

static int parse_options(struct stat_options *o, int argc, char **argv)
{
	struct targets *targets = &o->run->targets;
	int option, err;

	while ((option = getopt_long(argc, argv, "-p:ad:n:vh", long_options, NULL)) != -1) {
		err = parse_option(o, option);
		if (err)
			return err;
	}
	err = parse_command(o->run, argc, argv);
	if (err)
		return err;
	if (o->all && (targets->command || targets->nr_pids))
		return fail(-EINVAL, "--all goes with neither --pid nor a command");
	o->run->config.everyone = !targets->command && !targets->nr_pids;
	if (o->run->config.exact && o->run->config.everyone)
		return fail(-EINVAL, "--exact needs --pid or a command: breakpoints for all tasks "
			    "would slow the host down");
	if (o->run->config.exact && !(o->run->boundaries & WATCH_USERCOPY))
		return fail(-EINVAL, "--exact is for usercopy");
	return 0;
}

static void print_row(const struct group *group, enum group_by by)
{
	printf(" %-32s %12s %11s %12s %11s", out_safe(group->key, 32),
	       out_number(counts_copies(&group->counts, LIMEN_TO_USER)),
	       out_bytes(group->counts.bytes[LIMEN_TO_USER]),
	       out_number(counts_copies(&group->counts, LIMEN_FROM_USER)),
	       out_bytes(group->counts.bytes[LIMEN_FROM_USER]));
	if (by != BY_THREAD)
		printf(" %8s", out_number(group->tasks));
	putchar('\n');
}

static void print_rows(const struct stat_options *o, const struct group *groups, long nr)
{
	long i;

	if (!o->rows || nr <= 0)
		return;
	printf("\n %-32s %12s %11s %12s %11s", group_names[o->by], "to user", "bytes",
	       "from user", "bytes");
	printf("%s\n", o->by != BY_THREAD ? "  threads" : "");
	for (i = 0; i < nr && i < (long)o->rows; i++)
		print_row(&groups[i], o->by);
	if (i < nr)
		printf(" ... %ld more\n", nr - i);
}

static const char *coverage(const struct run *run)
{
	static char text[256];

	if (!run->session)
		return "";
	if (run->config.exact)
		return "every call of the copy functions, constant sizes and pages too (breakpoints)";
	snprintf(text, sizeof(text), "copies of run-time size (%s)%s%s",
		 rung_name(session_rung(run->session, HOOK_CHECK)),
		 run->config.everyone ? "" : "; constant sizes: --exact",
		 run->config.io ? "; file and socket I/O by result" : "; file and socket I/O: --io");
	return text;
}

static void print_text(const struct stat_options *o, const struct totals *totals,
		       const struct group *groups, long nr, const char *seen)
{
	if (totals->usercopy) {
		usercopy_table(&totals->counts, totals->io, out_width());
		print_rows(o, groups, nr);
		printf("\n coverage: %s\n", seen);
	}
	if (totals->tee) {
		if (totals->usercopy)
			putchar('\n');
		tee_stat_text(&totals->tee_counts, totals->tee_tables, o->rows);
	}
	if (totals->stage2) {
		if (totals->usercopy || totals->tee)
			putchar('\n');
		stage2_stat_text(totals->stage2, o->rows);
	}
	losses_text(totals);
	out_flush();
}

static json_t *group_json(const struct group *group, enum group_by by, bool io)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:I, s:o}", "type", "group",
			 "by", group_names[by], "key", out_safe(group->key, 400),
			 "task", task_json(&group->who), "threads", (json_int_t)group->tasks,
			 "usercopy", usercopy_json(&group->counts, io));
}

static bool print_tee_json(const struct stat_options *o, const struct tee_tables *t)
{
	const struct limen_tee_client_line **clients;
	const struct limen_tee_ta_line **tas;
	size_t i, nr;
	bool more = true;

	clients = tee_clients_sorted(t, &nr);
	for (i = 0; more && i < nr && i < o->rows; i++)
		more = out_json(tee_client_json(clients[i]));
	free(clients);
	tas = tee_tas_sorted(t, &nr);
	for (i = 0; more && i < nr && i < o->rows; i++)
		more = out_json(tee_ta_json(tas[i]));
	free(tas);
	return more;
}

static void print_json(const struct stat_options *o, const struct totals *totals,
		       const struct group *groups, long nr, const char *seen)
{
	json_t *final;
	long i;

	for (i = 0; i < nr && i < (long)o->rows; i++)
		if (!out_json(group_json(&groups[i], o->by, totals->io)))
			return;
	if (totals->tee && !print_tee_json(o, totals->tee_tables))
		return;
	if (totals->stage2 && !stage2_rows_json(totals->stage2, o->rows))
		return;
	final = totals_json(totals);
	if (totals->usercopy)
		json_object_set_new(final, "coverage", json_string(seen));
	if (o->run->targets.command)
		json_object_set_new(final, "exit_status", json_integer(o->run->child_status));
	out_json(final);
}

static int report(struct stat_options *o)
{
	struct totals totals;
	struct group *groups;
	const char *seen = coverage(o->run);
	long nr;

	if (run_finish(o->run, &totals))
		return STATUS_FAILED;
	nr = tasks_group(o->run->tasks, o->by, &groups);	/* none without usercopy */
	if (nr < 0) {
		fail(nr, "out of memory");
		return STATUS_FAILED;
	}
	if (o->json)
		print_json(o, &totals, groups, nr, seen);
	else
		print_text(o, &totals, groups, nr, seen);
	groups_free(groups, nr);
	return out_status();
}

int cmd_stat(int argc, char **argv)
{
	static struct run run = {.config = {.count = true, .tasks = true, .execs = true}};
	struct stat_options o = {.run = &run, .rows = 10, .by = BY_PROCESS};
	int err, status;

	err = parse_options(&o, argc, argv);
	if (err > 0)
		return STATUS_OK;
	if (err)
		return err == -ESRCH ? STATUS_FAILED : usage_error("stat");
	err = run_open(&run, &status);
	if (!err && o.duration)
		err = loop_deadline(run.loop, o.duration);
	if (!err && run.config.everyone && !o.duration && isatty(STDERR_FILENO))
		fprintf(stderr, "limen: counting all tasks; Ctrl-C ends it\n");
	if (!err)
		err = run_wait(&run);
	if (!err) {
		status = report(&o);
		if (run.targets.command)
			status = status ? STATUS_OURS : run.child_status;
	}
	run_close(&run);
	return status;
}
