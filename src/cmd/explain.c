// SPDX-License-Identifier: GPL-2.0-or-later
/* limen explain: codes, flags, UUIDs and limen's own classes in words. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "model/tee_names.h"
#include "model/usercopy.h"
#include "output/out.h"
#include "util/log.h"
#include "util/parse.h"

static const char help[] =
"usage: limen explain [OPTION]... WORD...\n"
"       limen explain [--json] --list TABLE\n"
"\n"
"Says what numbers and words of TEEs, and limen's own, mean. Needs no privilege,\n"
"and looks at nothing on this host. WORD is one of:\n"
"\n"
"  a TEE result     0xffff000c, TEEC_ERROR_OUT_OF_MEMORY, out_of_memory\n"
"  ORIGIN:RESULT    3:0xffff0008, TEE:ITEM_NOT_FOUND: also where it came from\n"
"  a UUID           of a trusted application, or its name: pkcs11\n"
"  a class          of a violation: slab-overflow\n"
"  KIND:NUMBER      KIND is flags (shared memory), caps (a TEE device), origin,\n"
"                   login, impl (which TEE), param, ioctl or rpc (OP-TEE's\n"
"                   requests): flags:0x5, rpc:6\n"
"\n"
"      --json            JSON: one object per WORD, or per row of the TABLE\n"
"      --list TABLE      all of: results, uuids, classes, origins, flags, caps,\n"
"                        logins, impls, params, ioctls or rpcs\n"
"  -h, --help            this text\n"
"\n"
"examples:\n"
"  limen explain 0xffff000c\n"
"  limen explain TEE:0xffff0008 8aaaf200-2450-11e4-abe2-0002a5d5c51b flags:0x5\n"
"  limen explain --list results | grep -i storage\n"
"\n"
"Exit status: 0 all explained, 1 a WORD is not known, 2 usage, or a WORD that is\n"
"no number where one has to be.\n"
"Full manual: limen-explain(8).\n";

/* --list is explain's own. */
enum { OPT_LIST = 512 };

static const struct option long_options[] = {
	{"json", no_argument, NULL, OPT_JSON},
	{"list", required_argument, NULL, OPT_LIST},
	{"help", no_argument, NULL, 'h'},
	{}
};

/* KIND:NUMBER. The list of a kind is called by its plural. */
static const struct kind {
	const char *name;
	const char *list;
	const struct tee_name *table;
	bool bits;
} kinds[] = {
	{"flags", "flags", tee_shm_flags, true},
	{"caps", "caps", tee_gen_caps, true},
	{"origin", "origins", tee_origins, false},
	{"login", "logins", tee_logins, false},
	{"impl", "impls", tee_impls, false},
	{"param", "params", tee_params, false},
	{"ioctl", "ioctls", tee_ioctls, false},
	{"rpc", "rpcs", tee_rpcs, false},
	{}
};

/* Words of limen's own, by boundary. */
static const char *usercopy_words(int class)
{
	return class_words(class);
}

static const struct vocabulary {
	const char *boundary;
	const char *const *names;
	const char *(*words)(int i);
} vocabularies[] = {
	{"usercopy", class_names, usercopy_words},
	{}
};

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

/* As the headers have it: bits and large numbers in hexadecimal. */
static const char *number_text(const struct kind *kind, __u32 number)
{
	static char text[16];

	snprintf(text, sizeof(text), kind->bits || number > 0xff ? "0x%x" : "%u", number);
	return text;
}

/* --- near words --- */

#define MAX_NEAR 256
#define NEAR_LEN 48

struct candidates {
	char text[MAX_NEAR][NEAR_LEN];
	const char *list[MAX_NEAR + 1];
	unsigned int nr;
};

static void lower(char *out, size_t size, const char *text)
{
	size_t i;

	for (i = 0; i + 1 < size && text[i]; i++)
		out[i] = tolower((unsigned char)text[i]);
	out[i] = '\0';
}

static void add_candidate(struct candidates *c, const char *text)
{
	if (c->nr == MAX_NEAR)
		return;
	lower(c->text[c->nr], NEAR_LEN, text);
	c->list[c->nr] = c->text[c->nr];
	c->nr++;
}

/* In static memory until the next call; NULL when nothing is near. */
static const char *near_candidate(struct candidates *c, const char *word)
{
	static char found[NEAR_LEN];
	const char *near;
	char text[NEAR_LEN];

	lower(text, sizeof(text), word);
	c->list[c->nr] = NULL;
	near = nearest_word(text, c->list);
	if (near)
		strcpy(found, near);
	return near ? found : NULL;
}

