/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for what the kernel side gives as numbers: executables, cgroups,
 * containers. Looked up once and kept for the life of the process (bounded);
 * returned strings stay valid. NULL where it cannot be known.
 */
#ifndef LIMEN_IDENTITY_H
#define LIMEN_IDENTITY_H

#include <stdbool.h>

#include "limen/abi.h"

/* Path of the task's executable; from /proc the first time, so ask early. */
const char *identity_exe(const struct limen_task *who);

/* What an exec event said: this executable has this path. */
void identity_learn_exe(const struct limen_task *who, const char *path);

/* The same from a copy event's names, which run from the file upwards. */
void identity_learn_names(const struct limen_task *who, const char names[LIMEN_PATH_LEN]);

/* Path in the cgroup v2 hierarchy, "/" for the root. */
const char *identity_cgroup(__u64 id);

/* Container id (12 digits) as container managers put it into cgroup names. */
const char *identity_container(__u64 cgroup);

/*
 * Does the process that the kernel side gave this number (process_key() of
 * bpf/tee/tee.bpf.h) still run? One that waits for its parent does not.
 */
bool identity_process_runs(__u64 key);

/* The id and depth of a cgroup given by path; negative errno if there is none. */
int identity_cgroup_id(const char *path, __u64 *id, __u32 *level);

#endif
