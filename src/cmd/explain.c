// SPDX-License-Identifier: GPL-2.0-or-later
/* limen explain: codes, flags, UUIDs and limen's own classes in words. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"
#include "cmd/options.h"
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
"  a class          of a violation: slab-overflow, wrong-free\n"
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

/* --- lists --- */

/* One line, as text if details is NULL. False when nobody reads any more. */
static bool list_row(json_t *details, const char *key, int width, const char *name,
		     const char *words)
{
	if (details)
		return out_json(details);
	printf("%10s  %-*s  %s\n", key, width, name, words);
	return true;
}

static void list_results(bool json)
{
	const struct tee_name *t;
	char key[16];

	for (t = tee_results; t->name; t++) {
		snprintf(key, sizeof(key), "0x%08x", t->code);
		if (!list_row(json ? explain_name_json("result", t) : NULL, key, 33, t->name,
			      t->words))
			return;
	}
}

static void list_kind(const struct kind *kind, bool json)
{
	const struct tee_name *t;

	for (t = kind->table; t->name; t++)
		if (!list_row(json ? explain_name_json(kind->name, t) : NULL,
			      explain_number(kind, t->code), 23, t->name, t->words))
			return;
}

static void list_uuids(bool json)
{
	const struct tee_uuid_name *uuid;

	for (uuid = tee_uuids; uuid->name; uuid++)
		if (!list_row(json ? explain_uuid_json(uuid) : NULL, uuid->uuid, 19, uuid->name,
			      uuid->what))
			return;
}

static void list_classes(bool json)
{
	const struct vocabulary *v;
	int i;

	for (v = explain_vocabularies; v->boundary; v++)
		for (i = 0; v->names[i]; i++)
			if (!list_row(json ? explain_class_json(v, i) : NULL, v->boundary, 17,
				      v->names[i], v->words(i)))
				return;
}

static int list(const char *table, bool json)
{
	const char *names[EXPLAIN_KINDS + 4] = {"results", "uuids", "classes"};
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
	for (k = explain_kinds; k->name; k++) {
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
		out_json(explain_json(m));
	else if (m->known)
		explain_text(m);
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
		if (explain_find(&m, argv[i]))
			return usage_error("explain");
	for (i = optind; i < argc && out_flush(); i++) {
		explain_find(&m, argv[i]);
		if (!show(&m, o.json))
			status = STATUS_FAILED;
	}
	out_flush();
	return status ? status : out_status();
}
