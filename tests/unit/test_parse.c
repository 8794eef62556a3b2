// SPDX-License-Identifier: GPL-2.0-or-later
/* src/util/parse.c: numbers with units, and the nearest word. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/parse.h"

static void whole_numbers(void **state)
{
	__u64 n = 0;

	assert_int_equal(parse_number("n", "42", 0, 100, &n), 0);
	assert_int_equal(n, 42);
	assert_int_equal(parse_number("n", "101", 0, 100, &n), -EINVAL);
	assert_int_equal(parse_number("n", "12x", 0, 100, &n), -EINVAL);
	assert_int_equal(parse_number("n", "-1", 0, 100, &n), -EINVAL);
	assert_int_equal(parse_number("n", " 1", 0, 100, &n), -EINVAL);
	assert_int_equal(parse_number("n", "", 0, 100, &n), -EINVAL);
	assert_int_equal(parse_number("n", "99999999999999999999999", 0, ~0ULL, &n), -EINVAL);
	assert_int_equal(n, 42);	/* untouched by what failed */
}

static void bytes(void **state)
{
	__u64 n;

	assert_int_equal(parse_bytes("b", "64K", 0, ~0ULL, &n), 0);
	assert_int_equal(n, 64 << 10);
	assert_int_equal(parse_bytes("b", "3MiB", 0, ~0ULL, &n), 0);
	assert_int_equal(n, 3 << 20);
	assert_int_equal(parse_bytes("b", "7", 0, ~0ULL, &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(parse_bytes("b", "18446744073709551615G", 0, ~0ULL, &n), -EINVAL);
	assert_int_equal(parse_bytes("b", "1Q", 0, ~0ULL, &n), -EINVAL);
}

static void times(void **state)
{
	__u64 n;

	assert_int_equal(parse_milliseconds("t", "2", 1, ~0ULL, &n), 0);
	assert_int_equal(n, 2000);
	assert_int_equal(parse_milliseconds("t", "250ms", 1, ~0ULL, &n), 0);
	assert_int_equal(n, 250);
	assert_int_equal(parse_milliseconds("t", "1h", 1, ~0ULL, &n), 0);
	assert_int_equal(n, 3600 * 1000);
	assert_int_equal(parse_milliseconds("t", "0", 1, ~0ULL, &n), -EINVAL);
}

static void nearest(void **state)
{
	static const char *const words[] = {"doctor", "stat", "top", "watch", NULL};

	assert_string_equal(nearest_word("stta", words), "stat");
	assert_string_equal(nearest_word("wach", words), "watch");
	assert_string_equal(nearest_word("docter", words), "doctor");
	assert_null(nearest_word("completely-different", words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers), cmocka_unit_test(bytes),
		cmocka_unit_test(times), cmocka_unit_test(nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
