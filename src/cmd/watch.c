// SPDX-License-Identifier: GPL-2.0-or-later
/* limen watch: one line per event, as it happens. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/filter.h"
#include "cmd/options.h"
#include "cmd/run.h"
#include "cmd/watch_stage2.h"
#include "cmd/watch_tee.h"
#include "model/stage2_event.h"
#include "model/tee.h"
#include "model/usercopy.h"
#include "output/attached.h"
#include "output/out.h"
#include "output/usercopy.h"
#include "probe/host.h"
#include "probe/kallsyms.h"
#include "util/log.h"
#include "util/parse.h"

#define SCAN_MS		1000
#define SCAN_LEAST_MS	50
#define REFRESH_NS	1000000000ULL	/* look for new modules this often */

static const char help[] =
"usage: limen watch [OPTION]... [usercopy] [tee] [stage2] [-- COMMAND [ARG]...]\n"
"\n"
"Prints one line per event as it happens. Without a filter: violations (copies\n"
"that the kernel refused, with their stack) and short copies (cut off by a bad\n"
"user address) of every task; this costs nothing per copy. With -p, a COMMAND, a\n"
"filter or --sample also each matching copy, with the kernel object behind it.\n"
"\n"
"tee: the lifecycle of TEE contexts, shared memory, sessions and commands, and\n"
"what goes wrong in it; of all clients, or of those of -p.\n"
"\n"
"stage2: second-stage faults of KVM guests that go wrong (loops, storms, slow\n"
"ones, errors), VMs and their memory slots, with warnings; of all, or of -p.\n"
"\n"
"which tasks:\n"
"  -p, --pid PID         this process, its threads and children; repeatable\n"
"      --comm NAME       tasks of this name\n"
"      --uid USER        of this user (number or name)\n"
"      --cgroup PATH     in this cgroup (below /sys/fs/cgroup) or under it\n"
"which copies:\n"
"      --direction DIR   to-user or from-user\n"
"      --min-size SIZE   of at least SIZE bytes (K, M, G may follow)\n"
"      --class CLASS     ok, slab-overflow, slab-window, use-after-free, stack,\n"
"                        text, rodata, null, wrapped, vmalloc, page, unknown;\n"
"                        repeatable\n"
"      --filter LIST     the same as KEY=VALUE,... (pid, comm, uid, cgroup,\n"
"                        direction, min-size, class); repeatable: one must match\n"
"      --sample 1/N      of the matching copies one in N\n"
"      --only KIND       violation, short or copy only; repeatable. tee: a step\n"
"                        (open, close, alloc, register, mmap, death, session,\n"
"                        invoke, session-close, cancel, secure-register,\n"
"                        rpc-alloc, ...), violation, or a class of violations\n"
"                        (wrong-free, double-free, dead-lookup, bad-register,\n"
"                        alloc-failed, unregister-failed, leak, pinned,\n"
"                        not-freed, growth, rpc-leak). stage2: likewise (fault,\n"
"                        vm-create, vm-end, slot-create, slot-delete, slot-move,\n"
"                        slot-flags, unmap, age, attributes, memory-fault,\n"
"                        guest-memfd, realm, realm-map, realm-unmap,\n"
"                        realm-remap; loop, slow, error, misaligned, toggled,\n"
"                        storm, sequence, split-view, churn, forced-write,\n"
"                        lost-neighbours)\n"
"      --classify        judge every copy here, not only what the kernel refuses\n"
"tee only:\n"
"      --references      each reference, too: get, put, free, fd, fd-close, and\n"
"                        requests to supplicants\n"
"      --device NAME     of this device (tee0)\n"
"      --ta UUID         sessions and commands of this TA (or its name)\n"
"      --grace TIME      how long a leak, a pinned context or an unfinished free\n"
"                        may last before it is one (default 5 s; RPC memory: 12\n"
"                        times)\n"
"      --growth N/TIME   a client that makes N objects more in TIME and gives\n"
"                        none back is growing without end (default 64/30s)\n"
"      --max-objects N   live objects known at a time (default 16384)\n"
"      --wait            wait for a TEE to come instead of failing\n"
"stage2 only:\n"
"      --all             each fault and each step\n"
"      --slow TIME       a fault that takes longer is reported (default 10ms)\n"
"      --loop N/TIME     so is the same one, N times in TIME (default 64/1s)\n"
"      --storm N/TIME    so are N faults of a VM that gain nothing (5000/1s)\n"
"      --churn N/TIME    so is memory that turns private and shared N times\n"
"                        (default 8/10s)\n"
"      --pages           sizes of mapped pages, too (a probe for each)\n"
"output:\n"
"      --stack           kernel stacks for all events, not only violations\n"
"      --json            JSON: one object per event, then the totals\n"
"  -n, --count N         end after N events\n"
"  -d, --duration TIME   end after TIME (seconds; ms, s, m, h may follow); a\n"
"                        COMMAND is then ended too, with SIGTERM\n"
"      --ring-size SIZE  ring buffer for events (default 1M; a power of two)\n"
"      --force-hook KIND only fentry, kprobe.multi or kprobe, not the best\n"
"      --max-tasks N     records kept at a time (default: enough for this host)\n"
"  -v, --verbose         say each step; -vv: libbpf's words too\n"
"  -h, --help            this text\n"
"\n"
"examples:\n"
"  limen watch\n"
"  limen watch --uid www-data --min-size 64K\n"
"  limen watch --filter comm=sshd,direction=to-user --sample 1/100 --json\n"
"  limen watch tee --only violation\n"
"  limen watch stage2 --slow 1ms -p $(pidof -s qemu-system-x86_64)\n"
"  limen watch tee --ta pkcs11 -p $(pidof -s p11-server)\n"
"\n"
"Exit status: 0, 1 failed, 2 usage; with COMMAND its own, as in limen-stat(8).\n"
"Full manual: limen-watch(8).\n";

