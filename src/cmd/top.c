// SPDX-License-Identifier: GPL-2.0-or-later
/* limen top: who copies most, now. On a terminal a live view, else interval by interval. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/run.h"
#include "cmd/top_loop.h"
#include "cmd/top_stage2.h"
#include "cmd/top_tee.h"
#include "model/counts.h"
#include "model/rates.h"
#include "output/attached.h"
#include "output/out.h"
#include "output/screen.h"
#include "output/top.h"
#include "output/top_screen.h"
#include "output/usercopy.h"
#include "util/log.h"
#include "util/parse.h"

#define OPT_ROWS	512	/* behind enum long_option */
#define BATCH_WIDTH	132	/* of what is no terminal and has no COLUMNS */
#define BATCH_ROWS	20
#define FINAL_ROWS	10

static const char help[] =
"usage: limen top [OPTION]... [usercopy|tee|stage2]\n"
"\n"
"Shows the tasks that copy most between kernel and user space, live on a terminal\n"
"(h: keys, q: quit), else one table per interval. The totals come at the end.\n"
"\n"
"tee: the clients of the host's TEEs, or its trusted applications, instead: --by\n"
"client (default) or ta; --sort live-bytes, live, made, bytes, sessions,\n"
"commands, errors, p99 or name.\n"
"\n"
"stage2: second-stage faults: --by vm (default), vcpu or slot; --sort faults\n"
"(default), translation, permission, mmio, latency (p99), each also with total-\n"
"before it, or vm.\n"
"\n"
"  -p, --pid PID         this process, its threads and children; repeatable;\n"
"                        stage2: its virtual machines\n"
"  -d, --delay TIME      between updates (default 1 s; 0.5, ms, s, m, h)\n"
"  -b, --batch           tables as text, also on a terminal; for scripts\n"
"  -n, --iterations N    end after N updates (default: Ctrl-C ends it)\n"
"      --by KEY          thread, process (default), cgroup, container or exe\n"
"  -H, --threads         the same as --by thread\n"
"  -s, --sort KEY        bytes (default), copies, to-user, to-user-copies,\n"
"                        from-user, from-user-copies, names, short, refused,\n"
"                        io-read, io-write: per second; total-KEY (total-bytes,\n"
"                        ...): since the start; threads, name, pid\n"
"  -r, --reverse         the other way round\n"
"      --rows N          at most N rows per table (default 20; --json: all)\n"
"      --exact           count every copy by hardware breakpoints, constant sizes\n"
"                        too; needs -p\n"
"      --io              also file and socket I/O, by result, in own columns\n"
"      --json            JSON lines: per interval one object for all and one for\n"
"                        each row that was active, then the totals; implies -b\n"
"      --ring-size SIZE  ring buffer for events (default 1M; a power of two)\n"
"      --max-tasks N     records kept at a time (default: enough for this host)\n"
"      --force-hook KIND only fentry, kprobe.multi or kprobe, not the best\n"
"      --wait            tee, stage2: wait for a TEE or KVM instead of failing\n"
"      --max-objects N   tee: live objects known at a time (default 16384)\n"
"  -v, --verbose         say each step; -vv: libbpf's words too\n"
"  -h, --help            this text\n"
"\n"
"examples:\n"
"  limen top                              the live view\n"
"  limen top --by ta tee\n"
"  limen top --by vcpu --sort latency stage2\n"
"  limen top --by container --sort to-user\n"
"  limen top -p $(pidof -s nginx) -H --io\n"
"  limen top -b -n 3 -d 10 > top.txt      three tables, ten seconds each\n"
"  limen top --json | jq -c 'select(.type==\"group\")|[.key,.rate.to_user.bytes]'\n"
"\n"
"Rates are per second of the interval as measured. Counts: k is 1000; bytes: K is\n"
"1024. NO_COLOR switches colours off.\n"
"\n"
"Exit status: 0, also when the reader of a pipe left; 1 failed (no privilege, a\n"
"terminal that cannot show it, no such process), 2 usage.\n"
"Full manual: limen-top(8).\n";

