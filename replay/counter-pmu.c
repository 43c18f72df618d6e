/*
 * Hardware counters through perf_event.
 *
 * The cycle counter is read in user space where the kernel allows it: it
 * shows a page that says which hardware register counts for us now (index),
 * and what it had counted when it was put there (offset).  The kernel may
 * change both between two of our instructions, so the page carries a
 * sequence number that moves when it does:
 *
 *	do	sequence = lock
 *		count = offset + (index ? rdpmc(index - 1) : 0)
 *	while	lock != sequence
 *
 * A register is narrower than 64 bits (48 as a rule) and starts below zero,
 * so what it gives is extended by its sign.  Where the page does not allow
 * that, each reading is a read(2), a hundred times as dear.
 *
 * The cycle counter is pinned: it counts always or not at all.  It counts in
 * user and kernel mode, as a fault is handled in both; where that is not
 * allowed, in user mode alone, which is told.  The extra ones, of user mode,
 * may be too many for the hardware, which then counts each for part of the
 * time; they are scaled up, and the result says so.
 */
#include <config.h>

#include "replay/counter-pmu.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/pmu-event.h"

#define NAMES_MAX 4
/* Enough work for any counter of cycles to have moved. */
#define TRIAL_LOOPS 1000

struct pmu {
	const struct perf_layer *layer;
	const struct perf_event_mmap_page *page; /* NULL: there is none */
	counter_now *now;
	bool kernel;		   /* cycles of kernel mode are counted, too */
	int cycles;		   /* descriptors; -1: not open */
	int extra[COUNTER_EXTRAS]; /* the first that opens leads the group */
};

/* Generic names first; the native ones, Intel's and AMD's, are for kernels
 * without those. */
static const char *const cycle_names[NAMES_MAX] = {"PERF_COUNT_HW_CPU_CYCLES",
	"CYCLES_NOT_IN_HALT", "UNHALTED_CORE_CYCLES", "CPU_CLK_UNHALTED"};

static const char *const extra_names[COUNTER_EXTRAS][NAMES_MAX] = {
	[COUNTER_INSTRUCTIONS] = {"PERF_COUNT_HW_INSTRUCTIONS",
		"RETIRED_INSTRUCTIONS", "INSTRUCTION_RETIRED"},
	[COUNTER_LLC_MISSES] = {"PERF_COUNT_HW_CACHE_MISSES",
		"LONGEST_LAT_CACHE:MISS",
		"CORE_TO_L2_CACHEABLE_REQUEST_ACCESS_STATUS:LS_RD_BLK_C:"
		"IC_FILL_MISS"},
	[COUNTER_DTLB_MISSES] = {"PERF_COUNT_HW_CACHE_DTLB:READ:MISS",
		"DTLB_LOAD_MISSES:WALK_COMPLETED",
		"L1_DTLB_MISS:TLB_RELOAD_1G_L2_MISS:TLB_RELOAD_2M_L2_MISS:"
		"TLB_RELOAD_COALESCED_PAGE_MISS:TLB_RELOAD_4K_L2_MISS"},
	[COUNTER_BRANCH_MISSES] = {"PERF_COUNT_HW_BRANCH_MISSES",
		"BR_MISP_RETIRED:ALL_BRANCHES",
		"RETIRED_BRANCH_INSTRUCTIONS_MISPREDICTED"},
};

static int explain(int error, struct message *why)
{
	if (error == -ENODATA)
		return message_set(why, error,
			"pmu: the hardware counter of cycles stands still");
	return message_set(
		why, error, "pmu: cycles: %s", pmu_event_error(error));
}

/* ---- opening ---- */

enum modes { USER, USER_AND_KERNEL };

static int open_event(struct pmu *pmu, const struct pmu_event *code,
	enum modes modes, bool extra, int group)
{
	struct perf_event_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.size = sizeof(attributes);
	attributes.type = code->type;
	attributes.config = code->config;
	attributes.config1 = code->config1;
	attributes.config2 = code->config2;
	attributes.disabled = group < 0;
	attributes.pinned = !extra;
	attributes.exclude_kernel = modes == USER;
	attributes.exclude_hv = 1;
	if (extra)
		attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
					 PERF_FORMAT_TOTAL_TIME_RUNNING;
	return pmu->layer->open(pmu->layer->context, &attributes, group);
}

