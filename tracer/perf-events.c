/* Events that tell of references: see perf-events.h. */
#include <config.h>

#include "tracer/perf-events.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>

#include "tracer/pmu-event.h"
#include "tracer/trace.h"

/* AMD's sampling of micro-operations is a PMU of its own, whose number the
 * kernel gives out. */
#define IBS_TYPE "/sys/bus/event_source/devices/ibs_op/type"
/* Its period counts micro-operations, not cycles; and it is a multiple of
 * 16. */
#define IBS_COUNT_OPERATIONS (UINT64_C(1) << 19)
#define IBS_PERIOD_STEP 16u

/* Ways to sample on Intel's processors, newer names first; the first number
 * is of how little the instruction named may be off. */
static const struct {
	unsigned precise;
	const char *loads, *stores;
} ways[] = {
	{2, "MEM_INST_RETIRED:ALL_LOADS", "MEM_INST_RETIRED:ALL_STORES"},
	{2, "MEM_UOPS_RETIRED:ALL_LOADS", "MEM_UOPS_RETIRED:ALL_STORES"},
	{1, "MEM_INST_RETIRED:ALL_LOADS", "MEM_INST_RETIRED:ALL_STORES"},
};
#define WAYS (sizeof(ways) / sizeof(*ways))

static int make_room(unsigned count, struct perf_events *out)
{
	*out = (struct perf_events){.count = count};
	out->event = calloc(count, sizeof(*out->event));
	return out->event != NULL ? 0 : -ENOMEM;
}

void perf_events_free(struct perf_events *events)
{
	free(events->event);
	events->event = NULL;
	events->count = 0;
}

int perf_events_faults(bool kernel, struct perf_events *out)
{
	int error = make_room(1, out);

	if (error != 0)
		return error;
	out->event[0] = (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = 1,
		.exclude_kernel = !kernel,
	};
	out->kinds[0] = TRACE_READ;
	snprintf(out->description, sizeof(out->description), "page faults%s",
		kernel ? "" : " in user mode");
	return 0;
}

static int encode(const char *name, unsigned precise, uint64_t period,
	struct perf_event_attr *out)
{
	struct pmu_event event;
	int error = pmu_event_encode(name, &event);

	if (error != 0)
		return error;
	*out = (struct perf_event_attr){
		.type = event.type,
		.config = event.config,
		.config1 = event.config1,
		.config2 = event.config2,
		.sample_period = period,
		.precise_ip = precise,
		.exclude_kernel = 1,
	};
	return 0;
}

static int encode_way(unsigned way, uint64_t period, struct perf_events *out)
{
	int error = pmu_events_start();

	if (error != 0)
		return error;
	error = encode(
		ways[way].loads, ways[way].precise, period, &out->event[0]);
	if (error == 0)
		error = encode(ways[way].stores, ways[way].precise, period,
			&out->event[1]);
	pmu_events_end();
	out->kinds[0] = TRACE_READ;
	out->kinds[1] = TRACE_WRITE;
	snprintf(out->description, sizeof(out->description), "%s and %s",
		ways[way].loads, ways[way].stores);
	return error;
}

static int encode_ibs(uint64_t period, struct perf_events *out)
{
	FILE *file = fopen(IBS_TYPE, "re");
	unsigned type;

	if (file == NULL)
		return -ENOENT;
	int found = fscanf(file, "%u", &type);

	fclose(file);
	if (found != 1)
		return -ENOENT;
	out->count = 1;
	out->event[0] = (struct perf_event_attr){
		.type = type,
		.config = IBS_COUNT_OPERATIONS,
		.sample_period = (period + IBS_PERIOD_STEP - 1) /
				 IBS_PERIOD_STEP * IBS_PERIOD_STEP,
	};
	out->kinds[0] = 0;
	snprintf(out->description, sizeof(out->description),
		"IBS of micro-operations");
	return 0;
}

/* Names that this machine does not know are passed over. */
int perf_events_samples(
	unsigned number, uint64_t period, struct perf_events *out)
{
	int error = make_room(PERF_EVENTS_MAX, out);

	for (unsigned way = 0; way <= WAYS && error == 0; way++) {
		int known = way < WAYS ? encode_way(way, period, out)
				       : encode_ibs(period, out);

		if (known == 0 && number-- == 0)
			return 0;
	}
	perf_events_free(out);
	return error != 0 ? error : -ENOENT;
}
