// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * empty - attaches one program of empty.bpf.c to a function
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

static int run(struct empty_bpf *skel, const char *name, const char *function)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj, name);
	struct bpf_link *link;
	char byte;
	int err;

	if (!prog) {
		fprintf(stderr, "empty: no program '%s'\n", name);
		return 2;
	}
	err = load(skel, prog, function);
	if (err) {
		fprintf(stderr, "empty: cannot load '%s': %s\n", name, strerror(-err));
		return 1;
	}
	link = attach(prog, function);
	if (!link) {
		fprintf(stderr, "empty: cannot attach '%s' to %s: %s\n", name, function,
			strerror(errno));
		return 1;
	}
	puts("attached");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
	bpf_link__destroy(link);
	return 0;
}

int main(int argc, char **argv)
{
	struct empty_bpf *skel;
	int status;

	if (argc < 2 || argc > 3) {
		fputs("usage: empty PROGRAM [FUNCTION (__check_object_size)]\n", stderr);
		return 2;
	}
	libbpf_set_print(quiet);
	skel = empty_bpf__open();
	if (!skel) {
		fprintf(stderr, "empty: cannot open: %s\n", strerror(errno));
		return 1;
	}
	status = run(skel, argv[1], argc == 3 ? argv[2] : "__check_object_size");
	empty_bpf__destroy(skel);
	return status;
}
