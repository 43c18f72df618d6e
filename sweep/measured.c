/* How fast replays were.  See measured.h. */
#include "sweep/measured.h"

#include <string.h>
#include <xxhash.h>

/* Where nothing was measured: an LRU of a busy machine. */
#define REFERENCES_PER_SECOND 5e7
/* A curve's part and a merge, against a replay. */
#define SECONDS_AT_LEAST 1e-4

static uint64_t name_hash(const char *trace, const char *policy)
{
	return XXH64(policy, strlen(policy), XXH64(trace, strlen(trace), 1)) |
	       1;
}

static void add(struct measured *measured, uint64_t name, double references,
	double seconds)
{
	struct table_entry *sum = table_add(&measured->references, name);
	struct table_entry *time = table_add(&measured->nanoseconds, name);

	/* without memory nothing is foretold of it */
	if (!sum || !time)
		return;
	sum->value += references;
	time->value += 1e9 * seconds;
}

void measured_add(struct measured *measured, const char *trace,
	const char *policy, double references, double rate)
{
	if (!(references > 0) || !(rate > 0))
		return;
	measured->rows++;
	add(measured, name_hash(trace, policy), references, references / rate);
	add(measured, name_hash("", policy), references, references / rate);
	add(measured, name_hash("", ""), references, references / rate);
}

/* References a second of what is called so; 0: there was none. */
static double rate(const struct measured *measured, uint64_t name)
{
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

	speed = rate(measured, name_hash(trace->name, policy));
	if (!speed)
		speed = rate(measured, name_hash("", policy));
	if (!speed)
		speed = rate(measured, name_hash("", ""));
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

void measured_free(struct measured *measured)
{
	table_free(&measured->references);
	table_free(&measured->nanoseconds);
}
