/* The parser of Lackey's text: each kind of line, and what surrounds them. */
#include <config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tracer/lackey-maps.h"
#include "tracer/lackey.h"
#include "tracer/test/record-sink.h"

#define ALL (TRACE_READ | TRACE_WRITE | TRACE_INSTRUCTION)

struct fixture {
	struct kept kept;
	struct run_sink sink;
	struct lackey *lackey;
};

static void start(struct fixture *fixture, unsigned kinds, bool strict)
{
	struct lackey_options options = {4096, kinds, strict};

	*fixture = (struct fixture){0};
	fixture->sink = kept_sink(&fixture->kept);
	assert_int_equal(
		lackey_open(&options, &fixture->sink, &fixture->lackey), 0);
}

static void end(struct fixture *fixture)
{
	lackey_close(fixture->lackey);
	kept_free(&fixture->kept);
}

/* The number of the bad line, from 1; 0: all good; -errno of the sink. */
static int feed(struct fixture *fixture, const char *text)
{
	char *copy = padded(text, strlen(text));
	const char *bad = NULL;
	int error = lackey_feed(fixture->lackey, copy, strlen(text), &bad);
	int line = error;

	if (error == -EINVAL) {
		line = 1;
		for (const char *at = copy; at < bad; at++)
			line += *at == '\n';
	}
	free(copy);
	return line;
}

static void expect_run(struct fixture *fixture, size_t index, uint64_t vpn,
	unsigned kinds, uint32_t count)
{
	assert_true(index < fixture->kept.runs);
	const struct run *run = &fixture->kept.run[index].run;

	assert_int_equal(run->vpn, vpn);
	assert_int_equal(run->kinds, kinds);
	assert_int_equal(run->count, count);
}

static void test_kinds(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, true);
	assert_int_equal(feed(&f, "I  04001090,3\n"
				  " L 1ffefffe7e,1\n"
				  " S 04222cac,4\n"
				  " M 0421c7cc,4\n"
				  "I  04001093,15\n"),
		0);
	assert_int_equal(f.kept.runs, 5);
	expect_run(&f, 0, 0x4001, TRACE_INSTRUCTION, 1);
	expect_run(&f, 1, 0x1ffefff, TRACE_READ, 1);
	expect_run(&f, 2, 0x4222, TRACE_WRITE, 1);
	expect_run(&f, 3, 0x421c, TRACE_READ | TRACE_WRITE, 2);
	expect_run(&f, 4, 0x4001, TRACE_INSTRUCTION, 1);
	assert_int_equal(lackey_references(f.lackey), 6);
	end(&f);
}

static void test_runs_join(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, true);
	assert_int_equal(feed(&f, " L 04001090,3\n S 04001fff,1\n"), 0);
	assert_int_equal(feed(&f, " M 04001000,8\n L 04002000,8\n"), 0);
	assert_int_equal(f.kept.runs, 2);
	expect_run(&f, 0, 0x4001, TRACE_READ | TRACE_WRITE, 4);
	expect_run(&f, 1, 0x4002, TRACE_READ, 1);
	end(&f);
}

static void test_straddle(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, true);
	assert_int_equal(feed(&f, " L 04001ffc,4\n"), 0);
	assert_int_equal(f.kept.runs, 1);
	assert_int_equal(feed(&f, " S 04001ffd,4\n M 04003fff,2\n"), 0);
	assert_int_equal(f.kept.runs, 4);
	expect_run(&f, 0, 0x4001, TRACE_READ | TRACE_WRITE, 2);
	expect_run(&f, 1, 0x4002, TRACE_WRITE, 1);
	expect_run(&f, 2, 0x4003, TRACE_READ | TRACE_WRITE, 2);
	expect_run(&f, 3, 0x4004, TRACE_READ | TRACE_WRITE, 2);
	/* Three pages, and the last page there is. */
	assert_int_equal(feed(&f, " L 00000fff,4098\n"
				  " L ffffffffffffffff,1\n"),
		0);
	assert_int_equal(f.kept.runs, 8);
	expect_run(&f, 6, 2, TRACE_READ, 1);
	expect_run(&f, 7, 0xfffffffffffff, TRACE_READ, 1);
	end(&f);
}

