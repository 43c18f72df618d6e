/*
 * The replay loop: the simulated processor, which walks the page table, sets
 * referenced and dirty bits, and faults where a page is not there.
 *
 *   block of events --+--> table[page] present: set bits, note the frame
 *                     |        notes go to the policy, a run at a time
 *                     +--> not present: fault, through the whole pager
 *
 * The trace tells what comes.  FAR events ahead the table's entry is loaded;
 * MIDDLE events ahead, if it is not present, the page's number; and NEAR
 * events ahead the look-up that the fault will make is started, unless the
 * fault is one of those that are timed.
 */
#include "replay/replay.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "replay/hinting.h"
#include "replay/measure.h"
#include "replay/rss.h"
#include "replay/space.h"

enum {
	FAR = 48, /* events; at most TRACE_LOOK_AHEAD */
	MIDDLE = 32,
	NEAR = 16,
	RUN = 1024, /* references noted before the policy is told */
	/* Memory: a frame and its place in the trees, beside the policy's
	 * part; a page's table entry and its bit, rounded up; the rest. */
	FRAME_BYTES = 100,
	PAGE_BYTES = 5,
	REPLAY_BYTES = 256 << 10,
};

/* What was found out ahead of a fault. */
struct ahead {
	uint32_t page, leaf_hint;
};

struct replay {
	struct replay_config config;
	const char *path; /* of the trace */
	struct sim sim;
	struct space space;
	struct pager *pager;
	struct measure measure;
	const uint64_t *vpn;
	const uint64_t *next_use;      /* of the block's events; oracles only */
	struct variable_run *variable; /* NULL with so many frames */
	struct variable_result variable_result;
	struct counter_extras extras; /* summed */
	bool has_extras;
	/* virtual time, for policies that look at it: TIME references came
	 * before event TIME_EVENT of the block; all else is not up to date */
	uint64_t time;
	uint32_t time_event;
	double seconds; /* of the calls so far */
	bool notes;	/* the policy is told of references */
	bool repeats;	/* each reference of a run counts */
	/* of events to come, by number; one is found out before that NEAR
	 * before it is made use of */
	struct ahead ahead[2 * NEAR];
	uint32_t frames[RUN];
	uint64_t next[RUN];
	struct message *message;
};

/* Of COUNT noted frames those that the policy holds: not the pinned ones. */
static size_t drop_pinned(struct replay *replay, size_t count)
{
	const struct frame *frames = replay->pager->physmem.frames;
	size_t i, kept = 0;

	for (i = 0; i < count; i++) {
		replay->frames[kept] = replay->frames[i];
		kept += !!(frames[replay->frames[i]].flags & FRAME_EVICTABLE);
	}
	return kept;
}

/* Tells the policy of the COUNT references before event NOW. */
static void tell_policy(struct replay *replay, size_t count, uint64_t now)
{
	struct policy *policy = replay->pager->policy;
	struct policy_references references = {
		.frames = replay->frames,
		.next_use = replay->next,
		.now = now,
		/* oracles take no hints: next[] need not follow */
		.count = replay->space.hinting ? drop_pinned(replay, count)
					       : count,
	};

	if (references.count)
		policy->ops->reference(policy, &references);
}

static int fault_failed(struct replay *replay, const struct fault *fault,
	uint64_t event, int error)
{
	return message_set(replay->message, error,
		"%s: event %llu, page 0x%llx: %s", replay->path,
		(unsigned long long)event, (unsigned long long)fault->page,
		error == -ENOMEM ? "every frame is pinned" : strerror(-error));
}

/* The time of event I of BLOCK, for the policy. */
static void set_time(
	struct replay *replay, const struct trace_block *block, uint32_t i)
{
	while (replay->time_event < i)
		replay->time += block->count[replay->time_event++];
}

static uint64_t tell_time(void *context)
{
	const struct replay *replay = context;

	return replay->time + 1;
}

/* Event I of BLOCK touches a page that is not mapped. */
static int take_fault(
	struct replay *replay, const struct trace_block *block, uint32_t i)
{
	bool writes = block->kinds[i] & TRACE_WRITE;
	struct fault fault = {
		.as = &replay->space.as,
		.page = replay->vpn[block->page[i]],
		.translation = block->page[i],
		.access = writes ? PROTECT_WRITE : PROTECT_READ,
		.next_use =
			replay->next_use ? replay->next_use[i] : NEXT_USE_NEVER,
	};
	uint32_t *entry = &replay->sim.table[fault.translation];
	const struct ahead *ahead =
		&replay->ahead[(block->first_event + i) % (2 * NEAR)];
	int error;