static const struct option long_options[] = {
	{"pid", required_argument, NULL, 'p'},
	{"delay", required_argument, NULL, 'd'},
	{"batch", no_argument, NULL, 'b'},
	{"iterations", required_argument, NULL, 'n'},
	{"by", required_argument, NULL, OPT_BY},
	{"threads", no_argument, NULL, 'H'},
	{"sort", required_argument, NULL, 's'},
	{"reverse", no_argument, NULL, 'r'},
	{"rows", required_argument, NULL, OPT_ROWS},
	{"exact", no_argument, NULL, OPT_EXACT},
	{"io", no_argument, NULL, OPT_IO},
	{"json", no_argument, NULL, OPT_JSON},
	{"ring-size", required_argument, NULL, OPT_RING_SIZE},
	{"max-tasks", required_argument, NULL, OPT_MAX_TASKS},
	{"force-hook", required_argument, NULL, OPT_FORCE_HOOK},
	{"wait", no_argument, NULL, OPT_WAIT},
	{"max-objects", required_argument, NULL, OPT_MAX_OBJECTS},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{}
};

struct top {
	struct run *run;
	struct top_state state;
	struct top_sums sums;
	struct rates *rates;
	bool batch, json, live;
	bool reverse;
	__u64 iterations, done;	/* iterations 0: no end */
	__u64 rows;		/* 0: as the output has it */
	const char *by, *sort;	/* as given; NULL: not */
	int err;		/* of a callback */
};

/* ---- options ---- */

static int parse_sort(const char *text, struct rate_order *order)
{
	const char *key = strncmp(text, "total-", 6) ? text : text + 6;
	const char *near;

	if (rate_order_parse(text, order))
		return 0;
	if (rate_order_parse(key, order))
		return fail(-EINVAL, "--sort: '%s' has no total; use '%s'", key, key);
	near = nearest_word(key, rate_key_names);
	return fail(-EINVAL, "--sort: '%s' is no column%s%s%s%s", text, near ? "; did you mean " : "",
		    near && key != text ? "total-" : "", near ? near : "", near ? "?" : "");
}

/* As with other tops, 0.5 is half a second. */
static int parse_delay(const char *text, __u64 *delay)
{
	size_t whole = strspn(text, "0123456789"), part;
	char buffer[64];

	if (text[whole] == '.' && whole && whole < 10) {
		part = strspn(text + whole + 1, "0123456789");
		if (part && part <= 3 && (!text[whole + 1 + part] ||
					  !strcmp(text + whole + 1 + part, "s"))) {
			snprintf(buffer, sizeof(buffer), "%.*s%.*s%.*sms", (int)whole, text,
				 (int)part, text + whole + 1, (int)(3 - part), "000");
			text = buffer;
		}
	}
	return parse_milliseconds("--delay", text, 100, 24 * 3600 * 1000, delay);
}

/* 0, a negative errno, or 1 when help was asked for. */
static int parse_option(struct top *top, int option)
{
	struct session_config *config = &top->run->config;

	switch (option) {
	case 1:
		return parse_boundary(&top->run->boundaries, optarg);
	case 'd':
		return parse_delay(optarg, &top->state.delay);
	case 'b':
		top->batch = true;
		return 0;
	case 'n':
		return parse_number("--iterations", optarg, 1, 1000000000, &top->iterations);
	case OPT_BY:
		top->by = optarg;	/* what it may be depends on the boundary */
		return 0;
	case 'H':
		top->by = "thread";
		return 0;
	case 's':
		top->sort = optarg;
		return 0;
	case 'r':
		top->reverse = true;
		return 0;
	case OPT_ROWS:
		return parse_number("--rows", optarg, 1, 1000000, &top->rows);
	case OPT_EXACT:
		config->exact = true;
		return 0;
	case OPT_IO:
		config->io = true;
		return 0;
	case OPT_JSON:
		top->json = true;
		return 0;
	case 'h':
		fputs(help, stdout);
		return 1;
	default:
		return parse_shared_option(top->run, option);
	}
}

static int batch_width(void);

static struct top_options table_options(const struct top *top)
{
	return (struct top_options){
		.by = top->by, .sort = top->sort, .delay = top->state.delay,
		.iterations = top->iterations, .rows = top->rows, .json = top->json,
		.live = top->live, .reverse = top->reverse, .width = batch_width(),
	};
}

static bool is_for(const struct top *top, enum run_boundary boundary)
{
	return top->run->boundaries == boundary;
}

