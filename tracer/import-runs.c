/* Runs of references: see import-runs.h. */
#include "tracer/import-runs.h"

#include <assert.h>

static void runs_empty(struct runs *runs)
{
	runs->open = 0;
	runs->run[0] = (struct run){.vpn = UINT64_MAX};
}

void runs_init(struct runs *runs, const struct run_sink *sink)
{
	runs->sink = sink;
	runs->thread = 0;
	runs_empty(runs);
}

int runs_flush(struct runs *runs)
{
	size_t first = runs->run[0].count == 0;
	size_t count = runs->open + 1 - first;
	int error = 0;

	if (count > 0)
		error = runs->sink->add(runs->sink->context, runs->run + first,
			count, runs->thread);
	runs_empty(runs);
	return error;
}

void runs_check(const struct runs *runs)
{
	assert(runs->open < RUNS_MAX);
	for (uint32_t i = 1; i <= runs->open; i++) {
		assert(runs->run[i].count > 0);
		assert(runs->run[i].vpn != runs->run[i - 1].vpn ||
			(i == 1 && runs->run[0].count == 0));
	}
}
