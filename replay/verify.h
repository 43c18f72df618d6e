/*
 * Replay = live: does a pager with the simulated backend, told and answered
 * what a log says, choose the same victims in the same order?
 */
#ifndef REPLAY_VERIFY_H
#define REPLAY_VERIFY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "mm/pager.h"
#include "replay/log-reader.h"

struct verify_config {
	bool check; /* prove the pager's invariants at the end, if none of the
		       log's calls was under way there */
	/* called now and then with the records done; may be NULL */
	void (*progress)(void *context, uint64_t records);
	void *progress_context;
	const volatile sig_atomic_t *stop; /* not 0: give up, -EINTR */
};

struct verify_result {
	struct pager_counts counts; /* of the replay's pager */
	uint64_t records;	    /* that were done again */
	uint64_t victims;
	unsigned lanes; /* calls under way at a time, at most */
	bool equal;
	bool cut; /* the log has no end */
	/* not equal: the record that differs, and what differs */
	uint64_t record;
	struct message difference;
};

/*
 * Does all that LOG says, from where it stands.  Memory: the pager's, without
 * data.  0, whether it was equal or not; -EINVAL: the log is corrupt; -ENOMEM;
 * -EINTR; each with a message.
 */
int verify_run(struct log_reader *log, const struct verify_config *config,
	struct verify_result *result, struct message *message);

#endif
