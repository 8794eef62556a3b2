// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/rates.c: intervals, sums by every grouping, order of rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/identity.h"
#include "model/rates.h"

#define SECOND	1000000000ULL

/* Executables that /proc cannot tell: tasks of PIDs that there are not. */
#define NO_PID	3999000000U

static struct limen_task task(__u32 pid, __u32 tid, __u64 start, const char *comm)
{
	struct limen_task who = {.pid = NO_PID + pid, .tid = NO_PID + tid, .start_ns = start};

	snprintf(who.comm, sizeof(who.comm), "%s", comm);
	return who;
}

/* copies of 8 bytes each to user space */
static struct limen_counts to_user(__u64 copies)
{
	struct limen_counts counts = {};

	counts.bytes[LIMEN_TO_USER] = copies * 8;
	counts.hist[LIMEN_TO_USER][4] = copies;
	return counts;
}

static void live(struct rates *rates, const struct limen_task *who, __u64 copies)
{
	struct limen_counts counts = to_user(copies);

	assert_int_equal(rates_task(rates, who, &counts), 0);
}

static void ended(struct rates *rates, const struct limen_task *who, __u64 copies)
{
	struct limen_counts counts = to_user(copies);

	assert_int_equal(rates_exit(rates, who, &counts), 0);
}

static const struct rate_row *row_of(struct rates *rates, enum group_by by,
				     const struct limen_task *who)
{
	const struct rate_row *row = rates_find(rates, by, who);

	assert_non_null(row);
	return row;
}

static void differences_per_interval(void **state)
{
	struct rates *rates = rates_new(10 * SECOND);
	struct limen_task who = task(1, 1, 5, "one");
	const struct rate_row *row;

	rates_begin(rates);
	live(rates, &who, 100);
	assert_int_equal(rates_end(rates, 12 * SECOND), 0);
	row = row_of(rates, BY_THREAD, &who);
	assert_int_equal(row->delta.n[TO_COPIES], 100);
	assert_true(rates_seconds(rates) == 2.0);

	rates_begin(rates);
	live(rates, &who, 130);
	assert_int_equal(rates_end(rates, 12 * SECOND + SECOND / 2), 0);
	assert_int_equal(row->delta.n[TO_COPIES], 30);
	assert_int_equal(row->delta.n[TO_BYTES], 240);
	assert_int_equal(row->total.n[TO_COPIES], 130);
	assert_true(rates_seconds(rates) == 0.5);
	assert_int_equal(rates_interval(rates), 2);
	rates_free(rates);
}

static void threads_add_up_to_their_process(void **state)
{
	struct rates *rates = rates_new(0);
	struct limen_task main_thread = task(1, 1, 5, "main"), other = task(1, 2, 6, "worker");
	const struct rate_row *row;

	rates_begin(rates);
	live(rates, &other, 7);
	live(rates, &main_thread, 5);
	rates_end(rates, SECOND);
	row = row_of(rates, BY_PROCESS, &other);
	assert_int_equal(row->delta.n[TO_COPIES], 12);
	assert_int_equal(row->tasks, 2);
	assert_string_equal(row->who.comm, "main");
	rates_free(rates);
}

static void an_ended_task_counts_in_its_last_interval(void **state)
{
	struct rates *rates = rates_new(0);
	struct limen_task who = task(1, 1, 5, "short"), never_seen = task(2, 2, 6, "shorter");
	const struct rate_row *row;

	rates_begin(rates);
	live(rates, &who, 10);
	rates_end(rates, SECOND);
	ended(rates, &who, 25);
	ended(rates, &never_seen, 3);
	/* What is shown until the interval ends does not change. */
	assert_int_equal(row_of(rates, BY_PROCESS, &who)->delta.n[TO_COPIES], 10);
	rates_begin(rates);
	rates_end(rates, 2 * SECOND);
	row = row_of(rates, BY_PROCESS, &who);
	assert_int_equal(row->delta.n[TO_COPIES], 15);
	assert_int_equal(row->total.n[TO_COPIES], 25);
	assert_int_equal(row->tasks, 0);
	assert_int_equal(row->ended_in, 2);
	assert_int_equal(row_of(rates, BY_PROCESS, &never_seen)->delta.n[TO_COPIES], 3);

	/* Said twice, counted once. */
	ended(rates, &who, 25);
	rates_begin(rates);
	rates_end(rates, 3 * SECOND);
	assert_int_equal(row->delta.n[TO_COPIES], 0);
	assert_int_equal(row->total.n[TO_COPIES], 25);
	rates_free(rates);
}