/* What only usercopy has. */
static int check_table(const struct top *top)
{
	struct top_options o = table_options(top);

	if (top->run->config.exact || top->run->config.io)
		return fail(-EINVAL, "--exact and --io are for usercopy");
	if (is_for(top, WATCH_STAGE2))
		return top_stage2_check(&o);
	if (top->run->targets.nr_pids)
		return fail(-EINVAL, "--pid is for usercopy and stage2: 'limen watch -p PID tee' "
			    "shows one client");
	return top_tee_check(&o);
}

static int check_usercopy(struct top *top)
{
	struct session_config *config = &top->run->config;
	enum rate_key key;
	int err = 0;

	if (top->by)
		err = parse_by(top->by, &top->state.view.by);
	if (!err && top->sort)
		err = parse_sort(top->sort, &top->state.view.order);
	if (err)
		return err;
	config->everyone = !top->run->targets.nr_pids;
	if (config->exact && config->everyone)
		return fail(-EINVAL, "--exact needs --pid: breakpoints for all tasks would slow "
			    "the host down");
	key = top->state.view.order.key;
	if (!config->io && (key == BY_KEY_READ || key == BY_KEY_WRITE))
		return fail(-EINVAL, "--sort: '%s' needs --io", rate_key_names[key]);
	top->state.view.io = config->io;
	top->state.view.order.reverse = top->reverse;
	return 0;
}

static int parse_options(struct top *top, int argc, char **argv)
{
	int option, err;

	while ((option = getopt_long(argc, argv, "-p:d:bn:Hs:rvh", long_options, NULL)) != -1) {
		err = parse_option(top, option);
		if (err)
			return err;
	}
	if (optind < argc)
		return fail(-EINVAL, "'%s': limen top runs no command", argv[optind]);
	if (!top->run->boundaries)
		top->run->boundaries = WATCH_USERCOPY;
	if (top->run->boundaries & (top->run->boundaries - 1))
		return fail(-EINVAL, "one boundary at a time");
	top->batch |= top->json;
	top->live = !top->batch && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO);
	return is_for(top, WATCH_USERCOPY) ? check_usercopy(top) : check_table(top);
}

/* ---- an interval ---- */

/* The run's own list has it for the totals, the rates for the interval. */
static void task_exited(void *arg, const struct limen_exit_event *e)
{
	struct run *run = arg;
	struct top *top = run->arg;
	int err;

	tasks_set(run->tasks, &e->head.task, &e->counts, true);
	err = rates_exit(top->rates, &e->head.task, &e->counts);
	if (err)
		top->err = err;
}

static void add_task(void *arg, const struct task *task)
{
	struct top *top = arg;
	int err;

	if (task->ended)
		return;
	top->sums.tasks++;
	err = rates_task(top->rates, &task->who, &task->counts);
	if (err)
		top->err = err;
}

/* What the run's list of tasks says now becomes the end of an interval. */
static int close_interval(struct top *top, __u64 now)
{
	int err;

	top->sums.tasks = 0;
	rates_begin(top->rates);
	tasks_each(top->run->tasks, add_task, top);
	err = rates_end(top->rates, now);
	if (!err)
		err = top->err;
	top->sums.time = now;
	snprintf(top->sums.stamp, sizeof(top->sums.stamp), "%s", out_time(now));
	top->sums.seconds = rates_seconds(top->rates);
	return err ? fail(err, "out of memory") : 0;
}

static int sum_up(struct top *top, const struct limen_counts *rest)
{
	struct session_losses losses;
	struct limen_counts counts;
	struct amounts now;
	int err;

	tasks_sum(top->run->tasks, &counts);
	counts_add(&counts, rest);
	amounts_of(&now, &counts);
	amounts_advance(&top->sums.total, &now, &top->sums.delta);
	err = session_losses(top->run->session, &losses);
	if (err)
		return fail(err, "cannot read the losses: %s", strerror(-err));
	top->sums.lost = losses_total(&losses);
	return 0;
}

/*
 * What belongs to no task is read first: a task that ends in between is
 * missing once rather than counted twice. Final records that came while the
 * live tasks were read are taken in after them.
 */
static int collect(struct top *top)
{
	struct run *run = top->run;
	struct limen_counts rest;
	__u64 now = out_now();
	int err = session_rest(run->session, &rest);

	if (!err) {
		err = run_snapshot(run);
		if (err)
			return err;
		err = events_drain(run->events);
	}
	if (err)
		return fail(err, "cannot read the counts: %s", strerror(-err));
	err = sum_up(top, &rest);
	return err ? err : close_interval(top, now);
}

