// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/usercopy.c: the verdict on a refused copy; src/cmd/filter.c; output. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/filter.h"
#include "model/usercopy.h"
#include "output/out.h"
#include "output/usercopy.h"

static struct limen_copy_event refused(const char *name, __u64 offset, __u64 length)
{
	struct limen_copy_event e = {.head.kind = LIMEN_EVENT_REFUSED};

	e.offset = offset;
	e.length = length;
	snprintf(e.name, sizeof(e.name), "%s", name);
	return e;
}

static struct limen_copy_event slab(__u32 size, __u32 useroffset, __u32 usersize,
				    __u64 offset, __u64 length)
{
	struct limen_copy_event e = refused("SLUB object", offset, length);

	e.flags |= LIMEN_COPY_SLAB_KNOWN;
	e.slab.object_size = size;
	e.slab.useroffset = useroffset;
	e.slab.usersize = usersize;
	return e;
}

static void is_class(struct limen_copy_event e, enum limen_class class)
{
	assert_string_equal(class_names[usercopy_class(&e)], class_names[class]);
}

/* The public incidents' own figures (usercopy U1, U3, U4, U5). */
static void incidents(void **state)
{
	is_class(slab(1024, 0, 0, 177, 29007), LIMEN_CLASS_SLAB_OVERFLOW);
	is_class(slab(144, 0, 0, 81, 63), LIMEN_CLASS_SLAB_WINDOW);
	is_class(slab(2048, 0, 2048, 0, 2049), LIMEN_CLASS_SLAB_OVERFLOW);
	is_class(slab(64, 0, 64, 0, 1802201963), LIMEN_CLASS_USE_AFTER_FREE);
}

static void kernels_words(void **state)
{
	is_class(refused("null address", 0, 64), LIMEN_CLASS_NULL);
	is_class(refused("wrapped address", 0, 64), LIMEN_CLASS_WRAPPED);
	is_class(refused("process stack", 0, 64), LIMEN_CLASS_STACK);
	is_class(refused("kernel text", 0, 64), LIMEN_CLASS_TEXT);
	is_class(refused("linear kernel text", 0, 64), LIMEN_CLASS_TEXT);
	is_class(refused("vmalloc", 0, 64), LIMEN_CLASS_VMALLOC);
	is_class(refused("page alloc", 0, 64), LIMEN_CLASS_PAGE);
	is_class(refused("something of tomorrow", 0, 64), LIMEN_CLASS_UNKNOWN);
	/* Without the object's size nothing is guessed. */
	is_class(refused("SLUB object", 0, 64), LIMEN_CLASS_UNKNOWN);
	/* Sizes that do not add up must not wrap into the object. */
	is_class(slab(64, 0, 64, ~0ULL, 2), LIMEN_CLASS_SLAB_OVERFLOW);
	is_class(slab(64, 0, 64, 2, ~0ULL), LIMEN_CLASS_SLAB_OVERFLOW);
}

static void filters(void **state)
{
	struct limen_filter f = {};
	char good[] = "comm=curl,direction=to-user,min-size=64K,class=ok,class=text";
	char word[] = "dirction=to-user";
	char form[] = "uid";
	char value[] = "min-size=lots";

	assert_int_equal(filter_parse(&f, good), 0);
	assert_string_equal(f.comm, "curl");
	assert_int_equal(f.direction, LIMEN_TO_USER);
	assert_int_equal(f.min_size, 65536);
	assert_int_equal(f.classes, 1 << LIMEN_CLASS_OK | 1 << LIMEN_CLASS_TEXT);
	assert_int_equal(f.flags, LIMEN_FILTER_COMM | LIMEN_FILTER_DIRECTION |
			 LIMEN_FILTER_MIN_SIZE | LIMEN_FILTER_CLASS);
	assert_int_equal(filter_parse(&f, word), -EINVAL);
	assert_int_equal(filter_parse(&f, form), -EINVAL);
	assert_int_equal(filter_parse(&f, value), -EINVAL);
	assert_int_equal(filter_set(&f, "comm", "a-name-of-sixteen"), -EINVAL);
}

static void wanted_by_class(void **state)
{
	struct limen_filter f[2] = {
		{.flags = LIMEN_FILTER_CLASS, .classes = 1 << LIMEN_CLASS_TEXT},
		{.flags = LIMEN_FILTER_UID},
	};
	struct limen_copy_event e = refused("kernel text", 0, 64);

	e.mask = 1;
	assert_true(usercopy_wanted(&e, f, 2));
	e = refused("null address", 0, 64);
	e.mask = 1;
	assert_false(usercopy_wanted(&e, f, 2));
	e.mask = 3;
	assert_true(usercopy_wanted(&e, f, 2));
}

/* A task may call itself what it likes: terminals and JSON readers stay safe. */
static void hostile_names(void **state)
{
	struct limen_copy_event e = refused("SLUB object", 0, 64);
	json_t *json, *comm;

	memcpy(e.head.task.comm, "\033[2J\xff\"<b>", 10);
	assert_string_equal(out_safe(e.head.task.comm, LIMEN_COMM_LEN), "\\x1b[2J\\xff\"<b>");
	json = copy_event_json(&e, NULL);
	comm = json_object_get(json_object_get(json, "task"), "comm");
	assert_true(json_is_string(comm));
	assert_string_equal(json_string_value(json_object_get(json, "event")), "violation");
	json_decref(json);
}

static void numbers_for_people(void **state)
{
	assert_string_equal(out_bytes(0), "0 B");
	assert_string_equal(out_bytes(4096), "4 KiB");
	assert_string_equal(out_bytes(1536), "1.5 KiB");
	assert_string_equal(out_bytes(1023), "1023 B");
	assert_string_equal(out_number(41302), "41 302");
	assert_string_equal(out_number(7), "7");
	assert_string_equal(out_number(1000000), "1 000 000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incidents), cmocka_unit_test(kernels_words),
		cmocka_unit_test(filters), cmocka_unit_test(wanted_by_class),
		cmocka_unit_test(hostile_names), cmocka_unit_test(numbers_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
