/* What replays took.  See measured.h. */
#include "sweep/measured.h"

#include <string.h>
#include <xxhash.h>

/* Where nothing was measured: an LRU of a busy machine. */
#define REFERENCES_PER_SECOND 5e7
/* A curve's part and a merge, against a replay. */
#define SECONDS_AT_LEAST 1e-4
/* Over the largest share that was measured: no two processes take the same, and
 * within a size the share rises by a fifth. */
#define SHARE_MARGIN 1.25
/* Shares are kept in a table as whole numbers of this. */
#define SHARE_UNIT 1e-6

enum {
	/* a process with the blocks of its ring, and what it shares with its
	 * parent */
	PROCESS_BYTES = 64 << 20,
	/* a page of the dictionary and of the next uses' last visits */
	PAGE_BYTES = 20,
	/* of processes: powers of two of what they take beside that; the least
	 * is up to 1 MiB */
	SIZES = 24,
};

/* KIND: tables have names of their own for each of it. */
static uint64_t name_hash(const char *trace, const char *policy, uint64_t kind)
{
	return XXH64(policy, strlen(policy),
		       XXH64(trace, strlen(trace), kind)) |
	       1;
}

/* ---- time ---- */

static void add_time(struct measured *measured, const char *trace,
	const char *policy, double references, double seconds)
{
	uint64_t name = name_hash(trace, policy, 0);
	struct table_entry *sum = table_add(&measured->references, name);
	struct table_entry *time = table_add(&measured->nanoseconds, name);

	/* without memory nothing is foretold of it */
	if (!sum || !time)
		return;
	sum->value += references;
	time->value += 1e9 * seconds;
}

/* References a second of what is called so; 0: there was none. */
static double rate(
	const struct measured *measured, const char *trace, const char *policy)
{
	uint64_t name = name_hash(trace, policy, 0);
	const struct table_entry *sum = table_find(&measured->references, name);
	const struct table_entry *time =
		table_find(&measured->nanoseconds, name);

	return sum && time && time->value ? 1e9 * sum->value / time->value : 0;
}

double measured_seconds(const struct measured *measured,
	const struct jobs *jobs, const struct job *job)
{
	const struct sweep_trace *trace = &jobs->traces[job->trace];
	const char *policy = jobs->policies[job->policy].text;
	double references = trace->references, speed;

	speed = rate(measured, trace->name, policy);
	if (!speed)
		speed = rate(measured, "", policy);
	if (!speed)
		speed = rate(measured, "", "");
	if (!speed)
		speed = REFERENCES_PER_SECOND;
	if (job_is_last(job))
		references = (double)job->parts * trace->pages;
	else if (job->parts && trace->events)
		references = references / job->parts +
			     references *
				     jobs->settings[job->settings].warm_up /
				     trace->events;
	return references / speed + SECONDS_AT_LEAST;
}

/* ---- memory ---- */

uint64_t measured_formula(uint64_t pages, uint64_t pass_bytes)
{
	return PROCESS_BYTES + PAGE_BYTES * pages + pass_bytes;
}

static unsigned size_of(uint64_t formula)
{
	uint64_t mib = (formula - PROCESS_BYTES) >> 20;
	unsigned size = 0;

	while (mib >> size && size < SIZES - 1)
		size++;
	return size;
}

static void add_share(struct measured *measured, const char *trace,
	const char *policy, unsigned size, double share)
{
	struct table_entry *largest =
		table_add(&measured->shares, name_hash(trace, policy, size));

	/* without memory nothing is foretold of it */
	if (largest && share / SHARE_UNIT > largest->value)
		largest->value = share / SHARE_UNIT;
}

/* Of the least size that is FORMULA's or larger; 0: there is none. */
static double find_share(const struct measured *measured, const char *trace,
	const char *policy, uint64_t formula)
{
	unsigned size;

	for (size = size_of(formula); size < SIZES; size++) {
		const struct table_entry *largest = table_find(
			&measured->shares, name_hash(trace, policy, size));

		if (largest)
			return largest->value * SHARE_UNIT;
	}
	return 0;
}

double measured_share(const struct measured *measured, const struct jobs *jobs,
	const struct job *job, uint64_t formula)
{
	const char *policy = jobs->policies[job->policy].text;
	double largest = 0;

	if (job->kind != JOB_REPLAY && job->kind != JOB_WINDOW)
		return 0;
	largest = find_share(
		measured, jobs->traces[job->trace].name, policy, formula);
	if (!largest)
		largest = find_share(measured, "", policy, formula);
	/* the formula is enough where it was */
	if (largest <= 1 && largest * SHARE_MARGIN > 1)
		return 1;
	return largest * SHARE_MARGIN;
}

/* ---- both ---- */

void measured_add(struct measured *measured, const struct measured_row *row)
{
	if (row->references > 0 && row->rate > 0) {
		double seconds = row->references / row->rate;

		measured->rows++;
		add_time(measured, row->trace, row->policy, row->references,
			seconds);
		add_time(measured, "", row->policy, row->references, seconds);
		add_time(measured, "", "", row->references, seconds);
	}
	if (row->pass_bytes && row->peak_bytes) {
		uint64_t formula =
			measured_formula(row->pages, row->pass_bytes);
		double share = (double)row->peak_bytes / formula;

		measured->rows_of_memory++;
		add_share(measured, row->trace, row->policy, size_of(formula),
			share);
		add_share(measured, "", row->policy, size_of(formula), share);
	}
}

void measured_free(struct measured *measured)
{
	table_free(&measured->references);
	table_free(&measured->nanoseconds);
	table_free(&measured->shares);
}
