/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slab facts from user space, where the kernel side could not find the cache. */
#ifndef LIMEN_SLAB_H
#define LIMEN_SLAB_H

#include "limen/abi.h"

/*
 * Fills the object's size of a refused slab copy from /sys/kernel/slab, which
 * has no usercopy window. Does nothing where the kernel side knew it already.
 */
void slab_complete(struct limen_copy_event *e);

#endif
