// SPDX-License-Identifier: GPL-2.0-or-later
/* src/output/top_table.c: lines fit every width, and show what they must. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "output/top.h"

static struct rate_row row = {
	.who = {.pid = 4194303, .tid = 4194303, .comm = "a-long-name-of-"},
	.total = {.n = {[TO_COPIES] = 123456789, [TO_BYTES] = ~0ULL >> 1, [FROM_BYTES] = 1023}},
	.delta = {.n = {[TO_COPIES] = 99999, [TO_BYTES] = 1048575, [FROM_COPIES] = 1}},
	.tasks = 3,
};

static void lines_have_the_width(void **state)
{
	struct top_view view = {.by = BY_PROCESS};
	struct top_layout layout;
	char line[TOP_LINE];
	int width, key, form;

	for (width = 40; width <= 250; width++) {
		for (key = 0; key < RATE_KEYS; key++) {
			for (form = 0; form < 8; form++) {
				view.order.key = key;
				view.order.totals = form & 1;
				view.io = form & 2;
				view.by = form & 4 ? BY_THREAD : BY_PROCESS;
				top_layout(&layout, &view, width, true);
				top_heading(&layout, line);
				assert_int_equal(top_columns(line), width);
				top_row(&layout, &row, 1.0, &(struct limen_counts){}, line);
				assert_int_equal(top_columns(line), width);
			}
		}
	}
}

static void the_sorted_column_is_shown_and_marked(void **state)
{
	struct top_view view = {.by = BY_PROCESS, .order = {.key = BY_KEY_REFUSED}};
	struct top_layout layout;
	char line[TOP_LINE];

	top_layout(&layout, &view, 40, true);
	top_heading(&layout, line);
	assert_non_null(strstr(line, ">REFUSED"));
	view.order = (struct rate_order){.key = BY_KEY_NAMES, .totals = true, .reverse = true};
	top_layout(&layout, &view, 40, true);
	top_heading(&layout, line);
	assert_non_null(strstr(line, "<NAMES"));
	view.order = (struct rate_order){.key = BY_KEY_NAME};
	top_layout(&layout, &view, 40, true);
	top_heading(&layout, line);
	assert_non_null(strstr(line, "PROCESS<"));
}

static void keys_go_round(void **state)
{
	struct top_view view = {.order = {.key = BY_KEY_BYTES}};
	struct top_layout layout;
	int i;

	for (i = 0; i < RATE_KEYS; i++) {
		top_layout(&layout, &view, 80, false);
		view.order.key = top_next_key(&layout, 1);
		if (view.order.key == BY_KEY_BYTES)
			break;
	}
	assert_in_range(i, 3, RATE_KEYS - 1);
	top_layout(&layout, &view, 80, false);
	view.order.key = top_next_key(&layout, -1);
	top_layout(&layout, &view, 80, false);
	assert_int_equal(top_next_key(&layout, 1), BY_KEY_BYTES);
}

static void a_long_name_keeps_its_pid(void **state)
{
	struct top_view view = {.by = BY_PROCESS};
	struct top_layout layout;
	char line[TOP_LINE];

	top_layout(&layout, &view, 40, false);
	top_row(&layout, &row, 1.0, NULL, line);
	assert_non_null(strstr(line, "~[4194303]"));
	view.by = BY_EXE;
	row.name = "/usr/lib/very/long/path/to/program";
	top_layout(&layout, &view, 40, false);
	top_row(&layout, &row, 1.0, NULL, line);
	assert_non_null(strstr(line, "/to/program "));
}

static void rates_are_per_second_as_measured(void **state)
{
	struct top_view view = {.order = {.key = BY_KEY_TO_COPIES}};
	struct top_layout layout;
	char line[TOP_LINE];

	top_layout(&layout, &view, 80, false);
	top_row(&layout, &row, 0.5, NULL, line);
	assert_non_null(strstr(line, " 200k "));
	assert_non_null(strstr(line, " 2.0M "));
	top_row(&layout, &row, 20, NULL, line);
	assert_non_null(strstr(line, " 5000 "));
	assert_non_null(strstr(line, " <0.1 "));
	top_row(&layout, &row, 0, NULL, line);	/* no interval yet */
	assert_null(strstr(line, "inf"));
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	char line[TOP_LINE] = "";

	assert_true(top_append(line, 10, "%s", "12345"));
	assert_false(top_append(line, 10, "%s", "6789"));
	assert_true(top_append(line, 10, "%s", "678"));
	assert_string_equal(line, "12345  678");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_have_the_width),
		cmocka_unit_test(the_sorted_column_is_shown_and_marked),
		cmocka_unit_test(keys_go_round),
		cmocka_unit_test(a_long_name_keeps_its_pid),
		cmocka_unit_test(rates_are_per_second_as_measured),
		cmocka_unit_test(what_does_not_fit_is_left_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
