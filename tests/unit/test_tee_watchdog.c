// SPDX-License-Identifier: GPL-2.0-or-later
/* src/model/tee_watchdog.c over tables made by hand: what is reported, when, and how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/tee_watchdog.h"

#define SECOND	1000000000ULL
#define START	(1000 * SECOND)		/* boot clock of the first scan */
#define GRACE	(5 * SECOND)
#define MAX	512

/* Two processes, and the kernel. */
#define ALICE	(100ULL << 32 | 7)
#define BOB	(200ULL << 32 | 7)
#define KERNEL	0ULL

static struct tee_watchdog *dog;
static struct tee_tables tables;
static struct limen_tee_object_line objects[MAX];
static struct limen_tee_context_line contexts[MAX];
static struct limen_tee_client_line clients[3];
static bool gone[3];			/* as clients */
static struct tee_finding findings[MAX];
static unsigned int reports;		/* of the last scan */

/* --- tables --- */

static void list(enum tee_table table, void *lines, size_t size)
{
	tables.list[table] = (struct tee_list){.lines = lines, .room = MAX, .size = size};
}

static int setup(void **state)
{
	static const struct tee_limits limits = TEE_LIMITS_DEFAULT;
	static const __u64 keys[] = {KERNEL, ALICE, BOB};	/* in order, as tables are */
	int i;

	memset(objects, 0, sizeof(objects));
	memset(contexts, 0, sizeof(contexts));
	memset(clients, 0, sizeof(clients));
	memset(gone, 0, sizeof(gone));
	list(TEE_OBJECTS, objects, sizeof(objects[0]));
	list(TEE_CONTEXTS, contexts, sizeof(contexts[0]));
	list(TEE_CLIENTS, clients, sizeof(clients[0]));
	for (i = 0; i < 3; i++) {
		clients[i].key = keys[i];
		clients[i].client.who.pid = keys[i] >> 32;
	}
	tables.list[TEE_CLIENTS].nr = 3;
	dog = tee_watchdog_new(&limits);
	return dog ? 0 : -1;
}

static int teardown(void **state)
{
	tee_watchdog_free(dog);
	return 0;
}

static struct limen_tee_client *client(__u64 key)
{
	struct limen_tee_client *found = tee_client_of(&tables, key);

	assert_non_null(found);
	return found;
}

/* Addresses grow with each, so that the tables are in order. */
static struct limen_tee_context_line *context(__u64 owner)
{
	struct limen_tee_context_line *line = &contexts[tables.list[TEE_CONTEXTS].nr++];

	line->ctx = 0x1000 + tables.list[TEE_CONTEXTS].nr;
	line->context.client = owner;
	line->context.opened_ns = START - SECOND;
	strcpy(line->context.device, "tee0");
	return line;
}

static struct limen_tee_object_line *object(struct limen_tee_context_line *of, __u64 size)
{
	struct limen_tee_object_line *line = &objects[tables.list[TEE_OBJECTS].nr++];

	assert_true(tables.list[TEE_OBJECTS].nr <= MAX);
	line->shm = 0x2000 + tables.list[TEE_OBJECTS].nr;
	line->refs = 1;
	line->object.ctx = of->ctx;
	line->object.client = of->context.client;
	line->object.kind = LIMEN_TEE_USER;
	line->object.size = size;
	line->object.born_ns = START + tables.list[TEE_OBJECTS].nr;
	of->context.objects++;
	of->context.bytes += size;
	client(of->context.client)->live++;
	client(of->context.client)->live_bytes += size;
	return line;
}

/* The last object dies. */
static void death(void)
{
	struct limen_tee_object *o = &objects[--tables.list[TEE_OBJECTS].nr].object;
	struct limen_tee_context *c = tee_context_of(&tables, o->ctx);

	client(o->client)->live--;
	client(o->client)->live_bytes -= o->size;
	if (!c)
		return;
	c->objects--;
	c->bytes -= o->size;
}

