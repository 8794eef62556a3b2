// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/vms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "probe/host.h"
#include "probe/kallsyms.h"
#include "probe/ladder.h"
#include "probe/skeleton.h"
#include "util/log.h"

enum { AT_VM, AT_VCPU, PLACES };

static int find_places(struct ksym *places)
{
	places[AT_VM] = (struct ksym){.name = "kvm_vm_release"};
	places[AT_VCPU] = (struct ksym){.name = "kvm_vcpu_release"};
	return kallsyms_find_functions(places, PLACES);
}

bool vms_kvm_there(void)
{
	struct ksym places[PLACES];

	/* Hidden addresses say nothing: the device does. */
	if (find_places(places))
		return !access("/dev/kvm", F_OK);
	return places[AT_VM].address;
}

/* The last of three parameters; where there are two it is in a struct, and long. */
static bool third_is_int(const struct btf *btf)
{
	const struct btf_type *type;
	__s32 id = btf__find_by_name_kind(btf, "is_page_fault_stale", BTF_KIND_FUNC);

	type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	type = type ? btf__type_by_id(btf, type->type) : NULL;
	if (!type || btf_vlen(type) != 3)
		return false;
	return btf__resolve_size(btf, btf_params(type)[2].type) == sizeof(int);
}

bool vms_sequence_is_int(void)
{
	struct btf *vmlinux, *kvm;
	bool is_int = false;

#if !defined(__x86_64__)
	return false;
#endif
	log_quiet_libbpf(1);
	vmlinux = btf__load_vmlinux_btf();
	kvm = vmlinux ? btf__load_module_btf("kvm", vmlinux) : NULL;
	if (kvm)
		is_int = third_is_int(kvm);
	else if (vmlinux)
		is_int = third_is_int(vmlinux);
	btf__free(kvm);
	btf__free(vmlinux);
	log_quiet_libbpf(0);
	return is_int;
}

struct vms {
	struct limen_vm_bpf *skel;
	struct bpf_link *files;
};

static int load(struct vms *v)
{
	struct ksym places[PLACES];
	struct host host;
	int err = find_places(places);

	if (err)
		return fail(err, "cannot find KVM's files: /proc/kallsyms hides addresses (%s)",
			    strerror(-err));
	v->skel = limen_vm_bpf__open();
	if (!v->skel)
		return fail(-errno, "cannot open the BPF object: %s", strerror(errno));
	v->skel->rodata->limen_vm_release_at = places[AT_VM].address;
	v->skel->rodata->limen_vcpu_release_at = places[AT_VCPU].address;
	v->skel->rodata->limen_page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
	err = limen_vm_bpf__load(v->skel);
	if (err) {
		host_read(&host);
		return ladder_load_failed(&host, err);
	}
	v->files = bpf_program__attach_iter(v->skel->progs.vm_read_files, NULL);
	if (!v->files)
		return fail(-errno, "cannot read the open files: %s", strerror(errno));
	return 0;
}

int vms_open(struct vms **out)
{
	struct vms *v = calloc(1, sizeof(*v));
	int err;

	if (!v)
		return fail(-ENOMEM, "out of memory");
	log_quiet_libbpf(1);
	err = load(v);
	log_quiet_libbpf(0);
	if (err) {
		vms_close(v);
		return err;
	}
	*out = v;
	return 0;
}

void vms_close(struct vms *v)
{
	if (!v)
		return;
	bpf_link__destroy(v->files);
	limen_vm_bpf__destroy(v->skel);
	free(v);
}

int vms_read(const struct vms *v, iterator_visit visit, void *arg)
{
	return iterator_read(v->files, sizeof(struct limen_vm_line), visit, arg);
}

struct area_filter {
	__u32 pid;
	iterator_visit visit;
	void *arg;
};

/* Before 6.1 the iterator goes over all processes. */
static int own_area(void *arg, const void *line)
{
	const struct area_filter *f = arg;

	return ((const struct limen_vm_area *)line)->pid == f->pid ? f->visit(f->arg, line) : 0;
}

int vms_read_areas(const struct vms *v, pid_t pid, iterator_visit visit, void *arg)
{
	union bpf_iter_link_info info = {.task.pid = pid};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct area_filter filter = {pid, visit, arg};
	struct bpf_link *link;
	int err;

	link = bpf_program__attach_iter(v->skel->progs.vm_read_areas, &opts);
	if (!link)
		return -errno;
	err = iterator_read(link, sizeof(struct limen_vm_area), own_area, &filter);
	bpf_link__destroy(link);
	return err;
}
