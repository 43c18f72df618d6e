/* opt-run.h for every x86-64. */
#define OPT_RUN opt_run_plain
#include "replay/opt-run.h"
