/* The hardware counters behind counter.c; nobody else's business. */
#ifndef REPLAY_COUNTER_PMU_H
#define REPLAY_COUNTER_PMU_H

#include "replay/counter.h"

struct pmu;

/* Opens and starts the counters.  WHY says what is wrong and what to do. */
int pmu_open(
	const struct perf_layer *layer, struct pmu **out, struct message *why);
void pmu_close(struct pmu *pmu);

/* A counter_now whose context is the pmu. */
counter_now *pmu_function(const struct pmu *pmu);

/* The same without order, for marks within an interval. */
counter_now *pmu_mark_function(const struct pmu *pmu);

/* Whether that needs no system call. */
bool pmu_in_user_space(const struct pmu *pmu);

/* Whether cycles of kernel mode count, too. */
bool pmu_counts_kernel(const struct pmu *pmu);

int pmu_extra_read(struct pmu *pmu, struct counter_extras *out);

/* The layer that is the system itself. */
extern const struct perf_layer perf_layer_system;

#endif
