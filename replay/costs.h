/*
 * What a self-pager pays, in nanoseconds:
 *
 *	T = H c_hard + W c_writeback + S c_soft + K c_scan + policy time
 *
 * H hard faults, W write-backs and pages written ahead of need.  A self-pager
 * learns that a page was used by a soft fault on it, once it has unmapped it.
 * So S is the soft faults (of a policy that unmaps) and the bits found set (of
 * one that reads bits; of a page that came in, the first bit was set by the
 * hard fault and costs nothing more), and K the referenced bits read and the
 * soft faults: each of these pages was unmapped first.  One that is unmapped
 * and then leaves costs nothing more than any victim.  The policy's time is
 * what faults spend on finding victims.
 */
#ifndef REPLAY_COSTS_H
#define REPLAY_COSTS_H

#include "base/message.h"
#include "replay/replay.h"

struct costs {
	double hard, writeback, soft, scan; /* ns */
};

/*
 * Reads a file of lines NAME NS, with c_hard, c_writeback, c_soft and c_scan
 * once each, blank lines, and comments from # on.  0; -EINVAL with a message
 * that names file and line; or the system's -errno.
 */
int costs_load(const char *path, struct costs *out, struct message *message);

/* T, with CYCLE_NS nanoseconds for a cycle of RESULT. */
double costs_total(const struct costs *costs,
	const struct replay_result *result, double cycle_ns);

/*
 * The break-even of RESULT's policy and OTHER, which pays less for bits: it
 * wins while c_soft / c_hard is below *RATIO_OUT.  The policies' time is left
 * out; COSTS NULL: write-backs and scans too.  False: there is none, as it
 * takes no more soft faults.
 */
bool costs_break_even(const struct costs *costs,
	const struct replay_result *result, const struct replay_result *other,
	double *ratio_out);

#endif
