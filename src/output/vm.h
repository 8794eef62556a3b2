/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual machines as text and as JSON. */
#ifndef LIMEN_OUTPUT_VM_H
#define LIMEN_OUTPUT_VM_H

#include <jansson.h>

#include "model/vm.h"

void vm_text(const struct vm *vm);
json_t *vm_json(const struct vm *vm);

/* Its parts, for what else speaks of a slot. */
void vm_backing_text(const struct vm_slot *slot);
void vm_warnings_text(const struct vm_slot *slot);
json_t *vm_slot_json(const struct vm_slot *slot);

#endif
