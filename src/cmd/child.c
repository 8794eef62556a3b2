// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "util/log.h"

static void run(int go, int failure, char **argv)
{
	sigset_t none;
	char byte;
	int err;

	if (read(go, &byte, 1) != 1)
		_exit(STATUS_OURS);	/* limen gave up */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	err = errno;
	if (write(failure, &err, sizeof(err)) < 0)
		_exit(STATUS_OURS);
	_exit(STATUS_NOT_FOUND);
}

int child_start(struct child *child, char **argv)
{
	int go[2], failure[2];

	if (pipe2(go, O_CLOEXEC))
		return fail(-errno, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(failure, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return fail(-errno, "cannot make a pipe: %s", strerror(errno));
	}
	child->pid = fork();
	if (child->pid < 0)
		return fail(-errno, "cannot fork: %s", strerror(errno));
	if (!child->pid) {
		close(go[1]);
		close(failure[0]);
		run(go[0], failure[1], argv);
	}
	close(go[0]);
	close(failure[1]);
	child->go = go[1];
	child->failure = failure[0];
	return 0;
}

int child_exec(struct child *child, const char *name)
{
	int err = 0;

	if (write(child->go, "", 1) != 1)
		return fail(-errno, "cannot start '%s': %s", name, strerror(errno));
	close(child->go);
	child->go = -1;
	/* The other end closes with a successful exec. */
	if (read(child->failure, &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(child->failure);
	child->failure = -1;
	if (err) {
		waitpid(child->pid, NULL, 0);
		fail(-err, "cannot run '%s': %s", name, strerror(err));
	}
	return -err;
}

void child_abandon(struct child *child)
{
	if (child->go >= 0)
		close(child->go);	/* it reads the end and exits */
	if (child->failure >= 0)
		close(child->failure);
	waitpid(child->pid, NULL, 0);
}

static int exit_status(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return STATUS_SIGNAL + WTERMSIG(wait_status);
}

int child_end(struct child *child)
{
	int status = 0;

	kill(child->pid, SIGTERM);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	return exit_status(status);
}

bool child_ended(struct child *child, int *status)
{
	int wait_status;

	if (waitpid(child->pid, &wait_status, WNOHANG) != child->pid)
		return false;
	*status = exit_status(wait_status);
	return true;
}
