/*
 * A call of `selfpage tune`: what it was told, what it found (tune-find.c has
 * what is no hint), and how that is told (tune-tell.c, tune-table.c) and kept
 * (tune-file.c).
 */
#ifndef REPLAY_TUNE_STUDY_H
#define REPLAY_TUNE_STUDY_H

#include "cli/number.h"
#include "cli/progress.h"
#include "cli/rows.h"
#include "replay/costs.h"
#include "replay/only-option.h"
#include "replay/policy-spec.h"
#include "replay/tune-judge.h"
#include "replay/tune-search.h"

/* Beside each size asked, how plans do at these times of it. */
enum { TUNE_OTHERS = 4, TUNE_SIZES = 64 };
extern const double tune_others[TUNE_OTHERS];

struct tune_options {
	const char *learn, *judge; /* traces; judge may be NULL */
	const char *output;
	const char *costs_path;
	struct frames_spec *frames;
	unsigned frames_count; /* TUNE_SIZES at most */
	struct only_option only;
	uint64_t budget;
	unsigned jobs;
	enum rows_format format;
};

/* A trace that a plan is held against. */
struct tune_subject {
	const char *role; /* "learn", "judge" */
	struct trace_reader *reader;
	char name[128];
	/* [sizes]: those asked, and after them the others of each */
	struct tune_figures *figures;
	uint64_t *frames;
	unsigned asked, sizes;
	uint64_t *without; /* [parts * asked] faults */
	/* [asked] with the hints and reading ahead */
	struct replay_result *ahead;
};

/* What is told, and is no hint. */
enum tune_finding_kind {
	TUNE_FOUND_PIN,
	TUNE_FOUND_FETCH,
	TUNE_FOUND_GIVE_BACK,
};

struct tune_finding {
	enum tune_finding_kind kind;
	unsigned region;
	unsigned phase;			 /* FETCH, GIVE_BACK: at its mark */
	unsigned stripes;		 /* PIN: the first ones */
	const struct policy_ops *policy; /* PIN: under this; NULL: LRU */
	bool anew;			 /* GIVE_BACK: is written to later */
	/* of [subjects][asked] faults; GIVE_BACK: write-backs */
	int64_t saved[2][TUNE_SIZES];
};

struct tune_study {
	const struct tune_options *options;
	struct costs costs;
	const char *costs_name;
	struct tune_subject subjects[2]; /* learn, judge */
	unsigned subjects_count;	 /* 1: judged on what it was learnt */
	struct tune_scene scene;
	struct tune_plan plan;
	struct tune_part parts[TUNE_PARTS];
	unsigned parts_count;
	/* what judging took out again, and the plan that had it */
	struct tune_part removed[TUNE_PARTS];
	unsigned removed_count;
	struct tune_plan learnt;
	unsigned tried;
	/* in the order of their kinds, and of regions */
	struct tune_finding findings[3 * TUNE_REGIONS];
	unsigned findings_count;
	const volatile sig_atomic_t *stop;
	struct message message;
};

/* The trace that has the last word. */
static inline const struct tune_subject *tune_judge_of(
	const struct tune_study *study)
{
	return &study->subjects[study->subjects_count - 1];
}

/* Replays of SUBJECT. */
struct tune_runs tune_runs_of(
	const struct tune_study *study, const struct tune_subject *subject);

/* Is what POLICY does on SUBJECT's trace what it does on the program's? */
bool tune_is_exact(
	const struct tune_subject *subject, const struct policy_ops *policy);

/* Finds what is no hint, once the plan has been judged. */
int tune_find(struct tune_study *study);

/* Of the way from LRU to OPT; false: there is none. */
bool tune_gap_closed(const struct tune_figures *figures, double *out);

/* On standard error: for each region what was found, and what it brings.
 * -ENOMEM. */
int tune_table(const struct tune_study *study);

/* On standard error: the table, and what is proposed in all, at these sizes and
 * others. */
int tune_tell(const struct tune_study *study);

/* Is there a region that is worth fetching ahead? */
bool tune_has_ahead(const struct tune_study *study);

/* Which policies that a self-pager can have are best, with their times. */
int tune_tell_policies(struct tune_study *study);

/* Rows of the sizes asked. */
int tune_rows(const struct tune_study *study);

/* The hints with comments as the file PATH. */
int tune_save(struct tune_study *study, const char *path);

#endif
