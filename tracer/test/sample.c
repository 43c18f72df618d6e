#include <config.h>

#include "tracer/test/sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/random.h"

/* Near the page before, one of a few, or anywhere in 64 bits. */
static uint64_t random_page(uint64_t *seed, uint64_t before)
{
	uint64_t random = random_next(seed);

	switch (random >> 60) {
	case 0:
		return before + 1;
	case 1:
		return before;
	case 2:
		return random_next(seed);
	case 3:
	case 4:
	case 5:
	case 6:
		return random % 2000;
	default:
		return random % 20;
	}
}

static uint32_t random_count(uint64_t *seed)
{
	static const uint32_t edge[] = {
		254, 255, 256, 257, UINT32_MAX - 1, UINT32_MAX};
	uint64_t random = random_next(seed);

	if (random >> 60 == 0)
		return edge[random % 6];
	return 1 + (uint32_t)(random >> 60 == 1 ? random % 1000 : random % 3);
}

static void add_event(struct sample *sample, uint64_t *seed)
{
	static const struct sample_event none;
	struct sample_event *event = &sample->event[sample->events];
	const struct sample_event *before =
		sample->events > 0 ? event - 1 : &none;
	uint64_t random = random_next(seed);

	*event = (struct sample_event){
		.vpn = random_page(seed, before->vpn),
		.kinds = (1 + random % 7) |
			 (random >> 40 & 7 ? 0 : TRACE_KERNEL),
		.count = random_count(seed),
		.thread = random >> 59 ? before->thread
				       : (uint32_t)(random % 4 * 1000003),
	};
	/* The writer would join the two: so not here, but see the tests. */
	if (event->vpn == before->vpn && event->thread == before->thread)
		event->vpn++;
	sample->events++;
}

static void add_region(struct sample *sample, uint64_t *seed)
{
	static const char *const name[] = {"", "[heap]", "/usr/bin/true", NULL};
	uint64_t random = random_next(seed);
	uint64_t start = random >> (random & 63);
	uint64_t old = random_next(seed) >> (random & 63);

	sample->region[sample->regions++] = (struct trace_region){
		.event = sample->events,
		.start = start,
		.end = start + (start >> 63 ? 0 : random % 100000),
		.offset = random_next(seed) >> (random >> 10 & 63),
		.kind = TRACE_REGION_MAP + random % TRACE_REGION_LAST,
		.protection = random >> 20 & 7,
		.anonymous = random >> 30 & 1,
		.thread = (uint32_t)(random >> 32) >> (random & 31),
		.number = random_next(seed) >> (random >> 16 & 63),
		.old_start = old,
		.old_end = old + (old >> 63 ? 0 : random % 5000),
		.name = name[random >> 40 & 3],
	};
}

struct sample *sample_create(uint64_t seed, uint32_t events)
{
	struct sample *sample = calloc(1, sizeof(*sample));

	sample->seed = seed;
	sample->event = calloc(events + 1, sizeof(*sample->event));
	sample->region = calloc(events + 1, sizeof(*sample->region));
	while (sample->events < events) {
		if (random_next(&seed) % 100 == 0)
			add_region(sample, &seed);
		else
			add_event(sample, &seed);
		if (sample->regions == events)
			break;
	}
	if (events > 0 && random_next(&seed) % 2)
		add_region(sample, &seed);
	return sample;
}

void sample_destroy(struct sample *sample)
{
	free(sample->event);
	free(sample->region);
	free(sample);
}

