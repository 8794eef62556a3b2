// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * empty - attaches programs of empty.bpf.c to functions
 *
 *     empty PROGRAM [FUNCTION [PROGRAM FUNCTION]...]
 *
 * Prints "attached" and stays until standard input is closed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "empty.skel.h"

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static struct bpf_link *attach(struct bpf_program *prog, const char *function)
{
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = &function, .cnt = 1);

	if (bpf_program__type(prog) != BPF_PROG_TYPE_KPROBE)
		return bpf_program__attach(prog);
	if (bpf_program__expected_attach_type(prog) == BPF_TRACE_KPROBE_MULTI)
		return bpf_program__attach_kprobe_multi_opts(prog, NULL, &opts);
	return bpf_program__attach_kprobe(prog, false, function);
}

/* Only prog is loaded. 0 or a negative errno. */
static int load(struct empty_bpf *skel, struct bpf_program *wanted, const char *function)
{
	struct bpf_program *prog;
	int err;

	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, prog == wanted);
	if (bpf_program__type(wanted) == BPF_PROG_TYPE_TRACING) {
		err = bpf_program__set_attach_target(wanted, 0, function);
		if (err)
			return err;
	}
	for (int n = 1; n <= 4096; n++)
		skel->rodata->size_class[n] = 32 - __builtin_clz(n);
	return empty_bpf__load(skel);
}

#define MAX_PROBES	64

struct probe {
	struct empty_bpf *skel;
	struct bpf_link *link;
};

/* One program in an object of its own. 0, or what to exit with. */
static int probe(struct probe *p, const char *name, const char *function)
{
	struct bpf_program *prog;
	int err;

	p->skel = empty_bpf__open();
	if (!p->skel) {
		fprintf(stderr, "empty: cannot open: %s\n", strerror(errno));
		return 1;
	}
	prog = bpf_object__find_program_by_name(p->skel->obj, name);
	if (!prog) {
		fprintf(stderr, "empty: no program '%s'\n", name);
		return 2;
	}
	err = load(p->skel, prog, function);
	if (err) {
		fprintf(stderr, "empty: cannot load '%s' for %s: %s\n", name, function,
			strerror(-err));
		return 1;
	}
	p->link = attach(prog, function);
	if (!p->link) {
		fprintf(stderr, "empty: cannot attach '%s' to %s: %s\n", name, function,
			strerror(errno));
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct probe probes[MAX_PROBES];
	int i, nr = 0, status = 0;
	char byte;

	if (argc < 2 || (argc > 2 && argc % 2 == 0) || argc / 2 > MAX_PROBES) {
		fputs("usage: empty PROGRAM [FUNCTION (__check_object_size) "
		      "[PROGRAM FUNCTION]...]\n", stderr);
		return 2;
	}
	libbpf_set_print(quiet);
	for (i = 1; i < argc && !status; i += 2)
		status = probe(&probes[nr++], argv[i],
			       i + 1 < argc ? argv[i + 1] : "__check_object_size");
	if (!status) {
		puts("attached");
		fflush(stdout);
		while (read(0, &byte, 1) > 0)
			;
	}
	while (nr-- > 0) {
		bpf_link__destroy(probes[nr].link);
		empty_bpf__destroy(probes[nr].skel);
	}
	return status;
}
