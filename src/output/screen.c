// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/screen.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "output/out.h"
#include "util/log.h"

#include <term.h>	/* last: defines lines, columns and many another word */

#define MAX_COLUMNS	1024

static SCREEN *terminal;
static bool coloured;
static int saved_stderr = -1, kept = -1;

static const char *term_name(void)
{
	const char *name = getenv("TERM");

	return name ? name : "";
}

int screen_check(void)
{
	int err;

	if (!*term_name())
		return fail(-ENOTTY, "TERM is not set: the kind of terminal is unknown; set it, "
			    "or use --batch");
	if (setupterm(NULL, STDOUT_FILENO, &err) != OK) {
		fail(-ENOTTY, "cannot use the terminal '%s': %s", out_safe(term_name(), 64),
		     err < 0 ? "no terminfo database" : "terminfo does not describe it");
		return fail(-ENOTTY, "use --batch, or set TERM to one that the system knows%s",
			    err < 0 ? " (Debian: package ncurses-base)" : ", such as xterm");
	}
	if (!cursor_address || !clear_screen) {
		fail(-ENOTTY, "the terminal '%s' cannot place text on its screen",
		     out_safe(term_name(), 64));
		return fail(-ENOTTY, "use --batch");
	}
	del_curterm(cur_term);
	return 0;
}

/* Messages must not fall into the picture: they wait in memory. */
static void keep_messages(void)
{
	if (!isatty(STDERR_FILENO))
		return;
	saved_stderr = dup(STDERR_FILENO);
	kept = memfd_create("messages", MFD_CLOEXEC);
	if (saved_stderr >= 0 && kept >= 0)
		dup2(kept, STDERR_FILENO);
}

static void release_messages(void)
{
	char part[4096];
	ssize_t n;

	if (saved_stderr >= 0 && kept >= 0) {
		dup2(saved_stderr, STDERR_FILENO);
		lseek(kept, 0, SEEK_SET);
		while ((n = read(kept, part, sizeof(part))) > 0)
			if (write(STDERR_FILENO, part, n) != n)
				break;
	}
	if (saved_stderr >= 0)
		close(saved_stderr);
	if (kept >= 0)
		close(kept);
	saved_stderr = kept = -1;
}

/* Ctrl-\ would end limen at once and leave the terminal as it is. */
static void disable_quit(void)
{
	struct termios mode;

	if (tcgetattr(STDIN_FILENO, &mode))
		return;
	mode.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

int screen_open(void)
{
	out_need_locale();
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return fail(-ENOTTY, "cannot use the terminal '%s'; use --batch",
			    out_safe(term_name(), 64));
	keep_messages();
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	disable_quit();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	coloured = out_colour() && has_colors() && start_color() == OK;
	if (coloured) {
		use_default_colors();
		init_pair(1, COLOR_RED, -1);
		init_pair(2, COLOR_CYAN, -1);
	}
	return 0;
}

void screen_close(void)
{
	if (!terminal)
		return;
	/* Where there is no second screen, what follows begins on an empty line. */
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
	delscreen(terminal);
	terminal = NULL;
	release_messages();
}

void screen_resized(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clearok(stdscr, TRUE);
}

void screen_size(int *height, int *width)
{
	getmaxyx(stdscr, *height, *width);
}

void screen_begin(void)
{
	erase();
}

static attr_t attributes(enum screen_style style)
{
	switch (style) {
	case STYLE_STRONG:
		return A_BOLD;
	case STYLE_HEADING:
		return A_REVERSE | (coloured ? COLOR_PAIR(2) : 0);
	case STYLE_FAINT:
		return A_DIM;
	case STYLE_ALARM:
		return A_BOLD | (coloured ? COLOR_PAIR(1) : 0);
	default:
		return A_NORMAL;
	}
}

void screen_line(int line, enum screen_style style, const char *text)
{
	wchar_t wide[MAX_COLUMNS + 1];
	int height, width;
	size_t n;

	getmaxyx(stdscr, height, width);
	if (line < 0 || line >= height)
		return;
	if (width > MAX_COLUMNS)
		width = MAX_COLUMNS;
	n = mbstowcs(wide, text, MAX_COLUMNS);
	if (n == (size_t)-1)
		return;
	if (style == STYLE_HEADING)
		for (; n < (size_t)width; n++)
			wide[n] = L' ';
	if (n > (size_t)width)
		n = width;
	attrset(attributes(style));
	mvaddnwstr(line, 0, wide, n);
	attrset(A_NORMAL);
}

void screen_end(void)
{
	refresh();
}

static bool hung_up(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	int waiting = 0;

	if (poll(&in, 1, 0) <= 0)
		return false;
	if (in.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	/* Readable, and nothing to read: the end. */
	return in.revents & POLLIN && !ioctl(STDIN_FILENO, FIONREAD, &waiting) && !waiting;
}

int screen_key(void)
{
	static const struct {
		int curses;
		enum screen_key key;
	} keys[] = {
		{KEY_UP, SCREEN_UP}, {KEY_DOWN, SCREEN_DOWN}, {KEY_LEFT, SCREEN_LEFT},
		{KEY_RIGHT, SCREEN_RIGHT}, {KEY_PPAGE, SCREEN_PAGE_UP},
		{KEY_NPAGE, SCREEN_PAGE_DOWN}, {KEY_HOME, SCREEN_HOME}, {KEY_END, SCREEN_END},
		{KEY_F(1), SCREEN_HELP}, {KEY_F(10), 'q'}, {KEY_RESIZE, SCREEN_RESIZE},
	};
	int key = getch();
	unsigned int i;

	if (key == ERR)
		return hung_up() ? SCREEN_HANGUP : SCREEN_NONE;
	if (key >= 0 && key < 256)
		return key;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].curses == key)
			return keys[i].key;
	return SCREEN_OTHER;
}
