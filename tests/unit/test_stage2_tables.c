// SPDX-License-Identifier: GPL-2.0-or-later
/* src/ingest/stage2_tables.c: what becomes of the lines as they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/stage2_tables.h"
#include "model/stage2.h"

#define MAX	16
#define SEEN	1000			/* boot clock: when each VM was made */

static struct stage2_tables tables;
static struct stage2_vm_line vms[MAX];
static struct stage2_vcpu_line vcpus[MAX];
static struct stage2_slot_line slots[MAX];
static struct stage2_page_line pages[MAX];

static int setup(void **state)
{
	memset(&tables, 0, sizeof(tables));
	memset(vms, 0, sizeof(vms));
	memset(vcpus, 0, sizeof(vcpus));
	memset(slots, 0, sizeof(slots));
	memset(pages, 0, sizeof(pages));
	tables.vms = vms;
	tables.vcpus = vcpus;
	tables.slots = slots;
	tables.pages = pages;
	return 0;
}

/* --- lines --- */

static __u64 kvm_of(__u64 vm)
{
	return vm ? 0xffff0000 + vm : 0;
}

static __u64 seen_of(__u64 vm)
{
	return vm ? SEEN + vm : 0;
}

/* translation faults, and as many reads, of so many microseconds' bucket */
static void count(struct limen_s2_sums *sums, __u64 n)
{
	sums->faults[LIMEN_S2_TRANSLATION] += n;
	sums->access[LIMEN_S2_READ] += n;
	sums->latency[3] += n;
	sums->latency_ns += n * 5000;
}

/* A VM, whose vCPUs that are gone made n faults. Number 0: VMs that are gone. */
static struct limen_s2_vm *vm(__u64 number, __u64 n)
{
	struct stage2_vm_line *line = &vms[tables.nr_vms++];

	line->number = number;
	line->vm.kvm = kvm_of(number);
	line->vm.seen_ns = seen_of(number);
	count(&line->vm.sums, n);
	return &line->vm;
}

static struct limen_s2_vcpu *vcpu(__u64 of, __u32 id, __u64 n)
{
	struct stage2_vcpu_line *line = &vcpus[tables.nr_vcpus++];

	line->number = tables.nr_vcpus;
	line->vcpu.vm = of;
	line->vcpu.kvm = kvm_of(of);
	line->vcpu.vm_seen_ns = seen_of(of);
	line->vcpu.id = id;
	count(&line->vcpu.sums, n);
	return &line->vcpu;
}

/* Of 1 MiB; n faults, a page mapped by each. */
static struct limen_s2_slot *slot(__u64 of, __u16 id, __u64 start, __u64 n)
{
	struct stage2_slot_line *line = &slots[tables.nr_slots++];

	line->number = tables.nr_slots;
	line->slot.vm = of;
	line->slot.kvm = kvm_of(of);
	line->slot.vm_seen_ns = seen_of(of);
	line->slot.id = id;
	line->slot.start = start;
	line->slot.bytes = 1 << 20;
	line->slot.faults[LIMEN_S2_TRANSLATION] = n;
	line->slot.latency[3] = n;
	line->slot.mapped[LIMEN_S2_BASE] = n * 4096;
	return &line->slot;
}

static struct limen_s2_page *page(__u64 of, __u64 address, __u64 kernel, __u64 user)
{
	struct stage2_page_line *line = &pages[tables.nr_pages++];

	line->number = tables.nr_pages;
	line->page.vm = of;
	line->page.kvm = kvm_of(of);
	line->page.vm_seen_ns = seen_of(of);
	line->page.address = address;
	line->page.kernel = kernel;
	line->page.user = user;
	return &line->page;
}

static void has(const struct limen_s2_sums *sums, __u64 n)
{
	assert_int_equal(stage2_faults(sums->faults), n);
	assert_int_equal(sums->faults[LIMEN_S2_TRANSLATION], n);
	assert_int_equal(sums->access[LIMEN_S2_READ], n);
	assert_int_equal(sums->latency[3], n);
	assert_int_equal(sums->latency_ns, n * 5000);
}

