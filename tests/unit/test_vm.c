// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/vm.c, vm_check.c: the list of machines, names, backing, warnings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/vm.h"

/* include/linux/mm.h, include/uapi/linux/magic.h */
#define AREA_WRITE	0x00000002
#define AREA_SHARED	0x00000080
#define AREA_PFNMAP	0x00000400
#define AREA_IO		0x00004000
#define AREA_HUGETLB	0x00400000
#define AREA_HUGEPAGE	0x20000000
#define SHMEM_MAGIC	0x01021994
#define HUGETLB_MAGIC	0x958458f6
#define EXT4_MAGIC	0xef53

#define LOG_DIRTY	1	/* KVM_MEM_* */
#define READ_ONLY	2
#define GUEST_MEMFD	4

#define MIB		(1ULL << 20)
#define HOST		0x7f0000000000ULL	/* of the one slot below, aligned to 2 MiB */
#define GUEST		0x80000000ULL

/* --- the list --- */

#define LIST_HEAD	0xf000	/* where the kernel's list of VMs begins and ends */
#define LIST_AT(kvm)	((kvm) + 0x10)

static struct limen_vm_line machine_line(__u64 kvm, __u32 pid, int fd, __u64 older)
{
	struct limen_vm_line line = {
		.kind = LIMEN_VM_MACHINE, .kvm = kvm, .pid = pid, .fd = fd, .process_mm = pid,
		.machine = {.list_at = LIST_AT(kvm), .list_next = older, .mm = pid},
	};

	snprintf(line.comm, sizeof(line.comm), "vmm%u", pid);
	return line;
}

static void take_machine(struct vm_list *list, __u64 kvm, __u32 pid, int fd, __u64 older)
{
	struct limen_vm_line line = machine_line(kvm, pid, fd, older);

	assert_int_equal(vm_list_take(list, &line), 0);
}

static void take_slot(struct vm_list *list, __u64 kvm, __u16 id, __u16 space, __u64 guest)
{
	struct limen_vm_line line = {
		.kind = LIMEN_VM_SLOT, .kvm = kvm,
		.slot = {.guest = guest, .bytes = MIB, .id = id, .space = space},
	};

	assert_int_equal(vm_list_take(list, &line), 0);
}

static void take_vcpu(struct vm_list *list, __u64 kvm, __u32 id)
{
	struct limen_vm_line line = {
		.kind = LIMEN_VM_VCPU, .kvm = kvm, .vcpu = {.id = id, .tid = 100 + id},
	};

	assert_int_equal(vm_list_take(list, &line), 0);
}

static void is_machine(const struct vm *vm, __u64 kvm, pid_t pid, unsigned int number)
{
	assert_int_equal(vm->kvm, kvm);
	assert_int_equal(vm->pid, pid);
	assert_int_equal(vm->number, number);
}

static void none(void **state)
{
	struct vm_list list = {};

	vm_list_finish(&list);
	assert_int_equal(list.nr, 0);
	vm_list_free(&list);
}

/* Newest first: D of 7, C of 5, B of 7, A of 5. Descriptors' numbers say the opposite. */
static void numbers_by_the_kernels_list(void **state)
{
	struct vm_list list = {};

	take_machine(&list, 0xb00, 7, 9, LIST_AT(0xa00));
	take_machine(&list, 0xc00, 5, 3, LIST_AT(0xb00));
	take_machine(&list, 0xd00, 7, 4, LIST_AT(0xc00));
	take_machine(&list, 0xa00, 5, 8, LIST_HEAD);
	vm_list_finish(&list);
	assert_int_equal(list.nr, 4);
	is_machine(&list.vms[0], 0xa00, 5, 1);
	is_machine(&list.vms[1], 0xc00, 5, 2);
	is_machine(&list.vms[2], 0xb00, 7, 1);
	is_machine(&list.vms[3], 0xd00, 7, 2);
	vm_list_free(&list);
}

