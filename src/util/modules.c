// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/modules.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KERNEL_GROUP	1	/* as udevd: what the kernel itself says */

int modules_open(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT), err;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* "add@/module/optee": the module's name, NULL when the message is of something else. */
static const char *module_of(const char *text, bool *came)
{
	const char *at = strstr(text, "@/module/");

	if (!at || strchr(at + 9, '/'))
		return NULL;
	*came = !strncmp(text, "add@", 4);
	return *came || !strncmp(text, "remove@", 7) ? at + 9 : NULL;
}

void modules_read(int fd, void (*news)(void *arg, const char *module, bool came), void *arg)
{
	struct sockaddr_nl from;
	socklen_t len = sizeof(from);
	const char *module;
	char text[4096];
	bool came;
	ssize_t n;

	for (;;) {
		n = recvfrom(fd, text, sizeof(text) - 1, 0, (struct sockaddr *)&from, &len);
		if (n <= 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		if (from.nl_pid)	/* not the kernel */
			continue;
		text[n] = '\0';
		module = module_of(text, &came);
		if (module)
			news(arg, module, came);
	}
}
