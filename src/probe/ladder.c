// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/ladder.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "probe/kretprobe.h"
#include "util/log.h"

#define ENOTSUPP_KERNEL	524

static bool is_function_hook(int hook)
{
	return hooks[hook].ladder[0].rung == RUNG_FENTRY;
}

static bool ladder_end(const struct ladder *l, int hook)
{
	return hook_step(hook, l->host->preempts, l->step[hook]) < 0;
}

static enum rung current_rung(const struct ladder *l, int hook)
{
	return hooks[hook].ladder[hook_step(hook, l->host->preempts, l->step[hook])].rung;
}

/* Steps down to the next rung that is allowed; false when there is none. */
static bool step_allowed(struct ladder *l, int hook)
{
	enum rung force = l->force;

	for (; !ladder_end(l, hook); l->step[hook]++)
		if (force == RUNG_ABSENT || !is_function_hook(hook) ||
		    current_rung(l, hook) == force)
			return true;
	return false;
}

static const char *program_name(const struct ladder *l, int hook)
{
	return hooks[hook].ladder[hook_step(hook, l->host->preempts, l->step[hook])].program;
}

struct bpf_program *ladder_program(const struct ladder *l, enum hook_id hook)
{
	return bpf_object__find_program_by_name(l->obj, program_name(l, hook));
}

int ladder_give_up(struct ladder *l, enum hook_id hook, int err)
{
	char reason[256], remedy[256];

	l->absent[hook] = true;
	if (!(hooks[hook].flags & HOOK_ESSENTIAL)) {
		step("%s cannot be attached: %s", hooks[hook].function, strerror(-err));
		return 0;
	}
	host_explain(l->host, err, reason, sizeof(reason), remedy, sizeof(remedy));
	fail(err, "cannot attach to %s: %s", hooks[hook].function, reason);
	if (l->force != RUNG_ABSENT)
		fail(err, "only %s was allowed (--force-hook)", rung_name(l->force));
	if (l->force == RUNG_KPROBE_MULTI && hook_follows_return(hook) &&
	    host_multi_returns_crash())
		fail(err, "which limen does not use at a function's return on this kernel: "
		     "it can crash, see limen(8)");
	if (*remedy)
		fail(err, "%s", remedy);
	return err;
}

int ladder_choose(struct ladder *l, struct bpf_object *obj)
{
	struct bpf_program *prog;
	int i, err;

	l->obj = obj;
	bpf_object__for_each_program(prog, l->obj)
		bpf_program__set_autoload(prog, false);
	for (i = 0; i < HOOKS; i++) {
		if (!l->wanted[i] || l->absent[i])
			continue;
		for (err = -ESRCH; step_allowed(l, i); l->step[i]++) {
			prog = ladder_program(l, i);
			if (!prog)
				return fail(-ENOENT, "no program '%s' in the BPF object",
					    program_name(l, i));
			err = 0;
			if (current_rung(l, i) == RUNG_FENTRY)
				err = bpf_program__set_attach_target(prog, 0, hooks[i].function);
			if (!err)
				break;
		}
		if (ladder_end(l, i)) {
			err = ladder_give_up(l, i, err);
			if (err)
				return err;
			continue;
		}
		bpf_program__set_autoload(prog, true);
	}
	return 0;
}

static struct bpf_link *attach_program(struct ladder *l, struct bpf_program *prog, int hook,
				       enum rung rung)
{
	bool at_return = hooks[hook].flags & HOOK_AT_RETURN;
	LIBBPF_OPTS(bpf_kprobe_multi_opts, multi, .retprobe = at_return);
	LIBBPF_OPTS(bpf_kprobe_opts, opts, .retprobe = at_return);
	struct bpf_link *link;

	if (rung == RUNG_KPROBE_MULTI) {
		multi.syms = (const char **)&hooks[hook].function;
		multi.cnt = 1;
		return bpf_program__attach_kprobe_multi_opts(prog, NULL, &multi);
	}
	if (rung != RUNG_KPROBE)
		return bpf_program__attach(prog);
	if (at_return) {
		link = kretprobe_attach(prog, hooks[hook].function, &l->events[hook]);
		if (link)
			return link;
		l->events[hook] = 0;	/* then with less room */
	}
	return bpf_program__attach_kprobe_opts(prog, hooks[hook].function, &opts);
}