static void test_kept_kinds(void **state)
{
	struct fixture f;
	const char *text = "I  04001090,3\n L 05000000,8\n S 06000000,8\n"
			   " M 07000ffc,8\n";

	(void)state;
	start(&f, TRACE_WRITE, true);
	assert_int_equal(feed(&f, text), 0);
	assert_int_equal(f.kept.runs, 3);
	expect_run(&f, 0, 0x6000, TRACE_WRITE, 1);
	expect_run(&f, 1, 0x7000, TRACE_WRITE, 1);
	expect_run(&f, 2, 0x7001, TRACE_WRITE, 1);
	end(&f);
	start(&f, TRACE_INSTRUCTION, true);
	assert_int_equal(feed(&f, text), 0);
	assert_int_equal(f.kept.runs, 1);
	end(&f);
}

/* Short, long and upper-case numbers, carriage returns, no last newline. */
static void test_unusual(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, true);
	assert_int_equal(feed(&f, "I  1000,3\r\n L 04001ABC,1\n"
				  " L 123456789abcdef,16\n\n"
				  "==12== Exit code:       0\n S 0,8"),
		0);
	assert_int_equal(f.kept.runs, 4);
	expect_run(&f, 0, 1, TRACE_INSTRUCTION, 1);
	expect_run(&f, 1, 0x4001, TRACE_READ, 1);
	expect_run(&f, 2, 0x123456789abc, TRACE_READ, 1);
	expect_run(&f, 3, 0, TRACE_WRITE, 1);
	end(&f);
}

static void test_bad_lines(void **state)
{
	static const char *const bad[] = {"I 04001090,3", "X  04001090,3",
		" L 04001090", " L 04001090,", " L ,8", " L 0400109g,8",
		" L 04001090;8", " L 04001090,8x", " L 04001090,0",
		" L 04001090,99999999", " L 1ffefffe7`,8", " L 1ffefffe7@,8",
		" L 0400109:,8", " L 04001090,-1", " L 04001090,1a",
		" L 11111111111111111,8", " L ffffffffffffffff,2", "I  0400",
		"\t", "hello", " L 04001090,: ", "==x"};
	struct fixture f;
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text),
			"I  04001090,3\n L 04002000,4\n%s\n S 0,1\n", bad[i]);
		start(&f, ALL, true);
		assert_int_equal(feed(&f, text), 3);
		end(&f);
		/* A recorder does not stop for it. */
		start(&f, ALL, false);
		assert_int_equal(feed(&f, text), 0);
		assert_int_equal(lackey_references(f.lackey), 3);
		assert_non_null(strstr(f.kept.talk, bad[i]));
		end(&f);
	}
}

static void test_sink_error(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, true);
	f.kept.fail = -ENOSPC;
	assert_int_equal(feed(&f, " L 04001000,4\n"), -ENOSPC);
	end(&f);
}

/* More runs than one batch holds, none lost or joined wrongly. */
static void test_many(void **state)
{
	enum { LINES = 3 * RUNS_MAX };
	struct fixture f;
	char *text = malloc(LINES * 16 + 1);
	size_t bytes = 0;

	(void)state;
	for (unsigned i = 0; i < LINES; i++)
		bytes += sprintf(text + bytes, " L %08x,4\n", i << 12);
	start(&f, ALL, true);
	assert_int_equal(feed(&f, text), 0);
	assert_int_equal(f.kept.runs, LINES);
	for (unsigned i = 0; i < LINES; i++)
		expect_run(&f, i, i, TRACE_READ, 1);
	end(&f);
	free(text);
}