enum { KIND_VIOLATION = 1, KIND_SHORT = 2, KIND_COPY = 4 };

static const struct option long_options[] = {
	{"pid", required_argument, NULL, 'p'},
	{"comm", required_argument, NULL, OPT_COMM},
	{"uid", required_argument, NULL, OPT_UID},
	{"cgroup", required_argument, NULL, OPT_CGROUP},
	{"direction", required_argument, NULL, OPT_DIRECTION},
	{"min-size", required_argument, NULL, OPT_MIN_SIZE},
	{"class", required_argument, NULL, OPT_CLASS},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"sample", required_argument, NULL, OPT_SAMPLE},
	{"only", required_argument, NULL, OPT_ONLY},
	{"classify", no_argument, NULL, OPT_CLASSIFY},
	{"stack", no_argument, NULL, OPT_STACK},
	{"json", no_argument, NULL, OPT_JSON},
	{"count", required_argument, NULL, 'n'},
	{"duration", required_argument, NULL, 'd'},
	{"ring-size", required_argument, NULL, OPT_RING_SIZE},
	{"force-hook", required_argument, NULL, OPT_FORCE_HOOK},
	{"max-tasks", required_argument, NULL, OPT_MAX_TASKS},
	{"wait", no_argument, NULL, OPT_WAIT},
	{"max-objects", required_argument, NULL, OPT_MAX_OBJECTS},
	{"references", no_argument, NULL, OPT_STEPS},
	{"device", required_argument, NULL, OPT_DEVICE},
	{"ta", required_argument, NULL, OPT_TA},
	{"grace", required_argument, NULL, OPT_GRACE},
	{"growth", required_argument, NULL, OPT_GROWTH},
	{"all", no_argument, NULL, OPT_ALL_FAULTS},
	{"slow", required_argument, NULL, OPT_SLOW},
	{"loop", required_argument, NULL, OPT_LOOP},
	{"storm", required_argument, NULL, OPT_STORM},
	{"churn", required_argument, NULL, OPT_CHURN},
	{"pages", no_argument, NULL, OPT_PAGES},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{}
};

struct watch {
	struct run run;
	struct watch_tee tee;
	struct watch_stage2 stage2;
	struct limen_filter filters[LIMEN_MAX_FILTERS];
	unsigned int nr_filters;
	struct limen_filter own;	/* of the single options, all of which must hold */
	unsigned int only;		/* KIND_...; 0: as the help says */
	bool only_tee, only_stage2;	/* --only had a word of theirs */
	bool json;
	__u64 duration;
	__u64 count, shown;
	struct kallsyms *syms;
	bool no_syms;
	__u64 looked;			/* for new modules, boot clock */
	bool tee_options, stage2_options;
};

