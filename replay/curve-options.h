/* What `selfpage curve` is called with. */
#ifndef REPLAY_CURVE_OPTIONS_H
#define REPLAY_CURVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/number.h"
#include "cli/rows.h"
#include "replay/curve.h"
#include "replay/only-option.h"
#include "replay/policy-spec.h"

enum { CURVE_OTHERS_MAX = 64 };

struct curve_options {
	bool wants[CURVE_HINTS + 1]; /* by enum curve_policy */
	/* that have no curve in one pass, and run size by size */
	struct policy_spec others[CURVE_OTHERS_MAX];
	unsigned others_count;
	/* of variable space, with all windows in one pass */
	struct policy_spec windowed[CURVE_OTHERS_MAX];
	unsigned windowed_count;
	uint64_t fault_cost;
	const char *hints_path;
	struct frames_spec *frames;
	unsigned frames_count; /* 0: each where the count changes */
	unsigned windows;
	unsigned jobs;
	struct only_option only;
	unsigned part, parts; /* 0: the whole trace */
	bool merge;
	double sample; /* share of the pages; 0: all of them */
	uint64_t seed; /* of the lots for it */
	bool seed_given;
	const char *output; /* of a part */
	enum rows_format format;
	char **traces;
	int traces_count;
};

/* Ends the process where the call is wrong. */
void curve_options_parse(int argc, char **argv, struct curve_options *out);
void curve_options_free(struct curve_options *options);

const struct policy_ops *curve_options_policy(enum curve_policy policy);

#endif
