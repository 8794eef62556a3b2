// SPDX-License-Identifier: GPL-2.0-or-later
/* limen doctor: what this kernel lets limen see, found out by trying. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "output/out.h"
#include "probe/check.h"
#include "probe/session.h"
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
"usercopy decides the exit status. This version of limen watches usercopy only:\n"
"the rows of the others tell what the kernel offers.\n"
"\n"
"      --all-rungs       try every way to attach, not only up to one that works\n"
"      --json            one JSON object\n"
"  -v, --verbose         say each step; -vv: libbpf's words too\n"
"  -h, --help            this text\n"
"\n"
"examples:\n"
"  limen doctor\n"
"  limen doctor usercopy tee\n"
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

enum doctor_status { ALL_THERE = 0, LACKING = 1, CANNOT_TELL = 2 };

/* In the order shown. "task" serves all and is always asked for. */
enum boundary { TASK, USERCOPY, TEE, STAGE2, GUARD, BOUNDARIES };

static const char *const boundary_names[] = {"task", "usercopy", "tee", "stage2", "guard", NULL};

static const char *const boundary_titles[BOUNDARIES] = {
	[TASK]     = "task: common to all boundaries",
	[USERCOPY] = "usercopy: copies between kernel and user space",
	[TEE]      = "tee: normal and secure world (not watched by this version)",
	[STAGE2]   = "stage2: host and guest (not watched by this version)",
	[GUARD]    = "guard: stopping it, by LSM (not used by this version)",
};

/*
 * What the boundaries to come will need: the kernel's side of it. usercopy
 * and task are in the table of hooks.
 */
struct prospect {
	enum boundary boundary;
	const char *function;
	const char *module;
	unsigned int flags;	/* enum hook_flag */
	enum rung rung;		/* RUNG_FENTRY: or kprobe */
	const char *sees;
};

#if defined(__x86_64__)
#define KVM_MODULE	"kvm"
#else
#define KVM_MODULE	NULL	/* built in */
#endif

