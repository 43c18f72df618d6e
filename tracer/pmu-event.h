/*
 * Hardware events by name: what perf_event_open calls them on this machine.
 * By libpfm4, where selfpage was built with it; else only generic names of a
 * few events are known.  The environment's LIBPFM_FORCE_PMU makes libpfm4
 * take the machine for another one.
 */
#ifndef TRACER_PMU_EVENT_H
#define TRACER_PMU_EVENT_H

#include <stdint.h>

/* Of struct perf_event_attr. */
struct pmu_event {
	uint32_t type;
	uint64_t config, config1, config2;
};

/* Around all calls of pmu_event_encode.  -EOPNOTSUPP: libpfm4 cannot start. */
int pmu_events_start(void);
void pmu_events_end(void);

/* In which modes it counts is left to who opens it.  -ENOENT: this machine
 * has no such event. */
int pmu_event_encode(const char *name, struct pmu_event *out);

/* What an error of perf_event_open means, and what can be done about it: for
 * people, behind the name of what was opened. */
const char *pmu_event_error(int error);

#endif