static void closed(struct limen_tee_context_line *line, __u64 at)
{
	line->context.state |= LIMEN_TEE_CTX_CLOSED;
	line->context.closed_ns = at;
}

/* --- scans --- */

static bool alive(__u64 key)
{
	int i;

	for (i = 0; i < 3; i++)
		if (clients[i].key == key)
			return !gone[i];
	return false;
}

static void end(__u64 key)
{
	gone[key == ALICE ? 1 : 2] = true;
}

static void take(void *arg, const struct tee_finding *f)
{
	assert_ptr_equal(arg, &tables);
	assert_true(reports < MAX);
	findings[reports++] = *f;
}

/* How many things are reported. */
static unsigned int scan(__u64 now)
{
	reports = 0;
	assert_int_equal(tee_watchdog_scan(dog, &tables, now, alive, take, &tables), 0);
	return reports;
}

/* The only report of the last scan. */
static const struct tee_finding *only(enum limen_tee_class class)
{
	assert_int_equal(reports, 1);
	assert_int_equal(findings[0].class, class);
	return &findings[0];
}

/* --- nothing --- */

static void nothing_is_wrong(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	int i;

	assert_int_equal(scan(START), 0);
	for (i = 0; i < 10; i++)
		object(c, 4096);
	for (i = 1; i < 1000; i++)
		assert_int_equal(scan(START + i * SECOND), 0);
}

static void no_tables_at_all(void **state)
{
	memset(&tables, 0, sizeof(tables));
	assert_int_equal(scan(START), 0);
}

/* --- leak --- */

static void leak_when_process_and_contexts_are_gone(void **state)
{
	struct limen_tee_context_line *first = context(ALICE), *second = context(ALICE);
	const struct tee_finding *f;

	object(first, 4096);
	object(second, 8192);
	assert_int_equal(scan(START + SECOND), 0);
	end(ALICE);
	/* Passed on to another process: not lost. */
	closed(first, START + 2 * SECOND);
	assert_int_equal(scan(START + 100 * SECOND), 0);
	closed(second, START + 200 * SECOND);
	/* From the last close on. */
	assert_int_equal(scan(START + 200 * SECOND + GRACE), 0);
	assert_int_equal(scan(START + 200 * SECOND + GRACE + 1), 1);
	f = only(LIMEN_TEE_LEAK);
	assert_ptr_equal(f->client, client(ALICE));
	assert_ptr_equal(f->object, &objects[0]);	/* the oldest */
	assert_ptr_equal(f->context, &first->context);
	assert_int_equal(f->objects, 2);
	assert_int_equal(f->bytes, 4096 + 8192);
	assert_int_equal(f->for_ns, GRACE + 1);
	assert_int_equal(f->time_ns, START + 200 * SECOND + GRACE + 1);
}

static void leak_is_told_once(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	int i;

	object(c, 4096);
	end(ALICE);
	closed(c, START);
	assert_int_equal(scan(START + GRACE + 1), 1);
	for (i = 1; i < 10; i++)
		assert_int_equal(scan(START + GRACE + i * SECOND), 0);
	/* More of the same is no news. */
	object(c, 4096);
	assert_int_equal(scan(START + 60 * SECOND), 0);
}

static void leak_after_one_that_was_over_is_new(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);

	object(c, 4096);
	end(ALICE);
	closed(c, START);
	assert_int_equal(scan(START + 10 * SECOND), 1);
	death();
	assert_int_equal(scan(START + 11 * SECOND), 0);
	object(c, 4096);
	assert_int_equal(scan(START + 12 * SECOND), 1);
	only(LIMEN_TEE_LEAK);
}

static void live_process_leaks_nothing(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);

	object(c, 4096);
	assert_int_equal(scan(START + 1000 * SECOND), 0);
}

