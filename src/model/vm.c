// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* include/linux/mm.h */
#define AREA_WRITE	0x00000002
#define AREA_SHARED	0x00000080	/* VM_MAYSHARE: also when it is not writable */
#define AREA_PFNMAP	0x00000400
#define AREA_IO		0x00004000
#define AREA_HUGETLB	0x00400000
#define AREA_HUGEPAGE	0x20000000

/* include/uapi/linux/magic.h */
#define SHMEM_MAGIC	0x01021994
#define HUGETLB_MAGIC	0x958458f6

const char *const backing_names[BACKING_KINDS] = {
	[BACKING_NONE] = "none",
	[BACKING_ANONYMOUS] = "anonymous",
	[BACKING_FILE] = "file",
	[BACKING_SHMEM] = "shmem",
	[BACKING_HUGETLB] = "hugetlb",
	[BACKING_DEVICE] = "device",
	[BACKING_MIXED] = "mixed",
};

/* Room for one more in a growing array. */
static int grow(void **array, size_t *room, size_t nr, size_t size)
{
	size_t wanted = *room ? *room * 2 : 8;
	void *grown;

	if (nr < *room)
		return 0;
	grown = realloc(*array, wanted * size);
	if (!grown)
		return -ENOMEM;
	*array = grown;
	*room = wanted;
	return 0;
}

static struct vm *find_vm(const struct vm_list *list, __u64 kvm)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (list->vms[i].kvm == kvm)
			return &list->vms[i];
	return NULL;
}

static struct vm *find_or_add(struct vm_list *list, __u64 kvm)
{
	struct vm *vm = find_vm(list, kvm);

	if (vm)
		return vm;
	if (grow((void **)&list->vms, &list->room, list->nr, sizeof(*list->vms)))
		return NULL;
	vm = &list->vms[list->nr++];
	memset(vm, 0, sizeof(*vm));
	vm->kvm = kvm;
	return vm;
}

/* Of several descriptors the VMM's own counts: the process whose memory it is. */
static void take_machine(struct vm *vm, const struct limen_vm_line *line)
{
	bool own = line->process_mm == line->machine.mm;

	vm->raw = line->machine;
	if (vm->pid && !own)
		return;
	vm->pid = line->pid;
	vm->fd = line->fd;
	memcpy(vm->comm, line->comm, sizeof(vm->comm));
}

/* Slots stand behind each descriptor of their VM: once is enough. */
static int take_slot(struct vm *vm, const struct limen_vm_slot *raw)
{
	size_t i;

	for (i = 0; i < vm->nr_slots; i++)
		if (vm->slots[i].raw.id == raw->id && vm->slots[i].raw.space == raw->space)
			return 0;
	if (grow((void **)&vm->slots, &vm->room_slots, vm->nr_slots, sizeof(*vm->slots)))
		return -ENOMEM;
	memset(&vm->slots[vm->nr_slots], 0, sizeof(*vm->slots));
	vm->slots[vm->nr_slots++].raw = *raw;
	return 0;
}

static int take_vcpu(struct vm *vm, const struct limen_vm_vcpu *vcpu)
{
	size_t i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpus[i].id == vcpu->id)
			return 0;
	if (grow((void **)&vm->vcpus, &vm->room_vcpus, vm->nr_vcpus, sizeof(*vm->vcpus)))
		return -ENOMEM;
	vm->vcpus[vm->nr_vcpus++] = *vcpu;
	return 0;
}

int vm_list_take(struct vm_list *list, const struct limen_vm_line *line)
{
	struct vm *vm = find_or_add(list, line->kvm);

	if (!vm)
		return -ENOMEM;
	switch (line->kind) {
	case LIMEN_VM_MACHINE:
		take_machine(vm, line);
		return 0;
	case LIMEN_VM_SLOT:
		return take_slot(vm, &line->slot);
	case LIMEN_VM_VCPU:
		return take_vcpu(vm, &line->vcpu);
	default:
		return 0;
	}
}

/* The kernel's list has the newest first. */
static bool is_newer(const struct vm_list *list, const struct vm *a, const struct vm *b)
{
	const struct vm *at = a;
	size_t steps, i;

	for (steps = 0; steps < list->nr; steps++) {
		for (i = 0; i < list->nr; i++)
			if (list->vms[i].raw.list_at == at->raw.list_next)
				break;
		if (i == list->nr)	/* the list's head, or a VM without a descriptor */
			return false;
		at = &list->vms[i];
		if (at == b)
			return true;
	}
	return false;
}