static void test_threads(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, true);
	assert_int_equal(
		feed(&f, "--9--   SCHED[1]:  acquired lock (x)\n"
			 "--9--   SCHED[1]: entering VG_(scheduler)\n"
			 " L 04001000,4\n"
			 "SYSCALL[9,1](56) sys_clone ( 3d0f00, 0x52 ) --> "
			 "[pre-success] Success(0x1af2) --9--   SCHED[1]: "
			 "releasing lock (VG_(vg_yield)) -> VgTs_Yielding\n"
			 "--9--   SCHED[2]:  acquired lock (y)\n"
			 " L 04001000,4\n"
			 "--9--   SCHED[2]: releasing lock (z)\n"
			 "--9--   SCHED[1]:  acquired lock (z)\n\n"
			 " L 04001000,4\n"),
		0);
	assert_int_equal(f.kept.runs, 3);
	assert_int_equal(f.kept.run[0].thread, 1);
	assert_int_equal(f.kept.run[1].thread, 2);
	assert_int_equal(f.kept.run[2].thread, 1);
	end(&f);
}

static void test_regions(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, true);
	assert_int_equal(
		feed(&f, "SYSCALL[9,1](12) sys_brk ( 0x0 ) --> [pre-success] "
			 "Success(0x4035000) \n"
			 "SYSCALL[9,1](257) sys_openat ( 4294967196, "
			 "0x40(/a b), c.so), 524288 ) --> [async] ... \n"
			 "SYSCALL[9,2](0) sys_read ( 3, 0x1f, 832 ) --> "
			 "[async] ... \n"
			 "SYSCALL[9,1](257) ... [async] --> Success(0x3) \n"
			 " L 04001000,4\n"
			 "SYSCALL[9,1](9) sys_mmap ( 0x0, 8000, 5, 2, 3, 4096 "
			 ") --> [pre-success] Success(0x4838000) \n"
			 "SYSCALL[9,1](3) sys_close ( 3 )[sync] --> "
			 "Success(0x0) \n"
			 "SYSCALL[9,1](9) sys_mmap ( 0x0, 16384, 0, 34, "
			 "4294967295, 0 ) --> [pre-success] "
			 "Success(0x5000000) \n"
			 " S 04002000,4\n"
			 "SYSCALL[9,1](10) sys_mprotect ( 0x5001000, 4096, 3 "
			 ")[sync] --> Success(0x0) \n"
			 "SYSCALL[9,1](10) sys_mprotect ( 0x4838000, 4096, 1 "
			 ")[sync] --> Success(0x0) \n"
			 "SYSCALL[9,1](9) sys_mmap ( 0x0, 4096, 0, 34, "
			 "4294967295, 0 ) --> [pre-fail] Failure(0xc) \n"
			 "SYSCALL[9,1](12) sys_brk ( 0x4056000 ) --> "
			 "[pre-success] Success(0x4056000) \n"
			 "SYSCALL[9,1](25) sys_mremap ( 0x4838000, 8192, "
			 "16384, 0x1 ) --> [pre-success] Success(0x6000000) \n"
			 "SYSCALL[9,1](11) sys_munmap ( 0x5000000, 16384 "
			 ")[sync] --> Success(0x0) \n"),
		0);
	assert_string_equal(f.kept.regions,
		"1: 1 4838000-483a000 +1000 5 /a b), c.so\n"
		"1: 1 5000000-5004000 +0 0a \n"
		"2: 1 5001000-5002000 +0 3a \n"
		"2: 3 4035000-4056000 +0 3a [heap]\n"
		"2: 2 4838000-483a000 +0 0 \n"
		"2: 1 6000000-6004000 +1000 1 /a b), c.so\n"
		"2: 2 5000000-5004000 +0 0 \n");
	end(&f);
}

