// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>

#define ENOTSUPP_KERNEL	524	/* the kernel's own ENOTSUPP, not in errno.h */

/* linux/capability.h */
#define CAPABILITY_SYS_ADMIN	21
#define CAPABILITY_SYSLOG	34
#define CAPABILITY_PERFMON	38
#define CAPABILITY_BPF		39

static bool read_line(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fgets(out, size, f) != NULL;
	fclose(f);
	if (ok)
		out[strcspn(out, "\n")] = '\0';
	return ok;
}

static void read_capabilities(struct host *host)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (f)
		fclose(f);
	host->cap_bpf = caps >> CAPABILITY_BPF & 1 || caps >> CAPABILITY_SYS_ADMIN & 1;
	host->cap_perfmon = caps >> CAPABILITY_PERFMON & 1 || caps >> CAPABILITY_SYS_ADMIN & 1;
	host->cap_sys_admin = caps >> CAPABILITY_SYS_ADMIN & 1;
	host->cap_syslog = caps >> CAPABILITY_SYSLOG & 1;
}

static enum lockdown read_lockdown(void)
{
	char line[128];

	if (!read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return LOCKDOWN_UNKNOWN;
	if (strstr(line, "[none]"))
		return LOCKDOWN_NONE;
	if (strstr(line, "[integrity]"))
		return LOCKDOWN_INTEGRITY;
	if (strstr(line, "[confidentiality]"))
		return LOCKDOWN_CONFIDENTIALITY;
	return LOCKDOWN_UNKNOWN;
}

static enum tristate word_in_list(const char *list, const char *word)
{
	char copy[256], *at, *save;

	snprintf(copy, sizeof(copy), "%s", list);
	for (at = strtok_r(copy, ",", &save); at; at = strtok_r(NULL, ",", &save))
		if (!strcmp(at, word))
			return YES;
	return NO;
}

/* Built in by every distribution; can be switched off on the command line. */
static enum tristate read_hardened_usercopy(void)
{
	char line[4096];

	if (!read_line("/proc/cmdline", line, sizeof(line)))
		return UNKNOWN;
	if (strstr(line, "hardened_usercopy=off") || strstr(line, "hardened_usercopy=0"))
		return NO;
	return YES;
}

/* On x86 the list begins with offsets of per-CPU variables, small or 0 always. */
static bool addresses_shown(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	bool shown = false;
	char line[1024];
	int lines;

	for (lines = 0; f && !shown && lines < 2000 && fgets(line, sizeof(line), f); lines++)
		shown = strtoull(line, NULL, 16) >> 32 != 0;
	if (f)
		fclose(f);
	return shown;
}

/* The word in parentheses, as debugfs marks the one in force: "full (lazy)". */
static bool marked(const char *line, const char *word)
{
	char text[32];

	snprintf(text, sizeof(text), "(%s)", word);
	return strstr(line, text) != NULL;
}

/* What the kernel was built for, when it can be chosen at boot and nobody did. */
static bool built_to_preempt(const struct host *host)
{
	char path[128], line[256];
	bool preempts = true;
	FILE *f;

	snprintf(path, sizeof(path), "/boot/config-%s", host->release);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "CONFIG_PREEMPT_NONE=y", 21) ||
		    !strncmp(line, "CONFIG_PREEMPT_VOLUNTARY=y", 26))
			preempts = false;
	if (f)
		fclose(f);
	return preempts;
}

/* In doubt yes: that costs a little and is exact either way. */
static bool kernel_preempts(const struct host *host, const char *version)
{
	char line[4096];

	if (strstr(version, "PREEMPT_RT"))
		return true;
	if (!strstr(version, "PREEMPT_DYNAMIC"))
		return strstr(version, "PREEMPT") != NULL;
	if (read_line("/sys/kernel/debug/sched/preempt", line, sizeof(line)))
		return !marked(line, "none") && !marked(line, "voluntary");
	if (read_line("/proc/cmdline", line, sizeof(line)) && strstr(line, "preempt="))
		return !strstr(line, "preempt=none") && !strstr(line, "preempt=voluntary");
	return built_to_preempt(host);
}

