// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/stage2_watchdog.c over tables made by hand: storms, the counter of invalidations, churn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/stage2_watchdog.h"

#define SECOND	1000000000ULL
#define START	(1000 * SECOND)		/* boot clock: the VMs are made */
#define FAULTS	5000			/* a storm's, in a second */
#define TIMES	8			/* churn, in 10 seconds */
#define MANY	64
#define LOG_DIRTY	1
#define INT_MOST	0x7fffffffULL
#define NEAR		(INT_MOST - (1ULL << 27))	/* where the counter is told of */

static struct stage2_watchdog *dog;
static struct stage2_tables tables;
static struct stage2_vm_line vms[2];
static struct stage2_slot_line slots[2];
static struct stage2_finding findings[MANY];
static unsigned int found;
static __u64 clock_ns;			/* of the last look */

/* --- tables --- */

static void tables_of_two_vms(void)
{
	int i;

	memset(&tables, 0, sizeof(tables));
	memset(vms, 0, sizeof(vms));
	memset(slots, 0, sizeof(slots));
	for (i = 0; i < 2; i++) {
		vms[i].number = i + 1;
		vms[i].vm.kvm = 0xffff0000 + i;
		vms[i].vm.pid = 100 + i;
		vms[i].vm.seen_ns = START;
		slots[i].slot.vm = i + 1;
	}
	tables.vms = vms;
	tables.slots = slots;
	tables.nr_vms = tables.nr_slots = 2;
	found = 0;
	clock_ns = START;
}

static int setup_with(bool sequence_is_int)
{
	struct stage2_limits limits = STAGE2_LIMITS_DEFAULT;

	limits.sequence_is_int = sequence_is_int;
	tables_of_two_vms();
	dog = stage2_watchdog_new(&limits);
	return dog ? 0 : -1;
}

static int setup(void **state)
{
	return setup_with(false);
}

static int setup_int(void **state)
{
	return setup_with(true);
}

static int teardown(void **state)
{
	stage2_watchdog_free(dog);
	return 0;
}

static void report(void *arg, const struct stage2_finding *f)
{
	assert_ptr_equal(arg, &found);
	assert_true(found < MANY);
	findings[found++] = *f;
}

/* Looks ns later; how much was found. */
static unsigned int look(__u64 ns)
{
	found = 0;
	clock_ns += ns;
	assert_int_equal(stage2_watchdog_scan(dog, &tables, clock_ns, report, &found), 0);
	return found;
}

/* What happens to a VM: pages that the host takes, faults of either kind. */
static void happens(int vm, __u64 unmapped, __u64 translation, __u64 permission)
{
	vms[vm].vm.unmapped += unmapped * sysconf(_SC_PAGESIZE);
	vms[vm].vm.sums.faults[LIMEN_S2_TRANSLATION] += translation;
	vms[vm].vm.sums.faults[LIMEN_S2_PERMISSION] += permission;
}

static void is_storm(unsigned int nr, int vm, enum stage2_storm storm, __u64 faults)
{
	assert_true(nr < found);
	assert_int_equal(findings[nr].finding, LIMEN_S2_STORM);
	assert_ptr_equal(findings[nr].vm, &vms[vm]);
	assert_int_equal(findings[nr].storm, storm);
	assert_int_equal(findings[nr].faults, faults);
	assert_int_equal(findings[nr].time_ns, clock_ns);
}

/* --- storms --- */

static void nothing_happens(void **state)
{
	assert_int_equal(look(SECOND), 0);
	assert_int_equal(look(SECOND), 0);
	tables.nr_vms = tables.nr_slots = 0;
	assert_int_equal(look(SECOND), 0);
}

/* However many: the guest takes its memory into use. */
static void first_touches_are_no_storm(void **state)
{
	happens(0, 0, 1000000, 0);
	assert_int_equal(look(SECOND), 0);
	happens(0, 0, 1000000, FAULTS - 1);
	assert_int_equal(look(SECOND), 0);
}

