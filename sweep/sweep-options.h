/* The options of selfpage sweep. */
#ifndef SWEEP_SWEEP_OPTIONS_H
#define SWEEP_SWEEP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { SBATCH_MAX = 32 };

struct sweep_options {
	const char *plan; /* or, for status and resume, a set */
	const char *set;  /* NULL: where the plan says */
	unsigned processes;
	uint64_t bytes_max;
	bool dry_run, status, resume;
	/* ---- Slurm ---- */
	bool slurm, no_wait;
	const char *partition; /* NULL: Slurm's own */
	unsigned array_size;   /* tasks of an array, at most */
	double task_seconds;   /* that a task should take */
	char *sbatch[SBATCH_MAX];
	unsigned sbatch_count;
	char *task; /* "JOBS:NUMBER": this is one of them; or NULL */
};

/* Ends the program if the call is wrong. */
void sweep_options_parse(int argc, char **argv, struct sweep_options *out);

#endif