/* A VM between them was not seen: the list is cut there. */
static void numbers_by_descriptor(void **state)
{
	struct vm_list list = {};

	take_machine(&list, 0xc00, 5, 9, LIST_AT(0xb00));
	take_machine(&list, 0xa00, 5, 3, LIST_HEAD);
	take_machine(&list, 0xd00, 5, 12, LIST_AT(0xeee00));
	vm_list_finish(&list);
	assert_int_equal(list.nr, 3);
	is_machine(&list.vms[0], 0xa00, 5, 1);
	is_machine(&list.vms[1], 0xc00, 5, 2);
	is_machine(&list.vms[2], 0xd00, 5, 3);
	vm_list_free(&list);
}

static void many(void **state)
{
	struct vm_list list = {};
	__u64 i, older;

	for (i = 1; i <= 300; i++) {
		older = i == 1 ? LIST_HEAD : LIST_AT((i - 1) * 0x100);
		take_machine(&list, i * 0x100, 5, 1000 - i, older);
	}
	vm_list_finish(&list);
	assert_int_equal(list.nr, 300);
	for (i = 1; i <= 300; i++)
		is_machine(&list.vms[i - 1], i * 0x100, 5, i);
	vm_list_free(&list);
}

/* A manager has a copy of the descriptor: the VM is that of the process whose memory it is. */
static void descriptors_in_several_processes(void **state)
{
	struct limen_vm_line own = machine_line(0xa00, 5, 8, LIST_HEAD), copy = own;
	struct vm_list list;
	int first;

	copy.pid = 3;
	copy.fd = 30;
	copy.process_mm = 3;
	strcpy(copy.comm, "manager");
	for (first = 0; first < 2; first++) {
		memset(&list, 0, sizeof(list));
		assert_int_equal(vm_list_take(&list, first ? &copy : &own), 0);
		take_slot(&list, 0xa00, 1, 0, GUEST);
		assert_int_equal(vm_list_take(&list, first ? &own : &copy), 0);
		take_slot(&list, 0xa00, 1, 0, GUEST);
		vm_list_finish(&list);
		assert_int_equal(list.nr, 1);
		is_machine(&list.vms[0], 0xa00, 5, 1);
		assert_int_equal(list.vms[0].fd, 8);
		assert_string_equal(list.vms[0].comm, "vmm5");
		assert_int_equal(list.vms[0].nr_slots, 1);
		vm_list_free(&list);
	}
	/* The VMM itself is not seen: then it is called by who has it. */
	memset(&list, 0, sizeof(list));
	assert_int_equal(vm_list_take(&list, &copy), 0);
	vm_list_finish(&list);
	is_machine(&list.vms[0], 0xa00, 3, 1);
	assert_string_equal(list.vms[0].comm, "manager");
	vm_list_free(&list);
}

static void slots_and_vcpus(void **state)
{
	static const __u16 wanted[][2] = {{7, 0}, {2, 0}, {9, 0}, {2, 1}};	/* id, address space */
	struct vm_list list = {};
	struct vm *vm;
	__u32 i;

	take_vcpu(&list, 0xa00, 2);		/* its file may come first */
	take_machine(&list, 0xa00, 5, 8, LIST_HEAD);
	take_slot(&list, 0xa00, 2, 1, 0);
	take_slot(&list, 0xa00, 9, 0, 3 * GUEST);
	take_slot(&list, 0xa00, 7, 0, GUEST);
	take_slot(&list, 0xa00, 2, 0, 2 * GUEST);
	take_slot(&list, 0xa00, 7, 0, GUEST);	/* again, behind another descriptor */
	take_vcpu(&list, 0xa00, 0);
	take_vcpu(&list, 0xa00, 1);
	take_vcpu(&list, 0xa00, 0);
	vm_list_finish(&list);
	assert_int_equal(list.nr, 1);
	vm = &list.vms[0];
	assert_int_equal(vm->nr_slots, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(vm->slots[i].raw.id, wanted[i][0]);
		assert_int_equal(vm->slots[i].raw.space, wanted[i][1]);
	}
	assert_int_equal(vm->nr_vcpus, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(vm->vcpus[i].id, i);
		assert_int_equal(vm->vcpus[i].tid, 100 + i);
	}
	vm_list_free(&list);
}

