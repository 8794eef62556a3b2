// SPDX-License-Identifier: GPL-2.0-or-later
/* limen doctor for people. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/doctor.h"
#include "output/out.h"
#include "util/log.h"

static const char *const boundary_titles[BOUNDARIES] = {
	[TASK]     = "task: common to all boundaries",
	[USERCOPY] = "usercopy: copies between kernel and user space",
	[TEE]      = "tee: normal and secure world",
	[STAGE2]   = "stage2: host and guest",
	[GUARD]    = "guard: stopping it, by LSM (not used by this version)",
};

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void fact(const char *name, const char *value, int width)
{
	printf("%-13s", name);
	out_wrapped(value, 13, width);
}

static void print_host(const struct doctor *d, int width)
{
	const struct host *host = &d->host;
	char text[512];

	snprintf(text, sizeof(text), "%s %s", out_safe(host->release, 64),
		 out_safe(host->machine, 64));
	fact("kernel", text, width);
	fact("BTF", host->btf ? "yes" : "no, or not readable", width);
	snprintf(text, sizeof(text), "CAP_BPF %s, CAP_PERFMON %s, CAP_SYSLOG %s",
		 yes_no(host->cap_bpf), yes_no(host->cap_perfmon), yes_no(host->cap_syslog));
	fact("privileges", text, width);
	fact("lockdown", host->lockdown == LOCKDOWN_UNKNOWN ?
	     "unknown (no /sys/kernel/security/lockdown)" : lockdown_name(host->lockdown), width);
	snprintf(text, sizeof(text), "%s%s", *host->lsms ? out_safe(host->lsms, 255) :
		 "unknown (no /sys/kernel/security/lsm)",
		 host->bpf_lsm == NO ? " (bpf is not among them)" : "");
	fact("active LSMs", text, width);
	fact("bad copies", host->hardened_usercopy == YES ?
	     "refused by the kernel itself (hardened usercopy)" :
	     host->hardened_usercopy == NO ? "not refused: booted with hardened_usercopy=off" :
	     "unknown whether the kernel refuses them", width);
	fact("addresses", check_addresses(d->check) ? "shown by /proc/kallsyms" :
	     "hidden by /proc/kallsyms (kernel.kptr_restrict, CAP_SYSLOG)", width);
}

#define COLUMN_HOW	37
#define COLUMN_SEES	50

static void print_name(const struct row *row)
{
	char name[80];

	snprintf(name, sizeof(name), "%s%s%s", row->place.function,
		 row->place.at_return ? " return" : "", row->essential ? " *" : "");
	printf("  %-*s", COLUMN_HOW - 2, name);
	if (strlen(name) >= COLUMN_HOW - 2)
		printf("\n%*s", COLUMN_HOW, "");
	printf("%-*s", COLUMN_SEES - COLUMN_HOW, row_how(row));
}

static void print_indented(const char *head, const char *text, int width)
{
	int at = 8 + strlen(head);

	printf("%*s%s", 8, "", head);
	out_wrapped(text, at, width);
}

static void print_rungs(const struct row *row, int width)
{
	const struct check_result *result;
	char head[32];
	unsigned int i;

	for (i = 0; i < row->nr_tried; i++) {
		result = &row->tried[i];
		snprintf(head, sizeof(head), "%s: ", rung_name(row->ladder[i]));
		print_indented(head, result->err ? result->reason : "attaches", width);
	}
}

static bool same_reason(const struct row *a, const struct row *b)
{
	return a && a->how == RUNG_ABSENT && a->boundary == b->boundary &&
	       !strcmp(why(a)->reason, why(b)->reason);
}

/* A reason is printed once for rows in a row that share it. */
static void print_row(const struct doctor *d, const struct row *row, const struct row *before,
		      int width)
{
	print_name(row);
	out_wrapped(row->sees, COLUMN_SEES, width);
	if (d->all_rungs)
		print_rungs(row, width);
	if (row->how != RUNG_ABSENT || (same_reason(before, row) && !d->all_rungs))
		return;
	if (!d->all_rungs)
		print_indented("why: ", why(row)->reason, width);
	if (*why(row)->remedy)
		print_indented("remedy: ", why(row)->remedy, width);
}

