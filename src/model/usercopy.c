// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/usercopy.h"

#include <stdbool.h>
#include <string.h>

#define POISON	0x6b6b6b6bULL	/* POISON_FREE, linux/poison.h, as a 32 bit length */

const char *const class_names[] = {
	[LIMEN_CLASS_OK]		= "ok",
	[LIMEN_CLASS_SLAB_OVERFLOW]	= "slab-overflow",
	[LIMEN_CLASS_SLAB_WINDOW]	= "slab-window",
	[LIMEN_CLASS_USE_AFTER_FREE]	= "use-after-free",
	[LIMEN_CLASS_STACK]		= "stack",
	[LIMEN_CLASS_TEXT]		= "text",
	[LIMEN_CLASS_RODATA]		= "rodata",
	[LIMEN_CLASS_NULL]		= "null",
	[LIMEN_CLASS_WRAPPED]		= "wrapped",
	[LIMEN_CLASS_VMALLOC]		= "vmalloc",
	[LIMEN_CLASS_PAGE]		= "page",
	[LIMEN_CLASS_UNKNOWN]		= "unknown",
	[LIMEN_CLASSES]			= NULL,
};

const char *const object_names[] = {
	[LIMEN_OBJECT_UNKNOWN]	= "unknown",
	[LIMEN_OBJECT_STACK]	= "stack",
	[LIMEN_OBJECT_SLAB]	= "slab",
	[LIMEN_OBJECT_VMALLOC]	= "vmalloc",
	[LIMEN_OBJECT_PAGE]	= "page",
	[LIMEN_OBJECT_TEXT]	= "text",
	[LIMEN_OBJECT_RODATA]	= "rodata",
	[LIMEN_OBJECT_DATA]	= "data",
	[LIMEN_OBJECT_MODULE]	= "module",
	[LIMEN_OBJECT_NONE]	= "none",
	[LIMEN_OBJECT_USER]	= "user",
	[LIMEN_OBJECT_KINDS]	= NULL,
};

static const char *const words[] = {
	[LIMEN_CLASS_OK]		= "within bounds",
	[LIMEN_CLASS_SLAB_OVERFLOW]	= "past the object",
	[LIMEN_CLASS_SLAB_WINDOW]	= "inside the object, outside its usercopy window",
	[LIMEN_CLASS_USE_AFTER_FREE]	= "the length is slab poison: read from freed memory",
	[LIMEN_CLASS_STACK]		= "beyond the stack",
	[LIMEN_CLASS_TEXT]		= "kernel text",
	[LIMEN_CLASS_RODATA]		= "writes read-only kernel data",
	[LIMEN_CLASS_NULL]		= "null address",
	[LIMEN_CLASS_WRAPPED]		= "the address wraps around",
	[LIMEN_CLASS_VMALLOC]		= "beyond the vmalloc area",
	[LIMEN_CLASS_PAGE]		= "beyond the allocated pages",
	[LIMEN_CLASS_UNKNOWN]		= "for a reason limen does not know",
};

const char *class_words(enum limen_class class)
{
	return class < LIMEN_CLASSES ? words[class] : words[LIMEN_CLASS_UNKNOWN];
}

/* The first argument of usercopy_abort(), kernels 5.15 to 7.x. */
static const struct {
	const char *name;
	enum limen_class class;
	enum limen_object object;
} refusals[] = {
	{"SLUB object",		LIMEN_CLASS_SLAB_OVERFLOW,	LIMEN_OBJECT_SLAB},
	{"SLAB object",		LIMEN_CLASS_SLAB_OVERFLOW,	LIMEN_OBJECT_SLAB},
	{"process stack",	LIMEN_CLASS_STACK,		LIMEN_OBJECT_STACK},
	{"kernel text",		LIMEN_CLASS_TEXT,		LIMEN_OBJECT_TEXT},
	{"linear kernel text",	LIMEN_CLASS_TEXT,		LIMEN_OBJECT_TEXT},
	{"null address",	LIMEN_CLASS_NULL,		LIMEN_OBJECT_NONE},
	{"wrapped address",	LIMEN_CLASS_WRAPPED,		LIMEN_OBJECT_NONE},
	{"vmalloc",		LIMEN_CLASS_VMALLOC,		LIMEN_OBJECT_VMALLOC},
	{"vmalloc (no area)",	LIMEN_CLASS_VMALLOC,		LIMEN_OBJECT_VMALLOC},
	{"page alloc",		LIMEN_CLASS_PAGE,		LIMEN_OBJECT_PAGE},
	{"kmap",		LIMEN_CLASS_PAGE,		LIMEN_OBJECT_PAGE},
};

static int find_refusal(const struct limen_copy_event *e)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (!strncmp(e->name, refusals[i].name, sizeof(e->name)))
			return i;
	return -1;
}

static bool is_poison(__u64 length)
{
	return length == POISON || length == (POISON << 32 | POISON);
}

/* Within the object means the window was missed; without sizes neither is known. */
static enum limen_class slab_class(const struct limen_copy_event *e)
{
	if (!(e->flags & LIMEN_COPY_SLAB_KNOWN))
		return LIMEN_CLASS_UNKNOWN;
	if (e->offset <= e->slab.object_size && e->length <= e->slab.object_size - e->offset)
		return LIMEN_CLASS_SLAB_WINDOW;
	return LIMEN_CLASS_SLAB_OVERFLOW;
}

enum limen_class usercopy_class(const struct limen_copy_event *e)
{
	int i;

	if (e->head.kind != LIMEN_EVENT_REFUSED)
		return e->class < LIMEN_CLASSES ? e->class : LIMEN_CLASS_UNKNOWN;
	if (is_poison(e->length))
		return LIMEN_CLASS_USE_AFTER_FREE;
	i = find_refusal(e);
	if (i < 0)
		return LIMEN_CLASS_UNKNOWN;
	return refusals[i].object == LIMEN_OBJECT_SLAB ? slab_class(e) : refusals[i].class;
}

enum limen_object usercopy_object(const struct limen_copy_event *e)
{
	int i;

	if (e->head.kind != LIMEN_EVENT_REFUSED)
		return e->object < LIMEN_OBJECT_KINDS ? e->object : LIMEN_OBJECT_UNKNOWN;
	i = find_refusal(e);
	return i < 0 ? LIMEN_OBJECT_UNKNOWN : refusals[i].object;
}

int class_by_name(const char *name)
{
	int i;

	for (i = 0; class_names[i]; i++)
		if (!strcmp(class_names[i], name))
			return i;
	return -1;
}

bool usercopy_wanted(const struct limen_copy_event *e, const struct limen_filter *filters,
		     unsigned int nr)
{
	enum limen_class class = usercopy_class(e);
	unsigned int i;

	if (!nr || !e->mask)
		return true;
	for (i = 0; i < nr; i++)
		if (e->mask >> i & 1 && (!(filters[i].flags & LIMEN_FILTER_CLASS) ||
					 filters[i].classes >> class & 1))
			return true;
	return false;
}
