/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands, and the statuses they share. */
#ifndef LIMEN_CMD_H
#define LIMEN_CMD_H

enum status {
	STATUS_OK	= 0,
	STATUS_FAILED	= 1,	/* a message said what */
	STATUS_USAGE	= 2,
	STATUS_OURS	= 125,	/* limen failed, when a command's status is expected */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL	= 128,	/* and the signal's number: the command died of it */
};

int cmd_doctor(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_tee(int argc, char **argv);
int cmd_vm(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/* Says that the usage is wrong and how to get help; returns STATUS_USAGE. */
int usage_error(const char *command);

#endif
