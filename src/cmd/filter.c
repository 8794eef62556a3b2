// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/filter.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/identity.h"
#include "model/usercopy.h"
#include "util/log.h"
#include "util/parse.h"

const char *const filter_keys[] = {
	"pid", "comm", "uid", "cgroup", "direction", "min-size", "class", NULL
};

static int set_pid(struct limen_filter *filter, const char *value)
{
	__u64 pid;
	int err = parse_number("pid", value, 1, 1 << 22, &pid);

	filter->pid = pid;
	filter->flags |= LIMEN_FILTER_PID;
	return err;
}

static int set_comm(struct limen_filter *filter, const char *value)
{
	if (strlen(value) >= sizeof(filter->comm))
		return fail(-EINVAL, "comm: '%s' is longer than the kernel's %zu characters",
			    value, sizeof(filter->comm) - 1);
	strncpy(filter->comm, value, sizeof(filter->comm));
	filter->flags |= LIMEN_FILTER_COMM;
	return 0;
}

static int set_uid(struct limen_filter *filter, const char *value)
{
	const struct passwd *user = getpwnam(value);
	__u64 uid = user ? user->pw_uid : 0;
	int err = user ? 0 : parse_number("uid (or user name)", value, 0, ~0U - 1, &uid);

	filter->uid = uid;
	filter->flags |= LIMEN_FILTER_UID;
	return err;
}

static int set_cgroup(struct limen_filter *filter, const char *value)
{
	int err = identity_cgroup_id(value, &filter->cgroup, &filter->cgroup_level);

	if (err)
		return fail(err, "cgroup: no cgroup '%s' (a path below /sys/fs/cgroup): %s",
			    value, strerror(-err));
	filter->flags |= LIMEN_FILTER_CGROUP;
	return 0;
}

static int set_direction(struct limen_filter *filter, const char *value)
{
	if (!strcmp(value, "to") || !strcmp(value, "to-user") || !strcmp(value, "to_user"))
		filter->direction = LIMEN_TO_USER;
	else if (!strcmp(value, "from") || !strcmp(value, "from-user") ||
		 !strcmp(value, "from_user"))
		filter->direction = LIMEN_FROM_USER;
	else
		return fail(-EINVAL, "direction: '%s' is neither to-user nor from-user", value);
	filter->flags |= LIMEN_FILTER_DIRECTION;
	return 0;
}

static int set_class(struct limen_filter *filter, const char *value)
{
	const char *near;
	int class = class_by_name(value);

	if (class < 0) {
		near = nearest_word(value, class_names);
		fail(-EINVAL, "class: there is no class '%s'%s%s%s", value,
		     near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
		return fail(-EINVAL, "classes: ok, slab-overflow, slab-window, use-after-free, stack, "
			    "text, rodata, null, wrapped, vmalloc, page, unknown");
	}
	filter->classes |= 1u << class;
	filter->flags |= LIMEN_FILTER_CLASS;
	return 0;
}

int filter_set(struct limen_filter *filter, const char *key, const char *value)
{
	const char *near;

	if (!*value)
		return fail(-EINVAL, "%s: the value is missing", key);
	if (!strcmp(key, "pid"))
		return set_pid(filter, value);
	if (!strcmp(key, "comm"))
		return set_comm(filter, value);
	if (!strcmp(key, "uid"))
		return set_uid(filter, value);
	if (!strcmp(key, "cgroup"))
		return set_cgroup(filter, value);
	if (!strcmp(key, "direction"))
		return set_direction(filter, value);
	if (!strcmp(key, "class"))
		return set_class(filter, value);
	if (!strcmp(key, "min-size")) {
		filter->flags |= LIMEN_FILTER_MIN_SIZE;
		return parse_bytes("min-size", value, 0, ~0ULL >> 1, &filter->min_size);
	}
	near = nearest_word(key, filter_keys);
	return fail(-EINVAL, "--filter: '%s' is no condition%s%s%s", key,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

int filter_parse(struct limen_filter *filter, char *spec)
{
	char *condition, *equals, *save;
	int err;

	if (!*spec)
		return fail(-EINVAL, "--filter: no condition (for example uid=33,min-size=64K)");
	for (condition = strtok_r(spec, ",", &save); condition;
	     condition = strtok_r(NULL, ",", &save)) {
		equals = strchr(condition, '=');
		if (!equals)
			return fail(-EINVAL, "--filter: '%s' is no KEY=VALUE", condition);
		*equals = '\0';
		err = filter_set(filter, condition, equals + 1);
		if (err)
			return err;
	}
	return 0;
}
