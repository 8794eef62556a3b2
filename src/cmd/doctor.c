#include "cmd/cmd.h"
int cmd_doctor(int argc, char **argv){return 0;}
