// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/stage2_event.c: names, causes of loops, what slow faults waited for, errors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/stage2_event.h"

#define LOG_DIRTY	1
#define READONLY	2
#define GUEST_MEMFD	4
#define PAGE		4096

/* A loop of 64 faults in a slot, and nothing was invalidated. */
static struct limen_s2_event loop(void)
{
	struct limen_s2_event e = {
		.step = LIMEN_S2_STEP_FINDING, .finding = LIMEN_S2_LOOP, .flags = LIMEN_S2_HAS_SLOT,
		.class = LIMEN_S2_TRANSLATION, .access = LIMEN_S2_WRITE, .times = 64,
		.address = 0x10000123,
	};

	return e;
}

/* Private memory of the VMM, which it may write. */
static struct vm_slot memory(void)
{
	struct vm_slot slot = {
		.backing = {.kind = BACKING_ANONYMOUS, .writable = true, .areas = 1},
	};

	return slot;
}

/* --- names --- */

static void names_are_found(void **state)
{
	int i, j;

	for (i = 1; i < LIMEN_S2_STEPS; i++)
		assert_int_equal(stage2_step_by_name(stage2_step_names[i]), i);
	for (i = 1; i < LIMEN_S2_FINDINGS; i++)
		assert_int_equal(stage2_finding_by_name(stage2_finding_names[i]), i);
	/* --only takes both: no word is a step and a finding. */
	for (i = 1; i < LIMEN_S2_FINDINGS; i++)
		assert_int_equal(stage2_step_by_name(stage2_finding_names[i]), -1);
	for (i = 0; i < STAGE2_CAUSES; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(stage2_cause_names[i], stage2_cause_names[j]);
}

static void other_names_are_not(void **state)
{
	assert_int_equal(stage2_step_by_name("none"), -1);
	assert_int_equal(stage2_finding_by_name("none"), -1);
	assert_int_equal(stage2_step_by_name(""), -1);
	assert_int_equal(stage2_step_by_name("slot"), -1);
	assert_int_equal(stage2_finding_by_name("loops"), -1);
}

static void names_stay(void **state)
{
	static const char *const causes[] = {
		"unknown", "unmapped", "stale-sequence", "permission", "alignment", "guest-memfd",
		"no-slot", "conversion", "failing",
	};
	int i;

	assert_int_equal(sizeof(causes) / sizeof(causes[0]), STAGE2_CAUSES);
	for (i = 0; i < STAGE2_CAUSES; i++)
		assert_string_equal(stage2_cause_names[i], causes[i]);
	assert_string_equal(stage2_step_names[LIMEN_S2_STEP_REALM_REMAP], "realm-remap");
	assert_string_equal(stage2_finding_names[LIMEN_S2_NEIGHBOURS], "lost-neighbours");
	assert_null(stage2_step_names[LIMEN_S2_STEPS]);
	assert_null(stage2_finding_names[LIMEN_S2_FINDINGS]);
}

/* --- loops --- */

static void loop_unexplained(void **state)
{
	struct limen_s2_event e = loop();

	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNKNOWN);
	e.class = LIMEN_S2_ACCESS_FLAG;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNKNOWN);
}

/* Every second fault had an invalidation. */
static void loop_unmapped(void **state)
{
	struct limen_s2_event e = loop();

	e.invalidations = 31;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNKNOWN);
	e.invalidations = 32;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNMAPPED);
	e.invalidations = 64;
	e.class = LIMEN_S2_PERMISSION;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNMAPPED);
	e.slot_flags = GUEST_MEMFD;
	e.sequence = 1ULL << 31;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNMAPPED);
}

/* The counter of H1: bit 31, whatever stands above it. */
static void loop_stale_sequence(void **state)
{
	struct limen_s2_event e = loop();

	e.sequence = 0x7fffffff;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNKNOWN);
	e.sequence = 0x80000000;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_SEQUENCE);
	e.sequence = 0x1ffffffff;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_SEQUENCE);
	e.sequence = 0x100000000;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNKNOWN);
}

static void loop_permission(void **state)
{
	struct limen_s2_event e = loop();

	e.class = LIMEN_S2_PERMISSION;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_PERMISSION);
	e.sequence = 0x80000000;	/* it is mapped: that is not what hinders it */
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_PERMISSION);
}

/* Bits of the address below the host's page, above 4 KiB. */
static void loop_alignment(void **state)
{
	struct limen_s2_event e = loop();

	e.address = 0x10003000;
	assert_int_equal(stage2_loop_cause(&e, 4096), STAGE2_UNKNOWN);
	assert_int_equal(stage2_loop_cause(&e, 16384), STAGE2_ALIGNMENT);
	assert_int_equal(stage2_loop_cause(&e, 65536), STAGE2_ALIGNMENT);
	e.address = 0x10004fff;
	assert_int_equal(stage2_loop_cause(&e, 16384), STAGE2_UNKNOWN);
	assert_int_equal(stage2_loop_cause(&e, 65536), STAGE2_ALIGNMENT);
	e.address = 0x10010fff;
	assert_int_equal(stage2_loop_cause(&e, 65536), STAGE2_UNKNOWN);
}