/* The host takes memory that the guest does not want back. */
static void unmapped_only_is_no_storm(void **state)
{
	happens(0, 1000000, FAULTS - 1, 0);
	assert_int_equal(look(SECOND), 0);
}

static void refaults(void **state)
{
	happens(0, FAULTS, FAULTS + 300, 0);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_REFAULTS, FAULTS);
	assert_int_equal(findings[0].for_ns, SECOND);
	assert_int_equal(findings[0].unmapped, FAULTS * sysconf(_SC_PAGESIZE));
}

/* Fewer faults than pages that were taken: those faults count. */
static void refaults_of_some(void **state)
{
	happens(0, 3 * FAULTS, FAULTS, 0);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_REFAULTS, FAULTS);
}

static void permission(void **state)
{
	happens(1, 0, 0, FAULTS);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 1, STAGE2_STORM_PERMISSION, FAULTS);
	assert_int_equal(findings[0].unmapped, 0);
}

static void dirty_log(void **state)
{
	slots[1].slot.flags = LOG_DIRTY;	/* the other VM's */
	happens(0, 0, 0, FAULTS);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_PERMISSION, FAULTS);
	happens(1, 0, 0, FAULTS);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 1, STAGE2_STORM_DIRTY_LOG, FAULTS);
}

static void dirty_log_of_a_slot_that_is_gone(void **state)
{
	slots[0].slot.flags = LOG_DIRTY;
	slots[0].slot.gone = 1;
	happens(0, 0, 0, FAULTS);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_PERMISSION, FAULTS);
}

/* Both kinds add up; the larger part names it, and of equal ones the permission faults do. */
static void both_kinds(void **state)
{
	happens(0, FAULTS / 2, FAULTS / 2, FAULTS / 2 - 1);
	assert_int_equal(look(SECOND), 0);
	happens(0, FAULTS / 2, FAULTS / 2, FAULTS / 2);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_PERMISSION, FAULTS);
	assert_int_equal(look(SECOND), 0);
	happens(0, FAULTS / 2 + 1, FAULTS / 2 + 1, FAULTS / 2);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_REFAULTS, FAULTS + 1);
}

static void one_fault_below_is_none(void **state)
{
	happens(0, FAULTS - 1, FAULTS - 1, 0);
	happens(1, 0, 0, FAULTS - 1);
	assert_int_equal(look(SECOND), 0);
}

static void storm_is_told_once(void **state)
{
	int i;

	for (i = 0; i < 3; i++) {
		happens(0, FAULTS, FAULTS, 0);
		assert_int_equal(look(SECOND), i == 0);
	}
	assert_int_equal(look(SECOND), 0);	/* it is over */
	happens(0, FAULTS, FAULTS, 0);
	assert_int_equal(look(SECOND), 1);
}

static void storms_of_two(void **state)
{
	happens(0, FAULTS, FAULTS, 0);
	happens(1, 0, 0, FAULTS);
	assert_int_equal(look(SECOND), 2);
	is_storm(0, 0, STAGE2_STORM_REFAULTS, FAULTS);
	is_storm(1, 1, STAGE2_STORM_PERMISSION, FAULTS);
}

/* The time is what it was, not what it should have been. */
static void late_look(void **state)
{
	happens(0, 3 * FAULTS - 1, 3 * FAULTS - 1, 0);
	assert_int_equal(look(3 * SECOND), 0);
	happens(0, 3 * FAULTS, 3 * FAULTS, 0);
	assert_int_equal(look(3 * SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_REFAULTS, 3 * FAULTS);
	assert_int_equal(findings[0].for_ns, 3 * SECOND);
}

/* An early look forgets nothing. */
static void early_looks(void **state)
{
	happens(0, FAULTS, FAULTS, 0);
	assert_int_equal(look(SECOND / 2), 0);
	assert_int_equal(look(SECOND / 2 - 1), 0);
	assert_int_equal(look(1), 1);
	is_storm(0, 0, STAGE2_STORM_REFAULTS, FAULTS);
}

/* A VM that has ended before anybody looked. */
static void storm_of_an_ended_vm(void **state)
{
	assert_int_equal(look(SECOND), 0);
	vms[0].vm.seen_ns = clock_ns;
	vms[0].vm.ended = 1;
	vms[0].vm.unmapped = 0;
	happens(0, FAULTS, FAULTS, 0);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_REFAULTS, FAULTS);
}