static int add_filter(struct watch *w, char *spec)
{
	if (w->nr_filters == LIMEN_MAX_FILTERS)
		return fail(-EINVAL, "--filter: at most %d filters", LIMEN_MAX_FILTERS);
	return filter_parse(&w->filters[w->nr_filters++], spec);
}

static int parse_sample(const char *text, __u32 *sample)
{
	__u64 n;
	int err;

	if (!strncmp(text, "1/", 2))
		text += 2;
	err = parse_number("--sample 1/N", text, 1, 1 << 30, &n);
	*sample = n;
	return err;
}

/* violation is a word of all boundaries. */
static int parse_only(struct watch *w, const char *text)
{
	static const char *const words[] = {"violation", "short", "copy", NULL};
	bool tee = !watch_tee_option(&w->tee, OPT_ONLY, text);
	bool stage2 = !watch_stage2_option(&w->stage2, OPT_ONLY, text);
	const char *near;
	int i;

	w->only_tee |= tee;
	w->only_stage2 |= stage2;
	for (i = 0; words[i]; i++) {
		if (strcmp(text, words[i]))
			continue;
		w->only |= 1u << i;
		return 0;
	}
	if (tee || stage2)
		return 0;
	near = nearest_word(text, words);
	if (!near)
		near = nearest_word(text, tee_step_names);
	if (!near)
		near = nearest_word(text, tee_class_names);
	if (!near)
		near = nearest_word(text, stage2_step_names + 1);
	if (!near)
		near = nearest_word(text, stage2_finding_names + 1);
	return fail(-EINVAL, "--only: '%s' is none of violation, short, copy, nor a step or class "
		    "of tee or stage2%s%s%s", text, near ? "; did you mean " : "", near ? near : "",
		    near ? "?" : "");
}

/* 0, a negative errno, or 1 when help was asked for. */
static int parse_option(struct watch *w, int option)
{
	struct session_config *config = &w->run.config;
	__u64 ms;
	int err;

	switch (option) {
	case OPT_COMM:
		return filter_set(&w->own, "comm", optarg);
	case OPT_UID:
		return filter_set(&w->own, "uid", optarg);
	case OPT_CGROUP:
		return filter_set(&w->own, "cgroup", optarg);
	case OPT_DIRECTION:
		return filter_set(&w->own, "direction", optarg);
	case OPT_MIN_SIZE:
		return filter_set(&w->own, "min-size", optarg);
	case OPT_CLASS:
		return filter_set(&w->own, "class", optarg);
	case OPT_FILTER:
		return add_filter(w, optarg);
	case OPT_SAMPLE:
		return parse_sample(optarg, &config->sample);
	case OPT_ONLY:
		return parse_only(w, optarg);
	case OPT_CLASSIFY:
		config->classify_all = true;
		return 0;
	case OPT_STACK:
		config->stacks = true;
		return 0;
	case OPT_JSON:
		w->json = w->tee.json = w->stage2.json = true;
		return 0;
	case OPT_STEPS:
	case OPT_DEVICE:
	case OPT_TA:
	case OPT_GRACE:
	case OPT_GROWTH:
		w->tee_options = true;
		return watch_tee_option(&w->tee, option, optarg);
	case OPT_ALL_FAULTS:
	case OPT_SLOW:
	case OPT_LOOP:
	case OPT_STORM:
	case OPT_CHURN:
		w->stage2_options = true;
		return watch_stage2_option(&w->stage2, option, optarg);
	case OPT_PAGES:
		w->stage2_options = true;
		return parse_shared_option(&w->run, option);
	case 'n':
		return parse_number("--count", optarg, 1, ~0ULL >> 1, &w->count);
	case 'd':
		err = parse_milliseconds("--duration", optarg, 1, 365ULL * 24 * 3600 * 1000, &ms);
		w->duration = ms;
		return err;
	case 'h':
		fputs(help, stdout);
		return 1;
	default:
		return parse_shared_option(&w->run, option);
	}
}

static bool any_identity_by_name(const struct watch *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_filters; i++)
		if (w->filters[i].flags & LIMEN_FILTER_COMM)
			return true;
	return false;
}

