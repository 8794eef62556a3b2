/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fills the settings of the kernel side that depend on this kernel's layout. */
#ifndef LIMEN_LAYOUT_H
#define LIMEN_LAYOUT_H

#include <linux/types.h>

struct limen_bpf;

/* The first address that is no user address: what is below it may be one. */
__u64 layout_user_end(void);

/* Call between open and load. 0, or -EPERM when addresses are hidden. */
int layout_fill(struct limen_bpf *skel);

#endif