/* Its number is another VM's now, whose sums are smaller: it is no storm of 2^64 faults. */
static void number_used_again(void **state)
{
	happens(0, 0, 0, 100000);
	assert_int_equal(look(SECOND), 1);
	memset(&vms[0].vm.sums, 0, sizeof(vms[0].vm.sums));
	vms[0].vm.unmapped = 0;
	vms[0].vm.seen_ns = clock_ns;
	happens(0, 0, 0, FAULTS - 1);
	assert_int_equal(look(SECOND), 0);
	happens(0, 0, 0, FAULTS);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_PERMISSION, FAULTS);
}

/* The table's order is not the VMs'. */
static void vms_change_places(void **state)
{
	struct stage2_vm_line first;

	happens(0, 0, 0, 100000);
	assert_int_equal(look(SECOND), 1);
	first = vms[0];
	vms[0] = vms[1];
	vms[1] = first;
	happens(1, 0, 0, FAULTS);
	assert_int_equal(look(SECOND), 0);	/* it goes on */
	happens(0, 0, 0, FAULTS);
	assert_int_equal(look(SECOND), 1);
	is_storm(0, 0, STAGE2_STORM_PERMISSION, FAULTS);
}

static void each_storm_has_words(void **state)
{
	static const char *const names[] = {"refaults", "dirty-log", "permission"};
	int i;

	assert_int_equal(sizeof(names) / sizeof(names[0]), STAGE2_STORMS);
	for (i = 0; i < STAGE2_STORMS; i++) {
		assert_string_equal(stage2_storm_names[i], names[i]);
		assert_true(strlen(stage2_storm_words(i)) > 20);
	}
}

/* --- the counter of invalidations --- */

static void counter_nears_its_end(void **state)
{
	vms[1].vm.invalidations = NEAR - 1;
	assert_int_equal(look(SECOND), 0);
	vms[1].vm.invalidations = NEAR;
	assert_int_equal(look(SECOND), 1);
	assert_int_equal(findings[0].finding, LIMEN_S2_SEQUENCE);
	assert_ptr_equal(findings[0].vm, &vms[1]);
	assert_int_equal(findings[0].sequence, NEAR);
}

static void counter_is_told_once(void **state)
{
	vms[1].vm.invalidations = NEAR + 5;
	assert_int_equal(look(SECOND), 1);
	vms[1].vm.invalidations = INT_MOST;
	assert_int_equal(look(SECOND), 0);
	vms[0].vm.invalidations = INT_MOST + 1;		/* another VM, and beyond it */
	assert_int_equal(look(SECOND), 1);
	assert_ptr_equal(findings[0].vm, &vms[0]);
	assert_int_equal(findings[0].sequence, INT_MOST + 1);
}

/* Storms look only when their time has come; the counter is looked at each time. */
static void counter_at_an_early_look(void **state)
{
	vms[0].vm.invalidations = NEAR;
	assert_int_equal(look(1), 1);
	assert_int_equal(findings[0].finding, LIMEN_S2_SEQUENCE);
}

static void counter_of_an_ended_vm(void **state)
{
	vms[0].vm.invalidations = NEAR;
	vms[0].vm.ended = 1;
	assert_int_equal(look(SECOND), 0);
}

static void counter_and_storm(void **state)
{
	vms[0].vm.invalidations = NEAR;
	happens(0, FAULTS, FAULTS, 0);
	assert_int_equal(look(SECOND), 2);
	is_storm(0, 0, STAGE2_STORM_REFAULTS, FAULTS);
	assert_int_equal(findings[1].finding, LIMEN_S2_SEQUENCE);
}