static void loop_guest_memfd(void **state)
{
	struct limen_s2_event e = loop();

	e.slot_flags = GUEST_MEMFD;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_GUEST_MEMFD);
	e.class = LIMEN_S2_PERMISSION;	/* H3 */
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_GUEST_MEMFD);
	e.slot_flags = LOG_DIRTY | READONLY;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_PERMISSION);
}

static void loop_no_slot(void **state)
{
	struct limen_s2_event e = loop();

	e.flags = 0;
	e.invalidations = 64;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_NO_SLOT);
	e.class = LIMEN_S2_NO_SLOT;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_NO_SLOT);
}

/* A nested guest's address: no slot has it, and that says nothing. */
static void loop_at_a_foreign_address(void **state)
{
	struct limen_s2_event e = loop();

	e.flags = LIMEN_S2_FOREIGN;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNKNOWN);
	e.invalidations = 32;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_UNMAPPED);
}

static void loop_conversion_and_failing(void **state)
{
	struct limen_s2_event e = loop();

	e.invalidations = 64;
	e.class = LIMEN_S2_MEMORY_FAULT;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_CONVERSION);
	e.class = LIMEN_S2_ERROR;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_FAILING);
	e.class = LIMEN_S2_POISON;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_FAILING);
	e.flags = 0;
	assert_int_equal(stage2_loop_cause(&e, PAGE), STAGE2_FAILING);
}

static void each_cause_has_words(void **state)
{
	int i, j;

	for (i = 0; i < STAGE2_CAUSES; i++) {
		assert_non_null(stage2_cause_words(i, NULL));
		for (j = 0; j < i; j++)
			assert_string_not_equal(stage2_cause_words(i, NULL),
						stage2_cause_words(j, NULL));
	}
}

static void words_of_permission_know_the_backing(void **state)
{
	const char *plain = stage2_cause_words(STAGE2_PERMISSION, NULL);
	struct vm_slot slot = memory();

	slot.backing.shared = true;
	assert_string_equal(stage2_cause_words(STAGE2_PERMISSION, &slot), plain);
	slot.backing.shared = false;
	assert_non_null(strstr(stage2_cause_words(STAGE2_PERMISSION, &slot), "MAP_PRIVATE"));
	slot.backing.writable = false;
	assert_non_null(strstr(stage2_cause_words(STAGE2_PERMISSION, &slot), "not writable"));
	slot.backing.shared = true;
	assert_non_null(strstr(stage2_cause_words(STAGE2_PERMISSION, &slot), "not writable"));
	slot.backing.areas = 0;		/* nothing is known of it */
	assert_string_equal(stage2_cause_words(STAGE2_PERMISSION, &slot), plain);
	slot.backing.shared = false;
	slot.backing.writable = true;
	assert_string_equal(stage2_cause_words(STAGE2_PERMISSION, &slot), plain);
	/* Other causes do not ask. */
	slot = memory();
	slot.backing.writable = false;
	assert_string_equal(stage2_cause_words(STAGE2_UNMAPPED, &slot),
			    stage2_cause_words(STAGE2_UNMAPPED, NULL));
}

/* --- slow faults --- */

static void waits_for(const struct limen_s2_event *e, const struct vm_slot *slot, const char *name,
		      const char *words)
{
	assert_string_equal(stage2_waited(e, slot)->name, name);
	assert_non_null(strstr(stage2_waited(e, slot)->words, words));
}

static struct limen_s2_event slow(__u32 waited)
{
	struct limen_s2_event e = loop();

	e.finding = LIMEN_S2_SLOW;
	e.times = 0;
	e.access = LIMEN_S2_READ;
	e.waited = waited;
	return e;
}

static void waited_for_what_the_thread_did(void **state)
{
	struct vm_slot slot = memory();
	struct limen_s2_event e = slow(LIMEN_S2_SLEPT);

	waits_for(&e, &slot, "slept", "slept");
	e = slow(LIMEN_S2_PREEMPTED);
	waits_for(&e, &slot, "preempted", "preempted");
	e = slow(LIMEN_S2_SLEPT | LIMEN_S2_PREEMPTED);
	waits_for(&e, &slot, "slept", "slept");
	e = slow(LIMEN_S2_READ_IN | LIMEN_S2_SLEPT | LIMEN_S2_PREEMPTED);
	waits_for(&e, &slot, "read-in", "from swap");
}

/* Whether it came from swap or from a file is said only when that is known. */
static void read_in_from_where(void **state)
{
	static const struct {
		enum backing_kind kind;
		const char *words;
	} kinds[] = {
		{BACKING_ANONYMOUS, "read in: from swap"},
		{BACKING_SHMEM, "read in: from swap"},
		{BACKING_FILE, "read in: from the file"},
		{BACKING_MIXED, "read in, from swap or from a file"},
		{BACKING_NONE, "read in, from swap or from a file"},
	};
	struct limen_s2_event e = slow(LIMEN_S2_READ_IN);
	struct vm_slot slot = memory();
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		slot.backing.kind = kinds[i].kind;
		waits_for(&e, &slot, "read-in", kinds[i].words);
	}
	waits_for(&e, NULL, "read-in", "read in, from swap or from a file");
}