static void test_children(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, true);
	assert_int_equal(feed(&f, "SYSCALL[9,1](58) sys_fork ( )   fork: "
				  "process 9 created child 10\n"
				  " --> [pre-success] Success(0xa) \n"
				  " L 04001000,4\n"
				  "SYSCALL[9,1](59) sys_execve ( "
				  "0x10a00c(/bin/none), 0x1f, 0x1f ) --> "
				  "[pre-fail] Failure(0x2)\n"),
		0);
	assert_int_equal(lackey_children(f.lackey), 1);
	assert_string_equal(lackey_exec(f.lackey), "/bin/none");
	assert_int_equal(feed(&f, " L 04001000,4\n"), 0);
	assert_null(lackey_exec(f.lackey));
	assert_int_equal(feed(&f, "SYSCALL[9,1](59) sys_execve ( "
				  "0x10a00c(/bin/echo), 0x1f, 0x1f )"),
		0);
	assert_string_equal(lackey_exec(f.lackey), "/bin/echo");
	end(&f);
}

static void test_start_maps(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, ALL, false);
	assert_int_equal(
		lackey_feed_maps(f.lackey,
			"00108000-0010c000 r--p 00001000 fe:00 247 /usr/a b\n"
			"00128000-0012a000 rw-p 00000000 00:00 0 \n"
			"04035000-04036000 rwxp 00000000 00:00 0 \n"
			"04837000-04838000 r--p 00000000 fe:00 335 "
			"/usr/libexec/valgrind/vgpreload_core-amd64-linux.so\n"
			"58000000-58001000 r--p 00000000 fe:00 335 "
			"/usr/libexec/valgrind/lackey-amd64-linux\n"
			"58232000-58c25000 rw-p 00000000 00:00 0 \n"
			"1002001000-100278c000 rwxp 00000000 00:00 0 \n"
			"1ffefff000-1fff001000 rw-p 00000000 00:00 0 \n"
			"7f5190e71000-7f5190e75000 r--p 00000000 00:00 0 "
			"[vvar]\n"
			"rubbish\n"),
		0);
	assert_string_equal(f.kept.regions,
		"0: 1 108000-10c000 +1000 1 /usr/a b\n"
		"0: 1 128000-12a000 +0 3a \n"
		"0: 4 1ffefff000-1fff001000 +0 3a [stack]\n");
	end(&f);
}

static void put(struct lackey_maps *maps, uint64_t first, uint64_t last,
	uint64_t offset, const char *name)
{
	struct trace_region map = {.kind = TRACE_REGION_MAP,
		.start = first,
		.end = last,
		.offset = offset,
		.anonymous = *name == '\0',
		.name = lackey_maps_name(maps, name, strlen(name))};

	assert_int_equal(lackey_maps_put(maps, &map), 0);
	lackey_maps_check(maps);
}

/* Against a byte an address: who has it, and at which offset. */
static void test_maps_model(void **state)
{
	enum { SPACE = 64, STEPS = 20000 };
	struct lackey_maps maps = {0};
	unsigned owner[SPACE] = {0}, seed = 1;

	(void)state;
	for (unsigned step = 1; step <= STEPS; step++) {
		seed = seed * 1103515245 + 12345;
		unsigned first = (seed >> 16) % SPACE;
		unsigned last = first + (seed >> 8) % (SPACE - first + 1);
		bool cut = (seed >> 28) % 3 == 0;

		/* The offset tells the map: its start's is step * SPACE. */
		if (cut)
			assert_int_equal(
				lackey_maps_cut(&maps, first, last), 0);
		else
			put(&maps, first, last, step * SPACE, "f");
		lackey_maps_check(&maps);
		for (unsigned i = first; i < last; i++)
			owner[i] = cut ? 0 : step * SPACE + (i - first);
		for (unsigned i = 0; i < SPACE; i++) {
			const struct trace_region *map =
				lackey_maps_find(&maps, i);
			uint64_t found =
				map == NULL || map->start > i
					? 0
					: map->offset + (i - map->start);

			assert_int_equal(found, owner[i]);
		}
	}
	lackey_maps_free(&maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_runs_join),
		cmocka_unit_test(test_straddle),
		cmocka_unit_test(test_kept_kinds),
		cmocka_unit_test(test_unusual),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_sink_error),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_start_maps),
		cmocka_unit_test(test_maps_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
