/*
 * Windows on a memory with a file: what is written through one is read from
 * the container and the other way round, copies stay what they were, and
 * each allocation and mapping fails in turn.
 */
#include "mm/container-internal.h"
#include "mm/physmem-memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 12 };

/* The Nth mapping fails; 0: none does. */
static unsigned fail_at;

void *__real_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from);
void *__wrap_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from);

void *__wrap_mmap(
	void *at, size_t bytes, int protection, int flags, int fd, off_t from)
{
	if (fail_at && !--fail_at) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(at, bytes, protection, flags, fd, from);
}

struct world {
	struct memory memory;
	struct container_memory containers;
	struct server *server;
	size_t page;
};

static uint64_t now(void *context)
{
	(void)context;
	return 0;
}

static void world_init(struct world *world, size_t page_bytes)
{
	struct server_config config = {
		.frames = FRAMES,
		.page_bytes = page_bytes,
		.physmem_ops = &physmem_memory_ops,
		.backend = &world->memory,
		.now = now,
	};

	world->page = page_bytes;
	assert_int_equal(
		memory_init_file(&world->memory, FRAMES, page_bytes, 0), 0);
	world->containers = (struct container_memory){
		.data = physmem_memory_ops.data,
		.context = &world->memory,
		.file = world->memory.file,
	};
	assert_int_equal(server_create(&config, &world->server), 0);
	assert_int_equal(control_set_memory(server_root(world->server),
				 &world->containers),
		0);
}

static void world_fini(struct world *world)
{
	assert_int_equal(server_destroy(world->server), 0);
	memory_fini(&world->memory);
}

static void check(struct world *world)
{
	const char *why = server_check(world->server);

	if (why)
		fail_msg("%s", why);
}

static struct container *container_of(struct world *world, uint32_t pages)
{
	struct container_range range = {0, pages};
	struct container *container;

	assert_int_equal(
		container_create(server_root(world->server), &container), 0);
	assert_int_equal(container_allocate(container, range, 0, NULL), 0);
	return container;
}

/* TEXT is at the start of the page. */
static void fill(struct world *world, struct container *container,
	uint64_t offset, const char *text)
{
	assert_int_equal(container_fill(container, offset * world->page, text,
				 strlen(text) + 1),
		0);
	check(world);
}

static void expect(struct world *world, struct container *container,
	uint64_t offset, const char *text)
{
	char data[16];

	assert_int_equal(container_read(container, offset * world->page, data,
				 sizeof(data)),
		0);
	assert_string_equal(data, text);
}

static struct container_window *map(struct world *world,
	struct container *container, uint64_t offset, uint32_t pages,
	unsigned access)
{
	struct container_range range = {offset, pages};
	struct container_window *window;

	assert_int_equal(
		container_map(container, range, PROTECT_READ | access, &window),
		0);
	check(world);
	return window;
}

static char *at(const struct world *world,
	const struct container_window *window, uint64_t page)
{
	return (char *)container_window_address(window) + page * world->page;
}

static void test_windows(void **state)
{
	struct world world;
	struct container *a, *b;
	struct container_window *write, *read;

	(void)state;
	world_init(&world, (size_t)sysconf(_SC_PAGESIZE));
	a = container_of(&world, 4);
	b = container_of(&world, 4);
	/* frames in another order than pages */
	fill(&world, a, 2, "two");
	fill(&world, a, 0, "zero");
	fill(&world, a, 3, "three");
	write = map(&world, a, 0, 4, PROTECT_WRITE);
	read = map(&world, a, 1, 3, 0);
	assert_string_equal(at(&world, write, 0), "zero");
	assert_string_equal(at(&world, write, 1), "");
	assert_string_equal(at(&world, read, 1), "two");
	strcpy(at(&world, write, 1), "one");
	assert_string_equal(at(&world, read, 0), "one");
	expect(&world, a, 1, "one");
	fill(&world, a, 3, "drei");
	assert_string_equal(at(&world, write, 3), "drei");
	assert_string_equal(at(&world, read, 2), "drei");
	/* a copy is what the page was then, and can be copied back */
	assert_int_equal(container_copy(a, 0, b, 0, 4), 0);
	check(&world);
	strcpy(at(&world, write, 0), "null");
	expect(&world, b, 0, "zero");
	fill(&world, b, 1, "eins");
	assert_int_equal(container_copy(b, 0, a, 0, 2), 0);
	check(&world);
	assert_string_equal(at(&world, write, 0), "zero");
	assert_string_equal(at(&world, read, 0), "eins");
	container_unmap(read);
	container_unmap(write);
	check(&world);
	assert_int_equal(container_destroy(a), 0);
	assert_int_equal(container_destroy(b), 0);
	world_fini(&world);
}