static void exec_leaves_the_past_behind(void **state)
{
	struct rates *rates = rates_new(0);
	struct limen_task sh = task(1, 1, 5, "sh"), cat = sh;

	sh.exe_ino = 101;
	cat.exe_ino = 102;
	identity_learn_exe(&sh, "/bin/sh");
	identity_learn_exe(&cat, "/bin/cat");
	rates_begin(rates);
	live(rates, &sh, 100);
	rates_end(rates, SECOND);
	rates_begin(rates);
	live(rates, &cat, 140);
	rates_end(rates, 2 * SECOND);
	assert_int_equal(row_of(rates, BY_EXE, &sh)->total.n[TO_COPIES], 100);
	assert_int_equal(row_of(rates, BY_EXE, &sh)->delta.n[TO_COPIES], 0);
	assert_int_equal(row_of(rates, BY_EXE, &sh)->tasks, 0);
	assert_int_equal(row_of(rates, BY_EXE, &cat)->total.n[TO_COPIES], 40);
	assert_int_equal(row_of(rates, BY_EXE, &cat)->delta.n[TO_COPIES], 40);
	assert_int_equal(row_of(rates, BY_PROCESS, &cat)->total.n[TO_COPIES], 140);
	rates_free(rates);
}

static void a_pid_that_is_used_again_is_another_process(void **state)
{
	struct rates *rates = rates_new(0);
	struct limen_task old = task(1, 1, 5, "old"), next = task(1, 1, 9, "new");
	struct rate_order order = {.key = BY_KEY_BYTES, .totals = true};
	struct rate_row **rows;

	ended(rates, &old, 50);
	rates_begin(rates);
	live(rates, &next, 4);
	rates_end(rates, SECOND);
	rates_begin(rates);
	live(rates, &next, 5);
	rates_end(rates, 2 * SECOND);
	assert_int_equal(rates_rows(rates, BY_PROCESS, ROWS_ALL, &order, &rows), 2);
	assert_int_equal(rows[0]->total.n[TO_COPIES], 50);
	assert_string_equal(rows[0]->who.comm, "old");
	assert_int_equal(rows[1]->total.n[TO_COPIES], 5);
	assert_string_equal(rows[1]->who.comm, "new");
	free(rows);
	rates_free(rates);
}

static void what_falls_counts_as_unchanged(void **state)
{
	struct amounts total = {.n = {[TO_COPIES] = 10, [NAMES] = 4}}, delta;
	struct amounts now = {.n = {[TO_COPIES] = 7, [NAMES] = 6}};

	amounts_advance(&total, &now, &delta);
	assert_int_equal(delta.n[TO_COPIES], 0);
	assert_int_equal(total.n[TO_COPIES], 10);
	assert_int_equal(delta.n[NAMES], 2);
	now.n[TO_COPIES] = 11;
	amounts_advance(&total, &now, &delta);
	assert_int_equal(delta.n[TO_COPIES], 1);
}

static long rows_by(struct rates *rates, const char *sort, bool reverse, struct rate_row ***rows)
{
	struct rate_order order;

	assert_true(rate_order_parse(sort, &order));
	order.reverse = reverse;
	return rates_rows(rates, BY_PROCESS, ROWS_ALL, &order, rows);
}

static void assert_order(struct rates *rates, const char *sort, bool reverse,
			 const char *const *comms)
{
	struct rate_row **rows;
	long i, nr = rows_by(rates, sort, reverse, &rows);

	for (i = 0; i < nr; i++)
		assert_string_equal(rows[i]->who.comm, comms[i]);
	assert_null(comms[nr]);
	free(rows);
}

static void sorting(void **state)
{
	struct rates *rates = rates_new(0);
	struct limen_task a = task(3, 3, 1, "a"), b = task(2, 2, 1, "b"), c = task(1, 1, 1, "c");

	rates_begin(rates);
	live(rates, &a, 100);
	live(rates, &b, 50);
	live(rates, &c, 75);
	rates_end(rates, SECOND);
	rates_begin(rates);
	live(rates, &a, 101);
	live(rates, &b, 60);
	live(rates, &c, 80);
	rates_end(rates, 2 * SECOND);
	assert_order(rates, "total-bytes", false, (const char *[]){"a", "c", "b", NULL});
	assert_order(rates, "bytes", false, (const char *[]){"b", "c", "a", NULL});
	assert_order(rates, "bytes", true, (const char *[]){"a", "c", "b", NULL});
	assert_order(rates, "to-user-copies", false, (const char *[]){"b", "c", "a", NULL});
	assert_order(rates, "name", false, (const char *[]){"a", "b", "c", NULL});
	assert_order(rates, "pid", false, (const char *[]){"c", "b", "a", NULL});
	/* All equal: most bytes in all first, either way round. */
	assert_order(rates, "short", false, (const char *[]){"a", "c", "b", NULL});
	assert_order(rates, "short", true, (const char *[]){"a", "c", "b", NULL});
	rates_free(rates);
}

