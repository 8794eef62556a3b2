/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether this kernel's KVM has Arm CCA realms, and which of the functions. */
#ifndef LIMEN_PROBE_REALM_H
#define LIMEN_PROBE_REALM_H

#include <stdbool.h>

/*
 * Marks in wanted[HOOKS] the hooks HOOK_S2_REALM_* whose function is there: a
 * hook that is tried in vain costs the object to be loaded anew. False: there
 * are no realms, none is marked, and the tables need no room.
 */
bool realm_wanted(bool *wanted);

#endif
