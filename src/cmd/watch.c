#include "cmd/cmd.h"
int cmd_watch(int argc, char **argv){return 0;}