	if (replay->config.policy->needs_time)
		set_time(replay, block, i);
	if (measure_samples(&replay->measure, block->first_event + i)) {
		error = measure_fault(&replay->measure, replay->pager, &fault);
	} else {
		if (ahead->page == fault.translation)
			fault.leaf_hint = ahead->leaf_hint;
		error = pager_fault(replay->pager, &fault);
	}
	if (error == -EFAULT) {
		error = space_map_gap(
			&replay->space, fault.page, replay->message);
		if (error)
			return error;
		error = pager_fault(replay->pager, &fault);
	}
	if (error)
		return fault_failed(
			replay, &fault, block->first_event + i, error);
	if (writes)
		*entry |= SIM_DIRTY;
	/* the rest of the run finds the page there */
	if (block->count && block->count[i] > 1)
		*entry |= SIM_REFERENCED;
	return 0;
}

/* EVENT is the number of the one at PAGE. */
static inline void look_ahead(struct replay *replay, const uint32_t *table,
	const uint32_t *page, uint64_t event)
{
	uint32_t middle = page[MIDDLE], near = page[NEAR];

	__builtin_prefetch(&table[page[FAR]], 1);
	/* no branch: whether it is present can't be predicted */
	__builtin_prefetch(
		&replay->vpn[table[middle] & SIM_PRESENT ? near : middle]);
	if (__builtin_expect(table[near] & SIM_PRESENT, SIM_PRESENT))
		return;
	if (measure_samples(&replay->measure, event + NEAR))
		return;
	__builtin_prefetch(&replay->space.written[near / 64], 1);
	replay->ahead[(event + NEAR) % (2 * NEAR)] = (struct ahead){
		near, pager_look_ahead(replay->pager, &replay->space.as,
			      replay->vpn[near])};
}

/* Event I's references after its first; NOTED: what was noted until then.
 * Returns how many are noted now. */
static size_t note_repeats(struct replay *replay,
	const struct trace_block *block, uint32_t i, size_t noted)
{
	uint32_t frame = replay->sim.table[block->page[i]] & SIM_FRAME;
	uint32_t left = block->count ? block->count[i] - 1 : 0;

	for (; left; left--) {
		replay->frames[noted] = frame;
		if (replay->next_use)
			replay->next[noted] = replay->next_use[i];
		if (++noted == RUN) {
			tell_policy(replay, noted, block->first_event + i + 1);
			noted = 0;
		}
	}
	return noted;
}

/* Events [I, END) of BLOCK. */
static int run_events(struct replay *replay, const struct trace_block *block,
	uint32_t i, uint32_t end)
{
	uint32_t *table = replay->sim.table;
	const bool ahead = replay->config.look_ahead;
	const bool repeats = replay->repeats;
	size_t noted = 0;

	for (; i < end; i++) {
		uint32_t page = block->page[i];
		uint32_t entry = table[page];
		uint32_t bits = SIM_REFERENCED;

		if (ahead)
			look_ahead(replay, table, &block->page[i],
				block->first_event + i);
		if (!(entry & SIM_PRESENT)) {
			tell_policy(replay, noted, block->first_event + i);
			noted = 0;
			int error = take_fault(replay, block, i);

			if (error)
				return error;
			if (repeats)
				noted = note_repeats(replay, block, i, 0);
			continue;
		}
		if (block->kinds[i] & TRACE_WRITE)
			bits |= SIM_DIRTY;
		if (~entry & bits)
			table[page] = entry | bits;
		replay->frames[noted] = entry & SIM_FRAME;
		if (replay->next_use)
			replay->next[noted] = replay->next_use[i];
		noted += replay->notes;
		if (noted == RUN) {
			tell_policy(replay, noted, block->first_event + i + 1);
			noted = 0;
		}
		if (repeats)
			noted = note_repeats(replay, block, i, noted);
	}
	tell_policy(replay, noted, block->first_event + i);
	return 0;
}

/* The policy of variable space lets PAGE go. */
static void on_leave(void *context, uint32_t page)
{
	struct replay *replay = context;
	int error = pager_evict_frame(
		replay->pager, replay->sim.table[page] & SIM_FRAME);

	/* simulated stores do not fail */
	assert(!error);
	(void)error;
}

