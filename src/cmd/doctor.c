// SPDX-License-Identifier: GPL-2.0-or-later
/* limen doctor: what this kernel lets limen see, found out by trying. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/doctor.h"
#include "cmd/options.h"
#include "output/out.h"
#include "probe/check.h"
#include "probe/realm.h"
#include "probe/session.h"
#include "probe/stage2.h"
#include "probe/tee.h"
#include "util/log.h"
#include "util/parse.h"

static const char help[] =
"usage: limen doctor [OPTION]... [BOUNDARY]...\n"
"\n"
"Says what this kernel lets limen see: tries every hook for real (load, attach,\n"
"detach), tells how it attaches, and if it does not, why and what helps. Then it\n"
"says in plain words which copies are seen here and which are not.\n"
"\n"
"BOUNDARY: usercopy, tee, stage2 or guard. Without one all are shown, and\n"
"usercopy decides the exit status. This version of limen does not use guard: its\n"
"rows tell what the kernel offers.\n"
"\n"
"      --all-rungs       try every way to attach, not only up to one that works\n"
"      --json            one JSON object\n"
"  -v, --verbose         say each step; -vv: libbpf's words too\n"
"  -h, --help            this text\n"
"\n"
"examples:\n"
"  limen doctor\n"
"  limen doctor usercopy tee stage2\n"
"  limen doctor --json | jq '.hooks[] | select(.how == \"absent\")'\n"
"\n"
"Exit status: 0 all essential hooks (marked *) attach, 1 a boundary asked for\n"
"lacks one, 2 cannot tell (no privilege, a sandbox), or wrong usage.\n"
"Full manual: limen-doctor(8).\n";

/* --all-rungs is doctor's own. */
enum { OPT_ALL_RUNGS = 512 };

static const struct option long_options[] = {
	{"all-rungs", no_argument, NULL, OPT_ALL_RUNGS},
	{"json", no_argument, NULL, OPT_JSON},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{}
};

const char *const boundary_names[] = {"task", "usercopy", "tee", "stage2", "guard", NULL};

/*
 * What the boundaries to come will need: the kernel's side of it. Those that
 * are watched are in the table of hooks.
 */
struct prospect {
	enum boundary boundary;
	const char *function;
	const char *module;
	unsigned int flags;	/* enum hook_flag */
	enum rung rung;		/* RUNG_FENTRY: or kprobe */
	const char *sees;
};

static const struct prospect prospects[] = {
	{GUARD, "file_open", NULL, HOOK_ESSENTIAL, RUNG_LSM, "refusing to open a TEE or KVM device"},
	{GUARD, "file_ioctl", NULL, HOOK_ESSENTIAL, RUNG_LSM,
	 "refusing a command: sessions, shared memory, KVM_RUN"},
	{GUARD, "file_ioctl_compat", NULL, 0, RUNG_LSM, "the same from 32-bit programs"},
	{GUARD, "mmap_file", NULL, 0, RUNG_LSM, "refusing to map shared memory"},
};

#define NR_PROSPECTS	(sizeof(prospects) / sizeof(prospects[0]))
_Static_assert(NR_PROSPECTS <= MAX_PROSPECTS, "a row for each prospect");

/* --- options --- */

