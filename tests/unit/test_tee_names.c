// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/tee_names.c: numbers, flags and UUIDs in words; src/cmd/explain*.c by its status. */
#include <errno.h>
#include <getopt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <linux/tee.h>

#include "cmd/cmd.h"
#include "model/tee.h"
#include "model/tee_names.h"
#include "model/usercopy.h"

static void results(void **state)
{
	assert_string_equal(tee_result_name(0), "TEE_SUCCESS");
	assert_string_equal(tee_result_name(0xffff000c), "TEE_ERROR_OUT_OF_MEMORY");
	assert_string_equal(tee_result_name(0xffff0008), "TEE_ERROR_ITEM_NOT_FOUND");
	assert_string_equal(tee_result_name(0xffff3024), "TEE_ERROR_TARGET_DEAD");
	assert_string_equal(tee_result_name(0xf0100001), "TEE_ERROR_CORRUPT_OBJECT");
	assert_string_equal(tee_result_name(0xffff3071), "TEE_ERROR_MAC_INVALID");
	assert_string_equal(tee_result_name(0xffff5001), "TEE_ERROR_TIME_NEEDS_RESET");
	assert_non_null(tee_result_words(0xffff000c));
	assert_null(tee_result_name(1));
	assert_null(tee_result_name(0xffff0012));
	assert_null(tee_result_words(0xffffffff));
}

static void results_by_name(void **state)
{
	const struct tee_name *r = tee_result_find_name("TEEC_ERROR_OUT_OF_MEMORY");

	assert_non_null(r);
	assert_int_equal(r->code, 0xffff000c);
	assert_ptr_equal(tee_result_find_name("TEE_ERROR_OUT_OF_MEMORY"), r);
	assert_ptr_equal(tee_result_find_name("out_of_memory"), r);
	assert_ptr_equal(tee_result_find_name("teec_Error_Out_Of_Memory"), r);
	assert_ptr_equal(tee_result_find_name("TEEC_SUCCESS"), tee_results);
	assert_int_equal(tee_result_find_name("TIMEOUT")->code, 0xffff3001);
	assert_int_equal(tee_result_find_name("TEE_ISOCKET_ERROR_TIMEOUT")->code, 0xf1007003);
	assert_null(tee_result_find_name("OUT_OF_MEMOR"));
	assert_null(tee_result_find_name("TEE_ERROR_"));
	assert_null(tee_result_find_name(""));
	for (r = tee_results; r->name; r++)
		assert_ptr_equal(tee_result_find_name(tee_result_stem(r->name)), r);
}

/* The names with TEEC_ are those of the Client API, and no others. */
static void results_of_clients(void **state)
{
	assert_true(tee_result_in_client(0));
	assert_true(tee_result_in_client(0xffff0000));
	assert_true(tee_result_in_client(0xffff0010));
	assert_true(tee_result_in_client(0xffff3024));
	assert_false(tee_result_in_client(0xffff0011));
	assert_false(tee_result_in_client(0xf0100001));
	assert_false(tee_result_in_client(0xffffffff));
}

static void ranges(void **state)
{
	assert_null(tee_result_range(0x6fffffff));
	assert_non_null(tee_result_range(0x70000000));
	assert_non_null(tee_result_range(0x80001234));
	assert_null(tee_result_range(0x90000000));
	assert_string_not_equal(tee_result_range(0x7fffffff), tee_result_range(0x80000000));
}

static void numbers(void **state)
{
	assert_string_equal(tee_origin_name(1), "API");
	assert_string_equal(tee_origin_name(2), "COMMS");
	assert_string_equal(tee_origin_name(3), "TEE");
	assert_string_equal(tee_origin_name(4), "TRUSTED_APP");
	assert_non_null(tee_origin_words(4));
	assert_null(tee_origin_name(0));
	assert_null(tee_origin_words(5));
	assert_string_equal(tee_impl_name(1), "OPTEE");
	assert_string_equal(tee_impl_name(4), "QTEE");
	assert_null(tee_impl_name(0));
	assert_string_equal(tee_login_name(0), "PUBLIC");
	assert_string_equal(tee_login_name(TEE_IOCTL_LOGIN_GROUP_APPLICATION), "GROUP_APPLICATION");
	assert_string_equal(tee_login_name(TEE_IOCTL_LOGIN_REE_KERNEL), "REE_KERNEL");
	assert_null(tee_login_name(3));
	assert_string_equal(tee_rpc_name(0), "LOAD_TA");
	assert_string_equal(tee_rpc_name(6), "SHM_ALLOC");
	assert_string_equal(tee_rpc_name(21), "I2C_TRANSFER");
	assert_null(tee_rpc_name(13));
}

