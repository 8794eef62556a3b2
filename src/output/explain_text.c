// SPDX-License-Identifier: GPL-2.0-or-later
/* limen explain as text. */
#include <stdio.h>
#include <string.h>

#include "cmd/explain.h"
#include "output/out.h"

#define LABEL 12

/* A label, then the text, broken into lines that fit. */
static void row(const char *label, const char *text)
{
	int room = out_width() - LABEL - 3, used = 0, len;

	printf("  %-*s", LABEL, label);
	while (*text) {
		len = strcspn(text, " ");
		if (used && used + 1 + len > room) {
			printf("\n  %-*s", LABEL, "");
			used = 0;
		}
		printf("%s%.*s", used ? " " : "", len, text);
		used += len + !!used;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void result_text(const struct meaning *m)
{
	const struct tee_name *result = m->result, *origin = m->origin;
	const struct tee_hint *hint = tee_hint_find(origin ? origin->code : 0, result->code);
	char text[160];

	printf("0x%08x %s", result->code, result->name);
	if (tee_result_in_client(result->code))
		printf(", TEEC_%s", result->name + strlen("TEE_"));
	putchar('\n');
	row("means", result->words);
	if (origin) {
		snprintf(text, sizeof(text), "%s (%u): %s", origin->name, origin->code,
			 origin->words);
		row("from", text);
	}
	if (hint && hint->often)
		row("often", hint->often);
	if (hint && hint->next)
		row("look at", hint->next);
}

static void bits_text(const struct meaning *m)
{
	const char *words = m->kind->table == tee_shm_flags ? tee_shm_flags_words(m->number) : NULL;
	char text[TEE_FLAGS_LEN];
	const struct tee_name *t;
	__u32 rest = m->number;

	if (m->kind->table == tee_shm_flags)
		tee_shm_flags_text(m->number, text, sizeof(text));
	else
		tee_gen_caps_text(m->number, text, sizeof(text));
	printf("%s 0x%x %s\n", m->kind->name, m->number, text);
	for (t = m->kind->table; t->name; t++) {
		if (m->number & t->code)
			row(t->name, t->words);
		rest &= ~t->code;
	}
	if (rest) {
		snprintf(text, sizeof(text), "0x%x", rest);
		row(text, "not known to limen");
	}
	if (words)
		row("together", words);
}

void explain_text(const struct meaning *m)
{
	char text[80];

	if (m->result) {
		result_text(m);
	} else if (m->uuid) {
		printf("%s %s\n", m->uuid->uuid, m->uuid->name);
		row("means", m->uuid->what);
	} else if (m->vocabulary) {
		printf("%s, class of %s\n", m->vocabulary->names[m->class],
		       m->vocabulary->boundary);
		row("means", m->vocabulary->words(m->class));
		snprintf(text, sizeof(text), "'limen watch %s %s%s'", m->vocabulary->option,
			 m->vocabulary->names[m->class], m->vocabulary->operand);
		row("look at", text);
	} else if (m->kind->bits) {
		bits_text(m);
	} else {
		printf("%s %s %s\n", m->kind->name, explain_number(m->kind, m->number),
		       m->name->name);
		row("means", m->name->words);
	}
}
