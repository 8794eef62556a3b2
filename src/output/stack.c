// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/stack.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "output/out.h"
#include "probe/kallsyms.h"

unsigned int stack_first(const __u64 *stack, unsigned int nr, struct kallsyms *syms)
{
	struct symbol symbol;
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!syms || !kallsyms_symbol(syms, stack[i], &symbol) || !symbol_is_probe(&symbol))
			return i;
	return 0;
}

void frame_text(__u64 address, struct kallsyms *syms)
{
	struct symbol symbol;

	if (!syms || !kallsyms_symbol(syms, address, &symbol))
		printf("0x%llx", address);
	else if (symbol.module)
		printf("%s+0x%llx [%s]", out_safe(symbol.name, 512), symbol.offset, symbol.module);
	else
		printf("%s+0x%llx", out_safe(symbol.name, 512), symbol.offset);
}

unsigned int stack_next(const __u64 *stack, unsigned int nr, unsigned int at,
			struct kallsyms *syms)
{
	struct symbol last, symbol;
	bool known = syms && kallsyms_symbol(syms, stack[at], &last), probe = false;

	for (at++; known && at < nr && stack[at]; at++) {
		if (!kallsyms_symbol(syms, stack[at], &symbol))
			break;
		/* A trampoline, and the call of it from the function that it is for. */
		if (symbol_is_probe(&symbol))
			probe = true;
		else if (!probe || strcmp(symbol.name, last.name))
			break;
	}
	return at < nr && stack[at] ? at : nr;
}

void stack_text(const __u64 *stack, unsigned int nr, struct kallsyms *syms)
{
	unsigned int i = stack_first(stack, nr, syms);

	for (; i < nr && stack[i]; i = stack_next(stack, nr, i, syms)) {
		printf("%13s", "");
		frame_text(stack[i], syms);
		putchar('\n');
	}
}
