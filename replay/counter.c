/*
 * Choosing a source of cycles, and finding out what reading it costs.
 *
 * The time stamp counter is read by rdtscp and lfence: rdtscp waits until
 * all before it is done, lfence holds back all after it until it is read.
 * So one function serves as the start and as the stop of an interval.  A
 * mark within an interval is a plain rdtsc.
 */
#include <config.h>

#include "replay/counter.h"
#include "replay/counter-pmu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALIBRATE_NS 20000000
#define BRACKETS 16
/* The counter moves in steps (some time stamp counters by 26 at once), so a
 * pair alone is too coarse: the median of averages is taken. */
#define COST_BATCHES 101
#define COST_PAIRS 32

struct counter {
	enum counter_source source;
	counter_now *now, *mark;
	void *context;
	struct pmu *pmu; /* NULL unless the source is COUNTER_PMU */
	double probe_cost;
	double hz;
	char description[128];
};

static const char *const source_names[] = {
	[COUNTER_AUTO] = "auto",
	[COUNTER_PMU] = "pmu",
	[COUNTER_TSC] = "tsc",
	[COUNTER_CLOCK] = "clock",
};

/* ---- sources ---- */

static uint64_t now_clock(void *context)
{
	struct timespec time;

	(void)context;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

#ifdef __x86_64__
static uint64_t mark_tsc(void *context)
{
	uint32_t low, high;

	(void)context;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static uint64_t now_tsc(void *context)
{
	uint32_t low, high;

	(void)context;
	__asm__ volatile("rdtscp\n\tlfence"
			 : "=a"(low), "=d"(high)
			 :
			 : "rcx", "memory");
	return (uint64_t)high << 32 | low;
}
#else
#define mark_tsc now_clock
#define now_tsc now_clock /* never chosen: the layer says -ENOENT */
#endif

/* Both clocks at one moment: between the two closest of many readings. */
static void read_both(uint64_t *tsc_out, uint64_t *ns_out)
{
	uint64_t closest = UINT64_MAX;

	for (int i = 0; i < BRACKETS; i++) {
		uint64_t before = now_clock(NULL);
		uint64_t tsc = now_tsc(NULL);
		uint64_t after = now_clock(NULL);

		if (after - before >= closest)
			continue;
		closest = after - before;
		*tsc_out = tsc;
		*ns_out = before + closest / 2;
	}
}

static double calibrate_tsc(void)
{
	struct timespec pause = {.tv_nsec = CALIBRATE_NS};
	uint64_t tsc[2] = {0}, ns[2] = {0};

	read_both(&tsc[0], &ns[0]);
	while (nanosleep(&pause, &pause) && errno == EINTR)
		;
	read_both(&tsc[1], &ns[1]);
	if (ns[1] <= ns[0])
		return 0;
	return (double)(tsc[1] - tsc[0]) * 1e9 / (double)(ns[1] - ns[0]);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double measure_probe(const struct counter *counter)
{
	double batch[COST_BATCHES];

	for (int i = 0; i < COST_BATCHES; i++) {
		uint64_t total = 0;

		for (int pair = 0; pair < COST_PAIRS; pair++) {
			uint64_t start = counter->now(counter->context);

			total += counter->now(counter->context) - start;
		}
		batch[i] = (double)total / COST_PAIRS;
	}
	qsort(batch, COST_BATCHES, sizeof(*batch), compare);
	return batch[COST_BATCHES / 2];
}

/* ---- choosing ---- */

static int take_pmu(struct counter *counter, const struct perf_layer *layer,
	struct message *why)
{
	int status = pmu_open(layer, &counter->pmu, why);

	if (status)
		return status;
	counter->now = pmu_function(counter->pmu);
	counter->mark = pmu_mark_function(counter->pmu);
	counter->context = counter->pmu;
	snprintf(counter->description, sizeof(counter->description),
		"hardware cycles, %s, read by %s",
		pmu_counts_kernel(counter->pmu)
			? "user and kernel mode"
			: "user mode only, as kernel.perf_event_paranoid has "
			  "it",
		pmu_in_user_space(counter->pmu) ? "rdpmc" : "a system call");
	return 0;
}

static int take_tsc(struct counter *counter, const struct perf_layer *layer,
	struct message *why)
{
	int status = layer->tsc(layer->context);

	if (status)
		return message_set(why, status, "tsc: %s",
			status == -ENOENT
				? "this processor has no rdtscp"
				: "this machine's time stamp counter changes "
				  "its rate or stops");
	counter->now = now_tsc;
	counter->mark = mark_tsc;
	counter->hz = calibrate_tsc();
	if (counter->hz <= 0)
		return message_set(why, -EIO,
			"tsc: the time stamp counter cannot be calibrated");
	snprintf(counter->description, sizeof(counter->description),
		"TSC ticks, not cycles: the time stamp counter at %.1f MHz",
		counter->hz / 1e6);
	return 0;
}

static int take_clock(struct counter *counter)
{
	counter->now = now_clock;
	counter->mark = now_clock;
	counter->hz = 1e9;
	snprintf(counter->description, sizeof(counter->description),
		"system clock, in nanoseconds");
	return 0;
}

static int take(struct counter *counter, enum counter_source source,
	const struct perf_layer *layer, struct message *why)
{
	int status = -EINVAL;

	switch (source) {
	case COUNTER_AUTO:
		break;
	case COUNTER_PMU:
		status = take_pmu(counter, layer, why);
		break;
	case COUNTER_TSC:
		status = take_tsc(counter, layer, why);
		break;
	case COUNTER_CLOCK:
		status = take_clock(counter);
		break;
	}
	if (status == 0)
		counter->source = source;
	return status;
}

/* The clock is always there, so this can only run out of memory. */
static int take_best(struct counter *counter, const struct perf_layer *layer,
	struct message *why)
{
	struct message pmu = {0}, tsc = {0};
	int status = take(counter, COUNTER_PMU, layer, &pmu);

	if (status == 0 || status == -ENOMEM)
		return status;
	status = take(counter, COUNTER_TSC, layer, &tsc);
	if (status)
		status = take(counter, COUNTER_CLOCK, layer, why);
	message_set(why, 0, "%.400s%s%.400s", pmu.text, *tsc.text ? "; " : "",
		tsc.text);
	return status;
}

int counter_open(enum counter_source want, const struct perf_layer *layer,
	struct counter **out, struct message *why)
{
	struct counter *counter = calloc(1, sizeof(*counter));
	int status;

	*out = NULL;
	message_set(why, 0, "%s", "");
	if (!counter)
		return message_set(why, -ENOMEM, "out of memory");
	if (!layer)
		layer = &perf_layer_system;
	if (want == COUNTER_AUTO)
		status = take_best(counter, layer, why);
	else
		status = take(counter, want, layer, why);
	if (status) {
		free(counter);
		return status;
	}
	counter->probe_cost = measure_probe(counter);
	*out = counter;
	return 0;
}

void counter_close(struct counter *counter)
{
	if (!counter)
		return;
	pmu_close(counter->pmu);
	free(counter);
}

int counter_parse(const char *text, enum counter_source *out)
{
	for (int i = COUNTER_AUTO; i <= COUNTER_CLOCK; i++)
		if (strcmp(text, source_names[i]) == 0) {
			*out = (enum counter_source)i;
			return 0;
		}
	return -EINVAL;
}

const char *counter_name(const struct counter *counter)
{
	return source_names[counter->source];
}

const char *counter_describe(const struct counter *counter)
{
	return counter->description;
}

counter_now *counter_function(const struct counter *counter)
{
	return counter->now;
}

counter_now *counter_mark_function(const struct counter *counter)
{
	return counter->mark;
}

void *counter_context(struct counter *counter)
{
	return counter->context;
}

double counter_probe_cost(const struct counter *counter)
{
	return counter->probe_cost;
}

double counter_hz(const struct counter *counter)
{
	return counter->hz;
}

int counter_extra_read(struct counter *counter, struct counter_extras *out)
{
	if (!counter->pmu) {
		memset(out, 0, sizeof(*out));
		return -EOPNOTSUPP;
	}
	return pmu_extra_read(counter->pmu, out);
}