static int sort_rows(struct top *top, enum rate_rows which)
{
	struct top_state *state = &top->state;

	free(state->rows);
	state->rows = NULL;
	state->nr_rows = rates_rows(top->rates, state->view.by, which, &state->view.order,
				    &state->rows);
	if (state->nr_rows >= 0)
		return 0;
	state->nr_rows = 0;
	return fail(-ENOMEM, "out of memory");
}

/* ---- batch ---- */

static int batch_width(void)
{
	int width = isatty(STDOUT_FILENO) || getenv("COLUMNS") ? out_width() : BATCH_WIDTH;

	width = width < 40 ? 40 : width;
	return width > TOP_LINE / 4 ? TOP_LINE / 4 : width;
}

static void print_table(const struct top *top, const struct top_view *view, long most)
{
	const struct top_state *state = &top->state;
	struct top_layout layout;
	char line[TOP_LINE];
	long i;

	top_layout(&layout, view, batch_width() - 1, false);
	top_heading(&layout, line);
	printf(" %s\n", line);
	for (i = 0; i < state->nr_rows && i < most; i++) {
		top_row(&layout, state->rows[i], top->sums.seconds, NULL, line);
		printf(" %s\n", line);
	}
	if (i < state->nr_rows)
		printf(" ... %ld more\n", state->nr_rows - i);
}

static bool print_interval(const struct top *top)
{
	const struct top_sums *sums = &top->sums;
	char line[TOP_LINE];

	printf("limen top  %llu  %s  %.3f s\n", top->done, out_clock(sums->time), sums->seconds);
	top_sum_line(0, sums, top->state.view.io, batch_width() - 1, line);
	printf(" %s\n", line);
	top_sum_line(1, sums, top->state.view.io, batch_width() - 1, line);
	printf(" %s\n", line);
	print_table(top, &top->state.view, top->rows ? top->rows : BATCH_ROWS);
	putchar('\n');
	return out_flush();
}

static bool print_interval_json(const struct top *top)
{
	const struct top_state *state = &top->state;
	long i, nr = state->nr_rows;

	if (top->rows && nr > (long)top->rows)
		nr = top->rows;
	if (!out_json(top_interval_json(&state->view, &top->sums, top->done, nr)))
		return false;
	for (i = 0; i < nr; i++)
		if (!out_json(top_row_json(&state->view, &top->sums, top->done, state->rows[i])))
			return false;
	return true;
}

/* ---- the loop ---- */

static enum rate_rows which_rows(const struct top *top)
{
	if (top->json)
		return ROWS_ACTIVE;
	return top->state.view.order.totals ? ROWS_ALL : ROWS_LIVE;
}

static void end_with(struct top *top, int err)
{
	top->err = err;
	loop_end(top->run->loop);
}

static void redraw(void *arg)
{
	struct top *top = arg;

	top_screen_draw(&top->state);
}

static void tick(void *arg)
{
	struct top *top = arg;
	bool more = true;
	int err;

	err = collect(top);
	if (!err)
		err = sort_rows(top, which_rows(top));
	if (err) {
		end_with(top, err);
		return;
	}
	top->done++;
	if (top->live)
		redraw(top);
	else
		more = top->json ? print_interval_json(top) : print_interval(top);
	if (!more || (top->iterations && top->done >= top->iterations))
		loop_end(top->run->loop);
}

static void resized(void *arg)
{
	screen_resized();
	redraw(arg);
}

static void key_pressed(void *arg)
{
	struct top *top = arg;
	struct top_state *state = &top->state;
	enum top_wish wish, most = TOP_NOTHING;
	int key;

	while ((key = screen_key()) != SCREEN_NONE) {
		wish = top_screen_key(state, key);
		if (wish == TOP_TIMER)
			loop_tick(top->run->loop, state->paused ? 0 : state->delay, tick, top);
		if (wish == TOP_SORT && sort_rows(top, which_rows(top)))
			wish = TOP_QUIT;
		if (wish > most)
			most = wish;
		if (wish == TOP_QUIT)
			break;
	}
	if (most == TOP_QUIT)
		loop_end(top->run->loop);
	else if (most != TOP_NOTHING)
		redraw(top);
}