static const char *near_word(const char *word)
{
	static struct candidates c;
	const struct tee_uuid_name *uuid;
	const struct vocabulary *v;
	const struct tee_name *t;
	unsigned int i;

	c.nr = 0;
	for (t = tee_results; t->name; t++)
		add_candidate(&c, tee_result_stem(t->name));
	for (v = vocabularies; v->boundary; v++)
		for (i = 0; v->names[i]; i++)
			add_candidate(&c, v->names[i]);
	for (uuid = tee_uuids; uuid->name; uuid++)
		add_candidate(&c, uuid->name);
	return near_candidate(&c, tee_result_stem(word));
}

static const char *near_prefix(const char *prefix)
{
	static struct candidates c;
	const struct tee_name *t;
	const struct kind *k;

	c.nr = 0;
	for (k = kinds; k->name; k++)
		add_candidate(&c, k->name);
	for (t = tee_origins; t->name; t++)
		add_candidate(&c, t->name);
	return near_candidate(&c, prefix);
}

/* --- what a word is --- */

/* Why a word is not known; near: what may have been meant, or NULL. */
static void unknown(struct meaning *m, const char *near, const char *fmt, ...) log_format(3);

static void unknown(struct meaning *m, const char *near, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->why_not, sizeof(m->why_not), fmt, args);
	va_end(args);
	m->near = near;
}

static bool all_of(const char *text, const char *set)
{
	return *text && text[strspn(text, set)] == '\0';
}

#define DECIMAL "0123456789"
#define HEX	DECIMAL "abcdefABCDEF"

/*
 * With 0x, or decimal, or eight hexadecimal digits as logs have them. 1 when it
 * is none, -EINVAL (said) when it begins as a number and is not one of 32 bits.
 */
static int parse_code(const char *text, __u32 *code)
{
	bool prefix = !strncasecmp(text, "0x", 2);
	bool bare = strlen(text) == 8 && all_of(text, HEX) && !all_of(text, DECIMAL);
	unsigned long long value;

	if (!isdigit((unsigned char)text[0]) && !bare)
		return 1;
	if (!bare && !(prefix ? all_of(text + 2, HEX) : all_of(text, DECIMAL)))
		return fail(-EINVAL, "'%s' is no number", out_safe(text, 64));
	errno = 0;
	value = strtoull(text, NULL, prefix || bare ? 16 : 10);
	if (errno || value > 0xffffffffULL)
		return fail(-EINVAL, "'%s' has more than 32 bits", out_safe(text, 64));
	*code = value;
	return 0;
}

#define TRUSTED_APP 4 /* the origin */

static void take_result(struct meaning *m, __u32 code)
{
	const char *range = tee_result_range(code);

	m->number = code;
	m->result = tee_find(tee_results, code);
	m->known = m->result;
	if (m->known)
		return;
	if (m->origin && m->origin->code == TRUSTED_APP)
		unknown(m, NULL,
			"0x%08x is not known: a trusted application may have its own codes", code);
	else if (range)
		unknown(m, NULL, "0x%08x is not known: %s", code, range);
	else if (code && code < 4096)
		unknown(m, NULL, "%u is no result of a TEE; an errno is not explained here", code);
	else if (code > 0xfffff000)
		unknown(m, NULL, "0x%08x is no result of a TEE; as a negative errno it is %d", code,
			(int)code);
	else
		unknown(m, NULL, "0x%08x is no result that limen knows (see --list results)", code);
}

static int take_uuid(struct meaning *m, const char *text)
{
	__u8 uuid[16];

	if (tee_uuid_parse(text, uuid))
		return fail(-EINVAL, "'%s' is no UUID (8-4-4-4-12 hexadecimal digits)",
			    out_safe(text, 64));
	m->uuid = tee_uuid_find(uuid);
	m->known = m->uuid;
	if (!m->known)
		unknown(m, NULL, "%s is no trusted application that limen knows (see --list uuids)",
			text);
	return 0;
}

static const struct kind *find_kind(const char *name, size_t len)
{
	const struct kind *k;

	for (k = kinds; k->name; k++)
		if (strlen(k->name) == len && !strncasecmp(k->name, name, len))
			return k;
	return NULL;
}