/* By the kernel's types: struct fprobe has a list of addresses then. */
bool host_multi_returns_crash(void)
{
	static int known = -1;
	const struct btf_type *type;
	struct btf *btf;
	__u32 i;
	int id;

	if (known >= 0)
		return known;
	known = 0;
	btf = btf__load_vmlinux_btf();
	id = btf ? btf__find_by_name_kind(btf, "fprobe", BTF_KIND_STRUCT) : -1;
	type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	for (i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), "hlist_array"))
			known = 1;
	btf__free(btf);
	return known;
}

void host_read(struct host *host)
{
	struct utsname uts;

	memset(host, 0, sizeof(*host));
	host->preempts = true;
	if (!uname(&uts)) {
		snprintf(host->release, sizeof(host->release), "%s", uts.release);
		snprintf(host->machine, sizeof(host->machine), "%s", uts.machine);
		host->preempts = kernel_preempts(host, uts.version);
	}
	host->btf = !access("/sys/kernel/btf/vmlinux", R_OK);
	read_capabilities(host);
	host->lockdown = read_lockdown();
	host->bpf_lsm = UNKNOWN;
	if (read_line("/sys/kernel/security/lsm", host->lsms, sizeof(host->lsms)))
		host->bpf_lsm = word_in_list(host->lsms, "bpf");
	host->hardened_usercopy = read_hardened_usercopy();
	host->addresses = addresses_shown();
}

const char *lockdown_name(enum lockdown lockdown)
{
	switch (lockdown) {
	case LOCKDOWN_NONE:
		return "none";
	case LOCKDOWN_INTEGRITY:
		return "integrity";
	case LOCKDOWN_CONFIDENTIALITY:
		return "confidentiality";
	default:
		return "unknown";
	}
}

const char *tristate_name(enum tristate value)
{
	return value == YES ? "yes" : value == NO ? "no" : "unknown";
}

static void explain_refusal(const struct host *host, char *reason, size_t reason_size,
			    char *remedy, size_t remedy_size)
{
	if (!host->cap_bpf || !host->cap_perfmon) {
		snprintf(reason, reason_size, "no privilege: %s%s%s missing",
			 host->cap_bpf ? "" : "CAP_BPF",
			 host->cap_bpf || host->cap_perfmon ? "" : " and ",
			 host->cap_perfmon ? "" : "CAP_PERFMON");
		snprintf(remedy, remedy_size, "run as root");
	} else if (host->lockdown == LOCKDOWN_CONFIDENTIALITY ||
		   host->lockdown == LOCKDOWN_INTEGRITY) {
		snprintf(reason, reason_size, "kernel lockdown (%s) refuses it",
			 lockdown_name(host->lockdown));
		snprintf(remedy, remedy_size,
			 "lockdown is set at boot (lockdown=, or Secure Boot): see kernel_lockdown(7)");
	} else if (!host->cap_sys_admin) {
		snprintf(reason, reason_size, "no privilege: CAP_BPF and CAP_PERFMON do not do "
			 "everything, the BTF of modules needs CAP_SYS_ADMIN");
		snprintf(remedy, remedy_size, "run as root");
	} else {
		snprintf(reason, reason_size, "refused in spite of all capabilities: "
			 "a sandbox, seccomp filter or security module forbids it");
		snprintf(remedy, remedy_size,
			 "run on the host itself, outside the container or sandbox");
	}
}

void host_explain(const struct host *host, int err, char *reason, size_t reason_size,
		  char *remedy, size_t remedy_size)
{
	reason[0] = remedy[0] = '\0';
	switch (err < 0 ? -err : err) {
	case EPERM:
	case EACCES:
		explain_refusal(host, reason, reason_size, remedy, remedy_size);
		break;
	case ENOTSUPP_KERNEL:
	case EBUSY:
		snprintf(reason, reason_size,
			 "this kernel cannot trace the function (no trampoline, or no ftrace site)");
		break;
	case ESRCH:
	case ENOENT:
		snprintf(reason, reason_size, "this kernel has no such function");
		break;
	case EINVAL:
	case EADDRNOTAVAIL:
		snprintf(reason, reason_size, "the kernel refuses a probe on this function");
		break;
	case EOPNOTSUPP:
		snprintf(reason, reason_size, "not supported by this kernel or machine");
		break;
	default:
		snprintf(reason, reason_size, "%s", strerror(err < 0 ? -err : err));
	}
}
