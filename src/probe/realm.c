// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/realm.h"

#include "probe/hooks.h"
#include "probe/kallsyms.h"

#define NR	(HOOK_S2_REALM_LAST - HOOK_S2_REALM_FIRST + 1)

bool realm_wanted(bool *wanted)
{
	struct ksym functions[NR] = {};
	int i;

	for (i = 0; i < NR; i++) {
		functions[i].name = hooks[HOOK_S2_REALM_FIRST + i].function;
		wanted[HOOK_S2_REALM_FIRST + i] = false;
	}
	/* Without the map and its return nothing can be told. */
	if (kallsyms_find_functions(functions, NR) ||
	    !functions[HOOK_S2_REALM_MAP - HOOK_S2_REALM_FIRST].address)
		return false;
	for (i = 0; i < NR; i++)
		wanted[HOOK_S2_REALM_FIRST + i] = functions[i].address;
	return true;
}
