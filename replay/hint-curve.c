/*
 * The faults of lru-hints at every size, by a policy that never evicts and
 * counts instead: run with a frame for each page of a trace, it is told all
 * that lru-hints would be told.
 */
#include "replay/hint-curve.h"

#include <errno.h>
#include <stdlib.h>

#include "mm/policy/recent.h"
#include "replay/hint-depth.h"
#include "replay/replay.h"

enum { CHUNK = 1024 };

/* What the pager takes for lru-hints. */
static const struct policy_ops policy_hint_curve;

struct counting {
	struct policy policy;
	struct hint_depth *engine; /* pages are frames: none is ever reused
				      for another but after a drop */
	uint8_t *base;		   /* [frames] the rank a use gives it */
	struct recent recent;	   /* read-once, in their short while */
	uint64_t *uses;		   /* [frames + 1] by distance */
	uint64_t cold;
	bool evicted; /* it should not */
};

static struct counting *counting_of(struct policy *policy)
{
	return (struct counting *)policy;
}

static void counting_destroy(struct policy *policy)
{
	struct counting *counting = counting_of(policy);

	hint_depth_destroy(counting->engine);
	free(counting->base);
	free(counting->uses);
	free(counting);
}

static int counting_create(
	const struct policy_config *config, struct policy **out)
{
	struct counting *counting = calloc(1, sizeof(*counting));

	if (!counting)
		return -ENOMEM;
	counting->policy.ops = &policy_hint_curve;
	counting->base = calloc(config->frames, 1);
	counting->uses =
		calloc((size_t)config->frames + 1, sizeof(*counting->uses));
	if (!counting->base || !counting->uses ||
		hint_depth_create(config->frames, &counting->engine)) {
		counting_destroy(&counting->policy);
		return -ENOMEM;
	}
	*out = &counting->policy;
	return 0;
}

static inline void count(struct counting *counting, uint32_t depth)
{
	if (depth == DEPTH_COLD)
		counting->cold++;
	else
		counting->uses[depth]++;
}

/* A page that goes soon, but is of normal rank for a short while. */
static void use_once(struct counting *counting, uint32_t frame)
{
	uint32_t over;

	if (recent_has(&counting->recent, frame))
		recent_forget(&counting->recent, frame);
	count(counting, hint_depth_use(counting->engine, frame, RANK_NORMAL));
	over = recent_note(&counting->recent, frame);
	if (over != FRAME_NONE)
		hint_depth_rank(counting->engine, over, RANK_ONCE);
}

/* As many of FRAMES as are to be used in the usual way, but no more than
 * COUNT, and CHUNK. */
static uint32_t usual(
	const struct counting *counting, const uint32_t *frames, size_t count)
{
	uint32_t i = 0;

	while (i < count && i < CHUNK && counting->base[frames[i]] != RANK_ONCE)
		i++;
	return i;
}

static void use(
	struct counting *counting, const uint32_t *frames, size_t count_frames)
{
	uint32_t depth[CHUNK], run, i;
	size_t at = 0;

	while (at < count_frames) {
		run = usual(counting, &frames[at], count_frames - at);
		hint_depth_run(counting->engine, &frames[at], counting->base,
			run, depth);
		for (i = 0; i < run; i++)
			count(counting, depth[i]);
		at += run;
		if (!run)
			use_once(counting, frames[at++]);
	}
}

static void counting_insert(
	struct policy *policy, uint32_t frame, const struct policy_page *page)
{
	struct counting *counting = counting_of(policy);

	counting->base[frame] = page->rank;
	use(counting, &frame, 1);
}

static void counting_reference(
	struct policy *policy, const struct policy_references *references)
{
	use(counting_of(policy), references->frames, references->count);
}

static uint32_t counting_evict(struct policy *policy)
{
	counting_of(policy)->evicted = true;
	return FRAME_NONE;
}

static uint32_t counting_peek(struct policy *policy, uint8_t *rank_out)
{
	(void)policy;
	(void)rank_out;
	return FRAME_NONE;
}

static void counting_remove(struct policy *policy, uint32_t frame)
{
	struct counting *counting = counting_of(policy);

	if (recent_has(&counting->recent, frame))
		recent_forget(&counting->recent, frame);
	hint_depth_drop(counting->engine, frame);
}

