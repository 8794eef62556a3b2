/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host is and lets us do: facts that explain a refused hook. */
#ifndef LIMEN_HOST_H
#define LIMEN_HOST_H

#include <stdbool.h>
#include <stddef.h>

enum lockdown {
	LOCKDOWN_UNKNOWN,
	LOCKDOWN_NONE,
	LOCKDOWN_INTEGRITY,
	LOCKDOWN_CONFIDENTIALITY,
};

enum tristate { NO, YES, UNKNOWN };

struct host {
	char release[65];
	char machine[65];
	bool btf;			/* /sys/kernel/btf/vmlinux is readable */
	bool cap_bpf;			/* CAP_BPF or CAP_SYS_ADMIN, effective */
	bool cap_perfmon;		/* CAP_PERFMON or CAP_SYS_ADMIN, effective */
	bool cap_sys_admin;
	bool cap_syslog;
	enum lockdown lockdown;
	enum tristate bpf_lsm;		/* bpf is among the active LSMs */
	char lsms[256];
	enum tristate hardened_usercopy; /* the kernel refuses bad copies itself */
	bool preempts;			/* tasks may be preempted in the kernel, or not known */
	bool addresses;			/* /proc/kallsyms shows them */
};

void host_read(struct host *host);

/*
 * Since fprobes know a call that is under way by their address alone (6.14,
 * kernel/trace/fprobe.c): when such a call returns after its return probe went,
 * and a probe without a handler for returns has the same address by then, the
 * kernel calls address 0. Reads the kernel's BTF the first time.
 */
bool host_multi_returns_crash(void);

/*
 * Why err came back from the bpf or perf system calls on this host, and what
 * to do about it, as one line each. Either may come out empty.
 */
void host_explain(const struct host *host, int err, char *reason, size_t reason_size,
		  char *remedy, size_t remedy_size);

const char *lockdown_name(enum lockdown lockdown);
const char *tristate_name(enum tristate value);

#endif
