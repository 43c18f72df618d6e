/*
 * See pmu-event.h.  A file of its own, because libpfm4 has its own copy of
 * <linux/perf_event.h> and the two cannot both be included.
 */
#include <config.h>

#include "tracer/pmu-event.h"

#include <errno.h>
#include <string.h>

const char *pmu_event_error(int error)
{
	switch (error) {
	case -ENOENT:
		return "this machine shows no hardware counter of it; virtual "
		       "machines often hide them";
	case -EOPNOTSUPP:
		return "the hardware, or the kernel's driver for it, does not "
		       "support it";
	case -EACCES:
		return "the kernel forbids it to users; as root: sysctl "
		       "kernel.perf_event_paranoid=2 (or lower)";
	case -EPERM:
		return "perf_event_open is not permitted, as in containers "
		       "with a system call filter; run outside, or give the "
		       "container CAP_PERFMON";
	case -ENOSYS:
		return "the kernel was built without perf events";
	case -EBUSY:
		return "all hardware counters are taken by other programs";
	case -EMFILE:
	case -ENFILE:
		return "too many open files";
	default:
		return strerror(-error);
	}
}

#ifdef HAVE_LIBPFM

#include <perfmon/pfmlib_perf_event.h>

int pmu_events_start(void)
{
	return pfm_initialize() == PFM_SUCCESS ? 0 : -EOPNOTSUPP;
}

void pmu_events_end(void)
{
	pfm_terminate();
}

int pmu_event_encode(const char *name, struct pmu_event *out)
{
	struct perf_event_attr attributes = {.size = sizeof(attributes)};
	pfm_perf_encode_arg_t argument = {
		.attr = &attributes, .size = sizeof(argument)};

	if (pfm_get_os_event_encoding(name, PFM_PLM3 | PFM_PLM0,
		    PFM_OS_PERF_EVENT, &argument) != PFM_SUCCESS)
		return -ENOENT;
	out->type = attributes.type;
	out->config = attributes.config;
	out->config1 = attributes.config1;
	out->config2 = attributes.config2;
	return 0;
}

#else

#include <linux/perf_event.h>

int pmu_events_start(void)
{
	return 0;
}

void pmu_events_end(void)
{
}

int pmu_event_encode(const char *name, struct pmu_event *out)
{
	static const struct {
		const char *name;
		uint32_t type;
		uint64_t config;
	} known[] = {
		{"PERF_COUNT_HW_CPU_CYCLES", PERF_TYPE_HARDWARE,
			PERF_COUNT_HW_CPU_CYCLES},
		{"PERF_COUNT_HW_INSTRUCTIONS", PERF_TYPE_HARDWARE,
			PERF_COUNT_HW_INSTRUCTIONS},
		{"PERF_COUNT_HW_CACHE_MISSES", PERF_TYPE_HARDWARE,
			PERF_COUNT_HW_CACHE_MISSES},
		{"PERF_COUNT_HW_CACHE_DTLB:READ:MISS", PERF_TYPE_HW_CACHE,
			PERF_COUNT_HW_CACHE_DTLB |
				PERF_COUNT_HW_CACHE_OP_READ << 8 |
				PERF_COUNT_HW_CACHE_RESULT_MISS << 16},
		{"PERF_COUNT_HW_BRANCH_MISSES", PERF_TYPE_HARDWARE,
			PERF_COUNT_HW_BRANCH_MISSES},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i].name, name) == 0) {
			*out = (struct pmu_event){.type = known[i].type,
				.config = known[i].config};
			return 0;
		}
	return -ENOENT;
}

#endif