static int configure_usercopy(struct watch *w)
{
	struct session_config *config = &w->run.config;
	bool targeted = w->run.targets.nr_pids || w->run.targets.command;
	bool narrowed;
	struct host host;

	if (w->own.flags) {
		if (w->nr_filters == LIMEN_MAX_FILTERS)
			return fail(-EINVAL, "--filter: at most %d filters", LIMEN_MAX_FILTERS);
		w->filters[w->nr_filters++] = w->own;
	}
	host_read(&host);
	if (host.hardened_usercopy == NO && !config->classify_all && w->only != KIND_SHORT) {
		warning("this kernel was booted with hardened_usercopy=off and refuses nothing: "
			"limen judges every copy itself (--classify)");
		config->classify_all = true;
	}
	narrowed = targeted || w->nr_filters || config->sample;
	if (!w->only)
		w->only = KIND_VIOLATION | KIND_SHORT | (narrowed ? KIND_COPY : 0);
	config->everyone = !targeted;
	if (w->only & KIND_COPY) {
		config->count = config->objects = true;
		/* One that matches all, when copies were asked for without any condition. */
		if (!w->nr_filters && !config->sample)
			w->nr_filters = 1;
	}
	config->execs = true;
	config->count |= config->classify_all;
	config->shorts = w->only & KIND_SHORT;
	session_sort_filters(w->filters, w->nr_filters);
	config->filters = w->filters;
	config->nr_filters = w->nr_filters;
	config->renames = any_identity_by_name(w);
	return 0;
}

/* From what was asked for to what has to be attached. */
static int configure(struct watch *w)
{
	bool usercopy = w->run.boundaries & WATCH_USERCOPY, tee = w->run.boundaries & WATCH_TEE;
	bool stage2 = w->run.boundaries & WATCH_STAGE2;
	int err;

	if (!usercopy && (w->own.flags || w->nr_filters || w->run.config.sample ||
			  w->run.config.classify_all || w->only & ~KIND_VIOLATION))
		return fail(-EINVAL, "filters, --sample, --classify and --only short or copy are "
			    "for usercopy");
	if (!stage2 && (w->stage2_options || (w->only_stage2 && !w->only_tee && !w->only)))
		return fail(-EINVAL, "steps and classes of stage2, --all, --slow, --loop, --storm, "
			    "--churn and --pages are for stage2: limen watch stage2");
	if (!tee && (w->tee_options || (w->only_tee && !w->only_stage2 && !w->only)))
		return fail(-EINVAL, "steps and classes of tee, --references, --device, --ta, "
			    "--grace and --growth are for tee: limen watch tee");
	err = usercopy ? configure_usercopy(w) : 0;
	if (!err && tee)
		err = watch_tee_configure(&w->tee);
	return err || !stage2 ? err : watch_stage2_configure(&w->stage2);
}

static int parse_options(struct watch *w, int argc, char **argv)
{
	int option, err;

	while ((option = getopt_long(argc, argv, "-p:n:d:vh", long_options, NULL)) != -1) {
		err = parse_option(w, option);
		if (err)
			return err;
	}
	err = parse_command(&w->run, argc, argv);
	return err ? err : configure(w);
}

static unsigned int event_kind(const struct limen_copy_event *e)
{
	if (e->head.kind == LIMEN_EVENT_SHORT)
		return KIND_SHORT;
	return usercopy_class(e) == LIMEN_CLASS_OK ? KIND_COPY : KIND_VIOLATION;
}

/* The table is large: read when the first address has to be named. */
static struct kallsyms *load_symbols(void *arg, bool again)
{
	struct watch *w = arg;

	if (!w->syms && !w->no_syms) {
		w->syms = kallsyms_load();
		w->no_syms = !w->syms;
		w->looked = out_now();
		if (w->no_syms)
			warning("no symbols: /proc/kallsyms hides addresses (kernel.kptr_restrict)");
	} else if (w->syms && (again || out_now() - w->looked > REFRESH_NS)) {
		kallsyms_refresh(w->syms);
		w->looked = out_now();
	}
	return w->syms;
}

static struct kallsyms *symbols(struct watch *w, const struct limen_copy_event *e)
{
	if (!e->nr_stack && !e->ip)
		return w->syms;
	return load_symbols(w, e->head.kind == LIMEN_EVENT_REFUSED);
}

/* Room for one more line (--count)? It is then counted. */
static bool room(void *arg)
{
	struct watch *w = arg;

	if (w->count && w->shown >= w->count)
		return false;
	w->shown++;
	return true;
}

