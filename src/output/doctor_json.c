// SPDX-License-Identifier: GPL-2.0-or-later
/* limen doctor for programs: names that stay, see limen-doctor(8). */
#include <string.h>

#include <jansson.h>

#include "cmd/doctor.h"
#include "output/out.h"

static json_t *host_json(const struct doctor *d)
{
	const struct host *host = &d->host;

	return json_pack("{s:s, s:s, s:b, s:{s:b, s:b, s:b}, s:s, s:s, s:s, s:s, s:b}",
			 "release", out_safe(host->release, 64),
			 "machine", out_safe(host->machine, 64),
			 "btf", host->btf,
			 "capabilities", "bpf", host->cap_bpf, "perfmon", host->cap_perfmon,
			 "syslog", host->cap_syslog,
			 "lockdown", lockdown_name(host->lockdown),
			 "lsms", out_safe(host->lsms, 255),
			 "bpf_lsm", tristate_name(host->bpf_lsm),
			 "hardened_usercopy", tristate_name(host->hardened_usercopy),
			 "addresses", check_addresses(d->check));
}

/* An empty string becomes null. */
static json_t *text_json(const char *text)
{
	return *text ? json_string(out_safe(text, 400)) : json_null();
}

static json_t *tried_json(const struct row *row)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < row->nr_tried; i++)
		json_array_append_new(list, json_pack("{s:s, s:b, s:i, s:o}",
			"how", rung_name(row->ladder[i]), "ok", !row->tried[i].err,
			"error", -row->tried[i].err, "reason", text_json(row->tried[i].reason)));
	return list;
}

static json_t *row_json(const struct row *row)
{
	bool absent = row->how == RUNG_ABSENT;

	return json_pack("{s:s, s:s, s:o, s:b, s:b, s:s, s:s, s:o, s:o, s:o}",
			 "boundary", boundary_names[row->boundary],
			 "function", row->place.function,
			 "module", text_json(row->place.module ? row->place.module : ""),
			 "essential", row->essential, "return", row->place.at_return,
			 "how", row_how(row), "sees", row->sees,
			 "tried", tried_json(row),
			 "reason", text_json(absent ? why(row)->reason : ""),
			 "remedy", text_json(absent ? why(row)->remedy : ""));
}

/* true, false, "partly" or "unknown". */
static json_t *seen_json(const char *seen)
{
	if (!strcmp(seen, "yes"))
		return json_true();
	return strcmp(seen, "no") ? json_string(seen) : json_false();
}

void doctor_json(const struct doctor *d)
{
	json_t *rows = json_array(), *coverage = json_array(), *asked = json_array();
	unsigned int i;

	for (i = 0; i < BOUNDARIES; i++)
		if (d->asked[i])
			json_array_append_new(asked, json_string(boundary_names[i]));
	for (i = 0; i < d->nr_rows; i++)
		json_array_append_new(rows, row_json(&d->rows[i]));
	for (i = 0; i < d->nr_coverage; i++)
		json_array_append_new(coverage, json_pack("{s:s, s:s, s:o, s:s}",
			"boundary", boundary_names[d->coverage[i].boundary],
			"what", d->coverage[i].what, "seen", seen_json(d->coverage[i].seen),
			"how", d->coverage[i].how));
	out_json(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:i}", "type", "doctor",
			   "kernel", host_json(d), "asked", asked, "hooks", rows,
			   "programs", d->programs_tried ? json_boolean(!d->programs_err) : json_null(),
			   "coverage", coverage, "status", (int)d->status));
}
