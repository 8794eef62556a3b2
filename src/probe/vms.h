/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual machines that the kernel has now. Nothing is attached to what they do. */
#ifndef LIMEN_VMS_H
#define LIMEN_VMS_H

#include <stdbool.h>
#include <sys/types.h>

#include "limen/vm.h"
#include "probe/iterator.h"

struct vms;

/*
 * x86 before 6.3: is_page_fault_stale() takes the invalidation counter as an
 * int, and after 2^31 invalidations every fault looks stale (mended in later
 * 6.1 releases). Told by the function's own type.
 */
bool vms_sequence_is_int(void);

/* KVM is built in, or its module is loaded. */
bool vms_kvm_there(void);

/* 0 and *out, or a negative errno after saying what is wrong. */
int vms_open(struct vms **out);
void vms_close(struct vms *v);

/*
 * Calls visit() with a struct limen_vm_line for each descriptor of a VM, its
 * memory slots behind it, and for each descriptor of a vCPU. The rules of
 * iterator_read(); says nothing.
 */
int vms_read(const struct vms *v, iterator_visit visit, void *arg);

/* The same with a struct limen_vm_area for each memory area of a process. */
int vms_read_areas(const struct vms *v, pid_t pid, iterator_visit visit, void *arg);

#endif