static int by_process(const void *a, const void *b)
{
	const struct vm *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int by_guest_address(const void *a, const void *b)
{
	const struct limen_vm_slot *x = &((const struct vm_slot *)a)->raw;
	const struct limen_vm_slot *y = &((const struct vm_slot *)b)->raw;

	if (x->space != y->space)
		return x->space < y->space ? -1 : 1;
	return x->guest < y->guest ? -1 : x->guest > y->guest;
}

static int by_id(const void *a, const void *b)
{
	const struct limen_vm_vcpu *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Where the list does not tell which is newer, the descriptors' numbers do. */
static void number(struct vm_list *list, struct vm *vm)
{
	const struct vm *other;

	vm->number = 1;
	for (other = list->vms; other < list->vms + list->nr; other++)
		if (other != vm && other->pid == vm->pid &&
		    (is_newer(list, vm, other) ||
		     (!is_newer(list, other, vm) && other->fd < vm->fd)))
			vm->number++;
}

static __u64 bytes_in_slots(const struct vm *vm)
{
	__u64 bytes = 0;
	size_t i;

	for (i = 0; i < vm->nr_slots; i++)
		if (!vm->slots[i].raw.space)
			bytes += vm->slots[i].raw.bytes;
	return bytes;
}

void vm_list_finish(struct vm_list *list)
{
	size_t i, kept = 0;

	/* A vCPU may outlive the last descriptor of its VM. */
	for (i = 0; i < list->nr; i++) {
		if (list->vms[i].pid) {
			list->vms[kept++] = list->vms[i];
			continue;
		}
		free(list->vms[i].slots);
		free(list->vms[i].vcpus);
	}
	list->nr = kept;
	for (i = 0; i < list->nr; i++) {
		number(list, &list->vms[i]);
		list->vms[i].bytes = bytes_in_slots(&list->vms[i]);
	}
	if (list->nr)
		qsort(list->vms, list->nr, sizeof(*list->vms), by_process);
	for (i = 0; i < list->nr; i++) {
		if (list->vms[i].nr_slots)
			qsort(list->vms[i].slots, list->vms[i].nr_slots,
			      sizeof(*list->vms[i].slots), by_guest_address);
		if (list->vms[i].nr_vcpus)
			qsort(list->vms[i].vcpus, list->vms[i].nr_vcpus,
			      sizeof(*list->vms[i].vcpus), by_id);
	}
}

void vm_list_free(struct vm_list *list)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		free(list->vms[i].slots);
		free(list->vms[i].vcpus);
	}
	free(list->vms);
	memset(list, 0, sizeof(*list));
}

/* --- what is behind a slot --- */

static enum backing_kind kind_of(const struct limen_vm_area *area)
{
	if (area->flags & (AREA_PFNMAP | AREA_IO))
		return BACKING_DEVICE;
	if (area->flags & AREA_HUGETLB || area->magic == HUGETLB_MAGIC)
		return BACKING_HUGETLB;
	if (area->magic == SHMEM_MAGIC)
		return BACKING_SHMEM;
	return area->magic ? BACKING_FILE : BACKING_ANONYMOUS;
}

static void add_area(struct backing *b, const struct limen_vm_area *area, const char *path)
{
	enum backing_kind kind = kind_of(area);
	bool shared = area->flags & AREA_SHARED, writable = area->flags & AREA_WRITE;

	if (!b->areas) {
		b->kind = kind;
		b->shared = shared;
		b->writable = writable;
		b->thp = area->flags & AREA_HUGEPAGE;
		b->page = kind == BACKING_HUGETLB ? area->block : 0;
		strncpy(b->path, path, sizeof(b->path) - 1);
	} else {
		if (b->kind != kind || b->shared != shared)
			b->kind = BACKING_MIXED;
		b->shared &= shared;
		b->writable &= writable;
		b->thp &= !!(area->flags & AREA_HUGEPAGE);
		if (strncmp(b->path, path, sizeof(b->path) - 1))
			b->path[0] = '\0';
	}
	b->areas++;
}

void vm_take_area(struct vm *vm, const struct limen_vm_area *area, const char *path)
{
	__u64 start, end;
	struct vm_slot *s;

	for (s = vm->slots; s < vm->slots + vm->nr_slots; s++) {
		if (!s->backing.areas)
			s->backing.hole = s->raw.bytes;
		start = area->start > s->raw.host ? area->start : s->raw.host;
		end = s->raw.host + s->raw.bytes;
		if (area->end < end)
			end = area->end;
		if (start >= end)
			continue;
		s->backing.hole -= end - start;
		add_area(&s->backing, area, path);
	}
}

/* --- the guest's name --- */

/* The end of a comma-separated part; a doubled comma is one of the part itself. */
static const char *part_end(const char *at)
{
	while (*at && (*at != ',' || at[1] == ','))
		at += *at == ',' ? 2 : 1;
	return at;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* "NAME", "NAME,process=...", "debug-threads=on,guest=NAME" */
static void copy_name(const char *value, char *name, size_t size)
{
	const char *from = value, *end = part_end(value);
	size_t len = 0;

	while (!begins(from, "guest=") && *end) {
		from = end + 1;
		end = part_end(from);
	}
	if (begins(from, "guest=")) {
		from += strlen("guest=");
	} else {	/* the first part, if it is no other option of QEMU's */
		from = value;
		end = part_end(value);
		if (begins(from, "process=") || begins(from, "debug-threads="))
			return;
	}
	for (; from < end && len < size - 1; from += *from == ',' ? 2 : 1)
		name[len++] = *from;
	name[len] = '\0';
}

void vm_name(const char *args, size_t len, char *name, size_t size)
{
	/* QEMU; Firecracker and its jailer; crosvm */
	static const char *const options[] = {"-name", "--name", "--id"};
	const char *at = args, *end = args + len, *next;
	size_t i, n;

	*name = '\0';
	for (; at < end; at = next) {
		next = at + strnlen(at, end - at) + 1;
		for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
			n = strlen(options[i]);
			if (!strcmp(at, options[i]) && next < end)
				copy_name(next, name, size);
			else if (!strncmp(at, options[i], n) && at[n] == '=')
				copy_name(at + n + 1, name, size);
		}
	}
}