static int open_view(struct top *top)
{
	int err;

	if (top->json && !out_json(attached_json(top->run->session, NULL, NULL)))
		loop_end(top->run->loop);
	if (!top->live)
		return top_watch_output(top->run->loop);
	err = screen_open();
	if (err)
		return err;
	loop_on_resize(top->run->loop, resized, top);
	err = loop_add(top->run->loop, STDIN_FILENO, key_pressed, top);
	if (!err)
		redraw(top);
	return err;
}

static const char *hook_text(const struct top *top)
{
	static char text[64];

	snprintf(text, sizeof(text), "usercopy by %s", top->run->config.exact ? "breakpoints" :
		 rung_name(session_rung(top->run->session, HOOK_CHECK)));
	return text;
}

static const char *coverage(const struct top *top)
{
	static char text[256];
	const struct session_config *config = &top->run->config;

	if (config->exact)
		return "every copy on the copy functions, constant sizes too (breakpoints)";
	snprintf(text, sizeof(text), "copies of run-time size (%s)%s%s",
		 rung_name(session_rung(top->run->session, HOOK_CHECK)),
		 config->everyone ? "" : "; constant sizes: --exact",
		 config->io ? "; file and socket I/O by result" : "; file and socket I/O: --io");
	return text;
}

static int open_top(struct top *top, int *status)
{
	struct run *run = top->run;
	int err;

	*status = STATUS_FAILED;
	err = top->live ? screen_check() : 0;
	if (!err)
		err = run_open(run, status);
	if (err)
		return err;
	run->arg = top;
	run->sink.exited = task_exited;
	top->sums.since = out_now();
	top->rates = rates_new(top->sums.since);
	if (!top->rates)
		return fail(-ENOMEM, "out of memory");
	top->state.rates = top->rates;
	top->state.tasks = run->tasks;
	top->state.sums = &top->sums;
	top->state.how = hook_text(top);
	err = open_view(top);
	if (!err)
		err = loop_tick(run->loop, top->state.delay, tick, top);
	return err;
}

/* ---- the end ---- */

static void print_totals_json(const struct totals *totals, const struct top *top,
			      const char *seen)
{
	json_t *final = totals_json(totals);

	json_object_set_new(final, "coverage", json_string(seen));
	json_object_set_new(final, "intervals", json_integer((json_int_t)top->done));
	out_json(final);
}

static void print_totals(const struct totals *totals, struct top *top, const char *seen)
{
	usercopy_table(&totals->counts, totals->io, out_width());
	if (top->state.nr_rows) {
		putchar('\n');
		print_table(top, &top->state.view, FINAL_ROWS);
	}
	printf("\n coverage: %s\n", seen);
	losses_text(totals);
	out_flush();
}

static int report(struct top *top)
{
	const char *seen = coverage(top);
	struct totals totals;

	if (!out_flush())
		return out_status();
	if (run_finish(top->run, &totals) || close_interval(top, out_now()))
		return STATUS_FAILED;
	top->state.view.order.totals = true;
	if (sort_rows(top, ROWS_ALL))
		return STATUS_FAILED;
	if (top->json)
		print_totals_json(&totals, top, seen);
	else
		print_totals(&totals, top, seen);
	return out_status();
}

int cmd_top(int argc, char **argv)
{
	static struct run run = {.config = {.count = true, .tasks = true, .execs = true}};
	static struct top top = {
		.run = &run,
		.state = {.view = {.by = BY_PROCESS, .order = {.key = BY_KEY_BYTES}}, .delay = 1000},
	};
	struct top_options o;
	int err, status;

	err = parse_options(&top, argc, argv);
	if (err > 0)
		return out_flush() ? STATUS_OK : out_status();
	if (err)
		return err == -ESRCH ? STATUS_FAILED : usage_error("top");
	o = table_options(&top);
	if (is_for(&top, WATCH_TEE))
		return top_tee_run(&run, &o);
	if (is_for(&top, WATCH_STAGE2))
		return top_stage2_run(&run, &o);
	err = open_top(&top, &status);
	if (!err)
		err = run_wait(&run);
	if (!err)
		err = top.err;
	screen_close();
	if (!err)
		status = report(&top);
	run_close(&run);
	free(top.state.rows);
	rates_free(top.rates);
	return status;
}