int ladder_attach(struct ladder *l)
{
	struct bpf_program *prog;
	enum rung rung;
	int i, j, err;

	for (i = 0; i < HOOKS; i++) {
		if (!l->wanted[i] || l->absent[i])
			continue;
		rung = current_rung(l, i);
		if (rung == RUNG_BREAKPOINT || rung == RUNG_ITERATOR || l->later[i])
			continue;
		prog = ladder_program(l, i);
		l->links[i] = attach_program(l, prog, i, rung);
		if (l->links[i])
			continue;
		err = -errno;
		step("%s by %s: %s", hooks[i].function, rung_name(rung), strerror(-err));
		/* No trampolines at all: do not try the same on every hook. */
		for (j = 0; (err == -ENOTSUPP_KERNEL || err == -EOPNOTSUPP) && j < HOOKS; j++)
			if (j != i && l->wanted[j] && is_function_hook(j) && !ladder_end(l, j) &&
			    current_rung(l, j) == rung)
				l->step[j]++;
		l->step[i]++;
		if (!step_allowed(l, i)) {
			err = ladder_give_up(l, i, err);
			if (err)
				return err;
		}
		return 1;
	}
	return 0;
}

void ladder_attach_later(struct ladder *l, enum hook_id hook)
{
	struct bpf_program *prog;

	if (!l->wanted[hook] || l->absent[hook] || l->links[hook])
		return;
	prog = ladder_program(l, hook);
	l->links[hook] = attach_program(l, prog, hook, current_rung(l, hook));
	if (!l->links[hook])
		ladder_give_up(l, hook, -errno);
}

/* Of a pair a begun call tells what its return does not. */
static __u64 returns_missed(const struct ladder *l, int hook)
{
	if (!l->events[hook] || (hook && hooks[hook - 1].flags & HOOK_PAIRED))
		return 0;
	return kretprobe_misses(l->events[hook]);
}

void ladder_detach_hook(struct ladder *l, enum hook_id hook)
{
	l->returns_missed += returns_missed(l, hook);
	bpf_link__destroy(l->links[hook]);
	l->links[hook] = NULL;
	if (l->events[hook])
		kretprobe_remove(l->events[hook]);
	l->events[hook] = 0;
}

void ladder_detach(struct ladder *l)
{
	int i;

	for (i = 0; i < HOOKS; i++)
		ladder_detach_hook(l, i);
}

int ladder_load_failed(const struct host *host, int err)
{
	char reason[256], remedy[256];

	if (!host->btf)
		return fail(err, "cannot load the BPF programs: no /sys/kernel/btf/vmlinux; "
			    "limen needs a kernel with CONFIG_DEBUG_INFO_BTF=y");
	/* Lockdown takes the helper away that reads kernel memory: -EINVAL. */
	if (host->lockdown == LOCKDOWN_CONFIDENTIALITY)
		err = -EPERM;
	if (err != -EPERM && host->cap_bpf)
		return fail(err, "cannot load the BPF programs: this kernel's verifier refuses one "
			    "(%s); please report what -vv shows", strerror(-err));
	host_explain(host, err, reason, sizeof(reason), remedy, sizeof(remedy));
	fail(err, "cannot load the BPF programs: %s", reason);
	if (*remedy)
		fail(err, "%s", remedy);
	return fail(err, "'limen doctor' tells more; -vv shows the kernel's log");
}

enum rung ladder_rung(const struct ladder *l, enum hook_id hook)
{
	return l->links[hook] ? current_rung(l, hook) : RUNG_ABSENT;
}

__u64 ladder_misses(const struct ladder *l)
{
	struct bpf_prog_info info;
	struct bpf_program *prog;
	__u64 missed = l->returns_missed;
	__u32 len;
	int i;

	for (i = 0; i < HOOKS; i++)
		missed += returns_missed(l, i);
	bpf_object__for_each_program(prog, l->obj) {
		memset(&info, 0, sizeof(info));
		len = sizeof(info);
		if (bpf_program__fd(prog) < 0 ||
		    bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			continue;
		missed += info.recursion_misses;
		if (info.recursion_misses)
			step("%s: %llu hits skipped", bpf_program__name(prog),
			     info.recursion_misses);
	}
	return missed;
}

