/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What limen says of a copy: class and object names, and the verdict on a refusal. */
#ifndef LIMEN_MODEL_USERCOPY_H
#define LIMEN_MODEL_USERCOPY_H

#include <stdbool.h>

#include "limen/abi.h"

/* Stable names, indexed by enum limen_class and enum limen_object; NULL at the end. */
extern const char *const class_names[];
extern const char *const object_names[];

/* What the class means, as the end of a sentence about the copy. */
const char *class_words(enum limen_class class);

/*
 * The class of an event. A refusal is judged by the kernel's own words
 * (mm/usercopy.c) and by the slab's sizes; LIMEN_CLASS_UNKNOWN when these say
 * nothing that limen knows.
 */
enum limen_class usercopy_class(const struct limen_copy_event *e);

/* The object behind a refused copy, from the kernel's words. */
enum limen_object usercopy_object(const struct limen_copy_event *e);

/* -1 when the name is none; a parser's inverse of class_names. */
int class_by_name(const char *name);

/* Does one of the filters in the event's mask want this class? */
bool usercopy_wanted(const struct limen_copy_event *e, const struct limen_filter *filters,
		     unsigned int nr);

#endif
