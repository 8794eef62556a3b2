/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generated skeleton, with the shared types that it needs. */
#ifndef LIMEN_SKELETON_H
#define LIMEN_SKELETON_H

#include "limen/abi.h"

#include "limen.skel.h"

#endif