static void ioctls(void **state)
{
	assert_string_equal(tee_ioctl_name(TEE_IOC_VERSION), "TEE_IOC_VERSION");
	assert_string_equal(tee_ioctl_name(TEE_IOC_SHM_ALLOC), "TEE_IOC_SHM_ALLOC");
	assert_string_equal(tee_ioctl_name(TEE_IOC_OPEN_SESSION), "TEE_IOC_OPEN_SESSION");
	assert_string_equal(tee_ioctl_name(TEE_IOC_INVOKE), "TEE_IOC_INVOKE");
	assert_string_equal(tee_ioctl_name(TEE_IOC_CANCEL), "TEE_IOC_CANCEL");
	assert_string_equal(tee_ioctl_name(TEE_IOC_CLOSE_SESSION), "TEE_IOC_CLOSE_SESSION");
	assert_string_equal(tee_ioctl_name(TEE_IOC_SUPPL_RECV), "TEE_IOC_SUPPL_RECV");
	assert_string_equal(tee_ioctl_name(TEE_IOC_SUPPL_SEND), "TEE_IOC_SUPPL_SEND");
	assert_string_equal(tee_ioctl_name(TEE_IOC_SHM_REGISTER), "TEE_IOC_SHM_REGISTER");
	/* By the number alone, and what is not a TEE's. */
	assert_string_equal(tee_ioctl_name(8), "TEE_IOC_SHM_REGISTER_FD");
	assert_string_equal(tee_ioctl_name(10), "TEE_IOC_OBJECT_INVOKE");
	assert_null(tee_ioctl_name(11));
	assert_null(tee_ioctl_name(_IO(0xa5, 3)));
	assert_null(tee_ioctl_name(_IO(0xa4, 77)));
}

static void params(void **state)
{
	assert_string_equal(tee_param_name(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT), "MEMREF_INOUT");
	assert_string_equal(tee_param_name(TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT |
					   TEE_IOCTL_PARAM_ATTR_META),
			    "VALUE_INPUT");
	assert_string_equal(tee_param_name(0), "NONE");
	assert_null(tee_param_name(4));
	assert_null(tee_param_name(0xff));
}

static void hints(void **state)
{
	const struct tee_hint *hint;

	/* Out of memory leads to those who hold it, wherever it comes from. */
	for (unsigned int origin = 0; origin <= 5; origin++) {
		hint = tee_hint_find(origin, 0xffff000c);
		assert_non_null(hint);
		assert_non_null(strstr(hint->next, "limen tee ls"));
		assert_non_null(strstr(hint->next, "limen watch tee"));
	}
	assert_string_not_equal(tee_hint_find(2, 0xffff000c)->often,
				tee_hint_find(3, 0xffff000c)->often);
	assert_null(tee_hint_find(0, 0xffff000c)->often);
	assert_null(tee_hint_find(0, 0));
	assert_null(tee_hint_find(0, 0xffff0008));
	assert_non_null(tee_hint_find(3, 0xffff0008));
	for (hint = tee_hints; hint->often || hint->next; hint++) {
		assert_non_null(tee_result_name(hint->code));
		assert_true(!hint->origin || tee_origin_name(hint->origin));
		/* None is hidden behind a more general one. */
		assert_ptr_equal(tee_hint_find(hint->origin, hint->code), hint);
	}
}

static void flags(void **state)
{
	char text[TEE_FLAGS_LEN];

	assert_string_equal(tee_shm_flags_text(0, text, sizeof(text)), "0");
	assert_string_equal(tee_shm_flags_text(3, text, sizeof(text)), "DYNAMIC|USER_MAPPED");
	assert_string_equal(tee_shm_flags_text(5, text, sizeof(text)), "DYNAMIC|POOL");
	assert_string_equal(tee_shm_flags_text(0xc, text, sizeof(text)), "POOL|PRIV");
	assert_string_equal(tee_shm_flags_text(0x30, text, sizeof(text)), "DMA_BUF|DMA_MEM");
	assert_string_equal(tee_shm_flags_text(0x41, text, sizeof(text)), "DYNAMIC|0x40");
	assert_string_equal(tee_shm_flags_text(0x80000000, text, sizeof(text)), "0x80000000");
	assert_string_equal(tee_gen_caps_text(0xd, text, sizeof(text)), "GP|REG_MEM|MEMREF_NULL");
	/* All that there can be has room. */
	tee_shm_flags_text(~0U, text, sizeof(text));
	assert_non_null(strstr(text, "DMA_MEM|0xffffffc0"));
	tee_gen_caps_text(~0U, text, sizeof(text));
	assert_non_null(strstr(text, "OBJREF|0xffffffe0"));
	assert_non_null(tee_shm_flags_words(5));
	assert_string_not_equal(tee_shm_flags_words(0xc), tee_shm_flags_words(3));
	assert_null(tee_shm_flags_words(0));
	assert_null(tee_shm_flags_words(0x8000));
}

