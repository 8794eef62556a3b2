// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/log.h"

struct unit {
	const char *name;
	__u64 factor;
};

static const struct unit no_units[] = {{"", 1}, {}};

static const struct unit byte_units[] = {
	{"", 1}, {"B", 1},
	{"K", 1 << 10}, {"KB", 1 << 10}, {"KiB", 1 << 10},
	{"M", 1 << 20}, {"MB", 1 << 20}, {"MiB", 1 << 20},
	{"G", 1 << 30}, {"GB", 1 << 30}, {"GiB", 1 << 30}, {}
};

static const struct unit time_units[] = {
	{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {}
};

static int parse_with_unit(const char *what, const char *text, const struct unit *unit,
			   __u64 min, __u64 max, const char *form, __u64 *out)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || errno)
		return fail(-EINVAL, "%s: '%s' is not %s", what, text, form);
	while (unit->name && strcasecmp(unit->name, end))
		unit++;
	if (!unit->name)
		return fail(-EINVAL, "%s: '%s' is not %s", what, text, form);
	if (value > ~0ULL / unit->factor || value * unit->factor < min ||
	    value * unit->factor > max)
		return fail(-EINVAL, "%s: '%s' is out of range (%llu to %llu)", what, text,
			    (unsigned long long)min, (unsigned long long)max);
	*out = value * unit->factor;
	return 0;
}

int parse_number(const char *what, const char *text, __u64 min, __u64 max, __u64 *out)
{
	return parse_with_unit(what, text, no_units, min, max, "a whole number", out);
}

int parse_bytes(const char *what, const char *text, __u64 min, __u64 max, __u64 *out)
{
	return parse_with_unit(what, text, byte_units, min, max,
			       "a size in bytes (K, M and G may follow)", out);
}

int parse_milliseconds(const char *what, const char *text, __u64 min, __u64 max, __u64 *out)
{
	return parse_with_unit(what, text, time_units, min, max,
			       "a time in seconds (ms, s, m and h may follow)", out);
}

/* Levenshtein distance of short words; long ones are never near. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[33], i, j, above, left;
	size_t n = strlen(b);

	if (strlen(a) > 32 || n > 32)
		return 32;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		above = row[0];
		row[0] = i;
		for (j = 1; j <= n; j++) {
			left = row[j];
			row[j] = above + (a[i - 1] != b[j - 1]);
			if (left + 1 < row[j])
				row[j] = left + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			above = left;
		}
	}
	return row[n];
}

const char *nearest_word(const char *word, const char *const *candidates)
{
	unsigned int best = strlen(word) / 3 + 2, d;
	const char *found = NULL;

	for (; *candidates; candidates++) {
		d = distance(word, *candidates);
		if (d < best) {
			best = d;
			found = *candidates;
		}
	}
	return found;
}
