/* Cycles per fault: see measure.h. */
#include "replay/measure.h"

#include <string.h>

enum {
	SAMPLE_PERIOD = 8, /* a probe costs a sixth of a short fault */
	TURN_WHOLE = 0,
	TURN_PHASES = SAMPLE_PERIOD / 2,
};

void measure_init(struct measure *measure, struct counter *counter)
{
	memset(measure, 0, sizeof(*measure));
	histogram_reset(&measure->whole);
	measure->counter = counter;
	measure->now = counter_function(counter);
	measure->context = counter_context(counter);
	measure->probe_cost = counter_probe_cost(counter);
	measure->probe.now = measure->now;
	measure->probe.context = measure->context;
}

static int measure_whole(
	struct measure *measure, struct pager *pager, struct fault *fault)
{
	uint64_t start = measure->now(measure->context);
	int error = pager_fault(pager, fault);
	uint64_t spent = measure->now(measure->context) - start;
	uint64_t cost = measure->probe_cost;

	if (!error)
		histogram_add(
			&measure->whole, spent > cost ? spent - cost : 0);
	return error;
}

static int measure_phases(
	struct measure *measure, struct pager *pager, struct fault *fault)
{
	struct probe *probe = &measure->probe;
	int error, i;

	memset(probe->spent, 0, sizeof(probe->spent));
	memset(probe->marks, 0, sizeof(probe->marks));
	probe->last = probe->now(probe->context);
	error = pager_fault_probed(pager, fault, probe);
	if (error)
		return error;
	for (i = 0; i < PHASES; i++)
		measure->phases[i] += (double)probe->spent[i] -
			probe->marks[i] * measure->probe_cost;
	measure->phases_faults++;
	return 0;
}

int measure_fault(
	struct measure *measure, struct pager *pager, struct fault *fault)
{
	switch (measure->turn++ % SAMPLE_PERIOD) {
	case TURN_WHOLE:
		return measure_whole(measure, pager, fault);
	case TURN_PHASES:
		return measure_phases(measure, pager, fault);
	default:
		return pager_fault(pager, fault);
	}
}

double measure_phase(const struct measure *measure, enum phase phase)
{
	double mean;

	if (!measure->phases_faults)
		return 0;
	mean = measure->phases[phase] / measure->phases_faults;
	return mean > 0 ? mean : 0;
}