/* Whatever the size, never beyond it, and ended within it. */
static void flags_bounded(void **state)
{
	char whole[TEE_FLAGS_LEN], text[TEE_FLAGS_LEN];
	size_t size, i;

	tee_shm_flags_text(~0U, whole, sizeof(whole));
	for (size = 0; size < sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		tee_shm_flags_text(~0U, text, size);
		for (i = size; i < sizeof(text); i++)
			assert_int_equal(text[i], '#');
		if (!size)
			continue;
		assert_non_null(memchr(text, '\0', size));
		assert_memory_equal(text, whole, strlen(text));
	}
}

static void uuids(void **state)
{
	static const __u8 hello[16] = {0x8a, 0xaa, 0xf2, 0x00, 0x24, 0x50, 0x11, 0xe4,
				       0xab, 0xe2, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b};
	const struct tee_uuid_name *known;
	char text[TEE_UUID_LEN];
	__u8 uuid[16];

	assert_string_equal(tee_uuid_text(hello, text), "8aaaf200-2450-11e4-abe2-0002a5d5c51b");
	assert_string_equal(tee_uuid_find(hello)->name, "hello_world");
	assert_int_equal(tee_uuid_parse("8AAAF200-2450-11E4-ABE2-0002A5D5C51B", uuid), 0);
	assert_memory_equal(uuid, hello, 16);
	assert_int_equal(tee_uuid_parse("fd02c9da-306c-48c7-a49c-bbd827ae86ee", uuid), 0);
	assert_string_equal(tee_uuid_find(uuid)->name, "pkcs11");
	assert_ptr_equal(tee_uuid_find_name("PKCS11"), tee_uuid_find(uuid));
	assert_null(tee_uuid_find_name("pkcs"));
	memset(uuid, 0, sizeof(uuid));
	assert_null(tee_uuid_find(uuid));
	assert_string_equal(tee_uuid_text(uuid, text), "00000000-0000-0000-0000-000000000000");
	/* Each of the table is in the form that is printed. */
	for (known = tee_uuids; known->name; known++) {
		assert_int_equal(tee_uuid_parse(known->uuid, uuid), 0);
		assert_string_equal(tee_uuid_text(uuid, text), known->uuid);
		assert_ptr_equal(tee_uuid_find(uuid), known);
		assert_ptr_equal(tee_uuid_find_name(known->name), known);
	}
}

static void all_octets(void **state)
{
	__u8 in[16], out[16];
	char text[TEE_UUID_LEN];
	unsigned int i, j;

	for (i = 0; i < 256; i++) {
		for (j = 0; j < 16; j++)
			in[j] = i * 31 + j * 17;
		assert_int_equal(tee_uuid_parse(tee_uuid_text(in, text), out), 0);
		assert_memory_equal(in, out, 16);
	}
}

static void bad_uuids(void **state)
{
	static const char *const bad[] = {
		"",
		"8aaaf200",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51bb",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51b ",
		" 8aaaf200-2450-11e4-abe2-0002a5d5c51b",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51g",
		"8aaaf200-2450-11e4abe2--0002a5d5c51b",
		"8aaaf2002-450-11e4-abe2-0002a5d5c51b",
		"8aaaf200245011e4abe20002a5d5c51b",
		"{8aaaf200-2450-11e4-abe2-0002a5d5c51b}",
		"8aaaf200-2450-11e4-abe2-0002a5d5c5\xb2\xb3",
		"------------------------------------",
		"0x8aaaf2-2450-11e4-abe2-0002a5d5c51b",
	};
	__u8 uuid[16], before[16];
	size_t i;

	memset(before, 0x5a, sizeof(before));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memcpy(uuid, before, sizeof(uuid));
		assert_int_equal(tee_uuid_parse(bad[i], uuid), -EINVAL);
		assert_memory_equal(uuid, before, sizeof(uuid)); /* untouched by what failed */
	}
}

