/* selfpage replay --verify: see verify.h. */
#ifndef REPLAY_VERIFY_COMMAND_H
#define REPLAY_VERIFY_COMMAND_H

#include <signal.h>

#include "cli/rows.h"

/* A row for the log PATH; *STOP not 0: give up.  The exit status: 1 also if
 * the replay was not equal. */
int verify_command(const char *path, enum rows_format format,
	const volatile sig_atomic_t *stop);

#endif
