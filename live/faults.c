/*
 * The figures: see faults.h.  Processes that were forked add to the same ones,
 * so that each is added to at once.
 */
#include <config.h>

#include "live/faults.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "live/heap.h"
#include "live/live.h"
#include "mm/selfpage.h"

/* Set by the pager's hook in a fault of this thread's. */
static _Thread_local bool faulted __attribute__((tls_model("initial-exec")));

/* Pages that the figures have; a forked child goes on from its parent's. */
static uint64_t cleaned;

static void count(uint64_t *figure)
{
	__atomic_fetch_add(figure, 1, __ATOMIC_RELAXED);
}

static void raise_to(uint64_t *figure, uint64_t value)
{
	uint64_t old = __atomic_load_n(figure, __ATOMIC_RELAXED);

	while (old < value && !__atomic_compare_exchange_n(figure, &old, value,
				      true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void lower_to(uint64_t *figure, uint64_t value)
{
	uint64_t old = __atomic_load_n(figure, __ATOMIC_RELAXED);

	while (old > value && !__atomic_compare_exchange_n(figure, &old, value,
				      true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* Adds to FIGURE what VALUE, which only grows, has above *TOLD. */
static void add_new(uint64_t *figure, uint64_t *told, uint64_t value)
{
	uint64_t old = __atomic_load_n(told, __ATOMIC_RELAXED);

	while (old < value && !__atomic_compare_exchange_n(told, &old, value,
				      true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	if (old < value)
		__atomic_fetch_add(figure, value - old, __ATOMIC_RELAXED);
}

static void count_place(struct live_figures *figures, uint64_t address)
{
	bool in_heap = address < LIVE_MAPS_BASE;
	uint64_t base = in_heap ? LIVE_HEAP_BASE : LIVE_MAPS_BASE;
	uint64_t place = (address - base) >> LIVE_PLACE_SHIFT;

	if (place >= LIVE_PLACES)
		place = LIVE_PLACES - 1;
	__atomic_fetch_add(
		&figures->places[!in_heap][place], 1, __ATOMIC_RELAXED);
}

/* What is against the program's own maps is its own to know. */
static void tell_failure(int error)
{
	static const char consequence[] =
		"the program got SIGBUS, or EFAULT of a system call";

	if (error == -EFAULT || error == -EACCES)
		return;
	if (error == -ENOSPC || error == -EFBIG)
		live_say("the swap file has no more room (%s): %s",
			strerrordesc_np(-error), consequence);
	else if (error == -EDEADLK)
		live_say("an instruction has got pages again and again, and "
			 "never all that it needs (%s): %s",
			strerrordesc_np(-error), consequence);
	else
		live_say("a page could not be had from its file or the swap "
			 "file, or put there (%s): %s",
			strerrordesc_np(-error), consequence);
}

static void on_fault(void *context, const struct selfpage_fault_event *event)
{
	struct live_figures *figures = context;

	if (event->error) {
		count(&figures->failed_faults);
		tell_failure(event->error);
		return;
	}
	if (event->prefetch) {
		count(&figures->prefetches);
		return;
	}
	switch (event->kind) {
	case SELFPAGE_FAULT_HARD:
		count(&figures->hard_faults);
		break;
	case SELFPAGE_FAULT_ZERO:
		count(&figures->zero_faults);
		break;
	case SELFPAGE_FAULT_SOFT:
		count(&figures->soft_faults);
		break;
	case SELFPAGE_FAULT_WRITE:
		count(&figures->write_faults);
		break;
	}
	/* as the command counts them */
	if (event->kind == SELFPAGE_FAULT_HARD ||
		event->kind == SELFPAGE_FAULT_ZERO)
		count_place(figures, event->page.address);
	faulted = true;
}

static void on_evict(void *context, const struct selfpage_eviction_event *event)
{
	struct live_figures *figures = context;

	if (event->chooser == SELFPAGE_BY_CALL)
		return;
	count(&figures->evictions);
	if (event->dirty)
		count(&figures->writebacks);
}

int faults_start(void)
{
	const struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.context = &live.shared->figures,
		.fault = on_fault,
		.evict = on_evict,
	};

	return selfpage_set_hooks(live.pager, &hooks);
}

void faults_end(uint64_t ticks)
{
	struct histogram *cycles = &live.shared->figures.cycles;

	if (!faulted)
		return;
	faulted = false;
	__atomic_fetch_add(&cycles->count, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&cycles->sum, ticks, __ATOMIC_RELAXED);
	__atomic_fetch_add(
		&cycles->bucket[histogram_bucket(ticks)], 1, __ATOMIC_RELAXED);
	lower_to(&cycles->least, ticks);
	raise_to(&cycles->greatest, ticks);
	faults_refresh();
}

void faults_refresh(void)
{
	struct live_figures *figures = &live.shared->figures;
	struct selfpage_live_counts counts;

	if (selfpage_live_read_counts(live.pager, &counts, sizeof(counts)))
		return;
	figures->resident = counts.resident;
	raise_to(&figures->resident_peak, counts.resident_peak);
	raise_to(&figures->over_limit, counts.over_limit);
	add_new(&figures->cleaned, &cleaned, counts.cleaned);
	raise_to(&figures->heap_pages, heap_pages(live.heap));
}
