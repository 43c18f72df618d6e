/*
 * The whole suite of workloads as steps, and the result set that they make:
 *
 *	record A, record B	traces/NAME-A.spt, NAME-B.spt
 *	tune			hints/NAME.hints, learnt on A, judged on B
 *	replay			all policies at all sizes
 *	hinted			the same hints at all sizes, on A and on B
 *	curve			curves/NAME-A.csv: LRU and OPT at every size
 *	map			figures/NAME-A-map.*: who touches what when
 *	plot, report		figures/, report.html, when all others are over
 *
 * rows.csv is made of what replay and hinted have printed, tune.csv of what
 * tune has, each time one of them has ended: so a row is in them once (or as
 * often as replays are to be repeated), however often a suite was stopped and
 * gone on with.
 */
#ifndef WORKLOADS_SUITE_H
#define WORKLOADS_SUITE_H

#include "workloads/steps.h"

struct suite {
	const char *set;       /* the folder, absolute */
	const char *workloads; /* the folder of their scripts, absolute */
	const char *size;      /* small, real */
	const char *policies;  /* as replay takes them */
	const char *frames;
	const char *budget; /* of tune */
	char **names;	    /* [names_count] of the workloads */
	size_t names_count;
	unsigned jobs;
	unsigned repeat; /* times that each replay is timed */
	struct steps steps;
};

/* The names of the workloads in FOLDER, sorted; to be freed with
 * suite_free_names.  -errno with a message. */
int suite_list(const char *folder, char ***names_out, size_t *count_out,
	struct message *message);
void suite_free_names(char **names, size_t count);

/* Opens the set, and fills in SUITE's steps; all else is the caller's.
 * -errno with a message. */
int suite_plan(struct suite *suite, struct message *message);

/* Makes rows.csv and tune.csv anew.  Returns how many rows there are in
 * rows.csv, or -errno with a message. */
int64_t suite_write_rows(const struct suite *suite, struct message *message);

/* Adds COMMAND to the set's manifest, with STATUS and the traces that there
 * are.  -errno with a message. */
int suite_write_manifest(const struct suite *suite, char **command,
	int64_t rows, int status, struct message *message);

#endif