int sample_write(const struct sample *sample, const char *path,
	uint32_t block_events, struct message *message)
{
	const struct trace_writer_options options = {
		.program = "sample",
		.arguments = "-a 'b c'",
		.tool = "test 1",
		.page_bytes = 4096,
		.date_s = 1700000000,
		.has_writes = true,
		.block_events = block_events,
	};
	struct trace_writer *writer;
	uint32_t region = 0;
	int error;

	error = trace_writer_open(path, &options, &writer, message);
	if (error)
		return error;
	for (uint32_t i = 0; i <= sample->events; i++) {
		const struct sample_event *event = &sample->event[i];

		while (region < sample->regions &&
			sample->region[region].event == i)
			trace_writer_region(writer, &sample->region[region++]);
		if (i < sample->events)
			trace_writer_add(writer, event->vpn, event->kinds,
				event->count, event->thread);
	}
	return trace_writer_finish(writer, message);
}

static const char *compare_events(const struct sample *sample,
	const struct trace_block *block, const uint64_t *vpn)
{
	const struct sample_event *event;

	if (block->first_event + block->events > sample->events)
		return "more events than were written";
	event = &sample->event[block->first_event];
	for (uint32_t i = 0; i < block->events; i++, event++) {
		if (vpn && vpn[block->page[i]] != event->vpn)
			return "another page";
		if (block->kinds[i] != event->kinds)
			return "other kinds";
		if (block->count && block->count[i] != event->count)
			return "another count";
		if (block->thread && block->thread[i] != event->thread)
			return "another thread";
	}
	for (uint32_t i = 0; i < TRACE_LOOK_AHEAD; i++)
		if (block->page[block->events + i] != 0)
			return "no zeros behind the last page";
	return NULL;
}

static bool same_region(
	const struct trace_region *one, const struct trace_region *two)
{
	const char *name = one->name ? one->name : "";

	return one->event == two->event && one->start == two->start &&
	       one->end == two->end && one->offset == two->offset &&
	       one->kind == two->kind && one->protection == two->protection &&
	       one->anonymous == two->anonymous && one->thread == two->thread &&
	       one->number == two->number && one->old_start == two->old_start &&
	       one->old_end == two->old_end && strcmp(name, two->name) == 0;
}

/* How many regions lie before those of this block can only be told where the
 * first one is found: several blocks may begin at the same event. */
static const char *compare_regions(
	const struct sample *sample, const struct trace_block *block)
{
	uint32_t first = 0;

	if (block->regions == 0)
		return NULL;
	while (first < sample->regions &&
		!same_region(&sample->region[first], &block->region[0]))
		first++;
	for (uint32_t i = 0; i < block->regions; i++)
		if (first + i >= sample->regions ||
			!same_region(
				&sample->region[first + i], &block->region[i]))
			return "another region event";
	return NULL;
}

const char *sample_compare(const struct sample *sample,
	const struct trace_block *block, const uint64_t *vpn)
{
	const char *wrong = compare_events(sample, block, vpn);

	return wrong ? wrong : compare_regions(sample, block);
}

int sample_read(const struct sample *sample, const char *path,
	uint64_t *events_out, struct message *message)
{
	const struct trace_info *info;
	struct trace_reader *reader;
	const uint64_t *vpn;
	uint64_t regions = 0;
	int error;

	*events_out = 0;
	error = trace_reader_open(path, true, &reader, message);
	if (error)
		return error;
	info = trace_reader_info(reader);
	error = trace_reader_load_pages(reader, &vpn, message);
	for (uint64_t i = 0; !error && i < info->blocks; i++) {
		struct trace_block block;
		const char *wrong;

		error = trace_reader_read(reader, i, &block, message);
		if (error)
			break;
		wrong = sample_compare(sample, &block, vpn);
		if (!wrong && block.first_event != *events_out)
			wrong = "a gap between blocks";
		if (wrong)
			error = message_set(message, -EDOM, "%s", wrong);
		*events_out += block.events;
		regions += block.regions;
	}
	if (!error && (info->events != *events_out || info->regions != regions))
		error = message_set(message, -EDOM, "the totals differ");
	if (!error && !info->truncated && *events_out != sample->events)
		error = message_set(message, -EDOM, "events are missing");
	trace_reader_close(reader);
	return error;
}