static void counting_rank(
	struct policy *policy, uint32_t frame, uint8_t rank, bool cold)
{
	struct counting *counting = counting_of(policy);

	if (recent_has(&counting->recent, frame))
		recent_forget(&counting->recent, frame);
	if (!cold)
		counting->base[frame] = rank;
	hint_depth_rank(counting->engine, frame, rank);
}

static const char *counting_check(
	const struct policy *policy, const uint8_t *member)
{
	(void)member;
	return hint_depth_check(((const struct counting *)policy)->engine);
}

static const struct policy_ops policy_hint_curve = {
	.name = "lru-hints",
	.about = "counts what lru-hints would do at every size",
	.knows = POLICY_EVERY_REFERENCE,
	.takes_hints = true,
	.create = counting_create,
	.destroy = counting_destroy,
	.insert = counting_insert,
	.reference = counting_reference,
	.evict = counting_evict,
	.peek = counting_peek,
	.remove = counting_remove,
	.rank = counting_rank,
	.check = counting_check,
};

/* ---- a replay with it ---- */

struct counted {
	const struct curve_config *config;
	struct curve *curve;
	int error;
};

/* At the end of the replay: takes what was counted. */
static void on_end(void *context, const struct policy *policy)
{
	const struct counting *counting = (const struct counting *)policy;
	struct counted *counted = context;
	uint64_t sum = counting->cold;
	uint32_t frames = counted->curve->pages;

	counted->error = hint_depth_error(counting->engine);
	if (!counted->error && counting->evicted)
		counted->error = -EPROTO;
	for (; frames; frames--) {
		counted->curve->faults[frames] = sum;
		sum += counting->uses[frames];
	}
}

static void on_progress(void *context, uint64_t references)
{
	const struct curve_config *config =
		((const struct counted *)context)->config;

	if (config->progress)
		config->progress(config->context, references);
}

/* What a hint does must not depend on the size of memory. */
static int check_hints(const struct hints *hints, struct message *message)
{
	size_t i;

	for (i = 0; i < hints->count; i++) {
		enum advice advice = hints->hint[i].advice;

		if (advice == ADVICE_PIN || advice == ADVICE_WILL_NEED)
			return message_set(message, -ENOTSUP,
				"%s:%u: what %s does depends on the size of "
				"memory: there is no curve in one pass; say "
				"sizes to selfpage replay",
				hints->name, hints->hint[i].line,
				hints_advice_name(advice));
	}
	return 0;
}

static int tell(int error, const char *path, struct message *message)
{
	if (error == -E2BIG)
		return message_set(message, error,
			"%s: the hints change ranks in too many ways for a "
			"curve in one pass; say sizes to selfpage replay",
			path);
	if (error == -ENOMEM)
		return message_set(
			message, error, "%s: too little memory", path);
	return message_set(message, error,
		"%s: memory for all pages was not enough: this is an error of "
		"selfpage",
		path);
}

int hint_curve_run(struct trace_reader *reader,
	const struct curve_config *config, const struct hints *hints,
	struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct curve curve = {.window = 1,
		.events = info->events,
		.references = info->references,
		.pages = info->pages};
	struct counted counted = {.config = config, .curve = &curve};
	struct replay_config replay = {
		.policy = &policy_hint_curve,
		.frames = info->pages ? info->pages : 1,
		.bit_at_load = true,
		.look_ahead = true,
		.hints = hints,
		.progress = on_progress,
		.progress_context = &counted,
		.stop = config->stop,
		.at_end = on_end,
		.at_end_context = &counted,
	};
	struct replay_result result;
	int error = check_hints(hints, message);

	if (error)
		return error;
	curve.faults = calloc(info->pages + 1, sizeof(*curve.faults));
	if (!curve.faults)
		return tell(-ENOMEM, info->path, message);
	error = counter_open(COUNTER_CLOCK, NULL, &replay.counter, message);
	if (!error)
		error = replay_run(reader, &replay, &result, message);
	if (!error && counted.error)
		error = tell(counted.error, info->path, message);
	if (!error)
		error = config->emit(config->context, &curve);
	counter_close(replay.counter);
	free(curve.faults);
	return error;
}
