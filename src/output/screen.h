/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal as a screen of lines (ncursesw). One at a time. Messages that
 * are written to standard error while it is open appear when it closes.
 */
#ifndef LIMEN_SCREEN_H
#define LIMEN_SCREEN_H

#include <stdbool.h>

enum screen_key {
	SCREEN_NONE = -1,	/* no more keys for now */
	SCREEN_OTHER = 256, SCREEN_UP, SCREEN_DOWN, SCREEN_LEFT, SCREEN_RIGHT,
	SCREEN_PAGE_UP, SCREEN_PAGE_DOWN, SCREEN_HOME, SCREEN_END, SCREEN_HELP,
	SCREEN_RESIZE, SCREEN_HANGUP,
};

/* Never colour alone: what a style says stands in the text, too. */
enum screen_style { STYLE_PLAIN, STYLE_STRONG, STYLE_HEADING, STYLE_FAINT, STYLE_ALARM };

/* Can this terminal be one? 0, or -ENOTTY after saying why not and what else to do. */
int screen_check(void);

/* 0, or a negative errno after saying why not. screen_close() in any case. */
int screen_open(void);
void screen_close(void);

/* After SIGWINCH. */
void screen_resized(void);
void screen_size(int *height, int *width);

/* Draw: begin, lines, end. Text is cut at the width; a heading fills it. */
void screen_begin(void);
void screen_line(int line, enum screen_style style, const char *text);
void screen_end(void);

/* A character, an enum screen_key, or SCREEN_NONE; never waits. */
int screen_key(void);

#endif