/* The same under a policy of variable space. */
static int run_variable(struct replay *replay, const struct trace_block *block,
	uint32_t i, uint32_t end)
{
	struct variable_run *variable = replay->variable;
	uint32_t *table = replay->sim.table;
	int error;

	if (!i)
		variable_run_at(variable, block->first_reference);
	for (; i < end; i++) {
		uint32_t page = block->page[i];

		__builtin_prefetch(&table[block->page[i + FAR]], 1);
		if (variable_run_before(variable, page)) {
			error = take_fault(replay, block, i);
			if (error)
				return error;
		} else if (block->kinds[i] & TRACE_WRITE) {
			table[page] |= SIM_DIRTY;
		}
		variable_run_use(variable, page, block->count[i],
			replay->next_use ? replay->next_use[i]
					 : NEXT_USE_NEVER);
	}
	return 0;
}

static int take_region(struct replay *replay, const struct trace_region *region)
{
	if (region->kind == TRACE_REGION_MARK && replay->space.hinting)
		return hinting_mark(
			replay->space.hinting, region->name, replay->message);
	return space_region(&replay->space, region, replay->message);
}

/* What happens at event AT: regions and marks, then hints of events.  *REGION:
 * the next of BLOCK. */
static int interrupt(struct replay *replay, const struct trace_block *block,
	uint64_t at, uint32_t *region)
{
	int error = 0;

	while (!error && *region < block->regions &&
		block->region[*region].event <= at)
		error = take_region(replay, &block->region[(*region)++]);
	if (!error && replay->space.hinting)
		error = hinting_apply(
			replay->space.hinting, at, replay->message);
	return error;
}

/* The event of the next interruption, or the end of BLOCK. */
static uint64_t next_interruption(
	struct replay *replay, const struct trace_block *block, uint32_t region)
{
	uint64_t next = block->first_event + block->events;
	uint64_t hint;

	if (region < block->regions && block->region[region].event < next)
		next = block->region[region].event;
	if (replay->space.hinting) {
		hint = hinting_next(replay->space.hinting);
		if (hint < next)
			next = hint;
	}
	return next;
}

static int run_block(struct replay *replay, const struct trace_block *block)
{
	const uint64_t end = block->first_event + block->events;
	uint64_t at = block->first_event;
	uint32_t region = 0;
	int error = 0;

	replay->time = block->first_reference;
	replay->time_event = 0;
	while (!error) {
		uint64_t stop;

		error = interrupt(replay, block, at, &region);
		if (error || at == end)
			break;
		stop = next_interruption(replay, block, region);
		error = (replay->variable ? run_variable : run_events)(replay,
			block, at - block->first_event,
			stop - block->first_event);
		at = stop;
	}
	return error;
}

static bool replay_has_hints(const struct replay_config *config)
{
	return config->hints && config->hints->count;
}

/* The dictionary, with page numbers that can be addresses. */
static int load_pages(struct replay *replay, struct trace_reader *reader)
{
	const struct trace_info *info = trace_reader_info(reader);
	int error =
		trace_reader_load_pages(reader, &replay->vpn, replay->message);
	uint64_t i;

	for (i = 0; i < info->pages && !error; i++)
		if (replay->vpn[i] >= AS_PAGES_MAX)
			error = message_set(replay->message, -EINVAL,
				"%s: page number 0x%llx is larger than an "
				"address",
				info->path, (unsigned long long)replay->vpn[i]);
	return error;
}

static int open_variable(struct replay *replay, const struct trace_info *info)
{
	const struct replay_config *config = &replay->config;
	const struct variable_run_config variable = {
		.ops = config->variable,
		.values = config->values,
		.pages = info->pages,
		.references = info->references,
		.bit_at_load = config->bit_at_load,
		.on_leave = on_leave,
		.context = replay,
	};

	return variable_run_open(&variable, &replay->variable);
}

/* More frames than pages are never used. */
static uint64_t frames_of(const struct replay_config *config, uint64_t pages)
{
	return config->variable || config->frames > pages ? pages
							  : config->frames;
}

/* What of the configuration is in force: see replay.h. */
static uint32_t batch_of(const struct replay_config *config)
{
	return config->victim_batch && config->policy->knows != POLICY_ORACLE
		       ? config->victim_batch
		       : 1;
}

