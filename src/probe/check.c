// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "probe/breakpoint.h"

#define ENOTSUPP_KERNEL	524	/* the kernel's own ENOTSUPP, not in errno.h */
#define KPROBE_PMU	"/sys/bus/event_source/devices/kprobe/"
#define MAX_MODULES	8

/* What kallsyms says of a name. */
struct fact {
	const char *name;
	__u64 address;
	unsigned int symbols;	/* of that name; a kprobe wants exactly one */
};

struct module_btf {
	const char *name;	/* the place's */
	struct btf *btf;
	int fd;
};

struct check {
	const struct host *host;
	struct btf *btf;
	struct module_btf modules[MAX_MODULES];
	unsigned int nr_modules;
	struct fact *facts;	/* sorted by name */
	size_t nr_facts;
	bool kallsyms;		/* could be read */
	bool addresses;
	int hits;		/* map: how often the program ran */
};

/* How far a try came. */
enum stage { STAGE_FIND, STAGE_LOAD, STAGE_ATTACH, STAGE_FIRE };

/* The rungs that go by BTF, and what names the place there. */
static const struct btf_rung {
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	__u32 kind;
	const char *prefix;
} btf_rungs[RUNGS] = {
	[RUNG_FENTRY]     = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, BTF_KIND_FUNC, ""},
	[RUNG_TRACEPOINT] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, BTF_KIND_TYPEDEF, "btf_trace_"},
	[RUNG_ITERATOR]   = {BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, BTF_KIND_FUNC, "bpf_iter_"},
	[RUNG_LSM]        = {BPF_PROG_TYPE_LSM, BPF_LSM_MAC, BTF_KIND_FUNC, "bpf_lsm_"},
};

/* --- kallsyms --- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct fact *)a)->name, ((const struct fact *)b)->name);
}

static struct fact *find_fact(const struct check *check, const char *name)
{
	struct fact key = {.name = name};

	return bsearch(&key, check->facts, check->nr_facts, sizeof(key), by_name);
}

static bool collect_names(struct check *check, const struct check_place *places, size_t nr)
{
	size_t i;

	check->facts = calloc(nr + 1, sizeof(*check->facts));
	if (!check->facts)
		return false;
	/* Few enough to be kept sorted as they come. */
	for (i = 0; i < nr; i++) {
		if (find_fact(check, places[i].function))
			continue;
		check->facts[check->nr_facts++].name = places[i].function;
		qsort(check->facts, check->nr_facts, sizeof(*check->facts), by_name);
	}
	return true;
}

static void read_kallsyms(struct check *check)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	struct fact *fact;
	char line[1024], *at;
	__u64 address;

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		address = strtoull(line, &at, 16);
		/* Offsets of per-CPU variables are small, and not hidden addresses. */
		check->addresses |= address >> 32 != 0;
		if (at == line || at[0] != ' ' || !at[1] || at[2] != ' ')
			continue;
		check->kallsyms = true;
		if (!strchr("tTwW", at[1]))
			continue;
		at += 3;
		at[strcspn(at, "\t\n")] = '\0';
		fact = find_fact(check, at);
		if (!fact)
			continue;
		fact->symbols++;
		if (!fact->address)
			fact->address = address;
	}
	fclose(f);
}

bool check_addresses(const struct check *check)
{
	return check->addresses;
}

/* --- modules --- */

bool check_module_loaded(const char *module)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return !access(path, F_OK);
}

/* The module's name ends a path in modules.dep; '-' and '_' are the same. */
static bool names_module(const char *line, const char *module)
{
	const char *colon = strchr(line, ':'), *base = line, *p;
	size_t i, len = strlen(module);

	if (!colon)
		return false;
	for (p = line; p < colon; p++)
		if (*p == '/')
			base = p + 1;
	for (i = 0; i < len; i++)
		if (base[i] != module[i] && !(base[i] == '-' && module[i] == '_'))
			return false;
	return !strncmp(base + len, ".ko", 3);
}

static enum tristate module_installed(const struct host *host, const char *module)
{
	enum tristate found = NO;
	char path[160], *line = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", host->release);
	f = fopen(path, "re");
	if (!f)
		return UNKNOWN;
	while (found == NO && getline(&line, &size, f) > 0)
		if (names_module(line, module))
			found = YES;
	free(line);
	fclose(f);
	return found;
}