/* The first of NAMES that opens; else what the first one's failure was. */
static int open_named(struct pmu *pmu, const char *const *names,
	enum modes modes, bool extra, int group)
{
	int first_error = 0;

	for (int i = 0; i < NAMES_MAX && names[i]; i++) {
		struct pmu_event code;
		int status = pmu_event_encode(names[i], &code);

		if (status == 0)
			status = open_event(pmu, &code, modes, extra, group);
		if (status >= 0)
			return status;
		if (first_error == 0)
			first_error = status;
	}
	return first_error;
}

/* In both modes, or else in the one that the system allows to users. */
static int open_cycles(struct pmu *pmu)
{
	int status = open_named(pmu, cycle_names, USER_AND_KERNEL, false, -1);

	pmu->kernel = status >= 0;
	if (status == -EACCES || status == -EPERM)
		status = open_named(pmu, cycle_names, USER, false, -1);
	return status;
}

/* One group, so that all are counted over the same time; what does not fit
 * into it counts by itself; what is not there is left out. */
static void open_extras(struct pmu *pmu)
{
	int leader = -1;

	for (int i = 0; i < COUNTER_EXTRAS; i++) {
		int descriptor =
			open_named(pmu, extra_names[i], USER, true, leader);

		if (descriptor < 0 && leader >= 0)
			descriptor =
				open_named(pmu, extra_names[i], USER, true, -1);
		pmu->extra[i] = descriptor < 0 ? -1 : descriptor;
		if (leader < 0)
			leader = pmu->extra[i];
	}
}

static int start(struct pmu *pmu)
{
	const struct perf_layer *layer = pmu->layer;

	for (int i = 0; i < COUNTER_EXTRAS; i++)
		if (pmu->extra[i] >= 0)
			layer->control(layer->context, pmu->extra[i],
				PERF_EVENT_IOC_ENABLE);
	return layer->control(
		layer->context, pmu->cycles, PERF_EVENT_IOC_ENABLE);
}

/* ---- reading ---- */

static inline void fence(void)
{
#ifdef __x86_64__
	__asm__ volatile("lfence" ::: "memory");
#endif
}

static inline uint64_t rdpmc(uint32_t index)
{
#ifdef __x86_64__
	uint32_t low, high;

	__asm__ volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(index));
	return (uint64_t)high << 32 | low;
#else
	(void)index;
	return 0;
#endif
}

/* Inlined twice, so that the real one has no second indirect call in it. */
static inline __attribute__((always_inline)) uint64_t read_page(
	const struct pmu *pmu, bool through_layer)
{
	const volatile struct perf_event_mmap_page *page = pmu->page;
	uint32_t sequence, index, unused_bits;
	uint64_t count;

	do {
		sequence = page->lock;
		__asm__ volatile("" ::: "memory");
		index = page->index;
		count = (uint64_t)page->offset;
		if (index) {
			uint64_t raw =
				through_layer
					? pmu->layer->rdpmc(pmu->layer->context,
						  index - 1)
					: rdpmc(index - 1);

			unused_bits = 64u - page->pmc_width;
			count += (uint64_t)((int64_t)(raw << unused_bits) >>
					    unused_bits);
		}
		__asm__ volatile("" ::: "memory");
	} while (page->lock != sequence);
	return count;
}

/* Fenced on both sides, so that the work measured stays inside. */
static uint64_t now_rdpmc(void *context)
{
	uint64_t count;

	fence();
	count = read_page(context, false);
	fence();
	return count;
}

static uint64_t mark_rdpmc(void *context)
{
	return read_page(context, false);
}

static uint64_t now_rdpmc_layer(void *context)
{
	return read_page(context, true);
}

static uint64_t now_read(void *context)
{
	const struct pmu *pmu = context;
	uint64_t count = 0;

	pmu->layer->read(
		pmu->layer->context, pmu->cycles, &count, sizeof(count));
	return count;
}