/* What a window to be read shows is what its page holds, whoever shares the
 * frame; and nothing is written through it. */
static void test_read_windows(void **state)
{
	struct world world;
	struct container *a, *b;
	struct container_window *of_a, *of_b;
	int pipes[2];

	(void)state;
	world_init(&world, (size_t)sysconf(_SC_PAGESIZE));
	a = container_of(&world, 3);
	b = container_of(&world, 3);
	fill(&world, a, 0, "first");
	assert_int_equal(container_copy(a, 0, a, 1, 1), 0);
	assert_int_equal(container_copy(a, 0, b, 0, 2), 0);
	of_a = map(&world, a, 0, 2, 0);
	of_b = map(&world, b, 0, 1, 0);
	assert_string_equal(at(&world, of_a, 1), "first");
	fill(&world, a, 0, "second");
	assert_string_equal(at(&world, of_a, 0), "second");
	assert_string_equal(at(&world, of_a, 1), "first");
	assert_string_equal(at(&world, of_b, 0), "first");
	expect(&world, b, 1, "first");
	assert_int_equal(container_copy(a, 0, b, 0, 1), 0);
	check(&world);
	assert_string_equal(at(&world, of_b, 0), "second");
	fill(&world, b, 0, "third");
	assert_string_equal(at(&world, of_a, 0), "second");
	/* the system writes there no more than we could */
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	assert_int_equal(read(pipes[0], at(&world, of_a, 0), 1), -1);
	assert_int_equal(errno, EFAULT);
	close(pipes[0]);
	close(pipes[1]);
	container_unmap(of_a);
	container_unmap(of_b);
	check(&world);
	assert_int_equal(container_destroy(a), 0);
	assert_int_equal(container_destroy(b), 0);
	world_fini(&world);
}

static void test_errors(void **state)
{
	struct container_range range = {0, 3};
	struct container_window *window;
	struct container *container;
	struct world world;
	unsigned i;
	int error;

	(void)state;
	/* a page that the system can't map */
	world_init(&world, 512);
	container = container_of(&world, 1);
	range.pages = 1;
	assert_int_equal(container_map(container, range, PROTECT_READ, &window),
		-ENODEV);
	assert_int_equal(container_destroy(container), 0);
	world_fini(&world);
	world_init(&world, (size_t)sysconf(_SC_PAGESIZE));
	container = container_of(&world, 3);
	fill(&world, container, 2, "two");
	fill(&world, container, 0, "zero");
	range.pages = 4;
	assert_int_equal(container_map(container, range, PROTECT_READ, &window),
		-ENOENT);
	range.pages = 3;
	for (i = 1;; i++) {
		fail_at = i;
		error = container_map(container, range, PROTECT_READ, &window);
		fail_at = 0;
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		check(&world);
	}
	/* where it is to be, and its pieces */
	assert_in_range(i, 3, 5);
	container_unmap(window);
	check(&world);
	assert_int_equal(container_destroy(container), 0);
	world_fini(&world);
	fail_at = 1;
	assert_int_equal(
		memory_init_file(&world.memory, FRAMES, 4096, 0), -ENOMEM);
	assert_int_equal(
		memory_init_file(&world.memory, UINT32_MAX - 1, 4096, 8),
		-ENOMEM);
}

/* The window of a container whose control is revoked shows zeros: its frames
 * are others'. */
static void test_revoked(void **state)
{
	struct container_range range = {0, 2};
	struct container_window *window;
	struct container *a, *b;
	struct control *control;
	struct world world;

	(void)state;
	world_init(&world, (size_t)sysconf(_SC_PAGESIZE));
	assert_int_equal(
		control_split(server_root(world.server), 2, &control), 0);
	assert_int_equal(container_create(control, &a), 0);
	assert_int_equal(container_allocate(a, range, 0, NULL), 0);
	fill(&world, a, 0, "mine");
	window = map(&world, a, 0, 2, PROTECT_WRITE);
	assert_int_equal(control_revoke(control), 0);
	check(&world);
	b = container_of(&world, FRAMES);
	fill(&world, b, 0, "yours");
	fill(&world, b, 1, "yours");
	assert_string_equal(at(&world, window, 0), "");
	strcpy(at(&world, window, 0), "lost");
	strcpy(at(&world, window, 1), "lost");
	expect(&world, b, 0, "yours");
	expect(&world, b, 1, "yours");
	container_unmap(window);
	check(&world);
	assert_int_equal(container_destroy(a), 0);
	assert_int_equal(container_destroy(b), 0);
	world_fini(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_read_windows),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