static void unique_table(const struct tee_name *table)
{
	const struct tee_name *a, *b;

	assert_non_null(table->name);
	for (a = table; a->name; a++) {
		assert_true(*a->name && a->words && *a->words);
		assert_ptr_equal(tee_find(table, a->code), a);
		assert_ptr_equal(tee_find_name(table, a->name), a);
		for (b = a + 1; b->name; b++) {
			assert_int_not_equal(a->code, b->code);
			assert_true(strcasecmp(a->name, b->name));
			assert_true(a->code < b->code); /* in order, as they are listed */
		}
	}
}

static void single_bits(const struct tee_name *table)
{
	for (; table->name; table++)
		assert_true(table->code && !(table->code & (table->code - 1)));
}

static void unique(void **state)
{
	const struct tee_uuid_name *a, *b;

	unique_table(tee_results);
	unique_table(tee_origins);
	unique_table(tee_shm_flags);
	unique_table(tee_gen_caps);
	unique_table(tee_impls);
	unique_table(tee_logins);
	unique_table(tee_params);
	unique_table(tee_ioctls);
	unique_table(tee_rpcs);
	single_bits(tee_shm_flags);
	single_bits(tee_gen_caps);
	for (a = tee_uuids; a->name; a++) {
		assert_true(*a->name && a->what && *a->what);
		for (b = a + 1; b->name; b++) {
			assert_true(strcasecmp(a->uuid, b->uuid));
			assert_true(strcasecmp(a->name, b->name));
		}
	}
}

/* A word means one thing: no result, class and UUID share a name. */
static void one_meaning(void **state)
{
	const struct tee_uuid_name *uuid;
	unsigned int i;

	for (i = 0; class_names[i]; i++) {
		assert_null(tee_result_find_name(class_names[i]));
		assert_null(tee_uuid_find_name(class_names[i]));
	}
	for (i = LIMEN_TEE_OK + 1; tee_class_names[i]; i++) {
		assert_null(tee_result_find_name(tee_class_names[i]));
		assert_null(tee_uuid_find_name(tee_class_names[i]));
		assert_int_equal(class_by_name(tee_class_names[i]), -1);
	}
	for (uuid = tee_uuids; uuid->name; uuid++)
		assert_null(tee_result_find_name(uuid->name));
}

static char printed[32768];

