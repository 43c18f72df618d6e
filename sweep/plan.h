/*
 * A plan: which replays of which traces.
 *
 *	set = "study"			# where rows go; PLAN without .toml
 *
 *	[[replay]]			# one or more of these
 *	traces = ["traces/?*.spt"]	# globs, from the plan's folder
 *	policies = ["opt", "lru", "2q:kin=25%"]
 *	frames = ["5%", "64MiB", 1000]
 *	hints = ["", "{trace}.hints"]	# of policies that take them
 *	repetitions = 1
 *	batch = 1			# as the options of replay
 *	clean-ahead = 0
 *	read-ahead = 0
 *	bit-at-load = 1
 *	inexact = false
 *	windows = 8			# parts of a trace, each a job
 *	warm-up = "1M"			# events before each
 *
 *	[[curve]]			# LRU's curve, in parts
 *	traces = ["long.spt"]
 *	parts = 16
 *
 *	[[exclude]]			# patterns: what agrees in all is out
 *	trace = "cc1*"
 *	policy = "opt"
 *	frames = "5%"			# as it is written in the plan
 *	hints = "*"
 */
#ifndef SWEEP_PLAN_H
#define SWEEP_PLAN_H

#include "sweep/jobs.h"

struct plan {
	char *set; /* the folder for rows */
	struct jobs jobs;
	size_t excluded; /* jobs */
};

/*
 * Reads PATH and opens the traces.  -EINVAL: "FILE:LINE: what is wrong with
 * it"; -ENOMEM; or the system's -errno; each with a message.
 */
int plan_read(const char *path, struct plan *out, struct message *message);
void plan_free(struct plan *plan);

#endif
