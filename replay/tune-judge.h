/*
 * Judging a plan: exact counts on a whole trace, at any sizes.
 */
#ifndef REPLAY_TUNE_JUDGE_H
#define REPLAY_TUNE_JUDGE_H

#include "replay/tune-runs.h"

/* A plan may cost this many times LRU's faults, and no more. */
#define TUNE_WORST 1.01

struct tune_figures {
	uint64_t frames;
	struct replay_result lru, hints;
	uint64_t opt_faults;
};

/* 0 with the figures of PLAN at FRAMES[COUNT]. */
int tune_judge(const struct tune_runs *runs, const struct tune_plan *plan,
	const uint64_t *frames, unsigned count, struct tune_figures *out,
	struct message *message);

/* FAULTS_OUT[i * COUNT + j]: those of PLAN without PARTS[i] at FRAMES[j]. */
int tune_judge_parts(const struct tune_runs *runs, const struct tune_plan *plan,
	const struct tune_part *parts, unsigned parts_count,
	const uint64_t *frames, unsigned count, uint64_t *faults_out,
	struct message *message);

/*
 * Takes parts out of PLAN until it has no more than TUNE_WORST times LRU's
 * faults at each of FRAMES[COUNT]: always the one without which the worst size
 * is best.  *COUNT_OUT of them are noted in OUT[TUNE_PARTS].
 */
int tune_tighten(const struct tune_runs *runs, struct tune_plan *plan,
	const uint64_t *frames, unsigned count, struct tune_part *out,
	unsigned *count_out, struct message *message);

/*
 * Finds the regions that are worth fetching ahead, and has PLAN say so: those
 * whose reading ahead by TUNE_AHEAD pages saves a twentieth of the faults at
 * FRAMES, four for five pages that are brought in.
 *
 * tune_ahead_saves: the faults that RESULT has less than the USUAL ones; 0 if
 * they are fewer than that.
 */
#define TUNE_AHEAD 16
uint64_t tune_ahead_saves(uint64_t usual, const struct replay_result *result);
int tune_find_ahead(const struct tune_runs *runs, struct tune_plan *plan,
	uint64_t frames, struct message *message);

#endif