/* A vCPU whose VM has no descriptor left is no machine. */
static void vcpu_without_machine(void **state)
{
	struct vm_list list = {};

	take_vcpu(&list, 0xa00, 0);
	take_machine(&list, 0xb00, 5, 8, LIST_HEAD);
	take_vcpu(&list, 0xc00, 0);
	vm_list_finish(&list);
	assert_int_equal(list.nr, 1);
	is_machine(&list.vms[0], 0xb00, 5, 1);
	assert_int_equal(list.vms[0].nr_vcpus, 0);
	vm_list_free(&list);
}

/* --- names --- */

#define NAMED(args, wanted) do {						\
	char name_[16];							\
									\
	vm_name(args, sizeof(args), name_, sizeof(name_));		\
	assert_string_equal(name_, wanted);				\
} while (0)

static void names(void **state)
{
	char name[16];

	NAMED("qemu-system-x86_64\0-m\0" "512\0-name\0web", "web");
	NAMED("qemu-system-x86_64\0-name\0guest=web,debug-threads=on\0-m\0" "512", "web");
	NAMED("qemu-system-x86_64\0-name\0web,process=qemu-web", "web");
	NAMED("qemu-system-x86_64\0--name\0web", "web");
	NAMED("qemu-system-x86_64\0-name\0" "debug-threads=on,guest=web,process=x", "web");
	NAMED("qemu-system-x86_64\0-name\0guest=a,,b,debug-threads=on", "a,b");
	NAMED("qemu-system-x86_64\0-name\0" "a,,guest=b", "a,guest=b");
	NAMED("firecracker\0--api-sock\0/run/f.sock\0--id\0vm-1", "vm-1");
	NAMED("firecracker\0--id=vm-1\0--api-sock\0/run/f.sock", "vm-1");
	NAMED("crosvm\0run\0--name=web\0bzImage", "web");
	/* Cut to the room. */
	NAMED("qemu\0-name\0" "a-name-of-more-than-fifteen", "a-name-of-more-");
	/* None. */
	NAMED("qemu\0-m\0" "512", "");
	NAMED("qemu\0-name", "");
	NAMED("qemu\0-names\0web", "");
	NAMED("qemu\0-name\0" "debug-threads=on", "");
	NAMED("qemu\0-name\0process=x,debug-threads=on", "");
	NAMED("qemu\0--identity=web\0--idx=1\0-id\0web", "");
	NAMED("qemu\0-name\0", "");
	vm_name("", 0, name, sizeof(name));
	assert_string_equal(name, "");
}

/* --- backing --- */

/* One slot of one machine. */
struct one {
	struct vm vm;
	struct vm_slot slot;
};

static void begin(struct one *o, __u64 bytes, __u32 flags)
{
	memset(o, 0, sizeof(*o));
	o->slot.raw = (struct limen_vm_slot){
		.guest = GUEST, .bytes = bytes, .host = HOST, .flags = flags,
	};
	o->vm.slots = &o->slot;
	o->vm.nr_slots = 1;
}

/* offset: from the slot's begin. */
static void area(struct one *o, __s64 offset, __u64 bytes, __u64 flags, __u64 magic,
		 const char *path)
{
	struct limen_vm_area a = {
		.start = HOST + offset, .end = HOST + offset + bytes, .flags = flags,
		.magic = magic, .block = magic == HUGETLB_MAGIC ? 2 * MIB : 4096,
	};

	vm_take_area(&o->vm, &a, path);
}

static enum backing_kind kind_of(__u64 flags, __u64 magic)
{
	struct one o;

	begin(&o, MIB, 0);
	area(&o, 0, MIB, flags, magic, "");
	vm_check(&o.vm);
	assert_int_equal(o.slot.backing.areas, 1);
	assert_int_equal(o.slot.backing.hole, 0);
	return o.slot.backing.kind;
}

static void kinds(void **state)
{
	assert_int_equal(kind_of(AREA_WRITE, 0), BACKING_ANONYMOUS);
	assert_int_equal(kind_of(AREA_WRITE | AREA_SHARED, SHMEM_MAGIC), BACKING_SHMEM);
	assert_int_equal(kind_of(AREA_WRITE, SHMEM_MAGIC), BACKING_SHMEM);
	assert_int_equal(kind_of(AREA_WRITE, EXT4_MAGIC), BACKING_FILE);
	assert_int_equal(kind_of(AREA_WRITE, HUGETLB_MAGIC), BACKING_HUGETLB);
	assert_int_equal(kind_of(AREA_WRITE | AREA_HUGETLB, HUGETLB_MAGIC), BACKING_HUGETLB);
	assert_int_equal(kind_of(AREA_WRITE | AREA_PFNMAP, 0), BACKING_DEVICE);
	assert_int_equal(kind_of(AREA_WRITE | AREA_IO, EXT4_MAGIC), BACKING_DEVICE);
}

