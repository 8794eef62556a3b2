// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "util/log.h"
#include "util/parse.h"

static const char *const boundaries[] = {"usercopy", "tee", "stage2", NULL};

static int parse_force_hook(const char *text, enum rung *rung)
{
	*rung = rung_by_name(text);
	if (*rung != RUNG_FENTRY && *rung != RUNG_KPROBE && *rung != RUNG_KPROBE_MULTI)
		return fail(-EINVAL, "--force-hook: '%s' is none of fentry, kprobe.multi, kprobe "
			    "(for breakpoints: --exact)", text);
	return 0;
}

static int parse_ring_size(const char *text, __u32 *bytes)
{
	__u64 size, page = sysconf(_SC_PAGESIZE);
	int err = parse_bytes("--ring-size", text, page, 1 << 30, &size);

	if (err)
		return err;
	if (size & (size - 1))
		return fail(-EINVAL, "--ring-size: %s is not a power of two", text);
	*bytes = size;
	return 0;
}

static int parse_max_tasks(const char *text, __u32 *tasks)
{
	__u64 n;
	int err = parse_number("--max-tasks", text, 1, 1 << 22, &n);

	*tasks = n;
	return err;
}

static int parse_max_objects(const char *text, __u32 *objects)
{
	__u64 n;
	int err = parse_number("--max-objects", text, 1, 1 << 20, &n);

	*objects = n;
	return err;
}

int parse_shared_option(struct run *run, int option)
{
	struct session_config *config = &run->config;
	int err;

	switch (option) {
	case 1:		/* a word that is no option */
		err = parse_boundary(&run->boundaries, optarg);
		if (err)
			fail(err, "if it is a command, put '--' before it");
		return err;
	case 'p':
		return run_add_pid(&run->targets, optarg);
	case OPT_RING_SIZE:
		err = parse_ring_size(optarg, &config->ring_bytes);
		run->tee.config.ring_bytes = run->stage2.config.ring_bytes = config->ring_bytes;
		return err;
	case OPT_WAIT:
		run->wait = true;
		return 0;
	case OPT_PAGES:
		run->stage2.config.pages = true;
		return 0;
	case OPT_MAX_OBJECTS:
		return parse_max_objects(optarg, &run->tee.config.max_objects);
	case OPT_MAX_TASKS:
		return parse_max_tasks(optarg, &config->max_tasks);
	case OPT_FORCE_HOOK:
		err = parse_force_hook(optarg, &config->force);
		run->tee.config.force = run->stage2.config.force = config->force;
		return err;
	case 'v':
		log_level++;
		return 0;
	default:
		return -EINVAL;	/* getopt() said what is wrong */
	}
}

int parse_by(const char *text, enum group_by *by)
{
	const char *near;
	int i;

	for (i = 0; group_names[i]; i++) {
		if (!strcmp(group_names[i], text)) {
			*by = i;
			return 0;
		}
	}
	near = nearest_word(text, group_names);
	return fail(-EINVAL, "--by: '%s' is none of thread, process, cgroup, container, exe%s%s%s",
		    text, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

int parse_boundary(unsigned int *mask, const char *word)
{
	const char *near;
	int i;

	for (i = 0; boundaries[i]; i++) {
		if (!strcmp(word, boundaries[i])) {
			*mask |= 1u << i;
			return 0;
		}
	}
	near = nearest_word(word, boundaries);
	return fail(-EINVAL, "'%s' is no boundary that limen watches (usercopy, tee, stage2)%s%s%s", word,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

int parse_command(struct run *run, int argc, char **argv)
{
	if (!run->boundaries)
		run->boundaries = WATCH_USERCOPY;
	/* All words before "--" were taken as options and boundaries. */
	if (optind < argc)
		run->targets.command = argv + optind;
	else if (!strcmp(argv[argc - 1], "--"))
		return fail(-EINVAL, "no command behind '--'");
	if (run->targets.command && run->targets.nr_pids)
		return fail(-EINVAL, "--pid does not go with a command");
	return 0;
}

int usage_error(const char *command)
{
	fail(0, "'limen %s%s--help' lists the options", command, *command ? " " : "");
	return STATUS_USAGE;
}
