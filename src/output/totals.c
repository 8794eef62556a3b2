// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/totals.h"

#include <stdio.h>

#include "output/json.h"
#include "output/out.h"
#include "output/stage2.h"
#include "output/tee.h"
#include "output/usercopy.h"

/*
 * total is what nobody will see again: events dropped, probe hits skipped,
 * objects not found out, tasks not followed.
 * The others say what became less precise; counts stay exact in all of them.
 */
static json_t *losses_json(const struct totals *totals)
{
	const struct session_losses *l = &totals->losses;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "total", number_json(losses_total(l)),
			 "tasks_unfollowed", number_json(l->unfollowed),
			 "ring_full", number_json(l->ring),
			 "probe_missed", number_json(l->missed),
			 "object_unknown", number_json(l->pending),
			 "tasks_folded", number_json(l->folded + totals->unattributed_tasks),
			 "tasks_without_record", number_json(l->no_record));
}

static json_t *counted_json(const struct totals *totals)
{
	json_t *usercopy = usercopy_json(&totals->counts, totals->io);

	/* Zero would be wrong where nothing counted them. */
	if (usercopy && !totals->counted) {
		json_object_set_new(usercopy, "to_user", json_null());
		json_object_set_new(usercopy, "from_user", json_null());
		json_object_set_new(usercopy, "names", json_null());
	}
	return usercopy;
}

json_t *totals_json(const struct totals *totals)
{
	json_t *object = json_pack("{s:s, s:s, s:{s:o, s:o}, s:o}",
				   "type", "totals",
				   "time", out_time(out_now()),
				   "events",
					"produced", number_json(totals->losses.produced),
					"delivered", number_json(totals->delivered),
				   "lost", losses_json(totals));

	if (object && totals->usercopy) {
		json_object_set_new(object, "mode", json_string(totals->mode));
		json_object_set_new(object, "usercopy", counted_json(totals));
	}
	if (object && totals->tee)
		json_object_set_new(object, "tee",
				    tee_counts_json(&totals->tee_counts, totals->tee_tables));
	if (object && totals->stage2)
		json_object_set_new(object, "stage2", stage2_json(totals->stage2));
	return object;
}

void losses_text(const struct totals *totals)
{
	const struct session_losses *l = &totals->losses;

	printf(" %s events lost", out_number(losses_total(l)));
	if (l->ring)
		printf("; ring full: %s", out_number(l->ring));
	if (l->missed)
		printf("; probe hits skipped by the kernel: %s", out_number(l->missed));
	if (l->pending)
		printf("; objects not found out: %s", out_number(l->pending));
	if (l->unfollowed)
		printf("; tasks not followed: %s", out_number(l->unfollowed));
	putchar('\n');
	if (l->folded + totals->unattributed_tasks)
		printf(" %s ended tasks are in the totals only\n",
		       out_number(l->folded + totals->unattributed_tasks));
	if (l->no_record)
		printf(" %s tasks are in the totals only: no record was free (--max-tasks)\n",
		       out_number(l->no_record));
}
