/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generated skeletons, with the shared types that they need. */
#ifndef LIMEN_SKELETON_H
#define LIMEN_SKELETON_H

#include "limen/abi.h"
#include "limen/stage2.h"
#include "limen/tee.h"
#include "limen/vm.h"

#include "limen.skel.h"
#include "limen_optee.skel.h"
#include "limen_stage2.skel.h"
#include "limen_tee.skel.h"
#include "limen_vm.skel.h"

#endif
