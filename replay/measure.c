/* Cycles per fault: see measure.h. */
#include "replay/measure.h"

#include <string.h>
#include <time.h>

/* The longer the trace, the fewer of its faults have to be timed: one that is
 * costs two or three times one whose look-up the replay has started early. */
#define SHORT_EVENTS (UINT64_C(1) << 20)
#define LONG_EVENTS (UINT64_C(1) << 24)
#define SHORT_SAMPLE (1u << 31)
#define SAMPLE (1u << 29)
#define LONG_SAMPLE (1u << 27)

#define INTERRUPTED_SECONDS 20e-6
#define CALIBRATION_NS 5000000

void measure_init(
	struct measure *measure, struct counter *counter, uint64_t events)
{
	memset(measure, 0, sizeof(*measure));
	histogram_reset(&measure->whole);
	histogram_reset(&measure->marked);
	if (!counter)
		return;
	if (events < SHORT_EVENTS)
		measure->sample_below = SHORT_SAMPLE;
	else
		measure->sample_below =
			events < LONG_EVENTS ? SAMPLE : LONG_SAMPLE;
	measure_use(measure, counter);
}

void measure_use(struct measure *measure, struct counter *counter)
{
	measure->now = counter_function(counter);
	measure->context = counter_context(counter);
	measure->probe_cost = counter_probe_cost(counter);
	measure->limit = counter_hz(counter) > 0
				 ? counter_hz(counter) * INTERRUPTED_SECONDS
				 : UINT64_MAX;
	measure->probe.now = counter_mark_function(counter);
	measure->probe.context = measure->context;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

double measure_cycle_ns(struct counter *counter)
{
	counter_now *now = counter_function(counter);
	void *context = counter_context(counter);
	uint64_t start, counted, end;

	if (counter_hz(counter) > 0)
		return 1e9 / counter_hz(counter);
	counted = now(context);
	start = now_ns();
	while ((end = now_ns()) - start < CALIBRATION_NS)
		continue;
	counted = now(context) - counted;
	return counted ? (double)(end - start) / counted : 0;
}

/* Whether it was not interrupted, and was added. */
static bool add_interval(
	struct measure *measure, struct histogram *to, uint64_t spent)
{
	uint64_t cost = measure->probe_cost;

	if (spent > measure->limit) {
		measure->interrupted++;
		return false;
	}
	histogram_add(to, spent > cost ? spent - cost : 0);
	return true;
}

static int measure_whole(
	struct measure *measure, struct pager *pager, struct fault *fault)
{
	uint64_t start = measure->now(measure->context);
	int error = pager_fault(pager, fault);
	uint64_t end = measure->now(measure->context);

	if (!error && fault->kind != FAULT_SOFT)
		add_interval(measure, &measure->whole, end - start);
	return error;
}

static int measure_phases(
	struct measure *measure, struct pager *pager, struct fault *fault)
{
	struct probe *probe = &measure->probe;
	uint64_t start, end;
	int error, i;

	memset(probe->spent, 0, sizeof(probe->spent));
	memset(probe->marks, 0, sizeof(probe->marks));
	start = probe->last = measure->now(measure->context);
	error = pager_fault_probed(pager, fault, probe);
	end = measure->now(measure->context);
	if (error || fault->kind == FAULT_SOFT ||
		!add_interval(measure, &measure->marked, end - start))
		return error;
	probe->spent[PHASE_MAP] += end - probe->last;
	measure->spent[PHASE_MAP] -= measure->probe_cost;
	for (i = 0; i < PHASES; i++) {
		measure->spent[i] += probe->spent[i];
		measure->marks[i] += probe->marks[i];
	}
	return 0;
}

int measure_fault(
	struct measure *measure, struct pager *pager, struct fault *fault)
{
	measure->turn = !measure->turn;
	if (measure->turn)
		return measure_whole(measure, pager, fault);
	return measure_phases(measure, pager, fault);
}

double measure_marks_cost(const struct measure *measure)
{
	double cost;

	if (!measure->marked.count || !measure->whole.count)
		return 0;
	cost = histogram_quantile(&measure->marked, 0.5) -
	       histogram_quantile(&measure->whole, 0.5);
	return cost > 0 ? cost : 0;
}

double measure_phase(const struct measure *measure, enum phase phase)
{
	uint64_t marks = 0;
	double mean;
	int i;

	for (i = 0; i < PHASES; i++)
		marks += measure->marks[i];
	if (!marks)
		return 0;
	mean = measure->spent[phase] / measure->marked.count -
	       measure_marks_cost(measure) * measure->marks[phase] / marks;
	return mean > 0 ? mean : 0;
}

double measure_mean(const struct measure *measure)
{
	double mean = 0;
	int i;

	if (!measure->marked.count)
		return histogram_mean(&measure->whole);
	for (i = 0; i < PHASES; i++)
		if (i != PHASE_IO)
			mean += measure_phase(measure, i);
	return mean;
}