/* A process that ended with its context still open: somebody else has the file. */
static void open_context_is_no_leak(void **state)
{
	object(context(ALICE), 4096);
	end(ALICE);
	assert_int_equal(scan(START + 1000 * SECOND), 0);
}

/* The kernel, and what belongs to nobody that is known, has no process to outlive. */
static void kernel_leaks_nothing(void **state)
{
	struct limen_tee_context_line *c = context(KERNEL);

	c->context.state |= LIMEN_TEE_CTX_IN_KERNEL;
	object(c, 4096);
	gone[0] = true;
	assert_int_equal(scan(START + 1000 * SECOND), 0);
}

static void leaks_of_two_clients_are_two(void **state)
{
	struct limen_tee_context_line *a = context(ALICE), *b = context(BOB);

	object(a, 1);
	object(b, 2);
	end(ALICE);
	end(BOB);
	closed(a, START);
	closed(b, START + 10 * SECOND);
	assert_int_equal(scan(START + 10 * SECOND), 1);
	assert_ptr_equal(only(LIMEN_TEE_LEAK)->client, client(ALICE));
	assert_int_equal(scan(START + 20 * SECOND), 1);
	assert_ptr_equal(only(LIMEN_TEE_LEAK)->client, client(BOB));
}

/* --- pinned --- */

static void pinned_context_of_a_live_process(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	const struct tee_finding *f;

	object(c, 4096);
	object(c, 512);
	closed(c, START);
	assert_int_equal(scan(START + GRACE), 0);
	assert_int_equal(scan(START + GRACE + 1), 1);
	f = only(LIMEN_TEE_PINNED);
	assert_ptr_equal(f->context, &c->context);
	assert_ptr_equal(f->client, client(ALICE));
	assert_ptr_equal(f->object, &objects[0]);
	assert_int_equal(f->objects, 2);
	assert_int_equal(f->bytes, 4096 + 512);
	assert_int_equal(f->for_ns, GRACE + 1);
	assert_int_equal(scan(START + 2 * GRACE), 0);
}

/* One incident has one class: with its process gone it is a leak. */
static void pinned_or_leak_not_both(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);

	object(c, 4096);
	closed(c, START);
	end(ALICE);
	assert_int_equal(scan(START + GRACE + 1), 1);
	only(LIMEN_TEE_LEAK);
}

static void pinned_context_of_the_kernel(void **state)
{
	struct limen_tee_context_line *c = context(KERNEL);

	c->context.state |= LIMEN_TEE_CTX_IN_KERNEL;
	object(c, 4096);
	closed(c, START);
	assert_int_equal(scan(START + GRACE + 1), 1);
	only(LIMEN_TEE_PINNED);
}

/* The address of a context is used again: the next one is another. */
static void pinned_at_the_same_address(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);

	object(c, 4096);
	closed(c, START);
	assert_int_equal(scan(START + 10 * SECOND), 1);
	c->context.opened_ns = START + 11 * SECOND;
	c->context.closed_ns = START + 12 * SECOND;
	assert_int_equal(scan(START + 13 * SECOND), 0);
	assert_int_equal(scan(START + 20 * SECOND), 1);
	only(LIMEN_TEE_PINNED);
}

static void closed_context_without_objects(void **state)
{
	closed(context(ALICE), START);
	assert_int_equal(scan(START + 1000 * SECOND), 0);
}

/* --- not-freed --- */

static void not_freed_after_the_grace(void **state)
{
	struct limen_tee_object_line *o = object(context(ALICE), 4096);
	const struct tee_finding *f;

	o->object.kind = LIMEN_TEE_KERNEL;
	o->object.freed_ns = START;
	o->object.state |= LIMEN_TEE_FREE_CALLED;
	assert_int_equal(scan(START + GRACE), 0);
	assert_int_equal(scan(START + GRACE + 1), 1);
	f = only(LIMEN_TEE_NOT_FREED);
	assert_ptr_equal(f->object, o);
	assert_int_equal(f->objects, 1);
	assert_int_equal(f->bytes, 4096);
	assert_int_equal(f->for_ns, GRACE + 1);
	assert_int_equal(scan(START + 100 * SECOND), 0);
	/* Another object at the same address. */
	o->object.born_ns = START + 101 * SECOND;
	o->object.freed_ns = START + 102 * SECOND;
	assert_int_equal(scan(START + 103 * SECOND), 0);
	assert_int_equal(scan(START + 110 * SECOND), 1);
	only(LIMEN_TEE_NOT_FREED);
}

