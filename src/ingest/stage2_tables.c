// SPDX-License-Identifier: GPL-2.0-or-later
#include "ingest/stage2_tables.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/stage2.h"

struct reading {
	void **lines;
	size_t *nr, *room, size;
};

static int take(void *arg, const void *line)
{
	struct reading *r = arg;
	void *grown;

	if (*r->nr == *r->room) {
		*r->room = *r->room ? *r->room * 2 : 64;
		grown = realloc(*r->lines, *r->room * r->size);
		if (!grown)
			return -ENOMEM;
		*r->lines = grown;
	}
	memcpy((char *)*r->lines + (*r->nr)++ * r->size, line, r->size);
	return 0;
}

/* A vCPU's sums are its VM's, too; the kernel side adds them when the VM ends. */
static void fold(struct stage2_tables *t)
{
	size_t i, j;

	memset(&t->sums, 0, sizeof(t->sums));
	for (i = 0; i < t->nr_vms; i++) {
		for (j = 0; j < t->nr_vcpus; j++)
			if (t->vcpus[j].vcpu.vm == t->vms[i].number)
				stage2_sums_add(&t->vms[i].vm.sums, &t->vcpus[j].vcpu.sums);
		stage2_sums_add(&t->sums, &t->vms[i].vm.sums);
	}
	for (j = 0; j < t->nr_vcpus; j++)	/* of VMs beyond the table */
		if (!t->vcpus[j].vcpu.vm)
			stage2_sums_add(&t->sums, &t->vcpus[j].vcpu.sums);
}

int stage2_tables_read(struct stage2_session *session, struct stage2_tables *t)
{
	struct reading readings[STAGE2_TABLES] = {
		[STAGE2_VMS] = {(void **)&t->vms, &t->nr_vms, &t->room[STAGE2_VMS], sizeof(*t->vms)},
		[STAGE2_VCPUS] = {(void **)&t->vcpus, &t->nr_vcpus, &t->room[STAGE2_VCPUS],
				  sizeof(*t->vcpus)},
		[STAGE2_SLOTS] = {(void **)&t->slots, &t->nr_slots, &t->room[STAGE2_SLOTS],
				  sizeof(*t->slots)},
	};
	int i, err;

	for (i = 0; i < STAGE2_TABLES; i++) {
		*readings[i].nr = 0;
		err = stage2_read(session, i, take, &readings[i]);
		if (err)
			return err;
	}
	stage2_beyond(session, &t->beyond_faults, &t->beyond_slots);
	fold(t);
	return 0;
}

void stage2_tables_free(struct stage2_tables *t)
{
	free(t->vms);
	free(t->vcpus);
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

unsigned int stage2_vm_rank(const struct stage2_tables *t, const struct stage2_vm_line *vm)
{
	unsigned int rank = 1;
	size_t i;

	for (i = 0; i < t->nr_vms; i++)
		if (t->vms[i].vm.pid == vm->vm.pid && t->vms[i].number < vm->number)
			rank++;
	return rank;
}
