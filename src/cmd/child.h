/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command that limen runs: held before its exec until all is attached. */
#ifndef LIMEN_CHILD_H
#define LIMEN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;
	int go;			/* write end: one byte lets it exec */
	int failure;		/* read end: errno of a failed exec */
};

/* Forks; the child waits. 0 or a negative errno after saying what is wrong. */
int child_start(struct child *child, char **argv);

/* Lets it exec. 0, or the negative errno of the exec, after saying so. */
int child_exec(struct child *child, const char *name);

/* Ends a child that was never let go. */
void child_abandon(struct child *child);

/* Ends one that runs, by SIGTERM, and waits for it. What limen exits with. */
int child_end(struct child *child);

/* True when it has ended; *status is then what limen exits with. */
bool child_ended(struct child *child, int *status);

#endif
