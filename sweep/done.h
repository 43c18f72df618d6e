/*
 * What a result set has of a sweep's jobs, and adding to it.
 *
 * rows.csv is read once, from where reading ended the last time: whole lines
 * only.  Jobs whose result is a file are listed in sweep/files, a key a line.
 */
#ifndef SWEEP_DONE_H
#define SWEEP_DONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"
#include "results/set.h"
#include "sweep/table.h"

struct measured;

struct done {
	struct set *set;
	int folder;	     /* the set's sweep/, open; -1: it is not there */
	struct table faults; /* by key, of the jobs that are there */
	/* may be NULL: is told of each row that is read */
	struct measured *measured;
	size_t added;		      /* rows and files, by this process */
	uint64_t rows_end, files_end; /* bytes that were read */
	uint64_t columns;	      /* of the header; 0: not read yet */
	int64_t job, fault_column, policy, trace, references, rate;
	int64_t pages, pass_bytes, peak_bytes; /* -1: rows do not tell */
};

/* SET is the caller's.  Makes its folder sweep/, unless SET is only read.
 * -errno with a message. */
int done_open(struct done *done, struct set *set, struct measured *measured,
	struct message *message);
void done_close(struct done *done);

/* Reads what was added by anybody since.  -EINVAL: rows.csv is not of rows
 * with jobs; -errno. */
int done_update(struct done *done, struct message *message);

static inline bool done_has(const struct done *done, uint64_t key)
{
	return table_find(&done->faults, key) != NULL;
}

/*
 * Adds the rows of the files FDS[COUNT] (each a header and rows), but for those
 * whose jobs are there by now: no job has two rows.  All or none.
 */
int done_add(struct done *done, const int *fds, size_t count,
	struct message *message);

/* Notes that the file of job KEY is in its place. */
int done_add_file(struct done *done, uint64_t key, struct message *message);

#endif
