// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/iterator.h"

#include <errno.h>
#include <linux/types.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define BUFFER	(64 * 1024)

struct reader {
	iterator_visit visit;
	void *arg;
	size_t line, used;
	_Alignas(8) char partial[ITERATOR_LINE];
};

/* Lines may be split over two reads. */
static int take(struct reader *r, const char *data, size_t len)
{
	size_t part;
	int err;

	while (r->visit && len) {
		part = r->line - r->used;
		if (part > len)
			part = len;
		memcpy(r->partial + r->used, data, part);
		r->used += part;
		data += part;
		len -= part;
		if (r->used < r->line)
			return 0;
		r->used = 0;
		err = r->visit(r->arg, r->partial);
		if (err)
			return err;
	}
	return 0;
}

int iterator_read(const struct bpf_link *link, size_t line, iterator_visit visit, void *arg)
{
	static char buffer[BUFFER];
	struct reader reader = {.visit = visit, .arg = arg, .line = line};
	ssize_t n;
	int fd, err = 0;

	if (line > ITERATOR_LINE)
		return -EINVAL;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return -errno;
	for (;;) {
		n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			break;
		err = take(&reader, buffer, n);
		if (err)
			break;
	}
	if (n < 0)
		err = -errno;
	close(fd);
	return err;
}
