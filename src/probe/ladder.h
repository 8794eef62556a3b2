/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaches the programs of one BPF object to their hooks, each by the first
 * rung of its ladder that this kernel takes, found out by trying.
 */
#ifndef LIMEN_LADDER_H
#define LIMEN_LADDER_H

#include <stdbool.h>
#include <linux/types.h>

#include "probe/hooks.h"
#include "probe/host.h"

struct bpf_link;
struct bpf_object;
struct bpf_program;

struct ladder {
	const struct host *host;	/* must outlive the ladder */
	enum rung force;		/* only this kind for functions; RUNG_ABSENT: any */
	bool wanted[HOOKS];		/* filled by the owner */
	bool absent[HOOKS];		/* no rung holds, and it is not essential */
	bool later[HOOKS];		/* loaded, but attached only by ladder_attach_later() */
	unsigned int step[HOOKS];	/* down the hook's ladder, see hook_step() */
	struct bpf_link *links[HOOKS];
	unsigned int events[HOOKS];	/* of return probes by tracefs, 0: none */
	__u64 returns_missed;		/* by those that are detached already */
	struct bpf_object *obj;
};

/*
 * Switches on the programs that the wanted hooks need, and all others off.
 * Before the object is loaded. 0 or a negative errno after saying why.
 */
int ladder_choose(struct ladder *l, struct bpf_object *obj);

/*
 * Attaches what is not a breakpoint or an iterator. 0; 1 when a rung broke and
 * the object has to be opened, chosen and loaded anew; or a negative errno
 * after saying why.
 */
int ladder_attach(struct ladder *l);

/* Attaches a hook that had to wait, as far as it can be. */
void ladder_attach_later(struct ladder *l, enum hook_id hook);

/* The program of a hook at the rung that it is on. */
struct bpf_program *ladder_program(const struct ladder *l, enum hook_id hook);

/*
 * No way to attach: marks the hook absent and returns 0, or, when it is
 * essential, says why and returns err.
 */
int ladder_give_up(struct ladder *l, enum hook_id hook, int err);

/* How a hook is attached now, RUNG_ABSENT if not. */
enum rung ladder_rung(const struct ladder *l, enum hook_id hook);

void ladder_detach_hook(struct ladder *l, enum hook_id hook);
void ladder_detach(struct ladder *l);

/*
 * Hits that the kernel skipped because the program was running on that CPU,
 * and returns that had no room, but of pairs, where a begun call tells.
 */
__u64 ladder_misses(const struct ladder *l);

/* Why the object does not load on this host, said; returns a negative errno. */
int ladder_load_failed(const struct host *host, int err);

#endif
