/*
 * Regions against a naive model: maps that come and go in the middle of random
 * references, faults by an LRU list and by OPT with known next uses at each
 * size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/regions.h"
#include "replay/test/lab.h"

enum { PAGES = 60, EVENTS = 3000, NAMES = 5, SIZES = 4 };

static const char *const names[NAMES] = {
	"[outside]", "/lib/a", "/lib/b", "[anon]", "[heap]"};
static const uint64_t sizes[SIZES] = {1, 3, 17, 60};

struct model {
	unsigned region[PAGES];	    /* of the page, now */
	unsigned region_at[EVENTS]; /* of each reference */
	uint32_t page[EVENTS];
	uint64_t references[NAMES], writes[NAMES];
	uint64_t faults[2][SIZES][NAMES]; /* LRU, OPT */
	bool used[NAMES][PAGES];
};

/* A region event over some of the pages; the model learns of it. */
static void change(
	struct model *model, struct trace_writer *writer, uint64_t *random)
{
	uint64_t first = lab_random(random) % PAGES;
	uint64_t end = first + 1 + lab_random(random) % (PAGES - first);
	unsigned name = 1 + lab_random(random) % (NAMES - 1);
	struct trace_region region = {
		.kind = name == 4 ? TRACE_REGION_BRK : TRACE_REGION_MAP,
		.start = (LAB_FIRST_PAGE + first) * 4096,
		.end = (LAB_FIRST_PAGE + end) * 4096,
		.anonymous = name > 2,
		.name = name > 2 ? "" : names[name],
	};

	/* what only ends or protects changes nothing */
	if (lab_random(random) % 4 == 0)
		region.kind = lab_random(random) % 2 ? TRACE_REGION_UNMAP
						     : TRACE_REGION_PROTECT;
	else
		while (first < end)
			model->region[first++] = name;
	assert_int_equal(trace_writer_region(writer, &region), 0);
}

static struct trace_reader *make(struct model *model, uint64_t *random)
{
	const struct trace_writer_options options = lab_options(100);
	struct lab_file file;
	struct trace_writer *writer = lab_file_open(&file, &options);

	memset(model, 0, sizeof(*model));
	for (unsigned i = 0; i < EVENTS; i++) {
		uint32_t page = lab_random(random) % PAGES;
		bool write = lab_random(random) % 3 == 0;
		unsigned region;

		/* equal pages in a row would be one event */
		if (i && (lab_random(random) % 2 || page == model->page[i - 1]))
			page = (model->page[i - 1] + 1) % PAGES;
		while (lab_random(random) % 20 == 0)
			change(model, writer, random);
		region = model->region[page];
		model->page[i] = page;
		model->region_at[i] = region;
		model->used[region][page] = true;
		model->references[region] += 2;
		model->writes[region] += write;
		assert_int_equal(
			trace_writer_add(writer, LAB_FIRST_PAGE + page,
				write ? TRACE_WRITE : TRACE_READ, 2, 0),
			0);
	}
	return lab_file_read(&file);
}

/* Pages in memory with FRAMES frames: the fault goes to the region. */
static void count_faults(struct model *model, unsigned size, bool opt)
{
	uint64_t frames = sizes[size];
	size_t used[PAGES] = {0}; /* 1 + number of the last use; 0: out */
	unsigned resident = 0;
	struct naive_trace trace = {.page = model->page, .references = EVENTS};

	for (size_t i = 0; i < EVENTS; i++) {
		uint32_t page = model->page[i], victim = PAGES;
		size_t worst = 0;

		if (!used[page]) {
			model->faults[opt][size][model->region_at[i]]++;
			for (uint32_t at = 0; resident == frames && at < PAGES;
				at++) {
				size_t rank =
					opt ? naive_next_use(&trace, at, i)
					    : EVENTS - used[at];

				if (used[at] &&
					(victim == PAGES || rank > worst)) {
					victim = at;
					worst = rank;
				}
			}
			if (victim < PAGES)
				used[victim] = 0;
			resident += victim == PAGES;
		}
		used[page] = i + 1;
	}
}

static void compare(const struct model *model, const struct regions *regions)
{
	uint64_t seen = 0;

	for (unsigned i = 0; i < regions->count; i++) {
		const struct region *region = &regions->region[i];
		const char *called = regions_name(regions, i);
		unsigned name = 0, pages = 0;

		while (name < NAMES && strcmp(names[name], called) != 0)
			name++;
		assert_true(name < NAMES);
		assert_int_equal(region->references, model->references[name]);
		assert_int_equal(region->writes, model->writes[name]);
		assert_int_equal(region->events, model->references[name] / 2);
		for (unsigned page = 0; page < PAGES; page++)
			pages += model->used[name][page];
		assert_in_range(region->pages, pages, region->events);
		for (unsigned size = 0; size < SIZES; size++) {
			assert_int_equal(regions_lru_faults(regions, i)[size],
				model->faults[0][size][name]);
			assert_int_equal(regions_opt_faults(regions, i)[size],
				model->faults[1][size][name]);
		}
		seen += region->references;
	}
	assert_int_equal(seen, 2 * EVENTS);
}

static void test_random(void **state)
{
	static struct model model;
	uint64_t random = 30;

	(void)state;
	for (unsigned round = 0; round < 10; round++) {
		struct trace_reader *reader = make(&model, &random);
		struct regions_config config = {
			.frames = sizes, .sizes = SIZES};
		struct regions regions;
		struct message message;

		for (unsigned size = 0; size < SIZES; size++)
			for (int opt = 0; opt < 2; opt++)
				count_faults(&model, size, opt);
		assert_int_equal(
			regions_run(reader, &config, &regions, &message), 0);
		compare(&model, &regions);
		regions_free(&regions);
		trace_reader_close(reader);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