static int ask_boundary(struct doctor *d, const char *word)
{
	const char *near;
	int i;

	for (i = 0; i < BOUNDARIES; i++) {
		if (!strcmp(word, boundary_names[i])) {
			d->asked[i] = d->named = true;
			return 0;
		}
	}
	near = nearest_word(word, boundary_names);
	return fail(-EINVAL, "'%s' is no boundary (usercopy, tee, stage2, guard)%s%s%s", word,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* 0, a negative errno, or 1 when help was asked for. */
static int parse_options(struct doctor *d, int argc, char **argv)
{
	int option, err;

	while ((option = getopt_long(argc, argv, "vh", long_options, NULL)) != -1) {
		switch (option) {
		case OPT_ALL_RUNGS:
			d->all_rungs = true;
			break;
		case OPT_JSON:
			d->json = true;
			break;
		case 'v':
			log_level++;
			break;
		case 'h':
			fputs(help, stdout);
			return 1;
		default:
			return -EINVAL;
		}
	}
	for (; optind < argc; optind++) {
		err = ask_boundary(d, argv[optind]);
		if (err)
			return err;
	}
	if (!d->named)
		d->asked[USERCOPY] = true;
	d->asked[TASK] = true;
	return 0;
}

/* --- rows --- */

static struct row *add_row(struct doctor *d, enum boundary boundary, const char *function,
			   const char *module, const char *sees, unsigned int flags)
{
	struct row *row;

	if (d->named && !d->asked[boundary])
		return NULL;
	row = &d->rows[d->nr_rows++];
	row->boundary = boundary;
	row->place.function = function;
	row->place.module = module;
	row->place.at_return = flags & HOOK_AT_RETURN;
	row->essential = flags & HOOK_ESSENTIAL;
	row->sees = sees;
	return row;
}

static enum boundary boundary_of(const struct hook *hook)
{
	int i;

	for (i = 0; boundary_names[i]; i++)
		if (!strcmp(hook->boundary, boundary_names[i]))
			return i;
	return TASK;
}

static void add_hooks(struct doctor *d, enum boundary boundary)
{
	bool wanted[HOOKS] = {}, realms = boundary == STAGE2 && realm_wanted(wanted);
	struct row *row;
	int i, j, step;

	for (i = 0; i < HOOKS; i++) {
		if (i >= HOOK_S2_REALM_FIRST && i <= HOOK_S2_REALM_LAST && !realms)
			continue;
		/* Of a pair the return's row stands for both. */
		if (!hooks[i].function || boundary_of(&hooks[i]) != boundary ||
		    hooks[i].flags & HOOK_PAIRED)
			continue;
		row = add_row(d, boundary, hooks[i].function, hooks[i].module, hooks[i].sees,
			      hooks[i].flags);
		if (!row)
			continue;
		for (j = 0; (step = hook_step(i, d->host.preempts, j)) >= 0; j++)
			row->ladder[row->nr_ladder++] = hooks[i].ladder[step].rung;
		row->place.must_fire = i == HOOK_CHECK || i == HOOK_CHECKED;
		d->by_hook[i] = row;
	}
}

static void add_prospects(struct doctor *d, enum boundary boundary)
{
	const struct prospect *p;
	struct row *row;

	for (p = prospects; p < prospects + NR_PROSPECTS; p++) {
		if (p->boundary != boundary)
			continue;
		row = add_row(d, boundary, p->function, p->module, p->sees, p->flags);
		if (!row)
			continue;
		row->ladder[row->nr_ladder++] = p->rung;
		if (p->rung == RUNG_FENTRY)
			row->ladder[row->nr_ladder++] = RUNG_KPROBE;
		row->place.must_fire = p->rung == RUNG_LSM && p->flags & HOOK_ESSENTIAL;
	}
}

static int open_check(struct doctor *d)
{
	struct check_place places[MAX_ROWS];
	unsigned int i;

	for (i = 0; i < d->nr_rows; i++)
		places[i] = d->rows[i].place;
	d->check = check_new(&d->host, places, d->nr_rows);
	return d->check ? 0 : fail(-ENOMEM, "out of memory");
}

static void try_row(struct doctor *d, struct row *row)
{
	struct check_result *result;
	enum rung rung;

	while (row->nr_tried < row->nr_ladder) {
		rung = row->ladder[row->nr_tried];
		result = &row->tried[row->nr_tried++];
		check_try(d->check, &row->place, rung, result);
		step("%s%s by %s: %s", row->place.function, row->place.at_return ? " (return)" : "",
		     rung_name(rung), result->err ? result->reason : "attaches");
		if (!result->err && row->how == RUNG_ABSENT)
			row->how = rung;
		row->unknown |= result->refused;
		if (!result->err && !d->all_rungs)
			break;
	}
	row->unknown &= row->how == RUNG_ABSENT;
}

const struct check_result *why(const struct row *row)
{
	unsigned int i;

	for (i = 0; row->unknown && i < row->nr_tried; i++)
		if (row->tried[i].refused)
			return &row->tried[i];
	return &row->tried[row->nr_tried - 1];
}

const char *row_how(const struct row *row)
{
	return row->unknown ? "unknown" : rung_name(row->how);
}

static enum doctor_status judge(const struct doctor *d)
{
	enum doctor_status status = ALL_THERE;
	const struct row *row;

	for (row = d->rows; row < d->rows + d->nr_rows; row++) {
		if (!row->essential || !d->asked[row->boundary] || row->how != RUNG_ABSENT)
			continue;
		if (!row->unknown)
			return LACKING;
		status = CANNOT_TELL;
	}
	return status;
}

static int try_usercopy(void)
{
	struct session_config config = {.everyone = true, .count = true, .tasks = true};
	struct session *session;
	int err = session_open(&config, &session);

	if (!err)
		session_close(session);
	return err;
}

static int try_tee(void)
{
	struct tee_config config = {};
	struct tee_session *session;
	int err = tee_open(&config, &session);

	if (!err)
		tee_close(session);
	return err;
}

static int try_stage2(void)
{
	struct stage2_config config = {.pages = true};
	struct stage2_session *session;
	int err = stage2_open(&config, &session);

	if (!err)
		stage2_close(session);
	return err;
}

/* The small programs attach; limen's own have the last word. */
static void try_programs(struct doctor *d)
{
	if (d->status != ALL_THERE || !(d->asked[USERCOPY] || d->asked[TEE] || d->asked[STAGE2]))
		return;
	d->programs_tried = true;
	d->programs_err = d->asked[USERCOPY] ? try_usercopy() : 0;
	if (!d->programs_err && d->asked[TEE])
		d->programs_err = try_tee();
	if (!d->programs_err && d->asked[STAGE2])
		d->programs_err = try_stage2();
	if (d->programs_err)
		d->status = d->programs_err == -EPERM ? CANNOT_TELL : LACKING;
}

/* --- all of it --- */

static void collect_rows(struct doctor *d)
{
	int i;

	for (i = 0; i < BOUNDARIES; i++) {
		add_hooks(d, i);
		add_prospects(d, i);
	}
}

static int examine(struct doctor *d)
{
	unsigned int i;
	int err;

	host_read(&d->host);
	collect_rows(d);
	log_quiet_libbpf(1);
	err = open_check(d);
	if (err)
		return err;
	for (i = 0; i < d->nr_rows; i++)
		try_row(d, &d->rows[i]);
	log_quiet_libbpf(0);
	d->status = judge(d);
	try_programs(d);
	cover_usercopy(d);
	cover_tee(d);
	cover_stage2(d);
	return 0;
}

int cmd_doctor(int argc, char **argv)
{
	static struct doctor d;
	int err;

	err = parse_options(&d, argc, argv);
	if (err > 0)
		return STATUS_OK;
	if (err)
		return usage_error("doctor");
	if (examine(&d))
		return CANNOT_TELL;
	if (d.json)
		doctor_json(&d);
	else
		doctor_text(&d);
	check_free(d.check);
	return d.status ? (int)d.status : out_status();
}
