/* The files that a plan names: found by pattern, and looked into. */
#ifndef SWEEP_PLAN_FILES_H
#define SWEEP_PLAN_FILES_H

#include "sweep/jobs.h"

/*
 * The files that PATTERN stands for, from FOLDER on, by name; all to be freed.
 * A pattern without wildcards stands for itself, there or not.  -ENOMEM.
 */
int plan_glob(const char *folder, const char *pattern, char ***paths_out,
	size_t *count_out);

/* The number of the trace at PATH.  -EEXIST: another trace has its name;
 * -ENOMEM; or why it can't be read; with a message. */
int64_t plan_find_trace(
	struct jobs *jobs, const char *path, struct message *message);

/* The number of the hints TEXT, a file from FOLDER on in which {trace} stands
 * for TRACE; "" is none.  -errno with a message. */
int64_t plan_find_hints(struct jobs *jobs, const char *folder, const char *text,
	const char *trace, struct message *message);

/* A trace's checksum and sizes, of what is there now. */
int plan_look(
	const char *path, struct sweep_trace *out, struct message *message);

/* The checksum of a hint file. */
int plan_hints_checksum(
	const char *path, uint64_t *out, struct message *message);

#endif
