/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is behind a VM's memory slot now, looked up when something is said of it. */
#ifndef LIMEN_VM_FINDER_H
#define LIMEN_VM_FINDER_H

#include "model/vm.h"

struct vm_finder;

/* NULL when memory is short. */
struct vm_finder *vm_finder_new(void);
void vm_finder_free(struct vm_finder *f);

/*
 * The slot of the VM at this guest address, with its backing and warnings;
 * fresh: read it anew, not as it was when the VM was last looked at. NULL: the
 * VM has ended, or has no such slot. Valid until the next call.
 */
const struct vm_slot *vm_finder_slot(struct vm_finder *f, __u64 kvm, __u64 address, bool fresh);

/* All VMs with their slots, but not what is behind them. 0, or a negative errno said. */
int vm_finder_list(struct vm_finder *f, struct vm_list *list);

#endif