static bool page_allows_rdpmc(const struct perf_event_mmap_page *page)
{
	return page && page->cap_user_rdpmc && page->index &&
	       page->pmc_width > 0 && page->pmc_width <= 64;
}

static void choose_function(struct pmu *pmu)
{
	pmu->page = pmu->layer->map(pmu->layer->context, pmu->cycles);
	if (!page_allows_rdpmc(pmu->page))
		pmu->now = now_read;
	else if (pmu->layer == &perf_layer_system)
		pmu->now = now_rdpmc;
	else
		pmu->now = now_rdpmc_layer;
}

/* A pinned counter that found no register reads as the end of a file; and
 * there are virtual machines whose counters open well and never move. */
static int trial(struct pmu *pmu)
{
	const struct perf_layer *layer = pmu->layer;
	uint64_t count, before, after;
	ssize_t got =
		layer->read(layer->context, pmu->cycles, &count, sizeof(count));

	if (got < 0)
		return (int)got;
	if (got != sizeof(count))
		return -EBUSY;
	before = pmu->now(pmu);
	for (volatile int i = 0; i < TRIAL_LOOPS; i++)
		;
	after = pmu->now(pmu);
	return after == before ? -ENODATA : 0;
}

/* ---- what counter.c calls ---- */

int pmu_open(
	const struct perf_layer *layer, struct pmu **out, struct message *why)
{
	struct pmu *pmu = calloc(1, sizeof(*pmu));
	int status;

	*out = NULL;
	if (!pmu)
		return message_set(why, -ENOMEM, "out of memory");
	pmu->layer = layer;
	pmu->cycles = -1;
	for (int i = 0; i < COUNTER_EXTRAS; i++)
		pmu->extra[i] = -1;
	status = pmu_events_start();
	if (status == 0) {
		pmu->cycles = open_cycles(pmu);
		status = pmu->cycles < 0 ? pmu->cycles : 0;
		if (status == 0)
			open_extras(pmu);
		pmu_events_end();
	}
	if (status == 0)
		status = start(pmu);
	if (status == 0) {
		choose_function(pmu);
		status = trial(pmu);
	}
	if (status) {
		pmu_close(pmu);
		return explain(status, why);
	}
	*out = pmu;
	return 0;
}

void pmu_close(struct pmu *pmu)
{
	const struct perf_layer *layer;

	if (!pmu)
		return;
	layer = pmu->layer;
	if (pmu->page)
		layer->unmap(layer->context, (void *)pmu->page);
	/* The leader comes first here and must go last. */
	for (int i = COUNTER_EXTRAS; i-- > 0;)
		if (pmu->extra[i] >= 0)
			layer->close(layer->context, pmu->extra[i]);
	if (pmu->cycles >= 0)
		layer->close(layer->context, pmu->cycles);
	free(pmu);
}

counter_now *pmu_mark_function(const struct pmu *pmu)
{
	return pmu->now == now_rdpmc ? mark_rdpmc : pmu->now;
}

counter_now *pmu_function(const struct pmu *pmu)
{
	return pmu->now;
}

bool pmu_in_user_space(const struct pmu *pmu)
{
	return pmu->now != now_read;
}

bool pmu_counts_kernel(const struct pmu *pmu)
{
	return pmu->kernel;
}

int pmu_extra_read(struct pmu *pmu, struct counter_extras *out)
{
	const struct perf_layer *layer = pmu->layer;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < COUNTER_EXTRAS; i++) {
		struct {
			uint64_t value, enabled, running;
		} got;

		if (pmu->extra[i] < 0 ||
			layer->read(layer->context, pmu->extra[i], &got,
				sizeof(got)) != sizeof(got))
			continue;
		/* Never had a register: unknown, which is not zero. */
		if (got.running == 0)
			continue;
		out->available[i] = true;
		out->value[i] = got.value;
		if (got.running >= got.enabled)
			continue;
		out->multiplexed = true;
		out->value[i] =
			(uint64_t)((double)got.value *
				   ((double)got.enabled / (double)got.running));
	}
	return 0;
}
