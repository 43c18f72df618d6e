/*
 * For tests of the replay engine: traces written to a file out of arrays of
 * references, and replays of them with everything that can be checked
 * checked.  A program that includes this includes cmocka first.
 */
#ifndef REPLAY_TEST_LAB_H
#define REPLAY_TEST_LAB_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/replay.h"
#include "replay/test/naive.h"

#define LAB_FIRST_PAGE UINT64_C(0x7f000) /* page 0 of the arrays is here */

/* References as a test thinks of them: one an entry. */
struct lab_references {
	uint32_t *page;	  /* [count] */
	bool *write;	  /* [count] */
	uint32_t *thread; /* [count], or NULL: all by one */
	size_t count;
	uint32_t pages; /* page numbers are below */
	/* [count] what happens before it, NULL nothing; or NULL */
	const struct trace_region **before;
};

/* An open trace and its next uses. */
struct lab {
	struct trace_reader *reader;
	struct nextuse *nextuse;
	struct counter *counter;
	uint32_t read_ahead; /* of its replays */
};

static inline uint64_t lab_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline struct naive_trace lab_naive(
	const struct lab_references *references)
{
	return (struct naive_trace){.page = references->page,
		.write = references->write,
		.references = references->count};
}

/*
 * Pages by jumps, steps and short loops, which leaves pages that are used
 * once, often, and in runs; 3 of 10 references write.  To be freed with
 * lab_free_references.
 */
static inline struct lab_references lab_random_references(
	uint64_t *state, size_t count, uint32_t pages)
{
	struct lab_references made = {
		.page = malloc(count * sizeof(*made.page)),
		.write = malloc(count * sizeof(*made.write)),
		.thread = malloc(count * sizeof(*made.thread)),
		.count = count,
		.pages = pages,
	};
	uint32_t at = 0, thread = 0;

	assert_true(made.page && made.write && made.thread);
	for (size_t i = 0; i < count; i++) {
		uint64_t dice = lab_random(state) % 16;

		if (dice < 2)
			at = lab_random(state) % pages;
		else if (dice < 4)
			at = lab_random(state) % (1 + pages / 8);
		else if (dice < 9)
			at = (at + 1) % pages;
		else if (dice < 11)
			at = (at + pages - 1) % pages;
		if (lab_random(state) % 64 == 0)
			thread = lab_random(state) % 3;
		made.page[i] = at;
		made.write[i] = lab_random(state) % 10 < 3;
		made.thread[i] = thread;
	}
	return made;
}

static inline void lab_free_references(struct lab_references *references)
{
	free(references->page);
	free(references->write);
	free(references->thread);
	free(references->before);
}

/* As many references from AT on as can be added at once. */
static inline uint32_t lab_run(
	const struct lab_references *references, size_t at)
{
	uint32_t run = 1;

	while (at + run < references->count && run < 7 &&
		references->page[at + run] == references->page[at] &&
		references->write[at + run] == references->write[at] &&
		!(references->before && references->before[at + run]) &&
		(!references->thread ||
			references->thread[at + run] == references->thread[at]))
		run++;
	return run;
}

/* A trace under way. */
struct lab_file {
	char path[24];
	struct trace_writer *writer;
};

/* In blocks of BLOCK_EVENTS (0: the usual size). */
static inline struct trace_writer_options lab_options(uint32_t block_events)
{
	return (struct trace_writer_options){.program = "lab",
		.arguments = "",
		.tool = "test",
		.page_bytes = 4096,
		.has_writes = true,
		.block_events = block_events};
}

static inline struct trace_writer *lab_file_open(
	struct lab_file *file, const struct trace_writer_options *options)
{
	struct message message;

	strcpy(file->path, "replay-lab-XXXXXX");
	close(mkstemp(file->path));
	assert_int_equal(
		trace_writer_open(file->path, options, &file->writer, &message),
		0);
	return file->writer;
}

