// SPDX-License-Identifier: GPL-2.0-or-later
/* Names that stay: documented in limen-explain(8), section JSON. */
#include <string.h>

#include "cmd/explain.h"
#include "output/out.h"

static json_t *text_json(const char *text)
{
	json_t *string = json_string(text);

	return string ? string : json_string(out_safe(text, 400));
}

/* NULL becomes null. */
static json_t *words_json(const char *words)
{
	return words ? json_string(words) : json_null();
}

static json_t *origin_json(const struct tee_name *origin)
{
	if (!origin)
		return json_null();
	return json_pack("{s:I, s:s, s:s}", "code", (json_int_t)origin->code, "name", origin->name,
			 "words", origin->words);
}

static json_t *table_json(const char *kind, __u32 code, const struct tee_name *name)
{
	return json_pack("{s:s, s:I, s:s, s:s}", "kind", kind, "code", (json_int_t)code, "name",
			 name->name, "words", name->words);
}

static json_t *result_json(const struct meaning *m)
{
	const struct tee_name *result = m->result, *origin = m->origin;
	const struct tee_hint *hint = tee_hint_find(origin ? origin->code : 0, result->code);
	json_t *object = table_json("result", result->code, result);

	if (tee_result_in_client(result->code))
		json_object_set_new(object, "client_name",
				    json_sprintf("TEEC_%s", result->name + strlen("TEE_")));
	else
		json_object_set_new(object, "client_name", json_null());
	json_object_set_new(object, "origin", origin_json(origin));
	json_object_set_new(object, "often", words_json(hint ? hint->often : NULL));
	json_object_set_new(object, "look_at", words_json(hint ? hint->next : NULL));
	return object;
}

static json_t *bits_json(const struct meaning *m)
{
	const char *words = m->kind->table == tee_shm_flags ? tee_shm_flags_words(m->number) : NULL;
	json_t *names = json_array();
	const struct tee_name *t;
	__u32 rest = m->number;

	for (t = m->kind->table; t->name; t++) {
		if (m->number & t->code)
			json_array_append_new(names, json_string(t->name));
		rest &= ~t->code;
	}
	return json_pack("{s:s, s:I, s:o, s:I, s:o}", "kind", m->kind->name, "code",
			 (json_int_t)m->number, "names", names, "unknown", (json_int_t)rest,
			 "words", words_json(words));
}

static json_t *uuid_json(const struct tee_uuid_name *uuid)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "kind", "uuid", "uuid", uuid->uuid, "name",
			 uuid->name, "words", uuid->what);
}

static json_t *class_json(const struct vocabulary *v, int class)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "kind", "class", "boundary", v->boundary, "name",
			 v->names[class], "words", v->words(class));
}

/* Takes over details. word may be NULL. */
static json_t *explanation(const char *word, json_t *details)
{
	json_t *object = json_pack("{s:s}", "type", "explanation");

	if (word)
		json_object_set_new(object, "word", text_json(word));
	json_object_update(object, details);
	json_decref(details);
	return object;
}

json_t *explain_json(const struct meaning *m)
{
	json_t *details;

	if (!m->known)
		details = json_pack("{s:n, s:o, s:o}", "kind", "words", text_json(m->why_not),
				    "near", words_json(m->near));
	else if (m->result)
		details = result_json(m);
	else if (m->uuid)
		details = uuid_json(m->uuid);
	else if (m->vocabulary)
		details = class_json(m->vocabulary, m->class);
	else if (m->kind->bits)
		details = bits_json(m);
	else
		details = table_json(m->kind->name, m->number, m->name);
	return explanation(m->word, details);
}

json_t *explain_name_json(const char *kind, const struct tee_name *name)
{
	return explanation(NULL, table_json(kind, name->code, name));
}

json_t *explain_uuid_json(const struct tee_uuid_name *uuid)
{
	return explanation(NULL, uuid_json(uuid));
}

json_t *explain_class_json(const struct vocabulary *v, int class)
{
	return explanation(NULL, class_json(v, class));
}
