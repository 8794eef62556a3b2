/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel addresses from /proc/kallsyms: a handful of names in one pass, and
 * the whole table for symbolizing stacks.
 */
#ifndef LIMEN_KALLSYMS_H
#define LIMEN_KALLSYMS_H

#include <stdbool.h>
#include <linux/types.h>

#define MODULE_NAME	56	/* MODULE_NAME_LEN, include/linux/moduleparam.h */

/* One wanted symbol: name in, address and end (of the next symbol) out; 0 unknown. */
struct ksym {
	const char *name;
	__u64 address;
	__u64 end;
	char module[MODULE_NAME];	/* that has it; empty: the kernel image */
};

/*
 * Fills wanted[0..n). Returns 0, -EPERM when the kernel hides addresses
 * (kptr_restrict, no CAP_SYSLOG), or another negative errno.
 */
int kallsyms_find(struct ksym *wanted, unsigned int n);

/*
 * The same for functions, of modules too (whichever has the name first); end
 * stays 0. With -EPERM nothing is known: a function may be there all the same.
 */
int kallsyms_find_functions(struct ksym *wanted, unsigned int n);

struct kallsyms;

/* Loads the table, about 8 MiB; free with kallsyms_free(). NULL on failure. */
struct kallsyms *kallsyms_load(void);
void kallsyms_free(struct kallsyms *syms);

/* Reads the table again if modules came or went since. Cheap if none did. */
void kallsyms_refresh(struct kallsyms *syms);

struct symbol {
	const char *name;	/* owned by the table */
	const char *module;	/* NULL: the kernel image */
	__u64 offset;
};

/* False when no symbol covers address. */
bool kallsyms_symbol(struct kallsyms *syms, __u64 address, struct symbol *out);

/* True for a BPF program or its trampoline: our own frames on top of a stack. */
bool symbol_is_probe(const struct symbol *symbol);

#endif
