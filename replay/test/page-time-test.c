/*
 * Maps of traces against a naive count: every reference by itself, the cell
 * it falls into by arithmetic, faults by the distances of an LRU list and of
 * OPT.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "replay/opt-depth.h"
#include "replay/page-time.h"
#include "replay/test/lab.h"

enum { EVENTS = 4000, PAGES_MAX = 90, CELLS_MAX = 200 * 100 };

struct model {
	uint32_t pages, events;
	uint32_t page[EVENTS], count[EVENTS]; /* pages by address */
	uint64_t references;
	uint64_t marked; /* the reference that has the mark */
	uint64_t uses[CELLS_MAX], lru[CELLS_MAX], opt[CELLS_MAX];
};

/* The lower half of the pages is a file's, the rest the heap's; between
 * pages, addresses that are never used. */
static uint64_t vpn_of(uint32_t page)
{
	return LAB_FIRST_PAGE + 3 * (uint64_t)page + (page > 50 ? 1000 : 0);
}

static void add_region(struct trace_writer *writer, uint8_t kind,
	uint64_t start, uint64_t end, const char *name)
{
	struct trace_region region = {.kind = kind,
		.start = start * 4096,
		.end = end * 4096,
		.name = name};

	assert_int_equal(trace_writer_region(writer, &region), 0);
}

/* Each page is used once, in order, and then any. */
static struct trace_reader *make(
	struct model *model, uint32_t pages, uint32_t events, uint64_t *random)
{
	const struct trace_writer_options options = lab_options(333);
	struct lab_file file;
	struct trace_writer *writer = lab_file_open(&file, &options);

	memset(model, 0, sizeof(*model));
	model->pages = pages;
	model->events = events;
	add_region(writer, TRACE_REGION_MAP, vpn_of(0), vpn_of(pages / 2),
		"/lib/file");
	add_region(
		writer, TRACE_REGION_BRK, vpn_of(pages / 2), vpn_of(pages), "");
	for (uint32_t i = 0; i < events; i++) {
		uint32_t page = i < pages ? i : lab_random(random) % pages;

		if (i >= pages && pages > 1 && page == model->page[i - 1])
			page = (page + 1) % pages;
		model->page[i] = page;
		model->count[i] = lab_random(random) % 20 == 0
					  ? lab_random(random) % 5000 + 1
					  : lab_random(random) % 9 + 1;
		if (i == events / 3) {
			model->marked = model->references;
			add_region(writer, TRACE_REGION_MARK, 0, 0, "third");
		}
		model->references += model->count[i];
		assert_int_equal(trace_writer_add(writer, vpn_of(page),
					 TRACE_READ, model->count[i], 0),
			0);
	}
	return lab_file_read(&file);
}

/* Distinct pages since the last use of that of EVENT; UINT32_MAX: the first */
static uint32_t lru_distance(const struct model *model, uint32_t event)
{
	bool seen[PAGES_MAX] = {false};
	uint32_t distance = 1, at = event;

	while (at-- > 0) {
		if (model->page[at] == model->page[event])
			return distance;
		distance += !seen[model->page[at]];
		seen[model->page[at]] = true;
	}
	return UINT32_MAX;
}

static void count(
	struct model *model, unsigned columns, unsigned rows, uint64_t frames)
{
	struct opt_depth *opt;
	uint64_t reference = 0;
	uint32_t *depth = malloc(EVENTS * sizeof(*depth));

	assert_int_equal(opt_depth_create(model->pages, &opt), 0);
	opt_depth_run(opt, model->page, model->events, depth);
	memset(model->uses, 0, sizeof(model->uses));
	memset(model->lru, 0, sizeof(model->lru));
	memset(model->opt, 0, sizeof(model->opt));
	for (uint32_t i = 0; i < model->events; i++) {
		unsigned row = model->page[i] * rows / model->pages;

		for (uint32_t k = 0; k < model->count[i]; k++, reference++) {
			unsigned cell = row * columns +
					reference * columns / model->references;

			model->uses[cell]++;
			if (k > 0)
				continue;
			model->lru[cell] += lru_distance(model, i) > frames;
			model->opt[cell] += depth[i] > frames;
		}
	}
	opt_depth_destroy(opt);
	free(depth);
}

