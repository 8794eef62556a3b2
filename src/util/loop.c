// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "util/log.h"

#define MAX_SOURCES	64

struct source {
	int fd;
	loop_call call;
	void *arg;
};

struct loop {
	int epoll, signals, tick, deadline;
	bool ended;
	struct source sources[MAX_SOURCES];
	unsigned int nr;
	struct source child, resize;
	void (*interrupt)(void *arg, int signal);
	void *interrupt_arg;
	sigset_t before;
};

static void take_signal(void *arg)
{
	struct loop *loop = arg;
	struct signalfd_siginfo info;

	if (read(loop->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD) {
		if (loop->child.call)
			loop->child.call(loop->child.arg);
	} else if (info.ssi_signo == SIGWINCH) {
		if (loop->resize.call)
			loop->resize.call(loop->resize.arg);
	} else if (loop->interrupt) {
		loop->interrupt(loop->interrupt_arg, info.ssi_signo);
	} else {
		loop->ended = true;
	}
}

static void take_deadline(void *arg)
{
	((struct loop *)arg)->ended = true;
}

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	sigset_t set;

	if (!loop)
		return NULL;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, &loop->before);
	loop->tick = loop->deadline = -1;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (loop->epoll < 0 || loop->signals < 0 ||
	    loop_add(loop, loop->signals, take_signal, loop)) {
		fail(-errno, "cannot set up the event loop: %s", strerror(errno));
		loop_free(loop);
		return NULL;
	}
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	close(loop->epoll);
	close(loop->signals);
	if (loop->tick >= 0)
		close(loop->tick);
	if (loop->deadline >= 0)
		close(loop->deadline);
	sigprocmask(SIG_SETMASK, &loop->before, NULL);
	free(loop);
}

int loop_add(struct loop *loop, int fd, loop_call call, void *arg)
{
	struct epoll_event event = {.events = EPOLLIN};
	unsigned int i;

	for (i = 0; i < loop->nr && loop->sources[i].call; i++)
		;
	if (i == MAX_SOURCES)
		return -ENOSPC;
	event.data.u32 = i;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	loop->sources[i] = (struct source){fd, call, arg};
	if (i == loop->nr)
		loop->nr++;
	return 0;
}

void loop_remove(struct loop *loop, int fd)
{
	unsigned int i;

	for (i = 0; i < loop->nr; i++) {
		if (loop->sources[i].fd != fd || !loop->sources[i].call)
			continue;
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
		loop->sources[i].call = NULL;
	}
}

static int set_timer(struct loop *loop, int *fd, __u64 first, __u64 interval,
		     loop_call call, void *arg)
{
	struct itimerspec spec = {
		.it_value = {first / 1000, first % 1000 * 1000000},
		.it_interval = {interval / 1000, interval % 1000 * 1000000},
	};

	if (*fd < 0) {
		*fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
		if (*fd < 0 || loop_add(loop, *fd, call, arg))
			return -errno;
	}
	return timerfd_settime(*fd, 0, &spec, NULL) ? -errno : 0;
}

int loop_tick(struct loop *loop, __u64 milliseconds, loop_call call, void *arg)
{
	return set_timer(loop, &loop->tick, milliseconds, milliseconds, call, arg);
}

int loop_deadline(struct loop *loop, __u64 milliseconds)
{
	return set_timer(loop, &loop->deadline, milliseconds, 0, take_deadline, loop);
}

void loop_on_child(struct loop *loop, loop_call call, void *arg)
{
	loop->child = (struct source){-1, call, arg};
}

void loop_on_resize(struct loop *loop, loop_call call, void *arg)
{
	loop->resize = (struct source){-1, call, arg};
}

void loop_on_interrupt(struct loop *loop, void (*call)(void *arg, int signal), void *arg)
{
	loop->interrupt = call;
	loop->interrupt_arg = arg;
}

void loop_end(struct loop *loop)
{
	loop->ended = true;
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[16];
	struct source *source;
	__u64 expirations;
	int n, i;

	while (!loop->ended) {
		n = epoll_wait(loop->epoll, events, 16, -1);
		if (n < 0 && errno != EINTR)
			return fail(-errno, "cannot wait for events: %s", strerror(errno));
		for (i = 0; i < n && !loop->ended; i++) {
			source = &loop->sources[events[i].data.u32];
			if (!source->call)
				continue;
			/* A timer is read empty here, so that its call need not know it. */
			if (source->fd == loop->tick || source->fd == loop->deadline)
				if (read(source->fd, &expirations, sizeof(expirations)) < 0)
					continue;
			source->call(source->arg);
		}
	}
	return 0;
}
