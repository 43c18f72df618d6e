/* The options of selfpage sweep. */
#ifndef SWEEP_SWEEP_OPTIONS_H
#define SWEEP_SWEEP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct sweep_options {
	const char *plan; /* or, for status and resume, a set */
	const char *set;  /* NULL: where the plan says */
	unsigned processes;
	uint64_t bytes_max;
	bool dry_run, status, resume;
};

/* Ends the program if the call is wrong. */
void sweep_options_parse(int argc, char **argv, struct sweep_options *out);

#endif