static void kind_names(void **state)
{
	int i, j;

	for (i = 0; i < BACKING_KINDS; i++) {
		assert_non_null(backing_names[i]);
		for (j = 0; j < i; j++)
			assert_string_not_equal(backing_names[i], backing_names[j]);
	}
}

/* Areas that reach over both ends, touch them, or lie beside the slot. */
static void borders(void **state)
{
	struct one o;

	begin(&o, MIB, 0);
	area(&o, -(__s64)MIB, MIB, AREA_WRITE, EXT4_MAGIC, "/before");
	area(&o, MIB, MIB, AREA_WRITE, EXT4_MAGIC, "/behind");
	assert_int_equal(o.slot.backing.areas, 0);
	area(&o, -4096, MIB + 8192, AREA_WRITE, 0, "");
	vm_check(&o.vm);
	assert_int_equal(o.slot.backing.areas, 1);
	assert_int_equal(o.slot.backing.hole, 0);
	assert_int_equal(o.slot.backing.kind, BACKING_ANONYMOUS);
	assert_string_equal(o.slot.backing.path, "");
}

static void several_areas(void **state)
{
	struct one o;

	/* Of a kind and a file. */
	begin(&o, MIB, 0);
	area(&o, 0, MIB / 2, AREA_WRITE | AREA_SHARED | AREA_HUGEPAGE, SHMEM_MAGIC, "/ram");
	area(&o, MIB / 2, MIB / 2, AREA_SHARED | AREA_HUGEPAGE, SHMEM_MAGIC, "/ram");
	vm_check(&o.vm);
	assert_int_equal(o.slot.backing.kind, BACKING_SHMEM);
	assert_int_equal(o.slot.backing.areas, 2);
	assert_true(o.slot.backing.shared);
	assert_false(o.slot.backing.writable);
	assert_true(o.slot.backing.thp);
	assert_string_equal(o.slot.backing.path, "/ram");
	/* Of two files, and not all of it is to be huge. */
	begin(&o, MIB, 0);
	area(&o, 0, MIB / 2, AREA_WRITE | AREA_SHARED, SHMEM_MAGIC, "/ram0");
	area(&o, MIB / 2, MIB / 2, AREA_WRITE | AREA_SHARED | AREA_HUGEPAGE, SHMEM_MAGIC, "/ram1");
	vm_check(&o.vm);
	assert_int_equal(o.slot.backing.kind, BACKING_SHMEM);
	assert_true(o.slot.backing.writable);
	assert_false(o.slot.backing.thp);
	assert_string_equal(o.slot.backing.path, "");
	/* Of two kinds; of one, half of it shared. */
	begin(&o, MIB, 0);
	area(&o, 0, MIB / 2, AREA_WRITE, 0, "");
	area(&o, MIB / 2, MIB / 2, AREA_WRITE, EXT4_MAGIC, "/ram");
	assert_int_equal(o.slot.backing.kind, BACKING_MIXED);
	assert_string_equal(o.slot.backing.path, "");
	begin(&o, MIB, 0);
	area(&o, 0, MIB / 2, AREA_WRITE, EXT4_MAGIC, "/ram");
	area(&o, MIB / 2, MIB / 2, AREA_WRITE | AREA_SHARED, EXT4_MAGIC, "/ram");
	assert_int_equal(o.slot.backing.kind, BACKING_MIXED);
	assert_false(o.slot.backing.shared);
}

static void page_size(void **state)
{
	struct one o;

	begin(&o, 4 * MIB, 0);
	area(&o, 0, 4 * MIB, AREA_WRITE | AREA_HUGETLB, HUGETLB_MAGIC, "/anon_hugepage (deleted)");
	assert_int_equal(o.slot.backing.page, 2 * MIB);
	begin(&o, 4 * MIB, 0);
	area(&o, 0, 4 * MIB, AREA_WRITE, EXT4_MAGIC, "/ram");
	assert_int_equal(o.slot.backing.page, 0);
}

