// SPDX-License-Identifier: GPL-2.0-or-later
/* limen: the table of subcommands. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "output/out.h"
#include "util/log.h"
#include "util/parse.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *does;
} commands[] = {
	{"doctor", cmd_doctor, "what this kernel lets limen see, and why not more"},
	{"explain", cmd_explain, "codes, flags and UUIDs of TEEs, and limen's classes, in words"},
	{"stat", cmd_stat, "counts for a command, a process or the host"},
	{"tee", cmd_tee, "what TEEs hold now: shared memory, contexts, sessions"},
	{"top", cmd_top, "live table: who copies most, TEE clients, faults of VMs"},
	{"vm", cmd_vm, "the virtual machines of this host: memory slots, what is behind them"},
	{"watch", cmd_watch, "violations, copies, TEE lifecycles, VM faults, as they happen"},
	{}
};

static const char intro[] =
"usage: limen COMMAND [OPTION]...\n"
"\n"
"limen tells which task moved which memory across which trust boundary, how much,\n"
"and whether that was allowed.\n"
"\n";

static const char outro[] =
"\n"
"  limen COMMAND --help   the options of a command\n"
"  limen --version        this version\n"
"\n"
"Begin with 'limen doctor'. Manual: limen(8).\n";

static void print_help(FILE *out)
{
	const struct command *command;

	fputs(intro, out);
	for (command = commands; command->name; command++)
		fprintf(out, "  %-8s %s\n", command->name, command->does);
	fputs(outro, out);
}

static int unknown_command(const char *name)
{
	const char *names[sizeof(commands) / sizeof(commands[0])];
	const char *near;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		names[i] = commands[i].name;
	near = nearest_word(name, names);
	if (near)
		fail(0, "'%s' is no command; did you mean '%s'?", name, near);
	else
		fail(0, "'%s' is no command", name);
	return usage_error("");
}

int main(int argc, char **argv)
{
	const struct command *command;

	out_init();
	log_capture_libbpf();
	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return out_flush() ? STATUS_OK : out_status();
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("limen %s\n", LIMEN_VERSION);
		return out_flush() ? STATUS_OK : out_status();
	}
	for (command = commands; command->name; command++)
		if (!strcmp(command->name, argv[1]))
			return command->run(argc - 1, argv + 1);
	return unknown_command(argv[1]);
}