/* --- BTF --- */

/* A BTF object of the kernel by its name: modules have theirs. */
static int btf_object_fd(const char *name)
{
	struct bpf_btf_info info;
	__u32 id = 0, len;
	char found[64];
	int fd;

	while (!bpf_btf_get_next_id(id, &id)) {
		fd = bpf_btf_get_fd_by_id(id);
		if (fd < 0) {
			if (errno == ENOENT)
				continue;	/* gone meanwhile */
			return -errno;
		}
		memset(&info, 0, sizeof(info));
		memset(found, 0, sizeof(found));
		info.name = (__u64)(unsigned long)found;
		info.name_len = sizeof(found);
		len = sizeof(info);
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.kernel_btf &&
		    !strcmp(found, name))
			return fd;
		close(fd);
	}
	return errno == ENOENT ? -ENOENT : -errno;
}

/* NULL when the module has no BTF; opened once. */
static struct module_btf *module_btf(struct check *check, const char *name)
{
	struct module_btf *m;
	unsigned int i;

	for (i = 0; i < check->nr_modules; i++)
		if (!strcmp(check->modules[i].name, name))
			return check->modules[i].btf ? &check->modules[i] : NULL;
	if (check->nr_modules == MAX_MODULES || !check->btf)
		return NULL;
	m = &check->modules[check->nr_modules++];
	m->name = name;
	m->fd = -1;
	m->btf = btf__load_module_btf(name, check->btf);
	if (libbpf_get_error(m->btf))
		m->btf = NULL;
	return m->btf ? m : NULL;
}

/* The type id, and the module's BTF descriptor or 0 for the kernel's own. */
static int find_type(struct check *check, const struct check_place *place,
		     const struct btf_rung *rung, int *object_fd)
{
	struct module_btf *m;
	char name[128];
	int id;

	snprintf(name, sizeof(name), "%s%s", rung->prefix, place->function);
	*object_fd = 0;
	if (!check->btf)
		return -ENOENT;
	id = btf__find_by_name_kind(check->btf, name, rung->kind);
	if (id > 0 || !place->module)
		return id > 0 ? id : -ENOENT;
	m = module_btf(check, place->module);
	id = m ? btf__find_by_name_kind(m->btf, name, rung->kind) : -ENOENT;
	if (id <= 0)
		return -ENOENT;
	if (m->fd < 0)
		m->fd = btf_object_fd(place->module);
	if (m->fd < 0)
		return m->fd;
	*object_fd = m->fd;
	return id;
}

/* --- the program --- */

#define INSN(op, dst, src, offset, value) \
	((struct bpf_insn){.code = (op), .dst_reg = (dst), .src_reg = (src), \
			   .off = (offset), .imm = (value)})

/*
 * Counts that it ran, and reads kernel memory: a kernel that forbids this
 * (lockdown) refuses limen's own programs too.
 */
static int load(const struct check *check, enum bpf_prog_type type,
		const struct bpf_prog_load_opts *opts)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, check->hits),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 1),
		INSN(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_1, BPF_REG_2, 0, BPF_ADD),
		INSN(BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -8),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 8),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	int fd = bpf_prog_load(type, "limen_doctor", "GPL", insns,
			       sizeof(insns) / sizeof(insns[0]), opts);

	return fd < 0 ? -errno : fd;
}

static void set_hits(const struct check *check, __u64 hits)
{
	__u32 zero = 0;

	bpf_map_update_elem(check->hits, &zero, &hits, BPF_ANY);
}

static __u64 get_hits(const struct check *check)
{
	__u32 zero = 0;
	__u64 hits = 0;

	bpf_map_lookup_elem(check->hits, &zero, &hits);
	return hits;
}

/* A copy of run-time size, an open and an ioctl: what must_fire places see. */
static void exercise(void)
{
	unsigned long mask[128];
	int fd, dummy;

	syscall(__NR_sched_getaffinity, 0, sizeof(mask), mask);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ioctl(fd, FIONREAD, &dummy);
		close(fd);
	}
}