/* An area may be behind more than one slot. */
static void two_slots(void **state)
{
	struct vm_slot slots[2] = {
		{.raw = {.guest = GUEST, .bytes = MIB, .host = HOST}},
		{.raw = {.guest = 2 * GUEST, .bytes = MIB, .host = HOST + MIB / 2, .id = 1}},
	};
	struct vm vm = {.slots = slots, .nr_slots = 2};
	struct limen_vm_area a = {.start = HOST, .end = HOST + MIB, .flags = AREA_WRITE};

	vm_take_area(&vm, &a, "");
	vm_check(&vm);
	assert_int_equal(slots[0].backing.hole, 0);
	assert_int_equal(slots[1].backing.hole, MIB / 2);
	assert_int_equal(slots[0].nr_warnings, 0);
	assert_int_equal(slots[1].nr_warnings, 1);
}

/* --- warnings --- */

/* Exactly these: names with a space between, in the order of the rules. */
static void warns(struct one *o, const char *wanted)
{
	char got[256] = "";
	unsigned int i;

	vm_check(&o->vm);
	for (i = 0; i < o->slot.nr_warnings; i++) {
		assert_true(*o->slot.warnings[i].text);
		if (i)
			strcat(got, " ");
		strcat(got, o->slot.warnings[i].name);
	}
	assert_string_equal(got, wanted);
}

static void hole(void **state)
{
	struct one o;

	begin(&o, MIB, 0);
	area(&o, 0, MIB, AREA_WRITE, 0, "");
	warns(&o, "");
	begin(&o, MIB, 0);
	area(&o, 0, MIB / 4, AREA_WRITE, 0, "");
	area(&o, MIB / 2, MIB / 2, AREA_WRITE, 0, "");
	warns(&o, "hole");
	assert_int_equal(o.slot.backing.hole, MIB / 4);
	begin(&o, MIB, 0);
	warns(&o, "hole");
	assert_int_equal(o.slot.backing.hole, MIB);
	/* Other areas of the process do not change that. */
	begin(&o, MIB, 0);
	area(&o, 4 * MIB, MIB, AREA_WRITE, 0, "");
	warns(&o, "hole");
	assert_int_equal(o.slot.backing.hole, MIB);
}

/* What a guest_memfd gives need not be mapped. */
static void no_hole_with_guest_memfd(void **state)
{
	struct one o;

	begin(&o, MIB, GUEST_MEMFD);
	warns(&o, "");
	begin(&o, MIB, GUEST_MEMFD);
	area(&o, 4 * MIB, MIB, AREA_WRITE, 0, "");
	warns(&o, "");
	assert_int_equal(o.slot.backing.hole, 0);
}

static void not_writable(void **state)
{
	struct one o;

	begin(&o, MIB, 0);
	area(&o, 0, MIB, 0, 0, "");
	warns(&o, "not-writable");
	begin(&o, MIB, LOG_DIRTY);
	area(&o, 0, MIB / 2, AREA_WRITE, 0, "");
	area(&o, MIB / 2, MIB / 2, 0, 0, "");
	warns(&o, "not-writable");
	begin(&o, MIB, READ_ONLY);
	area(&o, 0, MIB, 0, 0, "");
	warns(&o, "");
	/* Of firmware: never written, so its sharing does not matter. */
	begin(&o, MIB, READ_ONLY);
	area(&o, 0, MIB, 0, EXT4_MAGIC, "/firmware");
	warns(&o, "");
}