static void print_rows(const struct doctor *d, int width)
{
	const struct row *row, *before = NULL;

	for (row = d->rows; row < d->rows + d->nr_rows; row++) {
		if (!before || before->boundary != row->boundary)
			printf("\n%s\n", boundary_titles[row->boundary]);
		print_row(d, row, before, width);
		before = row;
	}
}

static void print_coverage(const struct doctor *d, int width)
{
	unsigned int i;

	for (i = 0; i < d->nr_coverage; i++) {
		if (!i || d->coverage[i].boundary != d->coverage[i - 1].boundary)
			printf("\nWhat is seen of %s on this kernel\n",
			       boundary_names[d->coverage[i].boundary]);
		printf("  %-8s ", d->coverage[i].seen);
		out_wrapped(d->coverage[i].what, 11, width);
		printf("%*s", 13, "");
		out_wrapped(d->coverage[i].how, 13, width);
	}
}

static void list_asked(const struct doctor *d, char *out, size_t size)
{
	size_t used = 0;
	int i;

	out[0] = '\0';
	for (i = USERCOPY; i < BOUNDARIES && used < size; i++)
		if (d->asked[i])
			used += snprintf(out + used, size - used, "%s%s", used ? ", " : "",
					 boundary_names[i]);
	if (!used)
		snprintf(out, size, "%s", boundary_names[TASK]);
}

/* Two rows of one place are named once. */
static void list_missing(const struct doctor *d, char *out, size_t size)
{
	const struct row *row;
	const char *last = "";
	size_t used = 0;

	out[0] = '\0';
	for (row = d->rows; row < d->rows + d->nr_rows && used < size; row++) {
		if (!row->essential || !d->asked[row->boundary] || row->how != RUNG_ABSENT ||
		    row->unknown || !strcmp(row->place.function, last))
			continue;
		last = row->place.function;
		used += snprintf(out + used, size - used, "%s%s", used ? ", " : "", last);
	}
}

static const struct row *first_unknown(const struct doctor *d)
{
	const struct row *row;

	for (row = d->rows; row < d->rows + d->nr_rows; row++)
		if (row->essential && d->asked[row->boundary] && row->unknown)
			return row;
	return NULL;
}

static void print_verdict(const struct doctor *d, int width)
{
	const struct row *unknown = first_unknown(d);
	char asked[64], missing[1024], text[1400];
	const char *remedy = "";

	list_asked(d, asked, sizeof(asked));
	list_missing(d, missing, sizeof(missing));
	if (d->status == ALL_THERE)
		snprintf(text, sizeof(text), "%s: all essential hooks (*) attach%s", asked,
			 d->programs_tried ? ", and limen's own programs load" : "");
	else if (d->programs_err)
		snprintf(text, sizeof(text), "%s: the hooks attach, but limen's own programs do not "
			 "load: %s (standard error has more)", asked, strerror(-d->programs_err));
	else if (d->status == CANNOT_TELL)
		snprintf(text, sizeof(text), "%s: cannot tell: %s", asked, why(unknown)->reason);
	else
		snprintf(text, sizeof(text), "%s: essential hooks are missing: %s", asked, missing);
	putchar('\n');
	out_wrapped(text, 0, width);
	if (d->programs_err == -EPERM)
		remedy = "run as root: on this kernel their loading takes CAP_SYS_ADMIN";
	else if (d->status == CANNOT_TELL)
		remedy = why(unknown)->remedy;
	if (*remedy) {
		printf("remedy: ");
		out_wrapped(remedy, 8, width);
	}
}

void doctor_text(const struct doctor *d)
{
	int width = out_width() > 120 ? 120 : out_width();

	print_host(d, width);
	printf("\n%-*s%-*s%s\n", COLUMN_HOW, "HOOK (* essential)", COLUMN_SEES - COLUMN_HOW, "HOW",
	       "SEES");
	print_rows(d, width);
	print_coverage(d, width);
	print_verdict(d, width);
	out_flush();
}