static void which_rows_are_given(void **state)
{
	struct rates *rates = rates_new(0);
	struct limen_task idle = task(1, 1, 1, "idle"), busy = task(2, 2, 1, "busy");
	struct limen_task gone = task(3, 3, 1, "gone");
	struct rate_order order = {.key = BY_KEY_NAME};
	struct rate_row **rows;

	ended(rates, &gone, 1);
	rates_begin(rates);
	live(rates, &idle, 1);
	live(rates, &busy, 1);
	rates_end(rates, SECOND);
	assert_int_equal(rates_rows(rates, BY_THREAD, ROWS_ACTIVE, &order, &rows), 3);
	free(rows);
	rates_begin(rates);
	live(rates, &idle, 1);
	live(rates, &busy, 2);
	rates_end(rates, 2 * SECOND);
	assert_int_equal(rates_rows(rates, BY_THREAD, ROWS_ACTIVE, &order, &rows), 1);
	assert_string_equal(rows[0]->who.comm, "busy");
	free(rows);
	assert_int_equal(rates_rows(rates, BY_THREAD, ROWS_LIVE, &order, &rows), 2);
	free(rows);
	assert_int_equal(rates_rows(rates, BY_THREAD, ROWS_ALL, &order, &rows), 3);
	free(rows);
	rates_free(rates);
}

/* Many short-lived tasks: bounded rows, and the group they share has them all. */
static void ended_rows_are_bounded(void **state)
{
	struct rates *rates = rates_new(0);
	struct rate_order order = {.key = BY_KEY_BYTES, .totals = true};
	struct limen_task who = task(1, 1, 1, "many");
	struct rate_row **rows;
	__u32 i, round;
	long nr;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < 5000; i++) {
			who = task(round * 5000 + i, round * 5000 + i, 7, "many");
			ended(rates, &who, 2);
		}
		rates_begin(rates);
		assert_int_equal(rates_end(rates, (round + 1) * SECOND), 0);
		nr = rates_rows(rates, BY_PROCESS, ROWS_ACTIVE, &order, &rows);
		assert_int_equal(nr, 5000);
		free(rows);
		nr = rates_rows(rates, BY_PROCESS, ROWS_ALL, &order, &rows);
		assert_in_range(nr, 5000, 5000 + RATES_KEEP_ENDED);
		free(rows);
	}
	assert_int_equal(row_of(rates, BY_CGROUP, &who)->total.n[TO_COPIES], 10 * 5000 * 2);
	assert_int_equal(row_of(rates, BY_CGROUP, &who)->delta.n[TO_COPIES], 5000 * 2);
	rates_free(rates);
}

/* More than can wait for the end of an interval: begun early, nothing lost. */
static void a_storm_of_exits(void **state)
{
	struct rates *rates = rates_new(0);
	struct limen_task who = task(1, 1, 1, "storm");
	__u32 i;

	for (i = 0; i < 40000; i++) {
		who = task(i, i, 7, "storm");
		ended(rates, &who, 1);
	}
	rates_begin(rates);
	rates_end(rates, SECOND);
	assert_int_equal(row_of(rates, BY_CGROUP, &who)->delta.n[TO_COPIES], 40000);
	rates_free(rates);
}

static void order_names(void **state)
{
	struct rate_order order;

	assert_true(rate_order_parse("total-from-user-copies", &order));
	assert_int_equal(order.key, BY_KEY_FROM_COPIES);
	assert_true(order.totals);
	assert_false(rate_order_parse("total-name", &order));
	assert_false(rate_order_parse("total-", &order));
	assert_false(rate_order_parse("", &order));
	assert_false(rate_order_parse("byte", &order));
}

static void labels(void **state)
{
	struct rate_row row = {.who = {.pid = 12, .tid = 34}};
	char label[64];

	memcpy(row.who.comm, "sixteen-letters!", 16);
	rates_label(&row, BY_PROCESS, label, sizeof(label));
	assert_string_equal(label, "sixteen-letters![12]");
	rates_label(&row, BY_THREAD, label, sizeof(label));
	assert_string_equal(label, "sixteen-letters![34]");
	rates_label(&row, BY_CONTAINER, label, sizeof(label));
	assert_string_equal(label, "-");
	row.a = 77;
	rates_label(&row, BY_CGROUP, label, sizeof(label));
	assert_string_equal(label, "id 77");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences_per_interval),
		cmocka_unit_test(threads_add_up_to_their_process),
		cmocka_unit_test(an_ended_task_counts_in_its_last_interval),
		cmocka_unit_test(exec_leaves_the_past_behind),
		cmocka_unit_test(a_pid_that_is_used_again_is_another_process),
		cmocka_unit_test(what_falls_counts_as_unchanged),
		cmocka_unit_test(sorting),
		cmocka_unit_test(which_rows_are_given),
		cmocka_unit_test(ended_rows_are_bounded),
		cmocka_unit_test(a_storm_of_exits),
		cmocka_unit_test(order_names),
		cmocka_unit_test(labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