static bool fires(const struct check *check)
{
	set_hits(check, 0);
	exercise();
	return get_hits(check) != 0;
}

/* --- one rung --- */

static int attach_iterator(int prog)
{
	int link = bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL);
	int fd, err = 0;

	if (link < 0)
		return -errno;
	fd = bpf_iter_create(link);
	if (fd < 0)
		err = -errno;
	else
		close(fd);
	close(link);
	return err;
}

static int attach_by_btf(const struct check *check, const struct check_place *place, int prog,
			 enum rung rung, enum stage *stage)
{
	int link, err = 0;

	if (rung == RUNG_ITERATOR)
		return attach_iterator(prog);
	link = bpf_raw_tracepoint_open(NULL, prog);
	if (link < 0)
		return -errno;
	if (place->must_fire && !fires(check)) {
		*stage = STAGE_FIRE;
		err = -ENODATA;
	}
	close(link);
	return err;
}

static int try_btf(struct check *check, const struct check_place *place, enum rung rung,
		   enum stage *stage)
{
	const struct btf_rung *by = &btf_rungs[rung];
	LIBBPF_OPTS(bpf_prog_load_opts, opts);
	int id, object_fd, prog, err;

	id = find_type(check, place, by, &object_fd);
	if (id < 0)
		return id;
	*stage = STAGE_LOAD;
	if (check->hits < 0)
		return check->hits;
	opts.expected_attach_type = by->attach;
	if (rung == RUNG_FENTRY && place->at_return)
		opts.expected_attach_type = BPF_TRACE_FEXIT;
	opts.attach_btf_id = id;
	opts.attach_btf_obj_fd = object_fd;
	prog = load(check, by->type, &opts);
	if (prog < 0)
		return prog;
	*stage = STAGE_ATTACH;
	err = attach_by_btf(check, place, prog, rung, stage);
	close(prog);
	return err;
}

static bool read_text(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(out, size, f);

	if (f)
		fclose(f);
	return ok;
}

/* The event that is a kprobe: its type, and the bit for a return probe. */
static int kprobe_event(struct perf_event_attr *attr, const struct check_place *place)
{
	unsigned int bit;
	char text[64];

	memset(attr, 0, sizeof(*attr));
	attr->size = sizeof(*attr);
	if (!read_text(KPROBE_PMU "type", text, sizeof(text)))
		return -ENODEV;
	attr->type = strtoul(text, NULL, 10);
	if (place->at_return) {
		if (!read_text(KPROBE_PMU "format/retprobe", text, sizeof(text)) ||
		    sscanf(text, "config:%u", &bit) != 1 || bit > 63)
			return -ENODEV;
		attr->config |= 1ULL << bit;
	}
	attr->kprobe_func = (__u64)(unsigned long)place->function;
	return 0;
}

static int try_kprobe(struct check *check, const struct check_place *place, enum stage *stage)
{
	struct perf_event_attr attr;
	int prog, event, err;

	err = kprobe_event(&attr, place);
	if (err)
		return err;
	*stage = STAGE_LOAD;
	prog = check->hits < 0 ? check->hits : load(check, BPF_PROG_TYPE_KPROBE, NULL);
	if (prog < 0)
		return prog;
	*stage = STAGE_ATTACH;
	event = syscall(__NR_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	err = event < 0 ? -errno : 0;
	if (!err && (ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) ||
		     ioctl(event, PERF_EVENT_IOC_ENABLE, 0)))
		err = -errno;
	if (!err && place->must_fire && !fires(check)) {
		*stage = STAGE_FIRE;
		err = -ENODATA;
	}
	if (event >= 0)
		close(event);
	close(prog);
	return err;
}

static int try_kprobe_multi(struct check *check, const struct check_place *place,
			    enum stage *stage)
{
	LIBBPF_OPTS(bpf_prog_load_opts, load_opts);
	LIBBPF_OPTS(bpf_link_create_opts, link_opts);
	int prog, link, err;

