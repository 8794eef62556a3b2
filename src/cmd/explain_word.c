// SPDX-License-Identifier: GPL-2.0-or-later
/* limen explain: what a word is. */
#include "cmd/explain.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/stage2_event.h"
#include "model/tee.h"
#include "model/usercopy.h"
#include "output/out.h"
#include "util/log.h"
#include "util/parse.h"

const struct kind explain_kinds[EXPLAIN_KINDS + 1] = {
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

static const char *usercopy_words(int class)
{
	return class_words(class);
}

/* Without the first, "ok", which no event of tee has. */
static const char *tee_words(int class)
{
	return tee_class_words(class + 1);
}

static const char *stage2_words(int finding)
{
	return stage2_finding_words(finding + 1);
}

/* A class that two boundaries have is explained for the first. */
const struct vocabulary explain_vocabularies[] = {
	{"usercopy", class_names, usercopy_words, "--class", ""},
	{"tee", tee_class_names + 1, tee_words, "--only", " tee"},
	{"stage2", stage2_finding_names + 1, stage2_words, "--only", " stage2"},
	{}
};

const char *explain_number(const struct kind *kind, __u32 number)
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
	for (v = explain_vocabularies; v->boundary; v++)
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
	for (k = explain_kinds; k->name; k++)
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

	for (k = explain_kinds; k->name; k++)
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
			explain_number(kind, m->number), kind->list);
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

	for (v = explain_vocabularies; v->boundary; v++) {
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

int explain_find(struct meaning *m, const char *word)
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
