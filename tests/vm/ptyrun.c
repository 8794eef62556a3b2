// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ptyrun - run a command on a pseudo terminal of a given size and press keys
 *
 *   ptyrun COLUMNSxLINES STEP... -- COMMAND [ARG]...
 *
 * A STEP is wait:MILLISECONDS, key:TEXT (with \e and \xHH), size:COLUMNSxLINES,
 * until:TEXT (wait until the command has written TEXT, at most two minutes),
 * signal:NUMBER, or mark:TEXT, which writes TEXT into the output. What the
 * command writes goes to standard output as it is. After the last step the
 * command has two minutes to end. Exit status: the command's, 128+N for signal N, 99
 * when it did not end or a text did not come. At the end "ptyrun: cooked" or
 * "ptyrun: raw" on standard error says how it left the terminal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#define PATIENCE_MS	120000

static int terminal = -1;
static pid_t child;
static char seen[1 << 16];	/* the last part of the output */
static size_t nr_seen;

static void die(const char *what)
{
	fprintf(stderr, "ptyrun: %s: %s\n", what, strerror(errno));
	exit(98);
}

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void remember(const char *data, size_t len)
{
	if (nr_seen + len > sizeof(seen) - 1) {
		size_t keep = sizeof(seen) / 2 < nr_seen ? sizeof(seen) / 2 : nr_seen;

		memmove(seen, seen + nr_seen - keep, keep);
		nr_seen = keep;
	}
	memcpy(seen + nr_seen, data, len);
	nr_seen += len;
}

/* Passes output on for so long; 1 when text came, -1 when the command is gone. */
static int pass_output(long long milliseconds, const char *text)
{
	long long end = now_ms() + milliseconds, left;
	struct pollfd in = {.fd = terminal, .events = POLLIN};
	char data[4096];
	ssize_t n;

	while ((left = end - now_ms()) > 0) {
		if (text && memmem(seen, nr_seen, text, strlen(text)))
			return 1;
		if (poll(&in, 1, left > 50 ? 50 : left) <= 0)
			continue;
		n = read(terminal, data, sizeof(data));
		if (n <= 0)
			return -1;
		if (write(STDOUT_FILENO, data, n) != n)
			die("write");
		remember(data, n);
	}
	return 0;
}

static struct winsize parse_size(const char *text)
{
	struct winsize size = {};

	if (sscanf(text, "%hux%hu", &size.ws_col, &size.ws_row) != 2) {
		fprintf(stderr, "ptyrun: '%s' is not COLUMNSxLINES\n", text);
		exit(98);
	}
	return size;
}

static void press(const char *text)
{
	char key[256];
	size_t n = 0;
	unsigned int hex;

	for (; *text && n < sizeof(key); text++) {
		if (!strncmp(text, "\\e", 2)) {
			key[n++] = '\033';
			text++;
		} else if (sscanf(text, "\\x%2x", &hex) == 1) {
			key[n++] = hex;
			text += 3;
		} else {
			key[n++] = *text;
		}
	}
	if (write(terminal, key, n) != (ssize_t)n)
		die("write to the terminal");
}

static int step(const char *text)
{
	struct winsize size;

	if (!strncmp(text, "wait:", 5)) {
		pass_output(atoi(text + 5), NULL);
	} else if (!strncmp(text, "until:", 6)) {
		nr_seen = 0;
		if (pass_output(PATIENCE_MS, text + 6) != 1) {
			fprintf(stderr, "ptyrun: '%s' did not come\n", text + 6);
			return -1;
		}
	} else if (!strncmp(text, "key:", 4)) {
		press(text + 4);
	} else if (!strncmp(text, "size:", 5)) {
		size = parse_size(text + 5);
		ioctl(terminal, TIOCSWINSZ, &size);
	} else if (!strncmp(text, "signal:", 7)) {
		kill(child, atoi(text + 7));
	} else if (!strncmp(text, "mark:", 5)) {
		printf("%s", text + 5);
		fflush(stdout);
	} else {
		fprintf(stderr, "ptyrun: unknown step '%s'\n", text);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct winsize size;
	struct termios mode;
	int i, slave, status, gone = 0;

	if (argc < 4)
		return 98;
	size = parse_size(argv[1]);
	if (openpty(&terminal, &slave, NULL, NULL, &size))
		die("openpty");
	for (i = 2; i < argc && strcmp(argv[i], "--"); i++)
		;
	if (i >= argc - 1)
		return 98;
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		close(terminal);
		/* The parent keeps its end open: it asks for the modes at the end. */
		login_tty(dup(slave));
		close(slave);
		execvp(argv[i + 1], argv + i + 1);
		perror("ptyrun: exec");
		_exit(127);
	}
	argv[i] = NULL;
	for (i = 2; argv[i] && !gone; i++)
		gone = step(argv[i]) < 0;
	for (i = 0; i < PATIENCE_MS / 50 && !gone; i++) {
		if (waitpid(child, &status, WNOHANG) == child)
			break;
		pass_output(50, NULL);
	}
	if (gone || i == PATIENCE_MS / 50) {
		fprintf(stderr, "ptyrun: the command did not do what was expected\n");
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		return 99;
	}
	pass_output(100, NULL);
	tcgetattr(slave, &mode);
	fprintf(stderr, "ptyrun: %s\n", mode.c_lflag & ICANON && mode.c_lflag & ECHO ?
		"cooked" : "raw");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