	*stage = STAGE_LOAD;
	load_opts.expected_attach_type = BPF_TRACE_KPROBE_MULTI;
	prog = check->hits < 0 ? check->hits : load(check, BPF_PROG_TYPE_KPROBE, &load_opts);
	if (prog < 0)
		return prog;
	*stage = STAGE_ATTACH;
	link_opts.kprobe_multi.cnt = 1;
	link_opts.kprobe_multi.syms = (const char **)&place->function;
	link_opts.kprobe_multi.flags = place->at_return ? BPF_F_KPROBE_MULTI_RETURN : 0;
	link = bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &link_opts);
	err = link < 0 ? -errno : 0;
	if (!err && place->must_fire && !fires(check)) {
		*stage = STAGE_FIRE;
		err = -ENODATA;
	}
	if (link >= 0)
		close(link);
	close(prog);
	return err;
}

static int try_breakpoint(struct check *check, const struct check_place *place,
			  enum stage *stage)
{
	const struct fact *fact = find_fact(check, place->function);
	int prog, err;

	if (!fact || !fact->address)
		return -ENOENT;
	*stage = STAGE_LOAD;
	prog = check->hits < 0 ? check->hits : load(check, BPF_PROG_TYPE_PERF_EVENT, NULL);
	if (prog < 0)
		return prog;
	*stage = STAGE_ATTACH;
	err = breakpoint_try(fact->address, prog);
	close(prog);
	return err;
}

/* --- why not --- */

#define printf_like(at) __attribute__((format(printf, at, at + 1)))

static void printf_like(2) say_reason(struct check_result *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->reason, sizeof(r->reason), fmt, args);
	va_end(args);
}

static void printf_like(2) say_remedy(struct check_result *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(r->remedy, sizeof(r->remedy), fmt, args);
	va_end(args);
}

static void explain_module(const struct check *check, const char *module, struct check_result *r)
{
	enum tristate installed = module_installed(check->host, module);

	say_reason(r, "module %s not loaded", module);
	if (installed == NO) {
		say_reason(r, "module %s is neither loaded nor installed", module);
		say_remedy(r, "install the kernel's module package, or a kernel built with it");
	} else if (installed == YES) {
		say_remedy(r, "modprobe %s", module);
	} else {
		say_remedy(r, "modprobe %s (where this kernel has it)", module);
	}
}

static bool module_missing(const struct check_place *place)
{
	return place->module && !check_module_loaded(place->module);
}

static void explain_no_btf(struct check_result *r)
{
	if (access("/sys/kernel/btf/vmlinux", F_OK)) {
		say_reason(r, "no BTF: there is no /sys/kernel/btf/vmlinux");
		say_remedy(r, "needs a kernel with CONFIG_DEBUG_INFO_BTF=y, and /sys mounted");
	} else {
		say_reason(r, "no BTF: /sys/kernel/btf/vmlinux cannot be read");
		say_remedy(r, "run as root; in a container, let /sys/kernel/btf be seen");
	}
}

static void explain_no_address(const struct check *check, struct check_result *r)
{
	say_reason(r, "/proc/kallsyms hides kernel addresses, and a breakpoint needs one");
	if (check->host->cap_syslog)
		say_remedy(r, "sysctl kernel.kptr_restrict=1");
	else
		say_remedy(r, "run as root or with CAP_SYSLOG, and kernel.kptr_restrict below 2");
	r->refused = !check->host->cap_syslog;
}

/* The place was not even found. */
static void explain_find(const struct check *check, const struct check_place *place,
			 enum rung rung, int err, struct check_result *r)
{
	const struct fact *fact = find_fact(check, place->function);
	bool symbol = fact && fact->symbols;

	if (rung == RUNG_KPROBE) {
		say_reason(r, "no kprobe events here");
		say_remedy(r, "needs a kernel with CONFIG_KPROBE_EVENTS=y, and /sys mounted");
	} else if (rung == RUNG_BREAKPOINT && symbol) {
		explain_no_address(check, r);
	} else if (rung != RUNG_BREAKPOINT && !check->btf) {
		explain_no_btf(r);
	} else if (rung == RUNG_TRACEPOINT) {
		say_reason(r, "this kernel has no such tracepoint");
	} else if (rung == RUNG_ITERATOR) {
		say_reason(r, "this kernel has no iterator over that");
	} else if (rung == RUNG_LSM) {
		say_reason(r, "this kernel cannot run BPF on that LSM hook");
		say_remedy(r, "needs a kernel with CONFIG_BPF_LSM=y");
	} else if (symbol) {
		say_reason(r, place->module ? "the function is there, but its module has no BTF of it" :
			   "the function is there, but not in the kernel's BTF");
	} else if (check->kallsyms) {
		say_reason(r, "this kernel has no such function (or the compiler inlined it)");
	} else {
		say_reason(r, "not found: /proc/kallsyms and BTF do not show the function");
	}
}

