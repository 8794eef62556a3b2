// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/usercopy.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/counts.h"
#include "model/usercopy.h"
#include "output/out.h"
#include "output/stack.h"
#include "probe/kallsyms.h"

#define RED	"\033[1;31m"
#define PLAIN	"\033[0m"

static const char *arrow(const struct limen_copy_event *e)
{
	if (!(e->flags & LIMEN_COPY_DIR_KNOWN))
		return "direction unknown";
	return e->direction == LIMEN_TO_USER ? "to user" : "from user";
}

/* "slab kmalloc-64 (object 64 B, offset 0)" */
static void object_text(const struct limen_copy_event *e)
{
	enum limen_object kind = usercopy_object(e);

	if (kind == LIMEN_OBJECT_SLAB && e->flags & LIMEN_COPY_SLAB_KNOWN) {
		printf("slab %s (object %u B", out_safe(e->slab.cache, sizeof(e->slab.cache)),
		       e->slab.object_size);
		if (e->head.kind == LIMEN_EVENT_REFUSED)
			printf(", offset %llu", e->offset);
		if (e->flags & LIMEN_COPY_WINDOW_KNOWN &&
		    e->slab.usersize != e->slab.object_size)
			printf(", window %u+%u", e->slab.useroffset, e->slab.usersize);
		putchar(')');
	} else if (kind == LIMEN_OBJECT_SLAB) {
		printf("slab %s (offset %llu)", e->flags & LIMEN_COPY_DETAIL ?
		       out_safe(e->detail, sizeof(e->detail)) : "of unknown cache", e->offset);
	} else if (kind == LIMEN_OBJECT_STACK) {
		/* The kernel counts from the stack pointer down, limen from the stack's start. */
		if (e->head.kind == LIMEN_EVENT_REFUSED)
			printf("stack (%lld B %s the stack pointer)", llabs((__s64)e->offset),
			       (__s64)e->offset < 0 ? "above" : "below");
		else
			printf("stack (offset %llu)", e->offset);
	} else if (kind == LIMEN_OBJECT_NONE) {
		printf("no object");
	} else if (kind == LIMEN_OBJECT_UNKNOWN && e->head.kind == LIMEN_EVENT_REFUSED) {
		printf("'%s'", out_safe(e->name, sizeof(e->name)));
	} else {
		printf("%s", object_names[kind]);
	}
}

static void syscall_text(__s32 number)
{
	char *name = number >= 0 ?
		seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number) : NULL;

	if (name)
		printf("  in %s()", name);
	else if (number >= 0)
		printf("  in syscall %d", number);
	free(name);
}

static void short_text(const struct limen_copy_event *e, struct kallsyms *syms)
{
	printf("%s, cut short", arrow(e));
	if (e->flags & LIMEN_COPY_ADDR_KNOWN)
		printf(" at user address 0x%llx", e->user_addr);
	else if (e->flags & LIMEN_COPY_ADDR_NEAR)
		printf(" near user address 0x%llx", e->user_addr);
	printf(", by ");
	frame_text(e->ip, syms);
}

void copy_event_text(const struct limen_copy_event *e, struct kallsyms *syms)
{
	enum limen_class class = usercopy_class(e);
	bool violation = e->head.kind != LIMEN_EVENT_SHORT && class != LIMEN_CLASS_OK;
	bool red = violation && out_colour();
	const char *what = violation ? class_names[class] : "copy";

	if (e->head.kind == LIMEN_EVENT_SHORT)
		what = "short";
	printf("%s usercopy  %s%-14s%s  %s[%u]  ", out_clock(e->head.time_ns), red ? RED : "",
	       what, red ? PLAIN : "", out_safe(e->head.task.comm, LIMEN_COMM_LEN),
	       e->head.task.pid);
	if (e->head.kind == LIMEN_EVENT_SHORT) {
		short_text(e, syms);
	} else {
		printf("%s, %llu B %s ", arrow(e), e->length,
		       e->direction == LIMEN_TO_USER ? "from" : "into");
		object_text(e);
		if (violation)
			printf(": %s%s", class_words(class),
			       e->head.kind == LIMEN_EVENT_REFUSED ?
			       "; the kernel refused it and kills the task" : "");
	}
	syscall_text(e->syscall);
	putchar('\n');
	stack_text(e->stack, e->nr_stack, syms);
}

const char *usercopy_bar(const struct limen_counts *counts, enum limen_direction direction)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};
	static char bar[LIMEN_BUCKETS * 3 + 1];
	const char *const *marks = out_utf8() ? blocks : ascii;
	__u64 most = 0, n;
	unsigned int i;

	for (i = 0; i < LIMEN_BUCKETS; i++)
		if (counts->hist[direction][i] > most)
			most = counts->hist[direction][i];
	bar[0] = '\0';
	for (i = 0; i < LIMEN_BUCKETS; i++) {
		n = counts->hist[direction][i];
		/* Whatever happened at all gets the lowest mark. */
		strcat(bar, marks[n ? 1 + (unsigned int)(7 * (double)n / most + 0.5) : 0]);
	}
	return bar;
}

static const char *percentile(const struct limen_counts *counts, enum limen_direction direction,
			      unsigned int percent)
{
	int bucket = counts_percentile(counts, direction, percent);

	return bucket < 0 ? "-" : out_bytes(bucket_low(bucket));
}

static void direction_row(const char *name, const struct limen_counts *counts,
			  enum limen_direction direction, bool bars)
{
	printf("   %-10s %12s %11s %8s %8s", name,
	       out_number(counts_copies(counts, direction)),
	       out_bytes(counts->bytes[direction]),
	       percentile(counts, direction, 50), percentile(counts, direction, 99));
	if (bars)
		printf("  %s", usercopy_bar(counts, direction));
	putchar('\n');
}

void usercopy_table(const struct limen_counts *counts, bool io, int width)
{
	bool bars = width >= 3 + 10 + 13 + 12 + 9 + 9 + 2 + LIMEN_BUCKETS;

	printf(" %-12s %12s %11s %8s %8s%s\n", "usercopy", "copies", "bytes", "p50", "p99",
	       bars ? "  0 B .. 256 KiB+" : "");
	direction_row("to user", counts, LIMEN_TO_USER, bars);
	direction_row("from user", counts, LIMEN_FROM_USER, bars);
	printf("   %-10s %12s   short %s, refused %s\n", "names", out_number(counts->names),
	       out_number(counts->shorts), out_number(counts->refused));
	if (!io)
		return;
	printf("   %-10s %12s %11s\n", "I/O read", out_number(counts->io_ops[LIMEN_TO_USER]),
	       out_bytes(counts->io_bytes[LIMEN_TO_USER]));
	printf("   %-10s %12s %11s\n", "I/O write", out_number(counts->io_ops[LIMEN_FROM_USER]),
	       out_bytes(counts->io_bytes[LIMEN_FROM_USER]));
}
