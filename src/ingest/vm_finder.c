// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/vm_finder.h"

#include <errno.h>
#include <stdlib.h>

#include "ingest/vmm.h"

struct vm_finder {
	struct vms *vms;
	bool failed;		/* to open it: said once */
	struct vm_list list;
	struct vm *read;	/* whose mappings were read; in list */
};

struct vm_finder *vm_finder_new(void)
{
	return calloc(1, sizeof(struct vm_finder));
}

void vm_finder_free(struct vm_finder *f)
{
	if (!f)
		return;
	vms_close(f->vms);
	vm_list_free(&f->list);
	free(f);
}

static int take(void *arg, const void *line)
{
	return vm_list_take(arg, line);
}

static struct vm *find_vm(struct vm_finder *f, __u64 kvm)
{
	size_t i;

	for (i = 0; i < f->list.nr; i++)
		if (f->list.vms[i].kvm == kvm)
			return &f->list.vms[i];
	return NULL;
}

int vm_finder_list(struct vm_finder *f, struct vm_list *list)
{
	int err = 0;

	if (!f->vms)
		err = f->failed ? -ENODEV : vms_open(&f->vms);
	f->failed |= err != 0;
	if (!err)
		err = vms_read(f->vms, take, list);
	vm_list_finish(list);
	return err;
}

static bool look(struct vm_finder *f, __u64 kvm)
{
	struct vm *vm;

	f->read = NULL;
	vm_list_free(&f->list);
	if (vm_finder_list(f, &f->list))
		return false;
	vm = find_vm(f, kvm);
	if (!vm || vmm_read(f->vms, vm))
		return false;
	f->read = vm;
	return true;
}

const struct vm_slot *vm_finder_slot(struct vm_finder *f, __u64 kvm, __u64 address, bool fresh)
{
	const struct limen_vm_slot *s;
	size_t i;

	if ((fresh || !f->read || f->read->kvm != kvm) && !look(f, kvm))
		return NULL;
	for (i = 0; i < f->read->nr_slots; i++) {
		s = &f->read->slots[i].raw;
		if (!s->space && address >= s->guest && address - s->guest < s->bytes)
			return &f->read->slots[i];
	}
	return NULL;
}