static bool locked(const struct check *check)
{
	return check->host->cap_bpf && check->host->cap_perfmon &&
	       check->host->lockdown == LOCKDOWN_CONFIDENTIALITY;
}

/* CAP_BPF and CAP_PERFMON are there, and do not do everything. */
static bool explain_lesser_capabilities(const struct host *host, enum rung rung, enum stage stage,
					struct check_result *r)
{
	char paranoid[16];

	if (host->cap_sys_admin)
		return false;
	if (stage == STAGE_FIND) {
		say_reason(r, "no privilege: the BTF of a module needs CAP_SYS_ADMIN");
		say_remedy(r, "run as root");
		return true;
	}
	if (stage != STAGE_ATTACH || (rung != RUNG_KPROBE && rung != RUNG_BREAKPOINT) ||
	    !read_text("/proc/sys/kernel/perf_event_paranoid", paranoid, sizeof(paranoid)) ||
	    atoi(paranoid) < 3)
		return false;
	say_reason(r, "no privilege: kernel.perf_event_paranoid=%d wants CAP_SYS_ADMIN",
		   atoi(paranoid));
	say_remedy(r, "run as root, or sysctl kernel.perf_event_paranoid=2");
	return true;
}

static void explain_refusal(const struct check *check, int err, enum rung rung, enum stage stage,
			    struct check_result *r)
{
	const struct host *host = check->host;

	if (host->cap_bpf && host->cap_perfmon &&
	    explain_lesser_capabilities(host, rung, stage, r)) {
		r->refused = true;
		return;
	}
	host_explain(host, err, r->reason, sizeof(r->reason), r->remedy, sizeof(r->remedy));
	r->refused = !locked(check);
}

static void explain_load(const struct check *check, enum rung rung, int err,
			 struct check_result *r)
{
	/* Under lockdown the verifier does not know the helper that reads kernel memory. */
	if (err == -EINVAL && check->host->lockdown == LOCKDOWN_CONFIDENTIALITY)
		explain_refusal(check, -EPERM, rung, STAGE_LOAD, r);
	else if (err == -EINVAL && rung == RUNG_KPROBE_MULTI)
		say_reason(r, "this kernel has no kprobe.multi");
	else if (err == -EINVAL)
		say_reason(r, rung == RUNG_LSM ? "this kernel refuses BPF on that LSM hook" :
			   "this kernel refuses to load a program for it");
	else if (err == -EACCES)
		say_reason(r, "this kernel's verifier refuses the program");
	else if (err == -ENOSYS)
		say_reason(r, "this kernel has no bpf() system call");
	else
		host_explain(check->host, err, r->reason, sizeof(r->reason), r->remedy,
			     sizeof(r->remedy));
}

static void explain_breakpoint(int err, struct check_result *r)
{
	switch (err) {
	case -ENOSPC:
	case -EBUSY:
		say_reason(r, "all hardware breakpoints of the CPU are taken");
		say_remedy(r, "end the debugger or tool that holds them");
		break;
	case -ENODEV:
	case -ENOENT:
	case -EOPNOTSUPP:
	case -ENOSYS:
		say_reason(r, "this machine has no hardware breakpoints (often so in virtual machines)");
		break;
	default:
		say_reason(r, "the kernel refuses a breakpoint there: %s", strerror(-err));
	}
}

static void explain_attach(const struct check *check, const struct check_place *place,
			   enum rung rung, int err, struct check_result *r)
{
	const struct fact *fact = find_fact(check, place->function);