/* It is whole, and has no name any more. */
static inline struct trace_reader *lab_file_read(struct lab_file *file)
{
	struct trace_reader *reader;
	struct message message;

	assert_int_equal(trace_writer_finish(file->writer, &message), 0);
	assert_int_equal(
		trace_reader_open(file->path, true, &reader, &message), 0);
	unlink(file->path);
	return reader;
}

/*
 * Writes REFERENCES to a new file with OPTIONS and opens it.  REGION, if
 * there is one, comes before them all.
 */
static inline void lab_open_with(struct lab *lab,
	const struct lab_references *references,
	const struct trace_writer_options *options,
	const struct trace_region *region)
{
	struct lab_file file;
	struct trace_writer *writer = lab_file_open(&file, options);
	struct message message;
	uint32_t run;

	lab->read_ahead = 0;
	if (region)
		assert_int_equal(trace_writer_region(writer, region), 0);
	for (size_t i = 0; i < references->count; i += run) {
		run = lab_run(references, i);
		if (references->before && references->before[i])
			assert_int_equal(trace_writer_region(
						 writer, references->before[i]),
				0);
		assert_int_equal(
			trace_writer_add(writer,
				LAB_FIRST_PAGE + references->page[i],
				references->write[i] ? TRACE_WRITE : TRACE_READ,
				run,
				references->thread ? references->thread[i] : 0),
			0);
	}
	lab->reader = lab_file_read(&file);
	assert_int_equal(
		nextuse_build(lab->reader, NULL, &lab->nextuse, &message), 0);
	assert_int_equal(
		counter_open(COUNTER_CLOCK, NULL, &lab->counter, &message), 0);
	assert_int_equal(
		trace_reader_info(lab->reader)->references, references->count);
}

/* The same in blocks of BLOCK_EVENTS (0: the usual size). */
static inline void lab_open(struct lab *lab,
	const struct lab_references *references, uint32_t block_events,
	const struct trace_region *region)
{
	const struct trace_writer_options options = lab_options(block_events);

	lab_open_with(lab, references, &options, region);
}

static inline void lab_close(struct lab *lab)
{
	nextuse_close(lab->nextuse);
	trace_reader_close(lab->reader);
	counter_close(lab->counter);
}

/* The counts of a result, for comparing. */
struct lab_counts {
	uint64_t faults, hard, zero, soft, writebacks, prefetches, evictions,
		scanned, harvested;
};

static inline struct lab_counts lab_counts(const struct replay_result *result)
{
	return (struct lab_counts){result->faults, result->hard_faults,
		result->zero_faults, result->soft_faults, result->writebacks,
		result->prefetches, result->evictions, result->scanned,
		result->harvested};
}

/*
 * A replay with the pager's invariants proved at its end; what has to hold
 * for every replay is asserted.  HINTS may be NULL.
 */
static inline struct lab_counts lab_replay(struct lab *lab,
	const struct policy_ops *policy, uint64_t frames, bool bit_at_load,
	const struct hints *hints)
{
	struct replay_config config = {
		.policy = policy,
		.frames = frames,
		.bit_at_load = bit_at_load,
		.check = true,
		.look_ahead = true,
		.hints = hints,
		.read_ahead = lab->read_ahead,
		.nextuse = lab->nextuse,
		.counter = lab->counter,
	};
	struct replay_result result;
	struct lab_counts counts, again;
	struct message message = {0};

	if (replay_run(lab->reader, &config, &result, &message))
		fail_msg("%s at %llu frames: %s", policy->name,
			(unsigned long long)frames, message.text);
	counts = lab_counts(&result);
	assert_int_equal(counts.hard + counts.zero, counts.faults);
	if (counts.faults > 16)
		assert_true(result.faults_measured > 0);
	config.look_ahead = false;
	assert_int_equal(
		replay_run(lab->reader, &config, &result, &message), 0);
	again = lab_counts(&result);
	assert_memory_equal(&counts, &again, sizeof(counts));
	return counts;
}

#endif