/* Words up to a NULL. What it prints is kept: standard output carries TAP. */
static int explain(const char *word, ...)
{
	char words[8][96] = {"explain"}, *argv[9] = {words[0]};
	FILE *file = tmpfile();
	int argc = 1, out, status;
	va_list args;
	size_t len;

	va_start(args, word);
	for (; word; word = va_arg(args, const char *)) {
		assert_true(argc < 8);
		snprintf(words[argc], sizeof(words[argc]), "%s", word);
		argv[argc] = words[argc];
		argc++;
	}
	va_end(args);
	assert_non_null(file);
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	optind = 0;
	status = cmd_explain(argc, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	rewind(file);
	len = fread(printed, 1, sizeof(printed) - 1, file);
	printed[len] = '\0';
	fclose(file);
	return status;
}

static void known_words(void **state)
{
	static const char *const words[] = {
		"0xffff000c", "0XFFFF000C", "4294901772", "ffff000c", "0", "TEEC_SUCCESS",
		"out_of_memory", "3:0xffff0008", "TEE:ITEM_NOT_FOUND", "teec_origin_tee:ffff0008",
		"4:0xffff3024", "8aaaf200-2450-11e4-abe2-0002a5d5c51b", "ftpm", "flags:0",
		"flags:0xffffffff", "caps:0xd", "origin:2", "login:0x80000000", "impl:1",
		"param:0x107", "ioctl:9", "IOCTL:0xc018a409", "rpc:6", "slab-overflow", "Text",
		"wrong-free", "rpc-leak",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(explain(words[i], NULL), STATUS_OK);
	assert_int_equal(explain("out_of_memory", NULL), STATUS_OK);
	assert_non_null(strstr(printed, "0xffff000c TEE_ERROR_OUT_OF_MEMORY, TEEC_ERROR_OUT"));
	assert_non_null(strstr(printed, "limen tee ls"));
	assert_int_equal(explain("rodata", NULL), STATUS_OK);
	assert_non_null(strstr(printed, "'limen watch --class rodata'"));
	assert_int_equal(explain("wrong-free", NULL), STATUS_OK);
	assert_non_null(strstr(printed, "'limen watch --only wrong-free tee'"));
	assert_int_equal(explain("--help", NULL), STATUS_OK);
}

static void unknown_words(void **state)
{
	static const char *const words[] = {
		"0x80001234", "12", "0xfffffff4", "outofmemory", "5:0xffff0000", "4:0x80001234",
		"TEE:nonsense", "flgas:1", ":1", "rpc:77", "ioctl:0xc018a509", "slab_overflow",
		"00000000-0000-0000-0000-000000000000", "\xff\xfe", "%n%s",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:1",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(explain(words[i], NULL), STATUS_FAILED);
		assert_string_equal(printed, "");
		/* The others are explained all the same. */
		assert_int_equal(explain("pkcs11", words[i], "avb", NULL), STATUS_FAILED);
		assert_non_null(strstr(printed, "pkcs11"));
		assert_non_null(strstr(printed, "avb"));
	}
}

static void unparseable_words(void **state)
{
	static const char *const words[] = {
		"", "0x", "0xg", "12ab", "0x1ffffffff", "4294967296", "99999999999999999999999",
		"8aaaf200-2450", "a-b", "flags:", "flags:x", "TEE:0x1ffffffff", "1x:0xffff0000",
		"rpc:LOAD_TA", "3:",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(explain(words[i], NULL), STATUS_USAGE);
		assert_int_equal(explain("0xffff000c", words[i], NULL), STATUS_USAGE);
		assert_string_equal(printed, "");
	}
	assert_int_equal(explain("--json", NULL), STATUS_USAGE);
	assert_int_equal(explain("--list", NULL), STATUS_USAGE);
	assert_int_equal(explain("--list", "result", NULL), STATUS_USAGE);
	assert_int_equal(explain("--list=results", "0xffff000c", NULL), STATUS_USAGE);
	assert_int_equal(explain("--frobnicate", NULL), STATUS_USAGE);
}

/* One object a line; the number of lines. */
static int json_lines(const char *key, const char *value)
{
	int nr = 0;
	char *line;

	for (line = strtok(printed, "\n"); line; line = strtok(NULL, "\n")) {
		json_t *object = json_loads(line, 0, NULL);

		assert_non_null(object);
		assert_string_equal(json_string_value(json_object_get(object, "type")),
				    "explanation");
		if (key)
			assert_string_equal(json_string_value(json_object_get(object, key)), value);
		json_decref(object);
		nr++;
	}
	return nr;
}

static void json(void **state)
{
	json_t *object;

	assert_int_equal(explain("--json", "TEE:0xffff0008", "flags:0x45", "nonsense", "\xff",
				 "avb", "text", NULL),
			 STATUS_FAILED);
	assert_int_equal(json_lines(NULL, NULL), 6);
	assert_int_equal(explain("--json", "3:ITEM_NOT_FOUND", NULL), STATUS_OK);
	object = json_loads(printed, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(object, "kind")), "result");
	assert_int_equal(json_integer_value(json_object_get(object, "code")), 0xffff0008);
	assert_string_equal(json_string_value(json_object_get(object, "word")), "3:ITEM_NOT_FOUND");
	json_decref(object);
}

static void lists(void **state)
{
	static const char *const tables[] = {
		"results", "uuids", "classes", "origins", "flags", "caps", "logins", "impls",
		"params", "ioctls", "rpcs",
	};
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		assert_int_equal(explain("--list", tables[i], NULL), STATUS_OK);
		assert_true(*printed);
		assert_int_equal(explain("--list", tables[i], "--json", NULL), STATUS_OK);
		assert_true(json_lines(NULL, NULL) >= 4);
	}
	assert_int_equal(explain("--json", "--list", "uuids", NULL), STATUS_OK);
	assert_true(json_lines("kind", "uuid") > 50);
	/* "ok" is no class of tee's. */
	assert_int_equal(explain("--json", "--list", "classes", NULL), STATUS_OK);
	assert_null(strstr(strstr(printed, "\"tee\""), "\"ok\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results), cmocka_unit_test(results_by_name),
		cmocka_unit_test(results_of_clients), cmocka_unit_test(ranges),
		cmocka_unit_test(numbers), cmocka_unit_test(ioctls),
		cmocka_unit_test(params), cmocka_unit_test(hints),
		cmocka_unit_test(flags), cmocka_unit_test(flags_bounded),
		cmocka_unit_test(uuids), cmocka_unit_test(all_octets),
		cmocka_unit_test(bad_uuids), cmocka_unit_test(unique),
		cmocka_unit_test(one_meaning), cmocka_unit_test(known_words),
		cmocka_unit_test(unknown_words), cmocka_unit_test(unparseable_words),
		cmocka_unit_test(json), cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