static void private_files(void **state)
{
	static const struct {
		__u64 flags, magic;
		const char *path;
		__u32 slot;
		bool warned;
	} cases[] = {
		{AREA_WRITE, EXT4_MAGIC, "/ram", 0, true},
		{AREA_WRITE, SHMEM_MAGIC, "/memfd:ram (deleted)", 0, true},
		{AREA_WRITE, HUGETLB_MAGIC, "/dev/hugepages/ram", 0, true},
		{AREA_WRITE, HUGETLB_MAGIC, "/anon_hugepage (deleted)", 0, false},
		{AREA_WRITE | AREA_SHARED, EXT4_MAGIC, "/ram", 0, false},
		{AREA_WRITE | AREA_SHARED, SHMEM_MAGIC, "/memfd:ram (deleted)", 0, false},
		{AREA_WRITE, 0, "", 0, false},
		{AREA_WRITE, EXT4_MAGIC, "/firmware", READ_ONLY, false},
	};
	struct one o;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&o, MIB, cases[i].slot);
		area(&o, 0, MIB, cases[i].flags, cases[i].magic, cases[i].path);
		warns(&o, cases[i].warned ? "private-file" : "");
		begin(&o, MIB, cases[i].slot);
		o.vm.devices = true;
		area(&o, 0, MIB, cases[i].flags, cases[i].magic, cases[i].path);
		warns(&o, cases[i].warned ? "private-with-devices" : "");
	}
}

static void device_memory(void **state)
{
	struct one o;

	begin(&o, MIB, 0);
	area(&o, 0, MIB, AREA_WRITE | AREA_SHARED | AREA_IO, SHMEM_MAGIC, "/dev/mem");
	warns(&o, "device-memory");
	begin(&o, MIB, 0);
	area(&o, 0, MIB, AREA_WRITE | AREA_PFNMAP, 0, "");
	warns(&o, "device-memory");
	begin(&o, MIB, 0);
	o.vm.devices = true;	/* VFIO maps its devices so */
	area(&o, 0, MIB, AREA_WRITE | AREA_SHARED | AREA_IO | AREA_PFNMAP, SHMEM_MAGIC, "");
	warns(&o, "");
}

static void misaligned_by(__u64 bytes, __u64 by, __u64 flags, __u64 magic, const char *wanted)
{
	struct one o;

	begin(&o, bytes, 0);
	o.slot.raw.guest += by;
	area(&o, 0, bytes, flags, magic, "/anon_hugepage (deleted)");
	warns(&o, wanted);
}

static void misaligned(void **state)
{
	const char *wanted = sysconf(_SC_PAGESIZE) == 4096 ? "misaligned" : "";

	misaligned_by(4 * MIB, MIB, AREA_WRITE | AREA_HUGEPAGE, 0, wanted);
	misaligned_by(4 * MIB, 4096, AREA_WRITE | AREA_HUGETLB, HUGETLB_MAGIC, wanted);
	misaligned_by(4 * MIB, 2 * MIB, AREA_WRITE | AREA_HUGEPAGE, 0, "");
	misaligned_by(4 * MIB, 0, AREA_WRITE | AREA_HUGEPAGE, 0, "");
	misaligned_by(4 * MIB - 4096, MIB, AREA_WRITE | AREA_HUGEPAGE, 0, "");	/* no whole block */
	misaligned_by(4 * MIB, MIB, AREA_WRITE, 0, "");				/* no huge pages */
}

static void several_warnings(void **state)
{
	struct one o;

	begin(&o, 4 * MIB, 0);
	o.slot.raw.guest += MIB;
	area(&o, 0, MIB, AREA_HUGEPAGE, 0, "");
	warns(&o, sysconf(_SC_PAGESIZE) == 4096 ? "hole not-writable misaligned" :
						  "hole not-writable");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none), cmocka_unit_test(numbers_by_the_kernels_list),
		cmocka_unit_test(numbers_by_descriptor), cmocka_unit_test(many),
		cmocka_unit_test(descriptors_in_several_processes),
		cmocka_unit_test(slots_and_vcpus), cmocka_unit_test(vcpu_without_machine),
		cmocka_unit_test(names), cmocka_unit_test(kinds), cmocka_unit_test(kind_names),
		cmocka_unit_test(borders), cmocka_unit_test(several_areas),
		cmocka_unit_test(page_size), cmocka_unit_test(two_slots), cmocka_unit_test(hole),
		cmocka_unit_test(no_hole_with_guest_memfd), cmocka_unit_test(not_writable),
		cmocka_unit_test(private_files), cmocka_unit_test(device_memory),
		cmocka_unit_test(misaligned), cmocka_unit_test(several_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