static const struct stage2_vm_line *find(__u64 number)
{
	const struct stage2_vm_line *line = stage2_find_vm(&tables, number);

	assert_non_null(line);
	return line;
}

static void slot_is(size_t i, __u64 of, __u16 id, __u64 start, __u64 n)
{
	assert_true(i < tables.nr_slots);
	assert_int_equal(slots[i].slot.vm, of);
	assert_int_equal(slots[i].slot.id, id);
	assert_int_equal(slots[i].slot.start, start);
	assert_int_equal(slots[i].slot.faults[LIMEN_S2_TRANSLATION], n);
	assert_int_equal(slots[i].slot.latency[3], n);
	assert_int_equal(slots[i].slot.mapped[LIMEN_S2_BASE], n * 4096);
}

/* --- sums --- */

static void nothing(void **state)
{
	stage2_tables_fold(&tables);
	has(&tables.sums, 0);
	vm(0, 0);
	stage2_tables_fold(&tables);
	has(&tables.sums, 0);
	assert_int_equal(tables.nr_vms, 0);
	assert_null(stage2_find_vm(&tables, 0));
	assert_null(stage2_find_vm(&tables, 1));
}

static void vcpus_are_in_their_vm(void **state)
{
	vm(0, 0);
	vm(1, 10);
	vm(2, 0);
	vcpu(1, 0, 1);
	vcpu(2, 0, 100);
	vcpu(1, 1, 2);
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_vms, 2);
	has(&find(1)->vm.sums, 13);
	has(&find(2)->vm.sums, 100);
	has(&tables.sums, 113);
	assert_int_equal(tables.nr_vcpus, 3);
	has(&vcpus[0].vcpu.sums, 1);
	has(&vcpus[2].vcpu.sums, 2);
}

static void total_is_vms_and_rest(void **state)
{
	vm(0, 1000);		/* VMs whose entries others have */
	vm(1, 10);
	vcpu(1, 0, 1);
	vcpu(0, 0, 20000);	/* of VMs for which there was no room */
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_vms, 1);
	assert_int_equal(tables.nr_vcpus, 2);	/* the second one is in no VM's row */
	has(&find(1)->vm.sums, 11);
	has(&tables.sums, 21011);
}

/* Folding is of one reading: what the one before it summed up is gone. */
static void sums_begin_anew(void **state)
{
	vm(1, 10);
	slot(1, 0, 0, 3);
	stage2_tables_fold(&tables);
	stage2_tables_fold(&tables);
	has(&tables.sums, 10);
	assert_int_equal(tables.mapped[LIMEN_S2_BASE], 3 * 4096);
}

/* The line of a VM may come after those of others, and the rest in between. */
static void order_of_vms(void **state)
{
	vm(3, 3);
	vm(0, 100);
	vm(1, 1);
	vcpu(1, 0, 10);
	vcpu(3, 0, 30);
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_vms, 2);
	has(&find(3)->vm.sums, 33);
	has(&find(1)->vm.sums, 11);
	has(&tables.sums, 144);
}

/* --- numbers that are used again --- */

/* The vCPU was one of the VM that had the number before: it is in the total only. */
static void vcpu_of_another_time(void **state)
{
	vm(1, 10);
	vcpu(1, 0, 1);
	vcpu(1, 0, 5)->vm_seen_ns--;
	vcpu(1, 1, 7)->kvm++;
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_vcpus, 1);
	has(&vcpus[0].vcpu.sums, 1);
	has(&find(1)->vm.sums, 11);
	has(&tables.sums, 23);
}

static void vcpu_of_a_vm_that_is_not_there(void **state)
{
	vm(1, 10);
	vcpu(7, 0, 5);
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_vcpus, 0);
	has(&find(1)->vm.sums, 10);
	has(&tables.sums, 15);
}

