// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * under - runs a command while another one is attached
 *
 *     under [-s] [-m] [-t] TEXT COMMAND... -- THEN...
 *
 * Starts COMMAND and waits until its output or error output contains TEXT. Then
 * runs THEN, with COMMAND's pid in UNDER_PID, and ends COMMAND: its standard input
 * is closed, and it gets SIGINT. The word {} in COMMAND stands for our own pid,
 * whose children COMMAND may follow.
 *
 *   -s  stops COMMAND while THEN runs
 *   -t  prints how long COMMAND took to say TEXT: "time WALL CPU", in nanoseconds;
 *       the second is what it ran itself
 *   -m  prints COMMAND's most resident memory until TEXT and after it, in KiB:
 *       "peak START REST"
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS (600 * 1000)	/* guest time: only the machine's end is sooner */

struct watched {
	pid_t pid;
	int in, out;		/* our ends of its pipes */
	char text[65536];	/* what it has said so far, its end */
	size_t used;
};

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "under: %s: %s\n", what, strerror(errno));
	exit(125);
}

static unsigned long long now(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		die("clock");
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void start(struct watched *w, char **command)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe");
	w->pid = fork();
	if (w->pid < 0)
		die("fork");
	if (!w->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execvp(command[0], command);
		die(command[0]);
	}
	close(in[0]);
	close(out[1]);
	w->in = in[1];
	w->out = out[0];
}

/* Takes what it says; false at the end of its output. */
static bool take(struct watched *w)
{
	ssize_t n;

	if (w->used > sizeof(w->text) / 2) {
		memmove(w->text, w->text + w->used - 4096, 4096);
		w->used = 4096;
	}
	n = read(w->out, w->text + w->used, sizeof(w->text) - 1 - w->used);
	if (n <= 0)
		return false;
	w->used += n;
	w->text[w->used] = '\0';
	return true;
}

static bool wait_for(struct watched *w, const char *text)
{
	struct pollfd p = {.fd = w->out, .events = POLLIN};

	while (poll(&p, 1, PATIENCE_MS) > 0 && take(w))
		if (strstr(w->text, text))
			return true;
	return false;
}

/* THEN's status; COMMAND's output is taken off meanwhile, or it would block. */
static int run(struct watched *w, char **then)
{
	struct pollfd p = {.fd = w->out, .events = POLLIN};
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (!pid) {
		execvp(then[0], then);
		die(then[0]);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		if (poll(&p, 1, 5) > 0 && !take(w))
			p.fd = -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

/* The peak so far, in KiB; from now on it is counted anew. */
static unsigned long reset_peak(pid_t pid)
{
	unsigned long peak = 0;
	char path[40], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "VmHWM: %lu", &peak);
	if (!f || fclose(f))
		die(path);
	snprintf(path, sizeof(path), "/proc/%d/clear_refs", pid);
	f = fopen(path, "w");
	if (!f || fputs("5", f) < 0 || fclose(f))
		die(path);
	return peak;
}

/* Its most resident memory since reset_peak(), in KiB. */
static unsigned long end(struct watched *w)
{
	struct rusage usage;

	close(w->in);
	kill(w->pid, SIGINT);
	while (take(w))
		;
	if (wait4(w->pid, NULL, 0, &usage) < 0)
		die("wait");
	return usage.ru_maxrss;
}

static void tell(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	setenv("UNDER_PID", text, 1);
}

static void name_ourselves(char **words)
{
	static char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	for (; *words; words++)
		if (!strcmp(*words, "{}"))
			*words = pid;
}

static int usage(void)
{
	fputs("usage: under [-s] [-m] [-t] TEXT COMMAND... -- THEN...\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	bool stop = false, memory = false, times = false;
	static struct watched w;
	unsigned long peak = 0, rest;
	unsigned long long began;
	int option, i, status;
	clockid_t clock;

	while ((option = getopt(argc, argv, "+smt")) != -1) {
		stop |= option == 's';
		memory |= option == 'm';
		times |= option == 't';
		if (option == '?')
			return usage();
	}
	for (i = optind + 1; i < argc && strcmp(argv[i], "--"); i++)
		;
	if (optind + 1 >= i || i + 1 >= argc)
		return usage();
	argv[i] = NULL;
	name_ourselves(argv + optind + 1);

	began = now(CLOCK_MONOTONIC);
	start(&w, argv + optind + 1);
	if (!wait_for(&w, argv[optind])) {
		fprintf(stderr, "under: '%s' did not say '%s' but:\n%s", argv[optind + 1],
			argv[optind], w.text);
		kill(w.pid, SIGKILL);
		return 125;
	}
	if (times && !clock_getcpuclockid(w.pid, &clock))
		printf("time %llu %llu\n", now(CLOCK_MONOTONIC) - began, now(clock));
	fflush(stdout);
	if (memory)
		peak = reset_peak(w.pid);
	tell(w.pid);
	if (stop)
		kill(w.pid, SIGSTOP);
	status = run(&w, argv + i + 1);
	if (stop)
		kill(w.pid, SIGCONT);
	rest = end(&w);
	if (memory)
		printf("peak %lu %lu\n", peak, rest);
	return status;
}