static int take_kind(struct meaning *m, const struct kind *kind, const char *text)
{
	int err = parse_code(text, &m->number);

	if (err > 0)
		err = fail(-EINVAL, "%s: '%s' is no number", kind->name, out_safe(text, 64));
	if (err)
		return err;
	m->kind = kind;
	if (kind->table == tee_ioctls)
		m->name = tee_ioctl_find(m->number);
	else if (kind->table == tee_params)
		m->name = tee_param_find(m->number);
	else if (!kind->bits)
		m->name = tee_find(kind->table, m->number);
	m->known = kind->bits || m->name;
	if (!m->known)
		unknown(m, NULL, "%s %s is none that limen knows (see --list %s)", kind->name,
			number_text(kind, m->number), kind->list);
	return 0;
}

/* The part before the colon: a number, or a name with or without TEEC_ORIGIN_. */
static int take_origin(struct meaning *m, const char *text)
{
	static const char *const before[] = {"TEEC_ORIGIN_", "TEE_ORIGIN_", "ORIGIN_", ""};
	unsigned int i;
	__u32 number;
	int err;

	err = parse_code(text, &number);
	if (err < 0)
		return err;
	if (!err)
		m->origin = tee_find(tee_origins, number);
	for (i = 0; err && !m->origin && i < sizeof(before) / sizeof(before[0]); i++)
		if (!strncasecmp(text, before[i], strlen(before[i])))
			m->origin = tee_find_name(tee_origins, text + strlen(before[i]));
	if (m->origin)
		return 0;
	if (!err)
		unknown(m, NULL, "%u is no origin (see --list origins)", number);
	else
		unknown(m, near_prefix(text), "'%s' before the colon is no origin and no kind",
			out_safe(text, 32));
	return 0;
}

static void take_result_name(struct meaning *m, const char *name)
{
	m->result = tee_result_find_name(name);
	m->known = m->result;
	if (m->known)
		m->number = m->result->code;
	else
		unknown(m, near_word(name), "'%s' is no result of a TEE", out_safe(name, 64));
}

static int take_pair(struct meaning *m, const char *word, const char *colon)
{
	const struct kind *kind = find_kind(word, colon - word);
	char prefix[40];
	__u32 code;
	int err;

	if (!colon[1])
		return fail(-EINVAL, "'%s': nothing behind the colon", out_safe(word, 64));
	if (kind)
		return take_kind(m, kind, colon + 1);
	snprintf(prefix, sizeof(prefix), "%.*s", (int)(colon - word), word);
	err = take_origin(m, prefix);
	if (err || !m->origin)
		return err;
	err = parse_code(colon + 1, &code);
	if (!err)
		take_result(m, code);
	else if (err > 0)
		take_result_name(m, colon + 1);
	return err < 0 ? err : 0;
}

static bool take_class(struct meaning *m, const char *word)
{
	const struct vocabulary *v;
	int i;

	for (v = vocabularies; v->boundary; v++) {
		for (i = 0; v->names[i]; i++) {
			if (strcasecmp(v->names[i], word))
				continue;
			m->vocabulary = v;
			m->class = i;
			return true;
		}
	}
	return false;
}

static void take_name(struct meaning *m, const char *word)
{
	m->result = tee_result_find_name(word);
	if (m->result)
		m->number = m->result->code;
	m->known = m->result || take_class(m, word);
	if (m->known)
		return;
	m->uuid = tee_uuid_find_name(word);
	m->known = m->uuid;
	if (!m->known)
		unknown(m, near_word(word),
			"'%s' is no result, class or trusted application that limen knows",
			out_safe(word, 64));
}

/* 0, or -EINVAL after saying what is wrong. What is not known is no error here. */
static int find_meaning(struct meaning *m, const char *word)
{
	const char *colon = strchr(word, ':');
	__u32 code;
	int err;

	*m = (struct meaning){.word = word};
	if (!*word)
		return fail(-EINVAL, "an empty word");
	if (colon)
		return take_pair(m, word, colon);
	if (strchr(word, '-') && all_of(word, HEX "-"))
		return take_uuid(m, word);
	err = parse_code(word, &code);
	if (err < 0)
		return err;
	if (err)
		take_name(m, word);
	else
		take_result(m, code);
	return 0;
}

/* --- as text --- */

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

