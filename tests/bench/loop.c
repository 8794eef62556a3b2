// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * loop - the time of one sched_getaffinity() system call
 *
 *     loop [--alternate | --tee alloc | --tee invoke] [CALLS [ROUNDS]]
 *
 * Each call passes __check_object_size() once. Under QEMU's -icount a nanosecond
 * is an instruction, so that the least of many short rounds is the exact number of
 * instructions of a call: a round that no timer interrupted. Prints "LEAST MEDIAN
 * MOST", in nanoseconds per call.
 *
 * --alternate: two tasks on one CPU take turns, by a byte through a pipe, so that
 * no call follows one of the same task. The turns are in the figures, too.
 *
 * --tee: of /dev/tee0 instead, TEE_IOC_SHM_ALLOC and close() of what it gave, or
 * TEE_IOC_INVOKE without parameters.
 */
#include <fcntl.h>
#include <linux/tee.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

/* --- a TEE --- */

static int tee_fd = -1;
static __u32 session;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void open_tee(void)
{
	struct tee_ioctl_open_session_arg arg = {.uuid = {1}};
	struct tee_ioctl_buf_data data = {(__u64)(unsigned long)&arg, sizeof(arg)};

	tee_fd = open("/dev/tee0", O_RDWR);
	if (tee_fd < 0 || ioctl(tee_fd, TEE_IOC_OPEN_SESSION, &data) || arg.ret)
		fail("loop: /dev/tee0");
	session = arg.session;
}

static void alloc(void)
{
	struct tee_ioctl_shm_alloc_data data = {.size = 4096};
	int fd = ioctl(tee_fd, TEE_IOC_SHM_ALLOC, &data);

	if (fd < 0)
		fail("loop: TEE_IOC_SHM_ALLOC");
	close(fd);
}

static void invoke(void)
{
	struct tee_ioctl_invoke_arg arg = {.session = session};
	struct tee_ioctl_buf_data data = {(__u64)(unsigned long)&arg, sizeof(arg)};

	if (ioctl(tee_fd, TEE_IOC_INVOKE, &data))
		fail("loop: TEE_IOC_INVOKE");
}

static void (*the_call)(void) = call;

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
			the_call();
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
	} else if (i + 1 < argc && !strcmp(argv[i], "--tee")) {
		the_call = strcmp(argv[i + 1], "alloc") ? invoke : alloc;
		open_tee();
		i += 2;
	}
	if (i < argc)
		calls = number(argv[i++]);
	if (i < argc)
		rounds = number(argv[i++]);
	if (i < argc || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: loop [--alternate | --tee alloc | --tee invoke] [CALLS (1000) [ROUNDS (50)]]\n");
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