/* Its descriptor owns it, and it lives on rightly: the free was the fault. */
static void wrongly_freed_is_not_not_freed(void **state)
{
	struct limen_tee_object_line *o = object(context(ALICE), 4096);

	o->object.freed_ns = START;
	o->object.state |= LIMEN_TEE_FREE_CALLED | LIMEN_TEE_TOLD_WRONG_FREE;
	assert_int_equal(scan(START + 1000 * SECOND), 0);
}

/* --- rpc-leak --- */

static void rpc_memory_that_stays(void **state)
{
	struct limen_tee_object_line *o = object(context(BOB), 4096);

	o->object.state = LIMEN_TEE_RPC;
	assert_int_equal(scan(o->object.born_ns + 60 * SECOND), 0);
	assert_int_equal(scan(o->object.born_ns + 60 * SECOND + 1), 1);
	assert_ptr_equal(only(LIMEN_TEE_RPC_LEAK)->object, o);
	assert_int_equal(scan(o->object.born_ns + 70 * SECOND), 0);
}

static void rpc_memory_that_was_given_back(void **state)
{
	struct limen_tee_object_line *o = object(context(BOB), 4096);

	o->object.state = LIMEN_TEE_RPC | LIMEN_TEE_RPC_FREED;
	assert_int_equal(scan(START + 1000 * SECOND), 0);
}

/* --- the driver's cache of message buffers --- */

static struct limen_tee_object_line *cached(struct limen_tee_context_line *c)
{
	struct limen_tee_object_line *line = object(c, 4096);

	line->object.kind = LIMEN_TEE_PRIVATE;
	line->object.state = LIMEN_TEE_DRIVER;
	return line;
}

/* It was made in the context of whoever came first, and outlives him by design. */
static void cached_buffers_are_no_leak(void **state)
{
	struct limen_tee_context_line *a = context(ALICE), *k = context(KERNEL);
	int i;

	cached(a);
	cached(k);
	closed(a, START);
	closed(k, START);
	end(ALICE);
	for (i = 0; i < 100; i++)
		assert_int_equal(scan(START + i * 60 * SECOND), 0);
}

static void cached_buffers_pin_nothing(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);

	cached(c);
	closed(c, START);
	assert_int_equal(scan(START + 1000 * SECOND), 0);
}

/* What is lost beside it is reported, and only that. */
static void leak_beside_a_cached_buffer(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	const struct tee_finding *f;

	cached(c);
	object(c, 512);
	closed(c, START);
	end(ALICE);
	assert_int_equal(scan(START + GRACE + 1), 1);
	f = only(LIMEN_TEE_LEAK);
	assert_ptr_equal(f->object, &objects[1]);
	assert_int_equal(f->objects, 1);
	assert_int_equal(f->bytes, 512);
}

/* --- pre-existing --- */

/* Older than limen, with nobody known behind it: never an incident. */
static void preexisting_without_owner(void **state)
{
	struct limen_tee_context_line *c = context(KERNEL);
	int i;

	c->context.state = LIMEN_TEE_CTX_PREEXISTING | LIMEN_TEE_CTX_NO_OWNER;
	for (i = 0; i < 100; i++)
		object(c, 4096)->object.state = LIMEN_TEE_PREEXISTING |
						LIMEN_TEE_SECURE_UNKNOWN;
	gone[0] = true;
	for (i = 0; i < 100; i++)
		assert_int_equal(scan(START + i * 60 * SECOND), 0);
}