/* Three phases, the last from the mark on. */
static void compare_phases(
	const struct model *model, const struct page_time *map, unsigned count)
{
	const struct page_time_phases *phases = map->phases;
	unsigned found = 0, i;

	assert_int_equal(phases[0].first_start, 0);
	for (i = 0; i < map->columns; i++) {
		if (!phases[i].count)
			continue;
		assert_int_equal(phases[i].first, found);
		found += phases[i].count;
		assert_true(phases[i].first_start <= phases[i].last_start);
		assert_int_equal(
			phases[i].last_start * map->columns / map->references,
			i);
		assert_int_equal(
			phases[i].first_start * map->columns / map->references,
			i);
		if (found == count)
			assert_int_equal(phases[i].last_start, model->marked);
	}
	assert_int_equal(found, count);
}

static void compare(struct model *model, struct trace_reader *reader,
	const struct page_time_config *config)
{
	struct page_time_config with_phases = *config;
	struct page_time map;
	struct phases phases;
	struct message message;
	unsigned rows, columns;

	assert_int_equal(phases_run(reader, &(struct phases_config){0}, &phases,
				 &message),
		0);
	assert_string_equal(phases_name(&phases, phases.count - 1), "third");
	with_phases.phases = &phases;
	assert_int_equal(
		page_time_run(reader, &with_phases, &map, &message), 0);
	rows = config->rows < model->pages ? config->rows : model->pages;
	columns = config->columns < model->references ? config->columns
						      : model->references;
	assert_int_equal(map.rows, rows);
	assert_int_equal(map.columns, columns);
	assert_int_equal(map.references, model->references);
	count(model, columns, rows,
		config->frames < model->pages ? config->frames : model->pages);
	assert_memory_equal(
		map.uses, model->uses, rows * columns * sizeof(uint64_t));
	assert_int_equal(!map.lru_faults, !config->frames);
	if (config->frames) {
		assert_memory_equal(map.lru_faults, model->lru,
			rows * columns * sizeof(uint64_t));
		assert_memory_equal(map.opt_faults, model->opt,
			rows * columns * sizeof(uint64_t));
	}
	compare_phases(model, &map, phases.count);
	phases_free(&phases);
	page_time_free(&map);
}

static void test_random(void **state)
{
	static const unsigned shapes[][3] = {{200, 100, 0}, {200, 100, 7},
		{7, 5, 30}, {1, 1, 1}, {199, 13, 1u << 30}};
	static struct model model;
	uint64_t random = 41;

	(void)state;
	for (unsigned round = 0; round < 10; round++) {
		uint32_t pages = 1 + lab_random(&random) % PAGES_MAX;
		struct trace_reader *reader =
			make(&model, pages, EVENTS, &random);
		const unsigned *shape = shapes[round % 5];
		struct page_time_config config = {.columns = shape[0],
			.rows = shape[1],
			.frames = shape[2]};

		compare(&model, reader, &config);
		trace_reader_close(reader);
	}
}

/* Fewer references than columns, and fewer pages than rows. */
static void test_short(void **state)
{
	static struct model model;
	uint64_t random = 42;

	(void)state;
	for (uint32_t events = 3; events < 30; events++) {
		struct trace_reader *reader =
			make(&model, events < 9 ? 3 : 9, events, &random);
		struct page_time_config config = {
			.columns = 150, .rows = 100, .frames = 2};

		compare(&model, reader, &config);
		trace_reader_close(reader);
	}
}

static void test_regions(void **state)
{
	static struct model model;
	const struct page_time_config config = {.columns = 10, .rows = 10};
	uint64_t random = 43;
	struct trace_reader *reader = make(&model, 80, 1000, &random);
	struct page_time map;
	struct message message;

	(void)state;
	assert_int_equal(page_time_run(reader, &config, &map, &message), 0);
	assert_int_equal(map.regions_count, 2);
	assert_string_equal(map.regions[0].name, "/lib/file");
	assert_int_equal(map.regions[0].first, 0);
	assert_int_equal(map.regions[0].pages, 40);
	assert_string_equal(map.regions[1].name, "[heap]");
	assert_int_equal(map.regions[1].first, 40);
	assert_int_equal(map.regions[1].pages, 40);
	page_time_free(&map);
	trace_reader_close(reader);
}

static void test_stopped(void **state)
{
	static struct model model;
	const volatile sig_atomic_t stop = 1;
	const struct page_time_config config = {
		.columns = 10, .rows = 10, .frames = 3, .stop = &stop};
	uint64_t random = 44;
	struct trace_reader *reader = make(&model, 10, 100, &random);
	struct page_time map;
	struct message message;

	(void)state;
	assert_int_equal(
		page_time_run(reader, &config, &map, &message), -ECANCELED);
	trace_reader_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
