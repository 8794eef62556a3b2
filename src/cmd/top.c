#include "cmd/cmd.h"
int cmd_top(int argc, char **argv){return 0;}