static void slots_and_pages_of_another_time(void **state)
{
	vm(1, 0);
	slot(1, 0, 0x1000, 1);
	slot(1, 0, 0x1000, 20)->vm_seen_ns--;
	slot(1, 0, 0x1000, 300)->kvm++;
	slot(7, 0, 0x1000, 4000);
	page(1, 0xa000, 1, 2);
	page(1, 0xa000, 10, 20)->vm_seen_ns--;
	page(1, 0xa000, 100, 200)->kvm++;
	page(7, 0xa000, 1000, 2000);
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_slots, 1);
	slot_is(0, 1, 0, 0x1000, 1);
	assert_int_equal(tables.nr_pages, 1);
	assert_int_equal(pages[0].page.kernel, 1);
	assert_int_equal(pages[0].page.user, 2);
	assert_int_equal(tables.mapped[LIMEN_S2_BASE], 4096);
}

/* --- slots --- */

/* Deleted and made again at the same place: as it is now, with all that it had. */
static void slot_made_again_is_one(void **state)
{
	struct limen_s2_slot *s;

	vm(1, 0);
	s = slot(1, 4, 0x1000, 5);
	s->gone = 1;
	s->flags = 1;
	s->host = 0x7000;
	s->writes = 2;
	s = slot(1, 4, 0x1000, 30);
	s->host = 0x9000;
	s->flags = 2;
	s->writes = 1;
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_slots, 1);
	slot_is(0, 1, 4, 0x1000, 35);
	assert_int_equal(slots[0].slot.writes, 3);
	assert_int_equal(slots[0].slot.gone, 0);
	assert_int_equal(slots[0].slot.flags, 2);
	assert_int_equal(slots[0].slot.host, 0x9000);
}

/* The entry of the one that lives may come first: numbers are used again. */
static void slot_made_again_in_any_order(void **state)
{
	struct limen_s2_slot *s;

	vm(1, 0);
	s = slot(1, 4, 0x1000, 30);
	s->host = 0x9000;
	s->flags = 2;
	s = slot(1, 4, 0x1000, 5);
	s->gone = 1;
	s->host = 0x7000;
	s->flags = 1;
	s = slot(1, 4, 0x1000, 200);
	s->gone = 1;
	s->host = 0x5000;
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_slots, 1);
	slot_is(0, 1, 4, 0x1000, 235);
	assert_int_equal(slots[0].slot.gone, 0);
	assert_int_equal(slots[0].slot.flags, 2);
	assert_int_equal(slots[0].slot.host, 0x9000);
}

static void slot_that_is_gone_for_good(void **state)
{
	vm(1, 0);
	slot(1, 4, 0x1000, 5)->gone = 1;
	slot(1, 4, 0x1000, 6)->gone = 1;
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_slots, 1);
	slot_is(0, 1, 4, 0x1000, 11);
	assert_int_equal(slots[0].slot.gone, 1);
}

/* Another place, another length, another id, another VM: another slot; by VM and address. */
static void other_slots_are_others(void **state)
{
	vm(1, 0);
	vm(2, 0);
	slot(2, 4, 0x1000, 1);
	slot(1, 4, 0x9000, 2);
	slot(1, 4, 0x1000, 3);
	slot(1, 5, 0x1000, 4);
	slot(1, 4, 0x1000, 5)->bytes = 2 << 20;
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_slots, 5);
	slot_is(0, 1, 4, 0x1000, 3);
	slot_is(1, 1, 4, 0x1000, 5);
	slot_is(2, 1, 5, 0x1000, 4);
	slot_is(3, 1, 4, 0x9000, 2);
	slot_is(4, 2, 4, 0x1000, 1);
	assert_int_equal(tables.mapped[LIMEN_S2_BASE], 15 * 4096);
}

/* Deleted, and one with another id made at its place. */
static void place_taken_by_another_id(void **state)
{
	vm(1, 0);
	slot(1, 5, 0x1000, 2);
	slot(1, 4, 0x1000, 1)->gone = 1;
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_slots, 2);
	slot_is(0, 1, 4, 0x1000, 1);
	slot_is(1, 1, 5, 0x1000, 2);
	assert_int_equal(slots[0].slot.gone, 1);
	assert_int_equal(slots[1].slot.gone, 0);
}

