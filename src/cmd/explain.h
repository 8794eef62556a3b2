/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What limen explain finds out of a word: filled by the command, shown as text or JSON. */
#ifndef LIMEN_EXPLAIN_H
#define LIMEN_EXPLAIN_H

#include <stdbool.h>

#include <jansson.h>

#include "model/tee_names.h"

/* KIND:NUMBER. The list of a kind is called by its plural. No name at the end. */
struct kind {
	const char *name;
	const char *list;
	const struct tee_name *table;
	bool bits;
};

#define EXPLAIN_KINDS 8

extern const struct kind explain_kinds[EXPLAIN_KINDS + 1];

/* Classes of limen's own, by boundary. No boundary at the end. */
struct vocabulary {
	const char *boundary;
	const char *const *names;	/* NULL at the end */
	const char *(*words)(int i);
	const char *option, *operand;	/* of limen watch, around the class: shows it alone */
};

extern const struct vocabulary explain_vocabularies[];

/* What a word is, once it was found. One of result, name, uuid and vocabulary is set. */
struct meaning {
	const char *word;
	const struct tee_name *result;
	const struct tee_name *origin; /* goes with result; or NULL */
	const struct kind *kind; /* goes with number, and unless bits with name */
	const struct tee_name *name;
	__u32 number;
	const struct tee_uuid_name *uuid;
	const struct vocabulary *vocabulary;
	int class;
	bool known;
	char why_not[240];
	const char *near; /* a word that may have been meant, or NULL */
};

/* 0, or -EINVAL after saying what is wrong. What is not known is no error here. */
int explain_find(struct meaning *m, const char *word);

/* As the headers have it: bits and large numbers in hexadecimal. Valid until the next call. */
const char *explain_number(const struct kind *kind, __u32 number);

void explain_text(const struct meaning *m);
json_t *explain_json(const struct meaning *m);

/* Rows of tables. */
json_t *explain_name_json(const char *kind, const struct tee_name *name);
json_t *explain_uuid_json(const struct tee_uuid_name *uuid);
json_t *explain_class_json(const struct vocabulary *v, int class);

#endif