/* Where the kernel keeps it in a long. */
static void counter_that_has_room(void **state)
{
	vms[0].vm.invalidations = NEAR;
	vms[1].vm.invalidations = 1ULL << 40;
	assert_int_equal(look(SECOND), 0);
}

/* --- churn --- */

static __u64 range_at = 0x80000000, range_bytes = 0x1000;

/* It becomes private, or shared, ns later; how much was found. */
static unsigned int turns(int vm, bool private, __u64 ns)
{
	struct limen_s2_event e = {
		.step = LIMEN_S2_STEP_ATTRIBUTES, .kvm = vms[vm].vm.kvm, .address = range_at,
		.size = range_bytes, .flags = private ? LIMEN_S2_PRIVATE : 0,
	};

	found = 0;
	clock_ns += ns;
	e.head.time_ns = clock_ns;
	stage2_watchdog_convert(dog, &e, &tables, report, &found);
	return found;
}

static void is_churn(int vm, __u64 times, __u64 for_ns)
{
	assert_int_equal(found, 1);
	assert_int_equal(findings[0].finding, LIMEN_S2_CHURN);
	assert_ptr_equal(findings[0].vm, &vms[vm]);
	assert_int_equal(findings[0].times, times);
	assert_int_equal(findings[0].for_ns, for_ns);
	assert_int_equal(findings[0].address, range_at);
	assert_int_equal(findings[0].size, range_bytes);
	assert_int_equal(findings[0].time_ns, clock_ns);
}

/* The first one only tells what it is: so many changes come after it. */
static void churn_at_the_bound(void **state)
{
	int i;

	for (i = 0; i < TIMES; i++)
		assert_int_equal(turns(0, i % 2, SECOND), 0);
	assert_int_equal(turns(0, i % 2, SECOND), 1);
	is_churn(0, TIMES, TIMES * SECOND);
}

static void churn_is_told_once(void **state)
{
	int i;

	for (i = 0; i <= TIMES + 3; i++)
		assert_int_equal(turns(0, i % 2, SECOND / 10), i == TIMES);
}

/* What it is already is no change. */
static void same_again_is_no_churn(void **state)
{
	int i;

	for (i = 0; i < 3 * TIMES; i++)
		assert_int_equal(turns(0, true, SECOND / 10), 0);
	for (i = 0; i < TIMES - 1; i++)
		assert_int_equal(turns(0, i % 2, 0), 0);
	assert_int_equal(turns(0, i % 2, 0), 1);
	is_churn(0, TIMES, (3 * TIMES - 1) * (SECOND / 10));
}

/* Ten seconds after the first it begins anew. */
static void slow_changes_are_no_churn(void **state)
{
	int i;

	for (i = 0; i < 5 * TIMES; i++)
		assert_int_equal(turns(0, i % 2, 2 * SECOND), 0);
}

static void churn_to_the_end_of_the_window(void **state)
{
	int i;

	turns(0, false, 0);
	for (i = 1; i < TIMES; i++)
		assert_int_equal(turns(0, i % 2, 0), 0);
	assert_int_equal(turns(0, i % 2, 10 * SECOND), 1);
	is_churn(0, TIMES, 10 * SECOND);
	assert_int_equal(turns(0, (i + 1) % 2, 1), 0);	/* after it: the first of a new one */
	for (i = 0; i < TIMES - 1; i++)
		assert_int_equal(turns(0, i % 2, 0), 0);
	assert_int_equal(turns(0, i % 2, 5), 1);
	is_churn(0, TIMES, 5);
}