static void meaning_text(const struct meaning *m)
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
		snprintf(text, sizeof(text), "'limen watch --class %s'",
			 m->vocabulary->names[m->class]);
		row("look at", text);
	} else if (m->kind->bits) {
		bits_text(m);
	} else {
		printf("%s %s %s\n", m->kind->name, number_text(m->kind, m->number),
		       m->name->name);
		row("means", m->name->words);
	}
}

/* --- as JSON --- */

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

static json_t *meaning_json(const struct meaning *m)
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

/* --- lists --- */

/* One line, as text if details is NULL. False when nobody reads any more. */
static bool list_row(json_t *details, const char *key, int width, const char *name,
		     const char *words)
{
	if (details)
		return out_json(explanation(NULL, details));
	printf("%10s  %-*s  %s\n", key, width, name, words);
	return true;
}

static void list_results(bool json)
{
	const struct tee_name *t;
	char key[16];

	for (t = tee_results; t->name; t++) {
		snprintf(key, sizeof(key), "0x%08x", t->code);
		if (!list_row(json ? table_json("result", t->code, t) : NULL, key, 33, t->name,
			      t->words))
			return;
	}
}

static void list_kind(const struct kind *kind, bool json)
{
	const struct tee_name *t;

	for (t = kind->table; t->name; t++)
		if (!list_row(json ? table_json(kind->name, t->code, t) : NULL,
			      number_text(kind, t->code), 23, t->name, t->words))
			return;
}

static void list_uuids(bool json)
{
	const struct tee_uuid_name *uuid;

	for (uuid = tee_uuids; uuid->name; uuid++)
		if (!list_row(json ? uuid_json(uuid) : NULL, uuid->uuid, 19, uuid->name,
			      uuid->what))
			return;
}

static void list_classes(bool json)
{
	const struct vocabulary *v;
	int i;

	for (v = vocabularies; v->boundary; v++)
		for (i = 0; v->names[i]; i++)
			if (!list_row(json ? class_json(v, i) : NULL, v->boundary, 16, v->names[i],
				      v->words(i)))
				return;
}

static int list(const char *table, bool json)
{
	const char *names[sizeof(kinds) / sizeof(kinds[0]) + 3] = {"results", "uuids", "classes"};
	const struct kind *k;
	const char *near;
	size_t nr = 3;

	if (!strcmp(table, "results")) {
		list_results(json);
		return 0;
	}
	if (!strcmp(table, "uuids")) {
		list_uuids(json);
		return 0;
	}
	if (!strcmp(table, "classes")) {
		list_classes(json);
		return 0;
	}
	for (k = kinds; k->name; k++) {
		if (!strcmp(table, k->list)) {
			list_kind(k, json);
			return 0;
		}
		names[nr++] = k->list;
	}
	near = nearest_word(table, names);
	return fail(-EINVAL, "--list: '%s' is no table that limen has%s%s%s", out_safe(table, 64),
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* --- all of it --- */

struct explain_options {
	const char *list;
	bool json;
};

/* 0, a negative errno, or 1 when help was asked for. */
static int parse_options(struct explain_options *o, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (option) {
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_LIST:
			o->list = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 1;
		default:
			return -EINVAL;
		}
	}
	if (o->list && optind < argc)
		return fail(-EINVAL, "--list does not go with words");
	if (!o->list && optind == argc)
		return fail(-EINVAL, "nothing to explain: no WORD was given");
	return 0;
}

/* Whether it is known. */
static bool show(const struct meaning *m, bool json)
{
	if (!m->known)
		fail(0, "%s%s%s%s", m->why_not, m->near ? "; did you mean '" : "",
		     m->near ? m->near : "", m->near ? "'?" : "");
	if (json)
		out_json(meaning_json(m));
	else if (m->known)
		meaning_text(m);
	return m->known;
}

int cmd_explain(int argc, char **argv)
{
	struct explain_options o = {};
	int err, i, status = STATUS_OK;
	struct meaning m;

	err = parse_options(&o, argc, argv);
	if (err > 0)
		return out_flush() ? STATUS_OK : out_status();
	if (err)
		return usage_error("explain");
	if (o.list && list(o.list, o.json))
		return usage_error("explain");
	/* Nothing is printed unless every word can be taken apart. */
	for (i = optind; i < argc; i++)
		if (find_meaning(&m, argv[i]))
			return usage_error("explain");
	for (i = optind; i < argc && out_flush(); i++) {
		find_meaning(&m, argv[i]);
		if (!show(&m, o.json))
			status = STATUS_FAILED;
	}
	out_flush();
	return status ? status : out_status();
}
