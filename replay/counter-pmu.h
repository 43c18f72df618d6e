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

int pmu_extra_read(struct pmu *pmu, struct counter_extras *out);

/* The layer that is the system itself. */
extern const struct perf_layer perf_layer_system;

/* How perf_event_open calls an event. */
struct pmu_code {
	uint32_t type;
	uint64_t config, config1, config2;
};

/* Around all calls of pmu_encode. -errno: events cannot be named here. */
int pmu_encode_start(void);
void pmu_encode_end(void);

/* NAME as libpfm4 knows it. -ENOENT: no such event on this machine. */
int pmu_encode(const char *name, struct pmu_code *out);

#endif
