/* The phases that a map shows. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plots/map.h"
#include "replay/test/lab.h"

enum { SHORT = 12000, PAGES = 7 };

static void add(struct trace_writer *writer, unsigned events)
{
	for (unsigned i = 0; i < events; i++)
		assert_int_equal(trace_writer_add(writer, 100 + i % PAGES,
					 TRACE_READ, 1, 0),
			0);
}

static void begin(struct trace_writer *writer, const char *name)
{
	assert_int_equal(trace_writer_region(writer,
				 &(struct trace_region){
					 .kind = TRACE_REGION_MARK,
					 .name = name,
				 }),
		0);
}

/* Long phases, one short one between two of them, and thousands of short. */
static void write_trace(const char *path)
{
	const struct trace_writer_options options = lab_options(0);
	struct trace_writer *writer;
	struct message message;

	assert_int_equal(
		trace_writer_open(path, &options, &writer, &message), 0);
	add(writer, 10000);
	begin(writer, "short");
	add(writer, 3);
	begin(writer, "long");
	add(writer, 10000);
	for (unsigned i = 0; i < SHORT; i++) {
		begin(writer, i % 2 ? "odd" : "even");
		add(writer, 2);
	}
	begin(writer, "last");
	add(writer, 10000);
	assert_int_equal(trace_writer_finish(writer, &message), 0);
}

static void assert_says(const char *script, const char *line)
{
	if (!strstr(script, line))
		fail_msg("'%s' is not in it", line);
}

static void test_phases(void **state)
{
	const struct map_options options = {0};
	char path[] = "map-test-XXXXXX", *script;
	struct message message;
	struct map map;
	size_t bytes;
	FILE *stream = open_memstream(&script, &bytes);

	(void)state;
	assert_non_null(stream);
	close(mkstemp(path));
	write_trace(path);
	assert_int_equal(map_read(path, &options, &map, &message), 0);
	unlink(path);
	assert_int_equal(map.phases.count, SHORT + 4);
	assert_int_equal(map_write(&map, stream), 0);
	fclose(stream);
	assert_says(script, "phases_count = 5\n");
	assert_says(script, "phase_name[1] = 'start'\n");
	assert_says(script, "phase_start[2] = 10000.\n");
	assert_says(script, "phase_name[2] = 'short'\n");
	assert_says(script, "phase_start[3] = 10003.\n");
	assert_says(script, "phase_name[3] = 'long'\n");
	assert_says(script, "phase_start[4] = 20003.\n");
	assert_says(script, "phase_name[4] = '12 k phases'\n");
	assert_says(script, "phase_start[5] = 44003.\n");
	assert_says(script, "phase_name[5] = 'last'\n");
	map_free(&map);
	free(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
