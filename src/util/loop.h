/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one epoll loop: descriptors, a tick, signals. */
#ifndef LIMEN_LOOP_H
#define LIMEN_LOOP_H

#include <linux/types.h>
#include <stdbool.h>

struct loop;

/* Called when the descriptor is readable. */
typedef void (*loop_call)(void *arg);

/*
 * Takes over SIGINT, SIGTERM, SIGCHLD, SIGWINCH: from here on they are blocked
 * and come as wake-ups. NULL on failure, after saying why.
 */
struct loop *loop_new(void);
void loop_free(struct loop *loop);

int loop_add(struct loop *loop, int fd, loop_call call, void *arg);
void loop_remove(struct loop *loop, int fd);

/* Calls every so many milliseconds; 0 stops it. */
int loop_tick(struct loop *loop, __u64 milliseconds, loop_call call, void *arg);

/* Ends the loop after so many milliseconds. */
int loop_deadline(struct loop *loop, __u64 milliseconds);

/* Called for SIGCHLD and SIGWINCH. */
void loop_on_child(struct loop *loop, loop_call call, void *arg);
void loop_on_resize(struct loop *loop, loop_call call, void *arg);

/* Called for SIGINT and SIGTERM instead of ending the loop; NULL: end it. */
void loop_on_interrupt(struct loop *loop, void (*call)(void *arg, int signal), void *arg);

void loop_end(struct loop *loop);

/* Runs until loop_end(), a deadline, or a signal. Negative errno on failure. */
int loop_run(struct loop *loop);

#endif