static uint32_t ahead_of(const struct replay_config *config)
{
	return config->policy->upcoming ? config->clean_ahead : 0;
}

static int set_up(struct replay *replay, struct trace_reader *reader)
{
	const struct replay_config *config = &replay->config;
	const struct trace_info *info = trace_reader_info(reader);
	uint64_t pages = info->pages ? info->pages : 1;
	struct pager_config pager = {
		.frames = frames_of(config, pages),
		.page_bytes = info->page_bytes,
		.stores_max = 2,
		.physmem_ops = &physmem_sim_ops,
		.backend = &replay->sim,
		/* with a frame a page this one is never asked */
		.policy_ops = config->variable ? &policy_fifo : config->policy,
		.policy_values = config->variable ? NULL : config->values,
		.policy_seed = config->seed,
		.now = tell_time,
		.now_context = replay,
		.bit_at_load = config->bit_at_load,
		.read_ahead_max = config->read_ahead,
		.victim_batch = batch_of(config),
		.clean_ahead = ahead_of(config),
	};
	int error;

	if (pager.frames > SIM_FRAME)
		return message_set(replay->message, -EINVAL,
			"more than %u frames", SIM_FRAME);
	error = load_pages(replay, reader);
	if (error)
		return error;
	error = sim_init(&replay->sim, pages);
	if (!error)
		error = space_init(&replay->space, info, replay->vpn,
			&replay->sim, replay_has_hints(config));
	if (!error)
		error = pager_create(&pager, &replay->pager);
	if (!error)
		space_attach(&replay->space, replay->pager);
	if (!error && replay_has_hints(config))
		error = space_take_hints(&replay->space, config->hints);
	if (!error && config->variable)
		error = open_variable(replay, info);
	replay->notes = config->policy->reference != NULL;
	replay->repeats = replay->notes && !config->bit_at_load;
	measure_init(&replay->measure, config->counter, info->events);
	if (error == -ENOMEM)
		message_set(replay->message, error,
			"too little memory for %u frames and %llu pages",
			pager.frames, (unsigned long long)pages);
	return error;
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	variable_run_close(replay->variable);
	if (replay->pager)
		pager_destroy(replay->pager);
	if (replay->space.vpn)
		space_fini(&replay->space);
	sim_fini(&replay->sim);
	free(replay);
}

static void fill_result(struct replay *replay, struct replay_result *result)
{
	const struct pager_counts *counts = &replay->pager->counts;
	const struct histogram *whole = &replay->measure.whole;
	int i;

	*result = (struct replay_result){
		.hard_faults = counts->hard_faults,
		.zero_faults = counts->zero_faults,
		.faults = counts->hard_faults + counts->zero_faults,
		.soft_faults = counts->soft_faults,
		.writebacks = counts->writebacks,
		.prefetches = counts->prefetches,
		.evictions = counts->evictions,
		.scanned = counts->scanned,
		.harvested = counts->harvested,
		.cleaned = counts->cleaned,
		.victim_batch = batch_of(&replay->config),
		.clean_ahead = ahead_of(&replay->config),
		.cycles_mean = measure_mean(&replay->measure),
		.cycles_p50 = histogram_quantile(whole, 0.5),
		.cycles_p90 = histogram_quantile(whole, 0.9),
		.cycles_p99 = histogram_quantile(whole, 0.99),
		.cycles_max = whole->count ? whole->greatest : 0,
		.lengths = whole,
		.faults_measured = whole->count + replay->measure.marked.count,
		.faults_interrupted = replay->measure.interrupted,
	};
	result->variable = replay->variable_result;
	result->scanned += replay->variable_result.scanned;
	result->harvested += replay->variable_result.harvested;
	result->extras = replay->extras;
	result->has_extras = replay->has_extras;
	result->seconds = replay->seconds;
	result->marks_cost = measure_marks_cost(&replay->measure);
	for (i = 0; i < PHASES; i++)
		result->phase[i] = measure_phase(&replay->measure, i);
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* Adds the difference of two readings of the extra counts. */
static void add_extras(struct replay *replay,
	const struct counter_extras *before, const struct counter_extras *after)
{
	struct counter_extras *sum = &replay->extras;
	int i;

	for (i = 0; i < COUNTER_EXTRAS; i++) {
		sum->value[i] += after->value[i] - before->value[i];
		sum->available[i] = after->available[i];
	}
	sum->multiplexed |= after->multiplexed;
	replay->has_extras = true;
}

/* The pager's invariants, when the caller asked for them. */
static int check(struct replay *replay, struct message *message)
{
	const char *why = space_check(&replay->space);

	if (!why && replay->variable)
		why = variable_run_check(replay->variable);
	if (!why)
		return 0;
	return message_set(message, -EBADMSG, "the pager is broken: %s", why);
}

int replay_open(struct trace_reader *reader, const struct replay_config *config,
	struct replay **out, struct message *message)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	double start = now_seconds();
	int error;

	if (!replay)
		return message_set(message, -ENOMEM, "too little memory");
	replay->config = *config;
	replay->path = trace_reader_info(reader)->path;
	replay->message = message;
	error = set_up(replay, reader);
	replay->seconds = now_seconds() - start;
	if (error)
		replay_close(replay);
	else
		*out = replay;
	return error;
}