static const struct prospect prospects[] = {
	{TEE, "tee_open", "tee", HOOK_ESSENTIAL, RUNG_FENTRY, "a client opens a TEE device"},
	{TEE, "tee_release", "tee", HOOK_ESSENTIAL, RUNG_FENTRY, "it closes it"},
	{TEE, "tee_ioctl", "tee", HOOK_ESSENTIAL, RUNG_FENTRY, "sessions and commands"},
	{TEE, "tee_shm_alloc_user_buf", "tee", HOOK_ESSENTIAL | HOOK_AT_RETURN, RUNG_FENTRY,
	 "shared memory allocated for a client"},
	{TEE, "tee_shm_register_user_buf", "tee", HOOK_ESSENTIAL | HOOK_AT_RETURN, RUNG_FENTRY,
	 "a client's own memory registered as shared"},
	{TEE, "tee_shm_put", "tee", HOOK_ESSENTIAL, RUNG_FENTRY,
	 "references dropped, and with the last one the end"},
	{TEE, "tee_shm_get_fd", "tee", 0, RUNG_FENTRY, "shared memory handed out as a descriptor"},
	{TEE, "tee_shm_fop_mmap", "tee", 0, RUNG_FENTRY, "shared memory mapped"},
	{TEE, "tee_shm_alloc_kernel_buf", "tee", HOOK_AT_RETURN, RUNG_FENTRY,
	 "shared memory of kernel clients"},
	{TEE, "tee_shm_alloc_priv_buf", "tee", HOOK_AT_RETURN, RUNG_FENTRY,
	 "the driver's own message buffers"},
#if defined(__aarch64__)
	{TEE, "optee_shm_register", "optee", 0, RUNG_FENTRY, "pages made known to OP-TEE"},
	{TEE, "optee_shm_unregister", "optee", 0, RUNG_FENTRY, "pages taken back from OP-TEE"},
	{TEE, "optee_invoke_fn_begin", "optee", 0, RUNG_TRACEPOINT, "each entry of the secure world"},
	{STAGE2, "kvm_guest_fault", NULL, HOOK_ESSENTIAL, RUNG_TRACEPOINT,
	 "every stage-2 fault: address and syndrome"},
	{STAGE2, "kvm_handle_guest_abort", NULL, HOOK_ESSENTIAL | HOOK_AT_RETURN, RUNG_FENTRY,
	 "how long a fault took, and its outcome"},
	{STAGE2, "kvm_pgtable_stage2_map", NULL, HOOK_ESSENTIAL, RUNG_FENTRY,
	 "what is mapped: address, size, permissions"},
	{STAGE2, "kvm_pgtable_stage2_relax_perms", NULL, HOOK_ESSENTIAL, RUNG_FENTRY,
	 "permission faults resolved"},
	{STAGE2, "kvm_pgtable_stage2_mkyoung", NULL, 0, RUNG_FENTRY, "access flag faults resolved"},
	{STAGE2, "kvm_pgtable_stage2_unmap", NULL, 0, RUNG_FENTRY, "pages taken away"},
	{STAGE2, "io_mem_abort", NULL, 0, RUNG_FENTRY, "MMIO, and writes to read-only slots"},
#elif defined(__x86_64__)
	{STAGE2, "kvm_page_fault", KVM_MODULE, HOOK_ESSENTIAL, RUNG_TRACEPOINT,
	 "every NPT or EPT fault: address and error code"},
	{STAGE2, "kvm_mmu_page_fault", KVM_MODULE, HOOK_ESSENTIAL | HOOK_AT_RETURN, RUNG_FENTRY,
	 "how long a fault took, and its outcome"},
	{STAGE2, "kvm_mmu_set_spte", KVM_MODULE, HOOK_ESSENTIAL, RUNG_TRACEPOINT,
	 "what is mapped: page, level"},
	{STAGE2, "fast_page_fault", KVM_MODULE, 0, RUNG_TRACEPOINT,
	 "faults fixed without a new mapping"},
	{STAGE2, "kvm_unmap_hva_range", KVM_MODULE, 0, RUNG_TRACEPOINT, "pages taken away"},
#endif
	{STAGE2, "kvm_mmio", KVM_MODULE, 0, RUNG_TRACEPOINT, "device accesses of the guest"},
	{STAGE2, "kvm_set_memslot", KVM_MODULE, HOOK_ESSENTIAL, RUNG_FENTRY,
	 "guest memory given, moved, removed"},
	{STAGE2, "kvm_destroy_vm", KVM_MODULE, HOOK_ESSENTIAL, RUNG_FENTRY, "a guest's end"},
	{GUARD, "file_open", NULL, HOOK_ESSENTIAL, RUNG_LSM, "refusing to open a TEE or KVM device"},
	{GUARD, "file_ioctl", NULL, HOOK_ESSENTIAL, RUNG_LSM,
	 "refusing a command: sessions, shared memory, KVM_RUN"},
	{GUARD, "file_ioctl_compat", NULL, 0, RUNG_LSM, "the same from 32-bit programs"},
	{GUARD, "mmap_file", NULL, 0, RUNG_LSM, "refusing to map shared memory"},
};

#define NR_PROSPECTS	(sizeof(prospects) / sizeof(prospects[0]))
#define MAX_ROWS	(HOOKS + NR_PROSPECTS)

/* One line of the table: a place, what was tried there, what came out. */
struct row {
	enum boundary boundary;
	struct check_place place;
	const char *sees;
	bool essential;
	enum rung ladder[HOOK_MAX_RUNGS];
	struct check_result tried[HOOK_MAX_RUNGS];
	unsigned int nr_ladder, nr_tried;
	enum rung how;		/* the first that works */
	bool unknown;		/* none does, and limen was refused to try */
};

struct coverage {
	const char *what;
	const char *seen;	/* yes, partly, no, unknown */
	char how[400];
};

#define MAX_COVERAGE	12

struct doctor {
	bool asked[BOUNDARIES], named;
	bool all_rungs, json;
	struct host host;
	struct check *check;
	struct row rows[MAX_ROWS];
	unsigned int nr_rows;
	struct row *by_hook[HOOKS];
	struct coverage coverage[MAX_COVERAGE];
	unsigned int nr_coverage;
	bool programs_tried;
	int programs_err;	/* of limen's own, as `limen stat` loads them */
	enum doctor_status status;
};

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
	return strcmp(hook->boundary, "task") ? USERCOPY : TASK;
}

