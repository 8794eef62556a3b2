// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/kallsyms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN	1024

struct entry {
	__u64 address;
	__u32 name;		/* offset into names */
	__u32 module;		/* offset into names, 0: none */
};

struct kallsyms {
	struct entry *entries;	/* sorted by address */
	size_t nr, room;
	char *names;		/* names[0] is an empty string */
	size_t used, names_room;
	char last_module[64];
	__u32 last_module_at;
	__u64 modules_hash;	/* of /proc/modules when the table was read */
};

struct kallsyms_line {
	__u64 address;
	char type;
	char *name;
	char *module;		/* NULL: the kernel image */
};

/* Splits "ffffffff81000000 T name\t[module]\n" in place. */
static bool split_line(char *text, struct kallsyms_line *line)
{
	char *p;

	line->address = strtoull(text, &p, 16);
	if (p == text || p[0] != ' ' || !p[1] || p[2] != ' ')
		return false;
	line->type = p[1];
	line->name = p + 3;
	line->module = NULL;
	p = line->name + strcspn(line->name, "\t\n");
	if (*p == '\t' && p[1] == '[') {
		line->module = p + 2;
		line->module[strcspn(line->module, "]\n")] = '\0';
	}
	*p = '\0';
	return true;
}

static bool is_text(char type)
{
	return strchr("tTwW", type) != NULL;
}

/* An end is the next higher address: kallsyms is sorted, except for modules. */
static void close_open_ends(struct ksym *wanted, unsigned int n, __u64 address)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (wanted[i].address && !wanted[i].end && address > wanted[i].address)
			wanted[i].end = address;
}

int kallsyms_find(struct ksym *wanted, unsigned int n)
{
	struct kallsyms_line line;
	char text[LINE_MAX_LEN];
	bool any_address = false;
	unsigned int i, open = 0;
	FILE *f;

	for (i = 0; i < n; i++)
		wanted[i].address = wanted[i].end = 0;
	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return -errno;
	while (fgets(text, sizeof(text), f)) {
		if (!split_line(text, &line))
			continue;
		if (line.module)
			break;		/* modules come last, and are not wanted */
		any_address |= line.address != 0;
		if (open) {
			close_open_ends(wanted, n, line.address);
			open = 0;
			for (i = 0; i < n; i++)
				open += wanted[i].address && !wanted[i].end;
		}
		for (i = 0; i < n; i++) {
			if (wanted[i].address || strcmp(wanted[i].name, line.name))
				continue;
			wanted[i].address = line.address;
			open++;
		}
	}
	fclose(f);
	return any_address ? 0 : -EPERM;
}

int kallsyms_find_functions(struct ksym *wanted, unsigned int n)
{
	struct kallsyms_line line;
	char text[LINE_MAX_LEN];
	bool any_address = false;
	unsigned int i;
	FILE *f;

	for (i = 0; i < n; i++)
		wanted[i].address = wanted[i].end = 0;
	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return -errno;
	while (fgets(text, sizeof(text), f)) {
		if (!split_line(text, &line))
			continue;
		any_address |= line.address >> 32 != 0;
		for (i = 0; is_text(line.type) && i < n; i++) {
			if (wanted[i].address || wanted[i].name[0] != line.name[0] ||
			    strcmp(wanted[i].name, line.name))
				continue;
			wanted[i].address = line.address;
			snprintf(wanted[i].module, sizeof(wanted[i].module), "%s",
				 line.module ? line.module : "");
		}
	}
	fclose(f);
	return any_address ? 0 : -EPERM;
}

static __u32 add_name(struct kallsyms *syms, const char *name)
{
	size_t len = strlen(name) + 1;
	__u32 at = syms->used;
	char *grown;

	if (syms->used + len > syms->names_room) {
		grown = realloc(syms->names, syms->names_room * 2 + len + (1 << 16));
		if (!grown)
			return 0;
		syms->names = grown;
		syms->names_room = syms->names_room * 2 + len + (1 << 16);
	}
	memcpy(syms->names + at, name, len);
	syms->used += len;
	return at;
}

static __u32 add_module(struct kallsyms *syms, const char *module)
{
	if (strcmp(syms->last_module, module)) {
		snprintf(syms->last_module, sizeof(syms->last_module), "%s", module);
		syms->last_module_at = add_name(syms, module);
	}
	return syms->last_module_at;
}

static bool add_entry(struct kallsyms *syms, const struct kallsyms_line *line)
{
	struct entry *grown;

	if (syms->nr == syms->room) {
		syms->room = syms->room ? syms->room * 2 : 1 << 16;
		grown = realloc(syms->entries, syms->room * sizeof(*grown));
		if (!grown)
			return false;
		syms->entries = grown;
	}
	syms->entries[syms->nr].address = line->address;
	syms->entries[syms->nr].name = add_name(syms, line->name);
	syms->entries[syms->nr].module = line->module ? add_module(syms, line->module) : 0;
	syms->nr++;
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/*
 * Names and addresses of the loaded modules as one number (FNV-1a); use counts,
 * which change all the time, are left out.
 */
static __u64 hash_modules(void)
{
	FILE *f = fopen("/proc/modules", "re");
	__u64 hash = 0xcbf29ce484222325ULL;
	char name[64], address[64];
	const char *p;

	while (f && fscanf(f, "%63s %*s %*s %*s %*s %63s%*[^\n]", name, address) == 2) {
		for (p = name; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 0x100000001b3ULL;
		for (p = address; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 0x100000001b3ULL;
	}
	if (f)
		fclose(f);
	return hash;
}

static bool read_table(struct kallsyms *syms)
{
	struct kallsyms_line line;
	char text[LINE_MAX_LEN];
	bool ok = true;
	FILE *f;

	syms->nr = 0;
	syms->used = 0;
	syms->last_module[0] = '\0';
	syms->modules_hash = hash_modules();
	add_name(syms, "");
	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return false;
	while (ok && fgets(text, sizeof(text), f))
		if (split_line(text, &line) && is_text(line.type) && line.address)
			ok = add_entry(syms, &line);
	fclose(f);
	qsort(syms->entries, syms->nr, sizeof(*syms->entries), by_address);
	return ok && syms->nr;
}

struct kallsyms *kallsyms_load(void)
{
	struct kallsyms *syms = calloc(1, sizeof(*syms));

	if (syms && !read_table(syms)) {
		kallsyms_free(syms);
		return NULL;
	}
	return syms;
}

void kallsyms_free(struct kallsyms *syms)
{
	if (!syms)
		return;
	free(syms->entries);
	free(syms->names);
	free(syms);
}

void kallsyms_refresh(struct kallsyms *syms)
{
	if (hash_modules() != syms->modules_hash)
		read_table(syms);
}

bool kallsyms_symbol(struct kallsyms *syms, __u64 address, struct symbol *out)
{
	size_t low = 0, high = syms->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (syms->entries[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return false;
	out->name = syms->names + syms->entries[low - 1].name;
	out->module = syms->entries[low - 1].module ?
		syms->names + syms->entries[low - 1].module : NULL;
	out->offset = address - syms->entries[low - 1].address;
	return out->offset < 1 << 20;
}

bool symbol_is_probe(const struct symbol *symbol)
{
	return (symbol->module && !strcmp(symbol->module, "bpf")) ||
	       !strncmp(symbol->name, "bpf_", 4);
}