/* --- growth --- */

static void steady_growth_is_told_once(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	const struct tee_finding *f;
	unsigned int i, told = 0;

	object(c, 4096);
	assert_int_equal(scan(START), 0);
	/* 3 in a second: 64 are there first, 30 s later. */
	for (i = 1; i <= 60; i++) {
		object(c, 4096);
		object(c, 4096);
		object(c, 4096);
		told += scan(START + i * SECOND);
		if (i < 30)
			assert_int_equal(told, 0);
		if (i != 30)
			continue;
		f = only(LIMEN_TEE_GROWTH);
		assert_ptr_equal(f->client, client(ALICE));
		assert_ptr_equal(f->object, &objects[0]);
		assert_ptr_equal(f->context, &c->context);
		assert_int_equal(f->for_ns, 30 * SECOND);
		assert_int_equal(f->grown_objects, 90);	/* the slope: 3 a second */
		assert_int_equal(f->grown_bytes, 90 * 4096);
		assert_int_equal(f->objects, 91);
		assert_int_equal(f->bytes, 91 * 4096);
	}
	assert_int_equal(told, 1);
}

static void slow_growth_waits_for_the_number(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	unsigned int i;

	scan(START);
	for (i = 1; i < 64; i++) {
		object(c, 4096);
		assert_int_equal(scan(START + i * SECOND), 0);
	}
	object(c, 4096);
	assert_int_equal(scan(START + 64 * SECOND), 1);
	assert_int_equal(only(LIMEN_TEE_GROWTH)->grown_objects, 64);
}

static void burst_is_no_growth(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	unsigned int i;

	scan(START);
	for (i = 0; i < 100; i++)
		object(c, 4096);
	for (i = 1; i < 300; i++)
		assert_int_equal(scan(START + i * SECOND), 0);
}

/* What it holds when it is first seen may be how it works. */
static void much_from_the_start_is_no_growth(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	unsigned int i;

	for (i = 0; i < 200; i++)
		object(c, 4096);
	for (i = 0; i < 300; i++)
		assert_int_equal(scan(START + i * SECOND), 0);
}

static void shrinking_begins_anew(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	unsigned int i, k;

	scan(START);
	/* 60 s of growth by 3 a second, and after each 20 s one is given back. */
	for (i = 1; i <= 60; i++) {
		for (k = 0; k < 3; k++)
			object(c, 4096);
		if (i % 20 == 0)
			for (k = 0; k < 4; k++)
				death();
		assert_int_equal(scan(START + i * SECOND), 0);
	}
	/* Then none: 30 s from the last one that was given back. */
	for (; i < 90; i++) {
		object(c, 4096);
		object(c, 4096);
		object(c, 4096);
		assert_int_equal(scan(START + i * SECOND), 0);
	}
	object(c, 4096);
	assert_int_equal(scan(START + 90 * SECOND), 1);
	only(LIMEN_TEE_GROWTH);
}

/* After it has shrunk, it can be told again. */
static void growth_again(void **state)
{
	struct limen_tee_context_line *c = context(ALICE);
	unsigned int i, told = 0;

	scan(START);
	for (i = 1; i <= 40; i++) {
		object(c, 4096);
		object(c, 4096);
		told += scan(START + i * SECOND);
	}
	assert_int_equal(told, 1);
	while (tables.list[TEE_OBJECTS].nr)
		death();
	told += scan(START + 41 * SECOND);
	assert_int_equal(told, 1);
	for (i = 42; i <= 80; i++) {
		object(c, 4096);
		object(c, 4096);
		told += scan(START + i * SECOND);
	}
	assert_int_equal(told, 2);
}

/* --- order --- */