static void waited_for_the_dirty_log(void **state)
{
	struct limen_s2_event e = slow(LIMEN_S2_PREEMPTED);

	e.slot_flags = LOG_DIRTY;
	waits_for(&e, NULL, "preempted", "");	/* a read: nothing is logged */
	e.access = LIMEN_S2_WRITE;
	waits_for(&e, NULL, "dirty-log", "logged");
	e.class = LIMEN_S2_PERMISSION;
	waits_for(&e, NULL, "dirty-log", "logged");
	e.slot_flags = READONLY;
	waits_for(&e, NULL, "preempted", "");
	e.slot_flags = LOG_DIRTY;
	e.waited = LIMEN_S2_READ_IN;
	waits_for(&e, NULL, "read-in", "");
	e.waited = 0;
	e.flags = 0;			/* no slot: its flags say nothing */
	waits_for(&e, NULL, "unknown", "");
}

static void ran_all_the_time(void **state)
{
	struct limen_s2_event e = slow(0);

	waits_for(&e, NULL, "allocation", "memory was allocated");
	e.class = LIMEN_S2_PERMISSION;
	waits_for(&e, NULL, "unknown", "not known");
	e.class = LIMEN_S2_MMIO_USER;
	waits_for(&e, NULL, "unknown", "not known");
}

static void poison_goes_before_all(void **state)
{
	struct limen_s2_event e = slow(LIMEN_S2_READ_IN | LIMEN_S2_SLEPT);

	e.class = LIMEN_S2_POISON;
	e.slot_flags = LOG_DIRTY;
	e.access = LIMEN_S2_WRITE;
	waits_for(&e, NULL, "poison", "broken");
}

/* --- errors --- */

static struct limen_s2_event failed(enum limen_s2_access access)
{
	struct limen_s2_event e = loop();

	e.finding = LIMEN_S2_FAILED;
	e.class = LIMEN_S2_ERROR;
	e.error = -EFAULT;
	e.access = access;
	return e;
}

static void error_says(const struct limen_s2_event *e, const struct vm_slot *slot, const char *words)
{
	const char *said = stage2_error_words(e, slot);

	if (!words) {
		assert_null(said);
		return;
	}
	assert_non_null(said);
	assert_non_null(strstr(said, words));
}

static void error_over_a_hole(void **state)
{
	struct limen_s2_event e = failed(LIMEN_S2_READ);
	struct vm_slot slot = memory();

	slot.backing.hole = 4096;
	error_says(&e, &slot, "nothing is mapped behind the slot");
	slot.backing.hole = 0;
	error_says(&e, &slot, NULL);
	slot.backing.areas = 0;
	error_says(&e, &slot, "nothing is mapped behind the slot");
}

static void error_of_a_forbidden_write(void **state)
{
	struct limen_s2_event e = failed(LIMEN_S2_WRITE);
	struct vm_slot slot = memory();

	error_says(&e, &slot, NULL);
	slot.backing.writable = false;
	error_says(&e, &slot, "may not write this memory");
	e.access = LIMEN_S2_READ;
	error_says(&e, &slot, NULL);
	e.access = LIMEN_S2_EXEC;
	error_says(&e, &slot, NULL);
	e.access = LIMEN_S2_WRITE;
	slot.raw.flags = READONLY;
	error_says(&e, &slot, NULL);
}

static void error_by_poison(void **state)
{
	struct limen_s2_event e = failed(LIMEN_S2_READ);
	struct vm_slot slot = memory();

	e.class = LIMEN_S2_POISON;
	error_says(&e, NULL, "hardware poison");
	slot.backing.areas = 0;
	error_says(&e, &slot, "hardware poison");
}

static void error_without_a_slot(void **state)
{
	struct limen_s2_event e = failed(LIMEN_S2_WRITE);

	error_says(&e, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found), cmocka_unit_test(other_names_are_not),
		cmocka_unit_test(names_stay),
		cmocka_unit_test(loop_unexplained), cmocka_unit_test(loop_unmapped),
		cmocka_unit_test(loop_stale_sequence), cmocka_unit_test(loop_permission),
		cmocka_unit_test(loop_alignment), cmocka_unit_test(loop_guest_memfd),
		cmocka_unit_test(loop_no_slot), cmocka_unit_test(loop_at_a_foreign_address),
		cmocka_unit_test(loop_conversion_and_failing),
		cmocka_unit_test(each_cause_has_words),
		cmocka_unit_test(words_of_permission_know_the_backing),
		cmocka_unit_test(waited_for_what_the_thread_did),
		cmocka_unit_test(read_in_from_where), cmocka_unit_test(waited_for_the_dirty_log),
		cmocka_unit_test(ran_all_the_time), cmocka_unit_test(poison_goes_before_all),
		cmocka_unit_test(error_over_a_hole), cmocka_unit_test(error_of_a_forbidden_write),
		cmocka_unit_test(error_by_poison), cmocka_unit_test(error_without_a_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
