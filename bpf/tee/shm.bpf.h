/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of shared memory objects, and what died last. */
#ifndef LIMEN_TEE_SHM_BPF_H
#define LIMEN_TEE_SHM_BPF_H

#include "context.bpf.h"

static __always_inline bool is_kernel_kind(__u32 kind)
{
	return kind == LIMEN_TEE_KERNEL || kind == LIMEN_TEE_PRIVATE ||
	       kind == LIMEN_TEE_REGISTER_KERNEL || kind == LIMEN_TEE_DMA;
}

struct dead_walk {
	__u64 shm;
	__u32 from;
	struct limen_tee_dead *found;
};

static long next_dead(__u32 i, struct dead_walk *walk)
{
	__u32 at = (walk->from - 1 - i) & (LIMEN_TEE_DEAD - 1);
	struct limen_tee_dead *dead = bpf_map_lookup_elem(&limen_tee_dead, &at);

	if (!dead || dead->shm != walk->shm)
		return 0;
	walk->found = dead;
	return 1;
}

/* The object that died at this address last, if it is not long ago. */
COLD struct limen_tee_dead *find_dead(__u64 shm)
{
	struct limen_tee_control *control = tee_control();
	struct dead_walk walk = {.shm = shm};

	if (!control)
		return NULL;
	walk.from = control->next_dead;
	bpf_loop(LIMEN_TEE_DEAD, next_dead, &walk, 0);
	return walk.found;
}

static __always_inline void remember_dead(__u64 shm, const struct limen_tee_object *o)
{
	struct limen_tee_control *control = tee_control();
	struct limen_tee_dead *dead;
	__u32 at;

	if (!control)
		return;
	at = __sync_fetch_and_add(&control->next_dead, 1) & (LIMEN_TEE_DEAD - 1);
	dead = bpf_map_lookup_elem(&limen_tee_dead, &at);
	if (!dead)
		return;
	dead->shm = shm;
	dead->object = *o;
	read_current(&dead->freer);
}

#endif
