/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules as they come and go: the kernel tells it on a netlink socket. */
#ifndef LIMEN_MODULES_H
#define LIMEN_MODULES_H

#include <stdbool.h>

/* A non-blocking descriptor that is readable when there is news; negative errno. */
int modules_open(void);

/* Calls news() for each module that came (initialised) or went since the last time. */
void modules_read(int fd, void (*news)(void *arg, const char *module, bool came), void *arg);

#endif
