/*
 * Who runs what: a byte of the file sweep/claims for each cell, locked by the
 * process that runs it.  The bytes are not there, only their locks, which the
 * system takes back from whoever dies, here or on another machine that sees
 * the set.  So a cell that is locked is being run, and one that is not is not.
 */
#ifndef SWEEP_CLAIMS_H
#define SWEEP_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"

/* A new set of claims, which close() gives back, all at once, when no process
 * has it any more.  -errno with a message. */
int claims_open(int folder, struct message *message);

/* To look at what others have.  -ENOENT: nobody has had anything yet; or -errno
 * with a message. */
int claims_look(int folder, struct message *message);

/* 0; -EAGAIN: somebody else has it. */
int claims_take(int claims, uint64_t cell);

/* Is somebody but CLAIMS itself at it? */
bool claims_are_taken(int claims, uint64_t cell);

#endif