	if (rung == RUNG_BREAKPOINT)
		explain_breakpoint(err, r);
	else if (rung == RUNG_KPROBE_MULTI && err == -EOPNOTSUPP)
		say_reason(r, "this kernel has no kprobe.multi");
	else if (fact && fact->symbols > 1)
		say_reason(r, "not traceable by name: %u functions are called so", fact->symbols);
	else if (err == -ENOENT && fact && !fact->symbols && check->kallsyms)
		say_reason(r, "this kernel has no such function (or the compiler inlined it)");
	else if (err == -ENOTSUPP_KERNEL)
		say_reason(r, rung == RUNG_LSM ?
			   "this kernel cannot attach BPF to LSM hooks (no trampoline)" :
			   "not traceable this way: no BPF trampoline, or none for this function");
	else if (err == -EBUSY || err == -EINVAL || err == -EADDRNOTAVAIL)
		say_reason(r, "function not traceable: the kernel allows no probe on it");
	else
		host_explain(check->host, err, r->reason, sizeof(r->reason), r->remedy,
			     sizeof(r->remedy));
}

static void explain_silence(const struct check *check, enum rung rung, struct check_result *r)
{
	if (rung == RUNG_LSM) {
		say_reason(r, "bpf is not among the active LSMs: it attaches, but is never called");
		say_remedy(r, "add lsm=%s%sbpf to the kernel command line", check->host->lsms,
			   *check->host->lsms ? "," : "...,");
	} else {
		say_reason(r, "it attaches, but a copy did not call it: the kernel's check is off");
		say_remedy(r, "boot without hardened_usercopy=off, on a kernel with "
			   "CONFIG_HARDENED_USERCOPY=y");
	}
}

static void explain(const struct check *check, const struct check_place *place, enum rung rung,
		    enum stage stage, struct check_result *r)
{
	if (r->err == -EPERM || (r->err == -EACCES && stage != STAGE_LOAD))
		explain_refusal(check, r->err, rung, stage, r);
	else if (stage == STAGE_FIND)
		explain_find(check, place, rung, r->err, r);
	else if (stage == STAGE_LOAD)
		explain_load(check, rung, r->err, r);
	else if (stage == STAGE_ATTACH)
		explain_attach(check, place, rung, r->err, r);
	else
		explain_silence(check, rung, r);
}

void check_try(struct check *check, const struct check_place *place, enum rung rung,
	       struct check_result *result)
{
	const struct fact *fact = find_fact(check, place->function);
	enum stage stage = STAGE_FIND;

	memset(result, 0, sizeof(*result));
	if (module_missing(place) && !(fact && fact->symbols)) {
		result->err = -ENOENT;
		explain_module(check, place->module, result);
		return;
	}
	if (rung == RUNG_KPROBE)
		result->err = try_kprobe(check, place, &stage);
	else if (rung == RUNG_KPROBE_MULTI)
		result->err = try_kprobe_multi(check, place, &stage);
	else if (rung == RUNG_BREAKPOINT)
		result->err = try_breakpoint(check, place, &stage);
	else
		result->err = try_btf(check, place, rung, &stage);
	if (!result->err && rung == RUNG_LSM && check->host->bpf_lsm == NO) {
		result->err = -ENODATA;
		stage = STAGE_FIRE;
	}
	if (result->err)
		explain(check, place, rung, stage, result);
}

/* --- the whole --- */

struct check *check_new(const struct host *host, const struct check_place *places, size_t nr)
{
	struct check *check = calloc(1, sizeof(*check));

	if (!check)
		return NULL;
	check->host = host;
	check->hits = -1;
	if (!collect_names(check, places, nr)) {
		check_free(check);
		return NULL;
	}
	read_kallsyms(check);
	check->btf = btf__load_vmlinux_btf();
	if (libbpf_get_error(check->btf))
		check->btf = NULL;
	check->hits = bpf_map_create(BPF_MAP_TYPE_ARRAY, "limen_doctor", sizeof(__u32),
				     sizeof(__u64), 1, NULL);
	if (check->hits < 0)
		check->hits = -errno;
	return check;
}

void check_free(struct check *check)
{
	unsigned int i;

	if (!check)
		return;
	for (i = 0; i < check->nr_modules; i++) {
		btf__free(check->modules[i].btf);
		if (check->modules[i].fd >= 0)
			close(check->modules[i].fd);
	}
	btf__free(check->btf);
	if (check->hits >= 0)
		close(check->hits);
	free(check->facts);
	free(check);
}