static void add_hooks(struct doctor *d, enum boundary boundary)
{
	struct row *row;
	int i, j, step;

	for (i = 0; i < HOOKS; i++) {
		if (!hooks[i].function || boundary_of(&hooks[i]) != boundary)
			continue;
		row = add_row(d, boundary, hooks[i].function, NULL, hooks[i].sees, hooks[i].flags);
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

/* The result that says why there is no way: of the last one tried. */
static const struct check_result *why(const struct row *row)
{
	unsigned int i;

	for (i = 0; row->unknown && i < row->nr_tried; i++)
		if (row->tried[i].refused)
			return &row->tried[i];
	return &row->tried[row->nr_tried - 1];
}

static const char *row_how(const struct row *row)
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

/* The small programs attach; limen's own have the last word. */
static void try_programs(struct doctor *d)
{
	struct session_config config = {.everyone = true, .count = true, .tasks = true};
	struct session *session;

	if (d->status != ALL_THERE || !d->asked[USERCOPY])
		return;
	d->programs_tried = true;
	d->programs_err = session_open(&config, &session);
	if (d->programs_err)
		d->status = d->programs_err == -EPERM ? CANNOT_TELL : LACKING;
	else
		session_close(session);
}

/* --- coverage --- */

static struct coverage *cover(struct doctor *d, const char *what, const char *seen)
{
	struct coverage *c = &d->coverage[d->nr_coverage++];

	c->what = what;
	c->seen = seen;
	return c;
}

#define SAY(c, ...) snprintf((c)->how, sizeof((c)->how), __VA_ARGS__)

static bool works(const struct doctor *d, enum hook_id hook)
{
	return d->by_hook[hook] && d->by_hook[hook]->how != RUNG_ABSENT;
}

/* "yes" or what else it is without that hook; how is filled then. */
static struct coverage *cover_hook(struct doctor *d, const char *what, enum hook_id hook)
{
	const struct row *row = d->by_hook[hook];
	struct coverage *c;

	if (works(d, hook))
		return cover(d, what, "yes");
	c = cover(d, what, row->unknown ? "unknown" : "no");
	SAY(c, "%s: %s", row->place.function, why(row)->reason);
	return c;
}

static bool is_seen(const struct coverage *c)
{
	return !strcmp(c->seen, "yes");
}

static void cover_checked(struct doctor *d)
{
	struct coverage *c;

	c = cover_hook(d, "copies whose size is known at run time only", HOOK_CHECK);
	if (is_seen(c))
		SAY(c, "each one counted, by %s on __check_object_size",
		    row_how(d->by_hook[HOOK_CHECK]));
	c = cover_hook(d, "path names", HOOK_CHECK);
	if (is_seen(c) && check_addresses(d->check)) {
		SAY(c, "counted apart, without a size: the kernel shows their buffer's room only");
	} else if (is_seen(c)) {
		c->seen = "partly";
		SAY(c, "counted as copies, of their buffer's size: /proc/kallsyms hides the "
		    "addresses that tell them apart (kernel.kptr_restrict, CAP_SYSLOG)");
	}
}

static void cover_exact(struct doctor *d)
{
	static const char *const what = "copies of a size fixed when the kernel was compiled";
	bool to = works(d, HOOK_EXACT_TO_USER), from = works(d, HOOK_EXACT_FROM_USER);
	struct coverage *c;

	if (to && from) {
		c = cover(d, what, "partly");
		SAY(c, "only with --exact, for -p or a command: hardware breakpoints, set per %s",
#if defined(__x86_64__)
		    "task");
#else
		    "CPU; other tasks are left out");
#endif
	} else {
		c = cover_hook(d, what, to ? HOOK_EXACT_FROM_USER : HOOK_EXACT_TO_USER);
	}
}

static void cover_io(struct doctor *d)
{
	static const char *const what = "page-wise copies of files, pipes and sockets";
	struct coverage *c;
	size_t used = 0;
	int i, there = 0, missing = 0;

	for (i = HOOK_IO_READ; i <= HOOK_IO_SENDMSG; i++)
		there += works(d, i);
	if (!there) {
		cover_hook(d, what, HOOK_IO_READ);
		return;
	}
	c = cover(d, what, "partly");
	used = SAY(c, "only with --io, and as results of read, write, send and receive calls: "
		   "kept apart, never added to the copies");
	for (i = HOOK_IO_READ; i <= HOOK_IO_SENDMSG && used < sizeof(c->how); i++)
		if (!works(d, i))
			used += snprintf(c->how + used, sizeof(c->how) - used, "%s %s",
					 missing++ ? "," : "; without", hooks[i].function);
}

static void cover_refused(struct doctor *d)
{
	struct coverage *c = cover_hook(d, "copies that the kernel refuses", HOOK_ABORT);

	if (!is_seen(c))
		return;
	if (d->host.hardened_usercopy == NO) {
		c->seen = "no";
		SAY(c, "this kernel refuses none: it was booted with hardened_usercopy=off");
	} else {
		SAY(c, "with the kernel's reason and a stack, by %s on usercopy_abort",
		    row_how(d->by_hook[HOOK_ABORT]));
	}
}

static void cover_short(struct doctor *d)
{
	struct coverage *c = cover_hook(d, "copies cut short by a bad user address", HOOK_FIXUP);

	if (!is_seen(c))
		return;
#if defined(__x86_64__)
	SAY(c, "and any other user access of the kernel that faults, with the exact address");
	if (!check_addresses(d->check)) {
		c->seen = "partly";
		SAY(c, "one may count twice: /proc/kallsyms hides the copy routines' addresses");
	}
#else
	c->seen = "partly";
	SAY(c, "in the copy routines only; the address is where the failing access began");
	if (!check_addresses(d->check)) {
		c->seen = "no";
		SAY(c, "/proc/kallsyms hides the copy routines' addresses");
	}
#endif
}

static void cover_object(struct doctor *d)
{
	static const char *const what = "the kernel object behind a copy";
	struct coverage *c;

	/* It is called from within the check. */
	c = cover_hook(d, what, works(d, HOOK_CHECK) ? HOOK_HEAP : HOOK_CHECK);
	if (!is_seen(c))
		return;
	SAY(c, "for violations, filtered copies and samples");
	if (!check_addresses(d->check) || !works(d, HOOK_CHECKED)) {
		c->seen = "partly";
		SAY(c, "slab objects only");
	}
}

static void cover_usercopy(struct doctor *d)
{
	if (!d->by_hook[HOOK_CHECK])
		return;
	cover_checked(d);
	cover_exact(d);
	cover_io(d);
	cover_refused(d);
	cover_short(d);
	cover_object(d);
	SAY(cover(d, "single values (get_user, put_user, unsafe_put_user)", "no"),
	    "never counted: the compiler puts them into the calling function");
	SAY(cover(d, "memory shared instead of copied (mmap, ring buffers, DMA)", "no"),
	    "nothing is copied");
}

/* --- text --- */

/* Writes text from column `at` on, wrapped and indented to there. */
static void wrapped(const char *text, int at, int width)
{
	int room = width - at < 24 ? 24 : width - at, len;
	const char *end;

	for (;;) {
		while (*text == ' ')
			text++;
		len = strlen(text);
		if (len <= room)
			break;
		for (end = text + room; end > text && *end != ' '; end--)
			;
		if (end == text)
			end = text + strcspn(text, " ,");
		if (*end == ',')
			end++;
		if (!*end)
			break;
		printf("%.*s\n%*s", (int)(end - text), text, at, "");
		text = end;
	}
	printf("%s\n", text);
}

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static const char *tristate_word(enum tristate value)
{
	return value == YES ? "yes" : value == NO ? "no" : "unknown";
}

static void fact(const char *name, const char *value, int width)
{
	printf("%-13s", name);
	wrapped(value, 13, width);
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
#define COLUMN_SEES	48

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
	wrapped(text, at, width);
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
	wrapped(row->sees, COLUMN_SEES, width);
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

	if (!d->nr_coverage)
		return;
	printf("\nWhat is seen of usercopy on this kernel\n");
	for (i = 0; i < d->nr_coverage; i++) {
		printf("  %-8s ", d->coverage[i].seen);
		wrapped(d->coverage[i].what, 11, width);
		printf("%*s", 13, "");
		wrapped(d->coverage[i].how, 13, width);
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
	wrapped(text, 0, width);
	if (d->programs_err == -EPERM)
		remedy = "run as root: on this kernel their loading takes CAP_SYS_ADMIN";
	else if (d->status == CANNOT_TELL)
		remedy = why(unknown)->remedy;
	if (*remedy) {
		printf("remedy: ");
		wrapped(remedy, 8, width);
	}
}

static void print_text(const struct doctor *d)
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

/* --- JSON --- */

static json_t *host_json(const struct doctor *d)
{
	const struct host *host = &d->host;

	return json_pack("{s:s, s:s, s:b, s:{s:b, s:b, s:b}, s:s, s:s, s:s, s:s, s:b}",
			 "release", out_safe(host->release, 64),
			 "machine", out_safe(host->machine, 64),
			 "btf", host->btf,
			 "capabilities", "bpf", host->cap_bpf, "perfmon", host->cap_perfmon,
			 "syslog", host->cap_syslog,
			 "lockdown", lockdown_name(host->lockdown),
			 "lsms", out_safe(host->lsms, 255),
			 "bpf_lsm", tristate_word(host->bpf_lsm),
			 "hardened_usercopy", tristate_word(host->hardened_usercopy),
			 "addresses", check_addresses(d->check));
}

/* An empty string becomes null. */
static json_t *text_json(const char *text)
{
	return *text ? json_string(out_safe(text, 400)) : json_null();
}

static json_t *tried_json(const struct row *row)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < row->nr_tried; i++)
		json_array_append_new(list, json_pack("{s:s, s:b, s:i, s:o}",
			"how", rung_name(row->ladder[i]), "ok", !row->tried[i].err,
			"error", -row->tried[i].err, "reason", text_json(row->tried[i].reason)));
	return list;
}

