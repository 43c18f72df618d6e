/* Whether a library can be loaded into a program. */
#ifndef LIVE_PROGRAM_CHECK_H
#define LIVE_PROGRAM_CHECK_H

#include "base/message.h"

/*
 * 0: PATH is a dynamically linked program of this machine, or a script for
 * one, which runs with its user's own rights.  -ENOTSUP, with what it is
 * instead; or -errno of reading it, with a text.
 */
int program_check(const char *path, struct message *message);

#endif
