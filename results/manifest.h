/*
 * manifest.json of a result set: of which runs its rows are.
 *
 *	{"runs": [{
 *	  "command": ["replay", "sort.spt", "--policy", "lru"],
 *	  "folder": "/home/me/study",	where it was called
 *	  "date": "2026-01-31T12:00:00Z",
 *	  "repeat": 5,
 *	  "rows": 10,			that were added
 *	  "status": 0,			of the last; -N: killed by signal N
 *	  "build": {"version", "commit", "compiler", "flags"},
 *	  "machine": {"processor", "processors", "memory_bytes", "kernel"},
 *	  "counters": ["tsc"],		that counted the cycles of the rows
 *	  "seed": 1,			of lots, where a command names no other
 *	  "takes_set": true,		is told the set's folder by --set
 *	  "files": [{"path", "bytes", "xxh64"}]	of the arguments, and others
 *	}]}
 */
#ifndef RESULTS_MANIFEST_H
#define RESULTS_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "results/set.h"

struct manifest_run {
	char **command; /* NULL-terminated, without "selfpage" */
	unsigned repeat;
	int64_t rows;
	int status;
	/* files besides those among the command's words, NULL-terminated;
	 * NULL: none */
	char **files;
	/* the command is told the set's folder by --set, and adds its rows
	 * itself; else selfpage keep does */
	bool takes_set;
	/* it makes the set as a whole: earlier runs of the subcommand are
	 * forgotten */
	bool replaces;
};

/* Adds RUN to the set's manifest.json, and to `how`.  -EINVAL: what is there
 * is no manifest; -ENOMEM; or the system's -errno; with a message: the files
 * are as they were. */
int manifest_add(struct set *set, const struct manifest_run *run,
	struct message *message);

#endif
