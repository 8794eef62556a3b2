/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc and the kernel say of a virtual machine's process. */
#ifndef LIMEN_VMM_H
#define LIMEN_VMM_H

#include "model/vm.h"
#include "probe/vms.h"

/*
 * Fills in the VM's name, its VMM's devices and what is behind its slots, and
 * checks them. 0, or a negative errno: -ESRCH when the process has ended.
 */
int vmm_read(const struct vms *vms, struct vm *vm);

/* Whether a process has an address by a shared mapping; also false when it is not known. */
bool vmm_shares(pid_t pid, __u64 address);

#endif
