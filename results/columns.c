/* The columns of rows.  See columns.h. */
#include "results/columns.h"

#include <stddef.h>
#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

#define KEY(name, unit, about)                                                 \
	{                                                                      \
		name, unit, about, COLUMN_KEY, 0                               \
	}
#define COUNT(name, unit, about, worse)                                        \
	{                                                                      \
		name, unit, about, COLUMN_COUNT, worse                         \
	}
#define TIME(name, unit, about, worse)                                         \
	{                                                                      \
		name, unit, about, COLUMN_TIME, worse                          \
	}
#define DERIVED(name, unit, about)                                             \
	{                                                                      \
		name, unit, about, COLUMN_DERIVED, 0                           \
	}

static const struct column columns[] = {
	KEY("trace", "", "the trace's name"),
	KEY("policy", "", "the policy, with its parameters"),
	DERIVED("class", "", "what the policy may know"),
	KEY("frames", "pages", "the memory"),
	KEY("window", "", "part of the trace"),
	DERIVED("first_event", "events", "of the window"),
	DERIVED("warm_up", "events", "before the window"),
	COUNT("references", "references", "loads, stores and fetches", 0),
	COUNT("events", "events", "runs of references to one page", 0),
	COUNT("pages", "pages", "that the program touches", 0),
	COUNT("faults", "faults", "page-ins", 1),
	COUNT("hard_faults", "faults", "whose data came from the store", 1),
	COUNT("zero_faults", "faults", "on memory never written out", 1),
	COUNT("soft_faults", "faults", "whose data was in a frame", 1),
	COUNT("writebacks", "pages", "dirty, written at eviction", 1),
	DERIVED("fault_rate", "", "faults / references"),
	DERIVED("opt_ratio", "", "faults / OPT's"),
	DERIVED("gap_closed", "", "of the way from LRU to OPT"),
	TIME("cycles_per_fault_mean", "counter's",
		"of the faults timed by "
		"phases",
		1),
	TIME("cycles_per_fault_p50", "counter's", "median of whole faults", 1),
	TIME("cycles_per_fault_p90", "counter's", "of whole faults", 1),
	TIME("cycles_per_fault_p99", "counter's", "of whole faults", 1),
	DERIVED("cycles_per_fault_max", "counter's", "of whole faults"),
	TIME("cycles_deliver", "counter's", "mean, taking the message", 1),
	TIME("cycles_as_lookup", "counter's", "mean, address to map", 1),
	TIME("cycles_store_lookup", "counter's", "mean, offset to frame", 1),
	TIME("cycles_victim", "counter's", "mean, the policy's choice", 1),
	TIME("cycles_unmap", "counter's", "mean, the victim's mappings", 1),
	TIME("cycles_btree_update", "counter's", "mean, victim out, page in",
		1),
	TIME("cycles_map", "counter's", "mean, installing the mapping", 1),
	DERIVED("counter_source", "", "pmu, tsc or clock: what cycles are"),
	TIME("refs_per_second", "references/s", "reading the trace included",
		-1),
	DERIVED("peak_rss_bytes", "bytes", "memory of the replay"),
	KEY("page_bytes", "bytes", "of a page"),
	COUNT("evictions", "pages", "by the policy's choice", 0),
	COUNT("prefetches", "pages", "brought in before their use", 0),
	COUNT("pages_scanned", "pages", "whose bit the policy read", 1),
	DERIVED("faults_measured", "faults", "that were timed"),
	DERIVED("faults_interrupted", "faults", "that were timed and left out"),
	DERIVED("cycles_of_marks", "counter's", "taken off the phases"),
	TIME("instructions_per_fault", "instructions", "in user space", 1),
	TIME("llc_misses_per_fault", "misses", "of the last cache", 1),
	TIME("dtlb_misses_per_fault", "misses", "of the TLB", 1),
	TIME("branch_misses_per_fault", "misses", "mispredicted branches", 1),
	KEY("reduction", "pages", "K of a reduced trace"),
	DERIVED("exact", "", "yes, no: as from the whole trace"),
	COUNT("bits_harvested", "pages", "whose bit was set", 1),
	DERIVED("cost_ns", "ns", "of the cost model"),
	DERIVED("break_even", "", "c_soft / c_hard, against fifo"),
	DERIVED("tau", "references", "the window that was found"),
	DERIVED("mean_frames", "frames", "in use, on average"),
	COUNT("peak_frames", "frames", "in use, at most", 0),
	COUNT("space_time", "references", "frames over time, and faults", 1),
	DERIVED("frames_off", "frames", "mean_frames less what was asked"),
	KEY("batch", "pages", "that leave at a time, at most"),
	KEY("clean_ahead", "pages", "to leave next, that are looked at"),
	COUNT("cleaned", "pages", "dirty, written ahead of need", 0),
	KEY("hints", "", "the file that the policy was told"),
	DERIVED("job", "", "its key in a sweep"),
	DERIVED("pass_bytes", "bytes", "that its pass takes, by formula"),
	DERIVED("faults_error", "faults", "of an estimate, at most"),
	DERIVED("sample_pages", "pages", "that an estimate is made of"),
	KEY("sample_seed", "", "of the lots for an estimate"),
	KEY("program", "", "that ran live"),
	COUNT("write_faults", "faults", "first writes, seen", 1),
	COUNT("failed_faults", "faults", "that could not be served", 1),
	COUNT("resident_peak", "pages", "in memory, at most", 0),
	COUNT("over_limit", "times", "that the limit had to be passed", 0),
	DERIVED("beside_peak", "pages", "that the pager itself needs"),
	DERIVED("heap_pages", "pages", "of the heap that were used"),
	DERIVED("processes", "processes", "that were paged"),
	DERIVED("system_calls", "calls", "that were looked at"),
	DERIVED("system_calls_copied", "calls", "with copied arguments"),
	TIME("seconds", "s", "from start to end", 1),
	KEY("backend", "", "userfaultfd, mprotect or kernel"),
	KEY("cycles", "counter's", "of the faults counted in share"),
	DERIVED("share", "", "of the faults timed, with cycles or fewer"),
	DERIVED("exit_status", "", "the program's"),
	KEY("role", "", "of tune: learn or judge"),
	COUNT("lru_faults", "faults", "of LRU without hints", 1),
	COUNT("hint_faults", "faults", "of LRU with the hints", 1),
	COUNT("opt_faults", "faults", "of OPT", 1),
	COUNT("lru_writebacks", "pages", "of LRU without hints", 1),
	COUNT("hint_writebacks", "pages", "of LRU with the hints", 1),
	DERIVED("lru_seconds", "s", "of the cost model"),
	DERIVED("hint_seconds", "s", "of the cost model, with the hints"),
};

const struct column *column_at(unsigned number)
{
	return number < LENGTH_OF(columns) ? &columns[number] : NULL;
}

const struct column *column_find(const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH_OF(columns); i++)
		if (strcmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

const char *column_kind_name(enum column_kind kind)
{
	static const char *const names[] = {
		[COLUMN_KEY] = "key",
		[COLUMN_COUNT] = "count",
		[COLUMN_TIME] = "time",
		[COLUMN_DERIVED] = "derived",
	};

	return names[kind];
}