static void two_ranges_are_two(void **state)
{
	const __u64 at[] = {0x80000000, 0x80001000};
	int i;

	for (i = 0; i < TIMES; i++) {
		range_at = at[i % 2];
		assert_int_equal(turns(0, i / 2 % 2, 0), 0);
	}
	for (i = TIMES; i < 2 * TIMES; i++) {
		range_at = at[i % 2];
		assert_int_equal(turns(0, i / 2 % 2, 0), 0);
	}
	range_at = at[0];
	assert_int_equal(turns(0, i / 2 % 2, 1), 1);
	is_churn(0, TIMES, 1);
	range_at = at[1];
	assert_int_equal(turns(0, i / 2 % 2, 1), 1);
	is_churn(0, TIMES, 2);
	range_at = at[0];
}

/* The same place in another VM, or with another length. */
static void other_vm_other_length(void **state)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		assert_int_equal(turns(0, i % 2, 0), 0);
		assert_int_equal(turns(1, !(i % 2), 0), 0);
		range_bytes = 0x2000;
		assert_int_equal(turns(0, !(i % 2), 0), 0);
		range_bytes = 0x1000;
	}
	assert_int_equal(turns(1, !(i % 2), 0), 1);
	is_churn(1, TIMES, 0);
}

/* More ranges than are remembered: the oldest give way, none is mistaken for another. */
static void many_ranges(void **state)
{
	int round, i;

	for (round = 0; round < 2 * TIMES; round++)
		for (i = 0; i < 1025; i++) {
			range_at = 0x80000000 + i * 0x1000ULL;
			assert_int_equal(turns(0, round % 2, 0), 0);
		}
	range_at = 0x80000000;
}

/* The tables may not have the VM any more. */
static void churn_of_an_unknown_vm(void **state)
{
	int i;

	tables.nr_vms = 0;
	for (i = 0; i < TIMES; i++)
		assert_int_equal(turns(0, i % 2, 0), 0);
	assert_int_equal(turns(0, i % 2, 0), 1);
	assert_null(findings[0].vm);
	assert_int_equal(findings[0].times, TIMES);
}

static void other_limits(void **state)
{
	struct stage2_limits limits = {
		.storm_faults = 10, .storm_ns = SECOND / 10, .churn_times = 2, .churn_ns = SECOND,
	};

	stage2_watchdog_free(dog);
	dog = stage2_watchdog_new(&limits);
	assert_non_null(dog);
	happens(0, 0, 0, 10);
	assert_int_equal(look(SECOND / 10), 1);
	is_storm(0, 0, STAGE2_STORM_PERMISSION, 10);
	assert_int_equal(turns(0, true, 0), 0);
	assert_int_equal(turns(0, false, 0), 0);
	assert_int_equal(turns(0, true, SECOND), 1);
	is_churn(0, 2, SECOND);
}

static void free_of_none(void **state)
{
	stage2_watchdog_free(NULL);
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
#define CASE_INT(name)	cmocka_unit_test_setup_teardown(name, setup_int, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_happens), CASE(first_touches_are_no_storm),
		CASE(unmapped_only_is_no_storm), CASE(refaults), CASE(refaults_of_some),
		CASE(permission), CASE(dirty_log), CASE(dirty_log_of_a_slot_that_is_gone),
		CASE(both_kinds), CASE(one_fault_below_is_none), CASE(storm_is_told_once),
		CASE(storms_of_two), CASE(late_look), CASE(early_looks),
		CASE(storm_of_an_ended_vm), CASE(number_used_again), CASE(vms_change_places),
		cmocka_unit_test(each_storm_has_words),
		CASE_INT(counter_nears_its_end), CASE_INT(counter_is_told_once),
		CASE_INT(counter_at_an_early_look), CASE_INT(counter_of_an_ended_vm),
		CASE_INT(counter_and_storm), CASE(counter_that_has_room),
		CASE(churn_at_the_bound), CASE(churn_is_told_once), CASE(same_again_is_no_churn),
		CASE(slow_changes_are_no_churn), CASE(churn_to_the_end_of_the_window),
		CASE(two_ranges_are_two), CASE(other_vm_other_length), CASE(many_ranges),
		CASE(churn_of_an_unknown_vm), CASE(other_limits), cmocka_unit_test(free_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