/* A scan reports objects, then contexts, then clients; each in the order of its table. */
static void order(void **state)
{
	static const enum limen_tee_class wanted[] = {
		LIMEN_TEE_NOT_FREED, LIMEN_TEE_RPC_LEAK, LIMEN_TEE_PINNED, LIMEN_TEE_LEAK,
	};
	struct limen_tee_context_line *a = context(ALICE), *b = context(BOB);
	unsigned int i;

	object(a, 1)->object.freed_ns = START;
	object(a, 1)->object.state = LIMEN_TEE_RPC;
	object(b, 1);
	closed(a, START);
	closed(b, START);
	end(BOB);
	assert_int_equal(scan(START + 100 * SECOND), 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(findings[i].class, wanted[i]);
	/* And the next scan none of them, whatever has come between. */
	object(a, 1)->object.freed_ns = START + 1;
	assert_int_equal(scan(START + 101 * SECOND), 1);
	assert_ptr_equal(only(LIMEN_TEE_NOT_FREED)->object, &objects[3]);
}

/* What one has told, another has not. */
static void two_watchdogs(void **state)
{
	static const struct tee_limits limits = TEE_LIMITS_DEFAULT;
	struct tee_watchdog *other = tee_watchdog_new(&limits), *own = dog;
	struct limen_tee_context_line *c = context(ALICE);

	assert_non_null(other);
	object(c, 4096);
	closed(c, START);
	assert_int_equal(scan(START + 10 * SECOND), 1);
	dog = other;
	assert_int_equal(scan(START + 10 * SECOND), 1);
	dog = own;
	assert_int_equal(scan(START + 11 * SECOND), 0);
	tee_watchdog_free(other);
}

static void shorter_limits(void **state)
{
	static const struct tee_limits limits = {
		.grace_ns = SECOND / 10, .rpc_ns = SECOND, .growth_objects = 2,
		.growth_ns = SECOND,
	};
	struct limen_tee_context_line *c = context(ALICE);

	tee_watchdog_free(dog);
	dog = tee_watchdog_new(&limits);
	assert_non_null(dog);
	object(c, 4096);
	assert_int_equal(scan(START), 0);
	object(c, 4096);
	assert_int_equal(scan(START + SECOND / 2), 0);
	object(c, 4096);
	assert_int_equal(scan(START + SECOND), 1);
	assert_int_equal(only(LIMEN_TEE_GROWTH)->grown_objects, 2);
	closed(c, START + SECOND);
	assert_int_equal(scan(START + SECOND + SECOND / 5), 1);
	only(LIMEN_TEE_PINNED);
}

static void free_of_none(void **state)
{
	tee_watchdog_free(NULL);
}

#define CASE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_wrong), CASE(no_tables_at_all),
		CASE(leak_when_process_and_contexts_are_gone), CASE(leak_is_told_once),
		CASE(leak_after_one_that_was_over_is_new), CASE(live_process_leaks_nothing),
		CASE(open_context_is_no_leak), CASE(kernel_leaks_nothing),
		CASE(leaks_of_two_clients_are_two),
		CASE(pinned_context_of_a_live_process), CASE(pinned_or_leak_not_both),
		CASE(pinned_context_of_the_kernel), CASE(pinned_at_the_same_address),
		CASE(closed_context_without_objects),
		CASE(not_freed_after_the_grace), CASE(wrongly_freed_is_not_not_freed),
		CASE(rpc_memory_that_stays), CASE(rpc_memory_that_was_given_back),
		CASE(cached_buffers_are_no_leak), CASE(cached_buffers_pin_nothing),
		CASE(leak_beside_a_cached_buffer), CASE(preexisting_without_owner),
		CASE(steady_growth_is_told_once), CASE(slow_growth_waits_for_the_number),
		CASE(burst_is_no_growth), CASE(much_from_the_start_is_no_growth),
		CASE(shrinking_begins_anew), CASE(growth_again),
		CASE(order), CASE(two_watchdogs), CASE(shorter_limits),
		cmocka_unit_test(free_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
