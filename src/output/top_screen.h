/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live view of `limen top`: draws its state, and says what a key asks for. */
#ifndef LIMEN_OUTPUT_TOP_SCREEN_H
#define LIMEN_OUTPUT_TOP_SCREEN_H

#include "model/tasks.h"
#include "output/top.h"

struct top_state {
	struct top_view view;
	const struct top_sums *sums;
	const struct rates *rates;
	const struct tasks *tasks;	/* for the bars */
	struct rate_row **rows;		/* sorted */
	long nr_rows, first;
	__u64 delay;			/* milliseconds */
	const char *how;		/* the copies are seen */
	bool paused, help;
};

enum top_wish {
	TOP_NOTHING, TOP_DRAW,
	TOP_SORT,		/* view has changed: other rows */
	TOP_TIMER,		/* delay or paused has changed */
	TOP_QUIT,
};

void top_screen_draw(struct top_state *state);
enum top_wish top_screen_key(struct top_state *state, int key);

#endif