static void show(void *arg, const struct limen_copy_event *e)
{
	struct watch *w = arg;

	if (!(w->only & event_kind(e)) || !usercopy_wanted(e, w->filters, w->nr_filters) ||
	    !room(w))
		return;
	if (w->json)
		out_json(copy_event_json(e, symbols(w, e)));
	else
		copy_event_text(e, symbols(w, e));
}

static void show_tee(void *arg, const struct limen_tee_event *e)
{
	struct watch *w = arg;

	watch_tee_event(&w->tee, e);
}

static void show_stage2(void *arg, const struct limen_s2_event *e)
{
	struct watch *w = arg;

	watch_stage2_event(&w->stage2, e);
}

/* A reader that left ends the run; a command is let finish all the same. */
static bool flush(void *arg)
{
	struct watch *w = arg;

	if (w->count && w->shown >= w->count)
		return false;
	return out_flush() || w->run.child_running;
}

static void scan(void *arg)
{
	struct watch *w = arg;

	if (w->run.boundaries & WATCH_TEE)
		watch_tee_scan(&w->tee);
	if (w->run.boundaries & WATCH_STAGE2)
		watch_stage2_scan(&w->stage2);
	if (!flush(w))
		loop_end(w->run.loop);
}

/* What only shows over time is looked for now and then. */
static int start_scans(struct watch *w)
{
	__u64 ms = SCAN_MS, wanted;

	if (w->run.boundaries & WATCH_TEE) {
		wanted = watch_tee_period(&w->tee);
		ms = wanted < ms ? wanted : ms;
	}
	if (w->run.boundaries & WATCH_STAGE2) {
		watch_stage2_start(&w->stage2);
		wanted = watch_stage2_period(&w->stage2);
		ms = wanted < ms ? wanted : ms;
	}
	if (!(w->run.boundaries & (WATCH_TEE | WATCH_STAGE2)))
		return 0;
	return loop_tick(w->run.loop, ms < SCAN_LEAST_MS ? SCAN_LEAST_MS : ms, scan, w);
}

static int report(struct watch *w)
{
	struct totals totals;

	if (run_finish(&w->run, &totals))
		return STATUS_FAILED;
	if (w->run.boundaries & WATCH_STAGE2)	/* what ended before it was looked at */
		watch_stage2_scan(&w->stage2);
	if (w->json) {
		out_json(totals_json(&totals));
	} else if (out_flush()) {
		fprintf(stderr, "limen: %s events shown, %s lost\n", out_number(w->shown),
			out_number(losses_total(&totals.losses)));
	}
	return out_status();
}

int cmd_watch(int argc, char **argv)
{
	static struct watch w = {
		.tee = {.limits = TEE_LIMITS_DEFAULT}, .stage2 = WATCH_STAGE2_DEFAULT,
	};
	int err, status;

	w.tee.run = &w.run;
	w.tee.symbols = load_symbols;
	w.tee.room = w.stage2.room = room;
	w.tee.arg = w.stage2.arg = &w;
	w.stage2.run = &w.run;
	err = parse_options(&w, argc, argv);
	if (err > 0)
		return STATUS_OK;
	if (err)
		return err == -ESRCH ? STATUS_FAILED : usage_error("watch");
	w.run.copied = show;
	w.run.tee_event = show_tee;
	w.run.stage2_event = show_stage2;
	w.run.drained = flush;
	w.run.arg = &w;
	status = w.run.targets.command ? STATUS_OURS : STATUS_FAILED;
	err = w.run.boundaries & WATCH_STAGE2 ? watch_stage2_prepare(&w.stage2) : 0;
	if (!err)
		err = run_open(&w.run, &status);
	if (!err && w.duration)
		err = loop_deadline(w.run.loop, w.duration);
	if (!err)
		err = start_scans(&w);
	if (!err && w.json)
		out_json(attached_json(w.run.session, w.run.tee.session, w.run.stage2.session));
	else if (!err && isatty(STDERR_FILENO) && !w.run.targets.command)
		fprintf(stderr, "limen: watching; Ctrl-C ends it\n");
	if (!err)
		err = run_wait(&w.run);
	if (!err) {
		status = report(&w);
		if (w.run.targets.command)
			status = status ? STATUS_OURS : w.run.child_status;
	}
	run_close(&w.run);
	watch_tee_free(&w.tee);
	watch_stage2_free(&w.stage2);
	kallsyms_free(w.syms);
	return status;
}
