// SPDX-License-Identifier: GPL-2.0-or-later
/* limen tee: what the TEEs of this host hold now. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/run.h"
#include "output/out.h"
#include "output/tee.h"
#include "probe/kallsyms.h"
#include "util/log.h"
#include "util/parse.h"

static const char help[] =
"usage: limen tee ls|contexts|sessions [OPTION]...\n"
"\n"
"Shows what is alive at the TEEs of this host: shared memory objects, contexts\n"
"(a device that is open), sessions with trusted applications. What began before\n"
"limen came is found through the open files and mappings of all processes, and\n"
"shown as pre-existing: when and where it was made is then not known, and what no\n"
"file leads to, such as buffers of the driver and sessions, not seen until used.\n"
"\n"
"      --for TIME        watch for TIME first (seconds; ms, s, m, h may follow)\n"
"      --device NAME     only this device (tee0, teepriv0)\n"
"      --stack           ls: the stacks of where objects were made\n"
"      --json            JSON: one object per row\n"
"      --wait            wait for a TEE to come instead of failing\n"
"      --max-objects N   live objects known at a time (default 16384)\n"
"      --force-hook KIND only fentry, kprobe.multi or kprobe, not the best\n"
"  -v, --verbose         say each step; -vv: libbpf's words too\n"
"  -h, --help            this text\n"
"\n"
"examples:\n"
"  limen tee ls\n"
"  limen tee ls --for 10 --stack --device tee0\n"
"  limen tee sessions --for 5s --json\n"
"\n"
"REFS are the kernel's references, MAPS the memory areas that map the object now,\n"
"SECURE whether the secure world knows its pages. See also limen stat tee, limen\n"
"watch tee and limen top tee.\n"
"\n"
"Exit status: 0, 1 failed (no TEE, no privilege), 2 usage.\n"
"Full manual: limen-tee(8).\n";

enum { OPT_FOR = 512 };

static const struct option long_options[] = {
	{"for", required_argument, NULL, OPT_FOR},
	{"device", required_argument, NULL, OPT_DEVICE},
	{"stack", no_argument, NULL, OPT_STACK},
	{"json", no_argument, NULL, OPT_JSON},
	{"wait", no_argument, NULL, OPT_WAIT},
	{"max-objects", required_argument, NULL, OPT_MAX_OBJECTS},
	{"force-hook", required_argument, NULL, OPT_FORCE_HOOK},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{}
};

static const char *const words[] = {"ls", "contexts", "sessions", NULL};

enum what { LS, CONTEXTS, SESSIONS };

struct tee_options {
	struct run *run;
	enum what what;
	const char *device;	/* NULL: all */
	__u64 milliseconds;
	bool stack, json;
};

