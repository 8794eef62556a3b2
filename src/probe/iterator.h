/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what a BPF iterator writes: lines of one size. */
#ifndef LIMEN_ITERATOR_H
#define LIMEN_ITERATOR_H

#include <stddef.h>

struct bpf_link;

typedef int (*iterator_visit)(void *arg, const void *line);

/*
 * Runs the iterator to its end and calls visit() for every line (NULL: for
 * none). Stops early when visit() returns non-zero and returns that; negative
 * errno on failure. line is at most ITERATOR_LINE bytes.
 */
#define ITERATOR_LINE	2048

int iterator_read(const struct bpf_link *link, size_t line, iterator_visit visit, void *arg);

#endif
