/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual machines as text and as JSON. */
#ifndef LIMEN_OUTPUT_VM_H
#define LIMEN_OUTPUT_VM_H

#include <jansson.h>

#include "model/vm.h"

void vm_text(const struct vm *vm);
json_t *vm_json(const struct vm *vm);

#endif
