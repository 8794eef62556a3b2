// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loop - the time of one sched_getaffinity() system call
 *
 *     loop [--alternate] [CALLS [ROUNDS]]
 *
 * Each call passes __check_object_size() once. Under QEMU's -icount a nanosecond
 * is an instruction, so that the least of many short rounds is the exact number of
 * instructions of a call: a round that no timer interrupted. Prints "LEAST MEDIAN
 * MOST", in nanoseconds per call.
 *
 * --alternate: two tasks on one CPU take turns, by a byte through a pipe, so that
 * no call follows one of the same task. The turns are in the figures, too.
 */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_ROUNDS 10000

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static bool alternate;
static int to_partner[2], from_partner[2];

static void call(void)
{
	unsigned char mask[1024];

	syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
}

/* Pipes of one byte pass no check. Ends when the pipe does. */
static void be_the_partner(void)
{
	char byte;

	close(to_partner[1]);
	while (read(to_partner[0], &byte, 1) == 1) {
		call();
		if (write(from_partner[1], &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void start_partner(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) || pipe(to_partner) || pipe(from_partner)) {
		perror("loop");
		exit(1);
	}
	switch (fork()) {
	case -1:
		perror("loop: fork");
		exit(1);
	case 0:
		be_the_partner();
	}
}

static void call_and_take_turns(void)
{
	char byte = 0;

	call();
	if (write(to_partner[1], &byte, 1) != 1 || read(from_partner[0], &byte, 1) != 1)
		exit(1);
}

static unsigned long long round_of(unsigned long calls)
{
	unsigned long long start = now();

	if (alternate)
		for (unsigned long i = 0; i < calls; i += 2)
			call_and_take_turns();
	else
		for (unsigned long i = 0; i < calls; i++)
			call();
	return now() - start;
}

static int by_value(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a;
	unsigned long long y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !n) {
		fprintf(stderr, "loop: bad number '%s'\n", text);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	static unsigned long long took[MAX_ROUNDS];
	unsigned long calls = 1000, rounds = 50;
	int i = 1;

	if (i < argc && !strcmp(argv[i], "--alternate")) {
		alternate = true;
		i++;
	}
	if (i < argc)
		calls = number(argv[i++]);
	if (i < argc)
		rounds = number(argv[i++]);
	if (i < argc || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: loop [--alternate] [CALLS (1000) [ROUNDS (50)]]\n");
		return 2;
	}
	if (alternate)
		start_partner();
	round_of(calls);	/* records, caches, the page of the clock */
	for (unsigned long r = 0; r < rounds; r++)
		took[r] = round_of(calls);
	qsort(took, rounds, sizeof(*took), by_value);
	printf("%.1f %.1f %.1f\n", (double)took[0] / calls, (double)took[rounds / 2] / calls,
	       (double)took[rounds - 1] / calls);
	return 0;
}
