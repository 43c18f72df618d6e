/*
 * What the examples share: each does the same work without hints and with
 * them, shows what the pager counted, and fails if the hints did not help as
 * much as its README states or changed what was computed.
 */
#ifndef EXAMPLES_COMPARE_H
#define EXAMPLES_COMPARE_H

#include <inttypes.h>
#include <selfpage.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct result {
	struct selfpage_counts counts;
	uint64_t measure; /* what the hints should make less */
	uint64_t answer;  /* what was computed: the same with and without */
};

/* Ends the program if a call failed. */
static inline void need(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-error));
	exit(EXIT_FAILURE);
}

/* A pager with FRAMES frames of 4096 bytes, that follows hints, and a space. */
static inline void start(uint32_t frames, struct selfpage **pager_out,
	struct selfpage_space **space_out)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = frames,
		.policy = "lru-hints",
	};

	need(selfpage_create(&config, pager_out), "pager");
	need(selfpage_space_create(*pager_out, 0, space_out), "space");
}

static inline struct selfpage_counts counts_of(struct selfpage *pager)
{
	struct selfpage_counts counts;

	need(selfpage_read_counts(pager, &counts, sizeof(counts)), "counts");
	return counts;
}

static inline uint64_t faults_of(struct selfpage *pager)
{
	struct selfpage_counts counts = counts_of(pager);

	return counts.hard_faults + counts.zero_faults;
}

static inline void print_row(
	const char *name, const char *what, const struct result *result)
{
	printf("%-8s %9" PRIu64 " faults, %6" PRIu64 " of them read, %6" PRIu64
	       " pages written; %s: %" PRIu64 "\n",
		name, result->counts.hard_faults + result->counts.zero_faults,
		result->counts.hard_faults, result->counts.writebacks, what,
		result->measure);
}

/* The last line, and the program's exit status. */
static inline int compare(
	const char *what, unsigned factor, struct result (*run)(bool hints))
{
	struct result without = run(false);
	struct result with = run(true);
	bool helped =
		without.measure && without.measure >= factor * with.measure;

	print_row("without:", what, &without);
	print_row("with:", what, &with);
	if (without.answer != with.answer) {
		printf("wrong: the hints changed what was computed\n");
		return EXIT_FAILURE;
	}
	printf("%s at least %u times fewer: %s\n", what, factor,
		helped ? "yes" : "no");
	return helped ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