static json_t *row_json(const struct row *row)
{
	bool absent = row->how == RUNG_ABSENT;

	return json_pack("{s:s, s:s, s:o, s:b, s:b, s:s, s:s, s:o, s:o, s:o}",
			 "boundary", boundary_names[row->boundary],
			 "function", row->place.function,
			 "module", text_json(row->place.module ? row->place.module : ""),
			 "essential", row->essential, "return", row->place.at_return,
			 "how", row_how(row), "sees", row->sees,
			 "tried", tried_json(row),
			 "reason", text_json(absent ? why(row)->reason : ""),
			 "remedy", text_json(absent ? why(row)->remedy : ""));
}

/* true, false, "partly" or "unknown". */
static json_t *seen_json(const char *seen)
{
	if (!strcmp(seen, "yes"))
		return json_true();
	return strcmp(seen, "no") ? json_string(seen) : json_false();
}

static void print_json(const struct doctor *d)
{
	json_t *rows = json_array(), *coverage = json_array(), *asked = json_array();
	unsigned int i;

	for (i = 0; i < BOUNDARIES; i++)
		if (d->asked[i])
			json_array_append_new(asked, json_string(boundary_names[i]));
	for (i = 0; i < d->nr_rows; i++)
		json_array_append_new(rows, row_json(&d->rows[i]));
	for (i = 0; i < d->nr_coverage; i++)
		json_array_append_new(coverage, json_pack("{s:s, s:o, s:s}",
			"what", d->coverage[i].what, "seen", seen_json(d->coverage[i].seen),
			"how", d->coverage[i].how));
	out_json(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:i}", "type", "doctor",
			   "kernel", host_json(d), "asked", asked, "hooks", rows,
			   "programs", d->programs_tried ? json_boolean(!d->programs_err) : json_null(),
			   "coverage", coverage, "status", (int)d->status));
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
		print_json(&d);
	else
		print_text(&d);
	check_free(d.check);
	return d.status ? (int)d.status : out_status();
}
