// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/counts.c and tasks.c: sums, buckets, percentiles, groups, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/counts.h"
#include "model/tasks.h"

#define NO_PID	3999000000U	/* /proc has none of these */

static void buckets(void **state)
{
	unsigned int i;

	assert_int_equal(bucket_low(0), 0);
	assert_int_equal(bucket_high(0), 0);
	assert_int_equal(bucket_low(1), 1);
	assert_int_equal(bucket_low(13), 4096);
	for (i = 1; i < LIMEN_BUCKETS; i++)
		assert_int_equal(bucket_low(i), bucket_high(i - 1) + 1);
	assert_true(bucket_high(LIMEN_BUCKETS - 1) == ~0ULL);
}

static void percentiles(void **state)
{
	struct limen_counts c = {};

	assert_int_equal(counts_percentile(&c, LIMEN_TO_USER, 50), -1);
	c.hist[LIMEN_TO_USER][3] = 98;
	c.hist[LIMEN_TO_USER][7] = 1;
	c.hist[LIMEN_TO_USER][19] = 1;
	assert_int_equal(counts_percentile(&c, LIMEN_TO_USER, 50), 3);
	assert_int_equal(counts_percentile(&c, LIMEN_TO_USER, 98), 3);
	assert_int_equal(counts_percentile(&c, LIMEN_TO_USER, 99), 7);
	assert_int_equal(counts_percentile(&c, LIMEN_TO_USER, 100), 19);
	assert_int_equal(counts_copies(&c, LIMEN_TO_USER), 100);
	assert_int_equal(counts_copies(&c, LIMEN_FROM_USER), 0);
	/* Counts of years must not overflow. */
	c.hist[LIMEN_TO_USER][3] = ~0ULL / 2;
	assert_int_equal(counts_percentile(&c, LIMEN_TO_USER, 99), 3);
}

static struct limen_task who(__u32 pid, __u32 tid, __u64 start, const char *comm)
{
	struct limen_task task = {.pid = NO_PID + pid, .tid = NO_PID + tid, .start_ns = start};

	snprintf(task.comm, sizeof(task.comm), "%s", comm);
	return task;
}

static struct limen_counts bytes_to(__u64 n)
{
	struct limen_counts c = {};

	c.bytes[LIMEN_TO_USER] = n;
	c.hist[LIMEN_TO_USER][1] = 1;
	return c;
}

static void set(struct tasks *tasks, __u32 pid, __u32 tid, __u64 start, __u64 n, bool ended)
{
	struct limen_task task = who(pid, tid, start, "worker");
	struct limen_counts c = bytes_to(n);

	assert_int_equal(tasks_set(tasks, &task, &c, ended), 0);
}

static void final_counts_stay(void **state)
{
	struct tasks *tasks = tasks_new();
	struct limen_counts sum;

	set(tasks, 1, 1, 10, 5, false);
	set(tasks, 1, 1, 10, 9, true);
	set(tasks, 1, 1, 10, 7, false);		/* an old snapshot that comes late */
	tasks_sum(tasks, &sum);
	assert_int_equal(sum.bytes[LIMEN_TO_USER], 9);
	set(tasks, 1, 1, 20, 1, false);		/* another task of the same number */
	tasks_sum(tasks, &sum);
	assert_int_equal(sum.bytes[LIMEN_TO_USER], 10);
	tasks_free(tasks);
}

static void passes_drop_what_went_unseen(void **state)
{
	struct tasks *tasks = tasks_new();
	struct limen_counts sum;

	set(tasks, 1, 1, 10, 5, false);
	set(tasks, 2, 2, 10, 6, true);
	tasks_begin_pass(tasks);
	set(tasks, 3, 3, 10, 7, false);
	tasks_end_pass(tasks);
	tasks_sum(tasks, &sum);
	assert_int_equal(sum.bytes[LIMEN_TO_USER], 13);
	tasks_free(tasks);
}

static void threads_make_a_process(void **state)
{
	struct tasks *tasks = tasks_new();
	struct group *groups;
	long nr;

	set(tasks, 1, 1, 10, 5, false);
	set(tasks, 1, 2, 11, 6, true);
	set(tasks, 7, 7, 12, 100, false);
	nr = tasks_group(tasks, BY_PROCESS, &groups);
	assert_int_equal(nr, 2);
	assert_int_equal(groups[0].counts.bytes[LIMEN_TO_USER], 100);	/* most first */
	assert_int_equal(groups[1].counts.bytes[LIMEN_TO_USER], 11);
	assert_int_equal(groups[1].tasks, 2);
	assert_string_equal(groups[1].key, "worker[3999000001]");
	groups_free(groups, nr);
	nr = tasks_group(tasks, BY_THREAD, &groups);
	assert_int_equal(nr, 3);
	groups_free(groups, nr);
	tasks_free(tasks);
}

static void many_ended_tasks_are_folded(void **state)
{
	struct tasks *tasks = tasks_new();
	struct limen_counts sum, folded;
	unsigned int i;

	for (i = 0; i < 20000; i++)
		set(tasks, 1, i, i, 1, true);
	tasks_sum(tasks, &sum);
	assert_int_equal(sum.bytes[LIMEN_TO_USER], 20000);
	assert_true(tasks_folded(tasks, &folded) > 0);
	assert_int_equal(folded.bytes[LIMEN_TO_USER], tasks_folded(tasks, &folded));
	tasks_free(tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets), cmocka_unit_test(percentiles),
		cmocka_unit_test(final_counts_stay), cmocka_unit_test(passes_drop_what_went_unseen),
		cmocka_unit_test(threads_make_a_process),
		cmocka_unit_test(many_ended_tasks_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
