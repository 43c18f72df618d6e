/*
 * A progress line on standard error: a bar, the share done, the rate, the
 * time left.  On a terminal only; elsewhere every call does nothing.  The
 * line is drawn at most ten times a second and erased at the end.
 *
 * Messages may be written to stderr meanwhile, by anybody: the line makes way
 * for them.  Those that begin one after the other end one before the other.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>

struct progress;

/* LABEL is copied; UNIT is what is counted ("references"); TOTAL 0: unknown.
 * Never NULL: without memory it is a progress that draws nothing. */
struct progress *progress_start(
	const char *label, const char *unit, uint64_t total);
void progress_update(struct progress *progress, uint64_t done);
/* The same, for those that call what they are given. */
void progress_on(void *progress, uint64_t done);
void progress_label(struct progress *progress, const char *label);
void progress_end(struct progress *progress);

#endif
