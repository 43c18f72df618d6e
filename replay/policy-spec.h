/*
 * Policies as people name them, with their parameters:
 *
 *	lru,2q:kin=25%,kout=50%,arc
 *	|   |  '-------+------' |
 *	|   '-- its parameters  '-- the next policy
 *
 * What has a '=', or is a flag of the policy before it, belongs to that
 * policy; what has not is the next policy.  A policy that draws lots has the
 * parameter seed, too.
 */
#ifndef REPLAY_POLICY_SPEC_H
#define REPLAY_POLICY_SPEC_H

#include "base/message.h"
#include "mm/policy.h"

enum { POLICY_TEXT_MAX = 128 }; /* a policy and its parameters, with the NUL */

/* A policy with its parameters; two are the same if their texts are. */
struct policy_spec {
	const struct policy_ops *ops;
	char text[POLICY_TEXT_MAX]; /* as given: "2q:kin=25%,kout=50%" */
	double values[POLICY_PARAMETERS_MAX];
	uint64_t seed;
};

/* OPS with its parameters as they are unless given. */
struct policy_spec policy_spec_plain(const struct policy_ops *ops);

/*
 * Reads a list.  *SPECS_OUT (free it) has *COUNT_OUT of them, in their order.
 * Returns 0; -ENOMEM; or -EINVAL, with a message that names the policy, the
 * parameter, and what it may be.
 */
int policy_spec_parse(const char *text, struct policy_spec **specs_out,
	unsigned *count_out, struct message *message);

/* VALUE as people write it: "25%", "4", "0.5", "on". */
void policy_spec_write(const struct policy_parameter *parameter, double value,
	char *text, size_t bytes);

#endif
