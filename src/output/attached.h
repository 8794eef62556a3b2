/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is attached now, and how: the first line of JSON output. */
#ifndef LIMEN_ATTACHED_H
#define LIMEN_ATTACHED_H

#include <jansson.h>

#include "probe/session.h"
#include "probe/stage2.h"
#include "probe/tee.h"

json_t *attached_json(const struct session *session, const struct tee_session *tee,
		      const struct stage2_session *stage2);

#endif
