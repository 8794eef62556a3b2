// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/attached.h"

#include "output/out.h"

json_t *attached_json(const struct session *session, const struct tee_session *tee,
		      const struct stage2_session *stage2)
{
	json_t *list = json_array();
	enum rung rung;
	int i;

	for (i = 0; i < HOOKS; i++) {
		rung = session ? session_rung(session, i) : RUNG_ABSENT;
		if (tee && rung == RUNG_ABSENT)
			rung = tee_rung(tee, i);
		if (stage2 && rung == RUNG_ABSENT)
			rung = stage2_rung(stage2, i);
		if (rung == RUNG_ABSENT || rung == RUNG_ITERATOR)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:b}",
				      "function", hooks[i].function, "how", rung_name(rung),
				      "return", !!(hooks[i].flags & HOOK_AT_RETURN)));
	}
	return json_pack("{s:s, s:s, s:o}", "type", "attached", "time", out_time(out_now()),
			 "hooks", list);
}
