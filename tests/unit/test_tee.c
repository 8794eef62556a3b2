// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/tee.c: names of kinds, steps and classes; sums and percentiles of calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/tee.h"

/* nr names, each of its own, of small letters and dashes; NULL behind them. */
static void complete(const char *const *names, int nr)
{
	int i, j;

	for (i = 0; i < nr; i++) {
		assert_non_null(names[i]);
		assert_true(*names[i]);
		assert_int_equal(strspn(names[i], "abcdefghijklmnopqrstuvwxyz-"), strlen(names[i]));
		for (j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	assert_null(names[nr]);
}

static void names(void **state)
{
	complete(tee_kind_names, LIMEN_TEE_KINDS);
	complete(tee_step_names, LIMEN_TEE_STEPS);
	complete(tee_class_names, LIMEN_TEE_CLASSES);
}

/* One word of --only names a step or a class, not both. */
static void names_of_steps_and_classes_differ(void **state)
{
	int i;

	for (i = 0; i < LIMEN_TEE_CLASSES; i++)
		assert_int_equal(tee_step_by_name(tee_class_names[i]), -1);
	for (i = 0; i < LIMEN_TEE_STEPS; i++)
		assert_int_equal(tee_class_by_name(tee_step_names[i]), -1);
}

static void by_name(void **state)
{
	int i;

	for (i = 0; i < LIMEN_TEE_CLASSES; i++)
		assert_int_equal(tee_class_by_name(tee_class_names[i]), i);
	for (i = 1; i < LIMEN_TEE_STEPS; i++)
		assert_int_equal(tee_step_by_name(tee_step_names[i]), i);
	assert_int_equal(tee_step_by_name("none"), -1);		/* no step has number 0 */
	assert_int_equal(tee_step_by_name(""), -1);
	assert_int_equal(tee_step_by_name("Death"), -1);
	assert_int_equal(tee_class_by_name(""), -1);
	assert_int_equal(tee_class_by_name("leaks"), -1);
}

static void words(void **state)
{
	int i, j;

	for (i = 0; i < LIMEN_TEE_CLASSES; i++) {
		assert_true(*tee_class_words(i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(tee_class_words(i), tee_class_words(j));
	}
	assert_string_equal(tee_class_words(LIMEN_TEE_CLASSES), "");
	assert_string_equal(tee_class_words(~0U), "");
}

/* The usual steps leave out single references, and no violation. */
static void usual_steps(void **state)
{
	assert_true(TEE_STEPS_USUAL >> LIMEN_TEE_STEP_VIOLATION & 1);
	assert_true(TEE_STEPS_USUAL >> LIMEN_TEE_STEP_DEATH & 1);
	assert_true(TEE_STEPS_USUAL >> LIMEN_TEE_STEP_MMAP & 1);
	assert_false(TEE_STEPS_USUAL >> LIMEN_TEE_STEP_GET & 1);
	assert_false(TEE_STEPS_USUAL >> LIMEN_TEE_STEP_PUT & 1);
}

static void percentiles(void **state)
{
	struct limen_tee_calls calls = {};

	assert_int_equal(tee_calls_percentile(&calls, 50), -1);
	calls.latency[0] = 1;			/* less than 1 us */
	assert_int_equal(tee_calls_percentile(&calls, 1), 0);
	assert_int_equal(tee_calls_percentile(&calls, 99), 0);
	calls.latency[0] = 0;
	calls.latency[1] = 98;			/* 1 us */
	calls.latency[9] = 1;			/* 256 us */
	calls.latency[LIMEN_TEE_BUCKETS - 1] = 1;
	assert_int_equal(tee_calls_percentile(&calls, 50), 1);
	assert_int_equal(tee_calls_percentile(&calls, 98), 1);
	assert_int_equal(tee_calls_percentile(&calls, 99), 256);
	assert_int_equal(tee_calls_percentile(&calls, 100), 1 << 22);
}

static void sums(void **state)
{
	struct limen_tee_calls to = {}, from = {
		.invokes = 3, .errors = 1, .memref_bytes = 1ULL << 40, .latency_ns = 7,
	};
	__u64 born[LIMEN_TEE_KINDS] = {};
	int i;

	for (i = 0; i < LIMEN_TEE_BUCKETS; i++)
		from.latency[i] = i;
	tee_calls_add(&to, &from);
	tee_calls_add(&to, &from);
	assert_int_equal(to.invokes, 6);
	assert_int_equal(to.errors, 2);
	assert_true(to.memref_bytes == 1ULL << 41);
	assert_int_equal(to.latency_ns, 14);
	for (i = 0; i < LIMEN_TEE_BUCKETS; i++)
		assert_int_equal(to.latency[i], 2 * i);
	assert_int_equal(tee_made(born), 0);
	for (i = 0; i < LIMEN_TEE_KINDS; i++)
		born[i] = 1ULL << i;
	assert_int_equal(tee_made(born), (1 << LIMEN_TEE_KINDS) - 1);
}

static void older(void **state)
{
	struct limen_tee_object object = {.state = ~(__u32)LIMEN_TEE_PREEXISTING};

	assert_false(tee_is_older(&object));
	object.state = LIMEN_TEE_PREEXISTING;
	assert_true(tee_is_older(&object));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names), cmocka_unit_test(names_of_steps_and_classes_differ),
		cmocka_unit_test(by_name), cmocka_unit_test(words),
		cmocka_unit_test(usual_steps), cmocka_unit_test(percentiles),
		cmocka_unit_test(sums), cmocka_unit_test(older),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
