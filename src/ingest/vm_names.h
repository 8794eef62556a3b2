/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of virtual machines, taken from their VMM's command line while it runs. */
#ifndef LIMEN_VM_NAMES_H
#define LIMEN_VM_NAMES_H

#include <stddef.h>
#include <sys/types.h>

/* Looks the name up, to be found later, when the process may have ended. */
void vm_names_learn(pid_t pid, unsigned int order);

/* NULL: it has none, or was not learnt. */
const char *vm_names_find(pid_t pid, unsigned int order);

/* From /proc now; "" when it has none. */
void vm_names_read(pid_t pid, char *name, size_t size);

#endif