/* 0, a negative errno, or 1 when help was asked for. */
static int parse_option(struct tee_options *o, int option)
{
	switch (option) {
	case OPT_FOR:
		return parse_milliseconds("--for", optarg, 1, 24 * 3600 * 1000, &o->milliseconds);
	case OPT_DEVICE:
		o->device = strncmp(optarg, "/dev/", 5) ? optarg : optarg + 5;
		if (strncmp(o->device, "tee", 3) || strlen(o->device) >= LIMEN_TEE_DEVICE_LEN)
			return fail(-EINVAL, "--device: '%s' is no TEE device (tee0, teepriv0)",
				    optarg);
		return 0;
	case OPT_STACK:
		o->stack = true;
		return 0;
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

static int parse_what(struct tee_options *o, int argc, char **argv)
{
	const char *near;
	int i;

	if (optind == argc)
		return fail(-EINVAL, "what to show: ls, contexts or sessions?");
	if (optind + 1 < argc)
		return fail(-EINVAL, "one thing at a time: '%s' is too much", argv[optind + 1]);
	for (i = 0; words[i]; i++) {
		if (!strcmp(words[i], argv[optind])) {
			o->what = i;
			return 0;
		}
	}
	near = nearest_word(argv[optind], words);
	return fail(-EINVAL, "'%s' is none of ls, contexts, sessions%s%s%s", argv[optind],
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int parse_options(struct tee_options *o, int argc, char **argv)
{
	int option, err;

	while ((option = getopt_long(argc, argv, "vh", long_options, NULL)) != -1) {
		err = parse_option(o, option);
		if (err)
			return err;
	}
	return parse_what(o, argc, argv);
}

/* How many memory areas map each object now. */
static void count_maps(struct tee_tables *t)
{
	const struct limen_tee_holding *h;
	struct limen_tee_object_line *line;

	for (TEE_EACH(t, TEE_MAPS, h)) {
		line = tee_object_of(t, h->object);
		if (line && !h->is_context)
			line->maps_now++;
	}
}

static int read_all(struct tee_options *o)
{
	struct tee_tables *t = &o->run->tee.tables;
	struct limen_tee_object_line *line;
	int err = run_tee_read(o->run, TEE_ALL_TABLES | 1u << TEE_FILES | 1u << TEE_MAPS);

	if (err)
		return err;
	for (TEE_EACH(t, TEE_OBJECTS, line))
		line->maps_now = 0;
	count_maps(t);
	return 0;
}

static bool on_device(const struct tee_options *o, __u64 ctx)
{
	const struct limen_tee_context *c = tee_context_of(&o->run->tee.tables, ctx);

	return !o->device || (c && !strncmp(c->device, o->device, sizeof(c->device)));
}

static void print_json(const struct tee_options *o, struct kallsyms *syms)
{
	const struct tee_tables *t = &o->run->tee.tables;
	const struct limen_tee_context_line *context;
	const struct limen_tee_session_line *session;
	const struct limen_tee_object_line *object;

	for (TEE_EACH(t, TEE_OBJECTS, object))
		if (o->what == LS && on_device(o, object->object.ctx) &&
		    !out_json(tee_object_json(object, t, syms)))
			return;
	for (TEE_EACH(t, TEE_CONTEXTS, context))
		if (o->what == CONTEXTS && on_device(o, context->ctx) &&
		    !out_json(tee_context_json(context)))
			return;
	for (TEE_EACH(t, TEE_SESSIONS, session))
		if (o->what == SESSIONS && on_device(o, session->key.ctx) &&
		    !out_json(tee_session_json(session, t)))
			return;
}

static void print_text(const struct tee_options *o, struct kallsyms *syms)
{
	const struct tee_tables *t = &o->run->tee.tables;

	if (o->what == LS)
		tee_objects_text(t, o->device, o->stack, syms);
	else if (o->what == CONTEXTS)
		tee_contexts_text(t, o->device);
	else
		tee_sessions_text(t, o->device);
}

static int by_address(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

/* Objects that a file leads to, and for which the table had no room. */
static __u64 beyond_table(const struct tee_tables *t)
{
	const struct limen_tee_holding *h;
	__u64 *found = calloc(t->list[TEE_FILES].nr + 1, sizeof(*found)), different = 0;
	size_t i, nr = 0;

	if (!found)
		return 0;
	for (TEE_EACH(t, TEE_FILES, h))
		if (!h->is_context && !tee_object_of(t, h->object))
			found[nr++] = h->object;
	qsort(found, nr, sizeof(*found), by_address);
	for (i = 0; i < nr; i++)
		different += !i || found[i] != found[i - 1];
	free(found);
	return different;
}

static int report(struct tee_options *o)
{
	struct limen_tee_counts counts;
	struct kallsyms *syms;
	__u64 beyond;

	if (read_all(o))
		return STATUS_FAILED;
	syms = o->what == LS ? kallsyms_load() : NULL;
	if (o->json)
		print_json(o, syms);
	else
		print_text(o, syms);
	kallsyms_free(syms);
	tee_counts(o->run->tee.session, &counts);
	beyond = beyond_table(&o->run->tee.tables);
	if (counts.untracked > beyond)
		beyond = counts.untracked;
	if (beyond)
		warning("%llu objects are beyond the table and not shown (--max-objects)", beyond);
	return out_flush() ? STATUS_OK : out_status();
}

int cmd_tee(int argc, char **argv)
{
	static struct run run = {.boundaries = WATCH_TEE};
	struct tee_options o = {.run = &run};
	int err, status;

	err = parse_options(&o, argc, argv);
	if (err > 0)
		return STATUS_OK;
	if (err)
		return usage_error("tee");
	err = run_open(&run, &status);
	if (!err && o.milliseconds) {
		err = loop_deadline(run.loop, o.milliseconds);
		if (!err)
			err = run_wait(&run);
	}
	if (!err)
		status = report(&o);
	run_close(&run);
	return status;
}