static void mapped_sizes_add_up(void **state)
{
	struct limen_s2_slot *s;

	vm(1, 0);
	s = slot(1, 0, 0, 2);
	s->mapped[LIMEN_S2_2M] = 4 << 20;
	s->gone = 1;
	s = slot(1, 0, 0, 3);
	s->mapped[LIMEN_S2_2M] = 2 << 20;
	slot(1, 1, 1 << 20, 4)->mapped[LIMEN_S2_1G] = 1 << 30;
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_slots, 2);
	assert_int_equal(tables.mapped[LIMEN_S2_BASE], 9 * 4096);
	assert_int_equal(tables.mapped[LIMEN_S2_2M], 6 << 20);
	assert_int_equal(tables.mapped[LIMEN_S2_1G], 1 << 30);
	assert_int_equal(tables.mapped[LIMEN_S2_SIZE_OTHER], 0);
	assert_int_equal(slots[0].slot.mapped[LIMEN_S2_2M], 6 << 20);
}

static void each_class_adds_up(void **state)
{
	struct limen_s2_slot *a, *b;
	int i;

	vm(1, 0);
	a = slot(1, 0, 0, 0);
	b = slot(1, 0, 0, 0);
	for (i = 0; i < LIMEN_S2_CLASSES; i++) {
		a->faults[i] = i + 1;
		b->faults[i] = 100 * (i + 1);
	}
	for (i = 0; i < LIMEN_S2_BUCKETS; i++) {
		a->latency[i] = i + 1;
		b->latency[i] = 100 * (i + 1);
	}
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_slots, 1);
	for (i = 0; i < LIMEN_S2_CLASSES; i++)
		assert_int_equal(slots[0].slot.faults[i], 101 * (i + 1));
	for (i = 0; i < LIMEN_S2_BUCKETS; i++)
		assert_int_equal(slots[0].slot.latency[i], 101 * (i + 1));
}

/* --- pages of devices --- */

static void pages_met_by_two_are_one(void **state)
{
	vm(1, 0);
	vm(2, 0);
	page(1, 0xb000, 1, 2);
	page(2, 0xb000, 10, 20);
	page(1, 0xa000, 100, 200);
	page(1, 0xb000, 1000, 2000);
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_pages, 3);
	assert_int_equal(pages[0].page.address, 0xa000);
	assert_int_equal(pages[0].page.user, 200);
	assert_int_equal(pages[1].page.address, 0xb000);
	assert_int_equal(pages[1].page.kernel, 1001);
	assert_int_equal(pages[1].page.user, 2002);
	assert_int_equal(pages[2].page.vm, 2);
	assert_int_equal(pages[2].page.kernel, 10);
}

/* A page of the VM that had the number before lies between two of this one. */
static void pages_around_a_strange_one(void **state)
{
	vm(1, 0);
	page(1, 0xa000, 1, 0);
	page(1, 0xa000, 50, 0)->kvm++;
	page(1, 0xa000, 2, 0);
	stage2_tables_fold(&tables);
	assert_int_equal(tables.nr_pages, 1);
	assert_int_equal(pages[0].page.kernel, 3);
}

static void free_of_none(void **state)
{
	struct stage2_tables none = {};

	stage2_tables_free(&none);
	stage2_tables_free(&none);
}

#define CASE(name)	cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing), CASE(vcpus_are_in_their_vm), CASE(total_is_vms_and_rest),
		CASE(sums_begin_anew), CASE(order_of_vms), CASE(vcpu_of_another_time),
		CASE(vcpu_of_a_vm_that_is_not_there), CASE(slots_and_pages_of_another_time),
		CASE(slot_made_again_is_one), CASE(slot_made_again_in_any_order),
		CASE(slot_that_is_gone_for_good), CASE(other_slots_are_others),
		CASE(place_taken_by_another_id),
		CASE(mapped_sizes_add_up), CASE(each_class_adds_up),
		CASE(pages_met_by_two_are_one), CASE(pages_around_a_strange_one),
		cmocka_unit_test(free_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