int replay_block(struct replay *replay, const struct trace_block *block,
	const uint64_t *next_use, struct counter *counter,
	struct message *message)
{
	struct counter_extras before, after;
	double start = now_seconds();
	bool extras = counter && !counter_extra_read(counter, &before);
	int error;

	if (counter)
		measure_use(&replay->measure, counter);
	if (replay->config.policy->knows == POLICY_ORACLE)
		replay->next_use = next_use;
	replay->message = message;
	error = run_block(replay, block);
	if (extras && !counter_extra_read(counter, &after))
		add_extras(replay, &before, &after);
	replay->seconds += now_seconds() - start;
	return error;
}

int replay_finish(struct replay *replay, struct replay_result *result,
	struct message *message)
{
	const struct replay_config *config = &replay->config;
	int error = 0;

	if (config->at_end)
		config->at_end(config->at_end_context, replay->pager->policy);
	if (replay->variable)
		variable_run_finish(replay->variable, &replay->variable_result);
	if (config->check)
		error = check(replay, message);
	if (!error)
		fill_result(replay, result);
	return error;
}

uint64_t replay_bytes(const struct replay_config *config, uint64_t pages)
{
	uint64_t frames = frames_of(config, pages);
	uint64_t frame_bytes = FRAME_BYTES + config->policy->frame_bytes;

	return REPLAY_BYTES + frames * frame_bytes + pages * PAGE_BYTES +
	       (replay_has_hints(config) ? pages * sizeof(uint32_t) : 0);
}

/* Block after block of the whole trace. */
static int run_trace(struct replay *replay, struct trace_reader *reader,
	uint64_t *next_use, struct message *message)
{
	const struct replay_config *config = &replay->config;
	const struct trace_info *info = trace_reader_info(reader);
	struct trace_block block;
	uint64_t number;
	int error = 0;

	for (number = 0; number < info->blocks && !error; number++) {
		if (config->stop && *config->stop)
			return message_set(message, -EINTR, "stopped");
		error = trace_reader_read(reader, number, &block, message);
		if (!error && next_use)
			error = nextuse_read(config->nextuse, block.first_event,
				block.events, next_use, message);
		if (!error)
			error = replay_block(replay, &block, next_use,
				config->counter, message);
		if (!error && config->progress)
			config->progress(config->progress_context,
				block.first_reference + block.references);
	}
	return error;
}

int replay_run(struct trace_reader *reader, const struct replay_config *config,
	struct replay_result *result, struct message *message)
{
	const bool oracle = config->policy->knows == POLICY_ORACLE;
	struct replay *replay = NULL;
	uint64_t *next_use = NULL;
	double start = now_seconds();
	int error = 0;

	rss_reset();
	if (oracle) {
		next_use = malloc(TRACE_BLOCK_EVENTS * sizeof(*next_use));
		if (!next_use)
			error = message_set(
				message, -ENOMEM, "too little memory");
	}
	if (!error)
		error = replay_open(reader, config, &replay, message);
	if (!error)
		error = run_trace(replay, reader, next_use, message);
	if (!error)
		error = replay_finish(replay, result, message);
	if (!error) {
		result->seconds = now_seconds() - start;
		result->peak_rss_bytes = rss_peak();
		result->lengths = NULL;
	}
	replay_close(replay);
	free(next_use);
	return error;
}
