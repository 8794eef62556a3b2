// SPDX-License-Identifier: GPL-2.0-or-later
/* limen vm: the virtual machines that KVM runs on this host. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "ingest/vmm.h"
#include "output/out.h"
#include "output/vm.h"
#include "probe/vms.h"
#include "util/log.h"
#include "util/loop.h"
#include "util/modules.h"
#include "util/parse.h"

static const char help[] =
"usage: limen vm ls [OPTION]...\n"
"\n"
"Shows the virtual machines that KVM runs on this host: their memory slots, what\n"
"memory of the host is behind each, and their vCPUs. Warns of combinations that\n"
"lose data or perform badly. All is read from the kernel's own structures and the\n"
"VMM's mappings: nothing is attached, and no guest is stopped or slowed down.\n"
"\n"
"  -p, --pid PID         only the VMs of this process\n"
"      --json            JSON: one object per VM\n"
"      --wait            wait for KVM to come instead of failing\n"
"  -v, --verbose         say each step; -vv: libbpf's words too\n"
"  -h, --help            this text\n"
"\n"
"examples:\n"
"  limen vm ls\n"
"  limen vm ls -p $(pidof -s qemu-system-x86_64)\n"
"  limen vm ls --json | jq '.slots[] | select(.warnings != [])'\n"
"\n"
"FLAGS: log dirty pages are logged, ro read-only, gmem guest_memfd.\n"
"\n"
"Exit status: 0, 1 failed (no KVM, no privilege), 2 usage.\n"
"Full manual: limen-vm(8).\n";

static const struct option long_options[] = {
	{"pid", required_argument, NULL, 'p'},
	{"json", no_argument, NULL, OPT_JSON},
	{"wait", no_argument, NULL, OPT_WAIT},
	{"verbose", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{}
};

static const char *const words[] = {"ls", NULL};

struct vm_options {
	__u64 pid;		/* 0: all */
	bool json, wait;
};

static int parse_what(int argc, char **argv)
{
	const char *near;

	if (optind == argc)
		return fail(-EINVAL, "what to show: ls?");
	if (optind + 1 < argc)
		return fail(-EINVAL, "one thing at a time: '%s' is too much", argv[optind + 1]);
	if (!strcmp(argv[optind], words[0]))
		return 0;
	near = nearest_word(argv[optind], words);
	return fail(-EINVAL, "'%s' is not ls%s%s%s", argv[optind], near ? "; did you mean " : "",
		    near ? near : "", near ? "?" : "");
}

/* 0, a negative errno, or 1 when help was asked for. */
static int parse_options(struct vm_options *o, int argc, char **argv)
{
	int option, err = 0;

	while (!err && (option = getopt_long(argc, argv, "p:vh", long_options, NULL)) != -1) {
		switch (option) {
		case 'p':
			err = parse_number("--pid", optarg, 1, 1 << 22, &o->pid);
			if (!err && kill(o->pid, 0) && errno == ESRCH)
				err = fail(-ESRCH, "--pid: no process %s", optarg);
			break;
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_WAIT:
			o->wait = true;
			break;
		case 'v':
			log_level++;
			break;
		case 'h':
			fputs(help, stdout);
			return 1;
		default:
			return -EINVAL;
		}
	}
	return err ? err : parse_what(argc, argv);
}

/* --- waiting for KVM --- */

struct waiting {
	struct loop *loop;
	int modules;
};

static void module_news(void *arg, const char *module, bool came)
{
	struct waiting *w = arg;

	if (came && vms_kvm_there())
		loop_end(w->loop);
}

static void read_modules(void *arg)
{
	struct waiting *w = arg;

	modules_read(w->modules, module_news, w);
}

/* 0 when KVM is there, or a negative errno after saying why not. */
static int wait_for_kvm(void)
{
	struct waiting w = {.modules = modules_open()};
	int err;

	if (w.modules < 0)
		return fail(w.modules, "cannot wait for KVM: %s", strerror(-w.modules));
	w.loop = loop_new();
	err = w.loop ? loop_add(w.loop, w.modules, read_modules, &w) : -ENOMEM;
	if (!err && !vms_kvm_there()) {
		fprintf(stderr, "limen: waiting for KVM\n");
		err = loop_run(w.loop);
	}
	loop_free(w.loop);
	close(w.modules);
	if (!err && !vms_kvm_there())
		return -EINTR;
	return err;
}

/* --- reading and printing --- */

static int take(void *arg, const void *line)
{
	return vm_list_take(arg, line);
}

static int print(const struct vm_options *o, struct vm *vm)
{
	if (o->json)
		return out_json(vm_json(vm)) ? 0 : -EPIPE;
	vm_text(vm);
	return 0;
}

static int show(const struct vm_options *o, const struct vms *vms, struct vm_list *list)
{
	size_t i, shown = 0;
	int err;

	err = vms_read(vms, take, list);
	if (err)
		return fail(err, "cannot read the open files: %s", strerror(-err));
	vm_list_finish(list);
	for (i = 0; i < list->nr; i++) {
		if (o->pid && list->vms[i].pid != (pid_t)o->pid)
			continue;
		err = vmm_read(vms, &list->vms[i]);
		if (err == -ESRCH)	/* it has ended meanwhile */
			continue;
		if (err)
			return fail(err, "cannot read the mappings of process %d: %s",
				    list->vms[i].pid, strerror(-err));
		if (shown++ && !o->json)
			putchar('\n');
		if (print(o, &list->vms[i]))
			return 0;
	}
	if (!shown && o->pid)
		return fail(-ESRCH, "process %llu has no virtual machine", o->pid);
	if (!shown && !o->json)
		printf("no virtual machines\n");
	return 0;
}

int cmd_vm(int argc, char **argv)
{
	struct vm_options o = {};
	struct vm_list list = {};
	struct vms *vms = NULL;
	int err;

	err = parse_options(&o, argc, argv);
	if (err > 0)
		return STATUS_OK;
	if (err == -ESRCH)
		return STATUS_FAILED;
	if (err)
		return usage_error("vm");
	err = o.wait ? wait_for_kvm() : 0;
	if (!err && !vms_kvm_there()) {
		fail(0, "no KVM on this host: the module kvm is not loaded");
		err = fail(-ENODEV, "--wait waits for it; 'limen doctor stage2' tells more");
	}
	if (!err)
		err = vms_open(&vms);
	if (!err)
		err = show(&o, vms, &list);
	vms_close(vms);
	vm_list_free(&list);
	if (err)
		return STATUS_FAILED;
	return out_flush() ? STATUS_OK : out_status();
}
