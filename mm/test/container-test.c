/*
 * Containers: each call and each of its errors; when pages share frames and
 * when they must not; locks, by a clock that goes when it is told to; and
 * each allocation failing.  All invariants are proved after every step.
 */
#include "mm/container-internal.h"
#include "mm/test/server-machine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE = REAL_PAGE_BYTES };

/* The Nth allocation fails; 0: none does. */
static unsigned fail_at;

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
	return fail_at && !--fail_at ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
	return fail_at && !--fail_at ? NULL : __real_calloc(count, bytes);
}

static void check(struct server_machine *machine)
{
	const char *why = server_machine_check(machine);

	if (why)
		fail_msg("%s", why);
}

static struct server_machine *machine_of(uint32_t frames)
{
	struct server_machine *machine;

	assert_int_equal(server_machine_create(frames, &machine), 0);
	check(machine);
	return machine;
}

static struct container_range range(uint64_t offset, uint32_t pages)
{
	return (struct container_range){offset, pages};
}

/* A container of the root with PAGES pages from offset 0 on. */
static struct container *container_of(
	struct server_machine *machine, uint32_t pages)
{
	struct container *container;

	assert_int_equal(
		container_create(server_root(machine->server), &container), 0);
	assert_int_equal(
		container_allocate(container, range(0, pages), 0, NULL), 0);
	check(machine);
	return container;
}

static void put_away(
	struct server_machine *machine, struct container *container)
{
	assert_int_equal(container_destroy(container), 0);
	check(machine);
}

/* Page OFFSET is full of BYTE. */
static void fill(struct server_machine *machine, struct container *container,
	uint64_t offset, char byte)
{
	char data[PAGE];

	memset(data, byte, PAGE);
	assert_int_equal(
		container_fill(container, offset * PAGE, data, PAGE), 0);
	check(machine);
}

static void expect(struct container *container, uint64_t offset, char byte)
{
	char data[PAGE], expected[PAGE];

	memset(expected, byte, PAGE);
	memset(data, '?', PAGE);
	assert_int_equal(
		container_read(container, offset * PAGE, data, PAGE), 0);
	assert_memory_equal(data, expected, PAGE);
}

/* The pages from 0 on are full of the bytes of TEXT. */
static void expect_text(struct container *container, const char *text)
{
	uint64_t i;

	for (i = 0; text[i]; i++)
		expect(container, i, text[i] == '-' ? 0 : text[i]);
}

static void fill_text(struct server_machine *machine,
	struct container *container, const char *text)
{
	uint64_t i;

	for (i = 0; text[i]; i++)
		if (text[i] != '-')
			fill(machine, container, i, text[i]);
}

static void expect_frames(
	struct server_machine *machine, uint32_t contained, uint32_t reserved)
{
	struct server_frames frames;

	server_frames(machine->server, &frames);
	assert_int_equal(frames.contained, contained);
	assert_int_equal(frames.reserved, reserved);
}

static uint32_t frame_of(struct container *container, uint64_t offset)
{
	return container_page(container, page_find(container, offset))->frame;
}

static void test_create(void **state)
{
	struct server_machine *machine = machine_of(6);
	struct control *root = server_root(machine->server);
	struct server_config config = machine->server->config;
	struct container_memory memory = {.file = -1};
	struct container *container, *second, *none;
	struct control *control;
	struct server *bare;
	uint32_t pages, reserved;

	(void)state;
	assert_int_equal(control_split(root, 4, &control), 0);
	assert_int_equal(container_create(control, &container), 0);
	assert_int_equal(container_create(control, &second), 0);
	check(machine);
	assert_int_equal(control_set_memory(control, &memory), -EBUSY);
	assert_int_equal(control_destroy(control), -EBUSY);
	assert_int_equal(
		container_allocate(container, range(7, 3), 0, NULL), 0);
	assert_int_equal(control_guarantee(control), 1);
	container_counts(container, &pages, &reserved);
	assert_int_equal(pages, 3);
	assert_int_equal(reserved, 3);
	check(machine);
	/* what it had is guaranteed by the control again */
	put_away(machine, container);
	assert_int_equal(control_guarantee(control), 4);
	/* its number is free for the next one */
	assert_int_equal(container_create(control, &container), 0);
	check(machine);
	put_away(machine, second);
	put_away(machine, container);
	assert_int_equal(control_destroy(control), 0);
	assert_int_equal(container_create(root, &container), 0);
	assert_int_equal(server_destroy(machine->server), -EBUSY);
	put_away(machine, container);
	server_machine_destroy(machine);
	/* a server without memory has no containers */
	config.physmem_ops = NULL;
	assert_int_equal(server_create(&config, &bare), 0);
	assert_int_equal(container_create(server_root(bare), &none), -EINVAL);
	assert_int_equal(server_destroy(bare), 0);
}

static void test_allocate(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct container *container = container_of(machine, 2);
	struct container_told told;

	(void)state;
	assert_int_equal(
		container_allocate(container, range(0, 1), 8, NULL), -EINVAL);
	assert_int_equal(container_allocate(container,
				 range(CONTAINER_OFFSET_MAX, 1), 0, NULL),
		-EINVAL);
	/* zeros have no frame yet */
	expect_text(container, "--");
	expect_frames(machine, 0, 2);
	fill(machine, container, 1, 'b');
	expect_frames(machine, 1, 1);
	/* there already: not again, but to be emptied */
	assert_int_equal(
		container_allocate(container, range(1, 2), 0, NULL), -EEXIST);
	expect_text(container, "-b");
	assert_int_equal(container_allocate(container, range(1, 2),
				 CONTAINER_SQUASH, &told),
		0);
	assert_int_equal(told.pages, 2);
	expect_text(container, "---");
	check(machine);
	/* too much: nothing, or a part */
	assert_int_equal(
		container_allocate(container, range(3, 6), 0, NULL), -ENOMEM);
	check(machine);
	assert_int_equal(container_allocate(container, range(3, 6),
				 CONTAINER_PARTIAL, &told),
		-ENOMEM);
	assert_int_equal(told.pages, 5);
	check(machine);
	assert_int_equal(control_guarantee(server_root(machine->server)), 0);
	assert_int_equal(
		container_deallocate(container, range(4, 1), 0, NULL), 0);
	/* up to the one that is there */
	assert_int_equal(container_allocate(container, range(4, 2),
				 CONTAINER_PARTIAL, &told),
		-EEXIST);
	assert_int_equal(told.pages, 1);
	check(machine);
	/* nothing is asked for: nothing is done */
	assert_int_equal(
		container_allocate(container, range(0, 0), 0, &told), 0);
	assert_int_equal(told.pages, 0);
	put_away(machine, container);
	server_machine_destroy(machine);
}

/* What others hold as extra frames is asked back, and kept for who asked. */
static void test_asked_back(void **state)
{
	struct server_machine *machine = machine_of(10);
	struct seat *seat = &machine->seats[0];
	struct container_told told = {0};
	struct container *container;
	struct control *control;
	uint32_t given, i, pages, reserved;

	(void)state;
	assert_int_equal(
		control_split(server_root(machine->server), 3, &control), 0);
	assert_int_equal(seat_take(machine, 0, control, 10, NULL), 0);
	server_ask(seat->task, 9, &given);
	assert_int_equal(given, 9);
	for (i = 0; i < 9; i++)
		assert_int_equal(
			seat_read(machine, 0, i, 1, &(uint64_t){0}), 0);
	container = container_of(machine, 1);
	assert_int_equal(
		container_allocate(container, range(1, 4), 0, &told), -EAGAIN);
	check(machine);
	assert_int_equal(told.pages, 0);
	assert_int_equal(told.deadline, SERVER_NOTICE);
	assert_int_equal(seat->told, 4);
	container_counts(container, &pages, &reserved);
	assert_int_equal(pages, 1);
	assert_int_equal(reserved, 5);
	assert_int_equal(control_guarantee(server_root(machine->server)), 2);
	/* who asks again asks nobody twice */
	assert_int_equal(
		container_allocate(container, range(1, 4), 0, &told), -EAGAIN);
	assert_int_equal(seat->calls, 1);
	/* what comes is not given to others as an extra frame */
	assert_int_equal(server_return(seat->task, 1, &given), 0);
	server_ask(seat->task, 1, &given);
	assert_int_equal(given, 0);
	server_ask(seat->task, 0, &given);
	check(machine);
	/* a part is there */
	assert_int_equal(container_allocate(container, range(1, 4),
				 CONTAINER_PARTIAL, &told),
		-EAGAIN);
	assert_int_equal(told.pages, 1);
	check(machine);
	machine->now = SERVER_NOTICE;
	assert_int_equal(server_tick(machine->server), 3);
	check(machine);
	assert_int_equal(
		container_allocate(container, range(2, 3), 0, &told), 0);
	check(machine);
	assert_int_equal(control_guarantee(server_root(machine->server)), 2);
	/* given up */
	assert_int_equal(
		container_allocate(container, range(9, 2), 0, &told), -EAGAIN);
	assert_int_equal(
		container_allocate(container, range(9, 0), 0, &told), 0);
	assert_int_equal(control_guarantee(server_root(machine->server)), 2);
	check(machine);
	/* what it waits for goes with it */
	assert_int_equal(
		container_allocate(container, range(9, 2), 0, &told), -EAGAIN);
	put_away(machine, container);
	assert_int_equal(control_guarantee(server_root(machine->server)), 7);
	assert_int_equal(seat_leave(machine, 0), 0);
	assert_int_equal(control_destroy(control), 0);
	server_machine_destroy(machine);
}

/* The task of the control itself: its dirty pages are written back first,
 * and come back from their frames as long as those are not needed. */
static void test_own_task(void **state)
{
	struct server_machine *machine = machine_of(6);
	struct control *root = server_root(machine->server);
	struct seat *seat = &machine->seats[0];
	struct container_told told;
	struct container *container;
	uint32_t given, i;
	uint64_t value;

	(void)state;
	assert_int_equal(seat_take(machine, 0, root, 0, NULL), 0);
	container = container_of(machine, 0);
	server_ask(seat->task, 6, &given);
	for (i = 0; i < 6; i++)
		assert_int_equal(seat_write(machine, 0, i, 1, 100 + i), 0);
	assert_int_equal(memory_store_outs(&seat->memory), 0);
	/* a write-back fails: nothing has moved */
	for (i = 0; i < 6; i++)
		seat->memory.pages[i].fail_out = -EIO;
	assert_int_equal(
		container_allocate(container, range(0, 4), 0, &told), -EIO);
	check(machine);
	assert_int_equal(control_guarantee(root), 6);
	for (i = 0; i < 6; i++)
		seat->memory.pages[i].fail_out = 0;
	seat->obeys = true;
	assert_int_equal(
		container_allocate(container, range(0, 4), 0, &told), -EAGAIN);
	check(machine);
	assert_int_equal(seat->told, 4);
	assert_int_equal(
		container_allocate(container, range(0, 4), 0, &told), 0);
	check(machine);
	/* reserved: tasks get none of them, but they are soft still */
	expect_frames(machine, 0, 4);
	server_ask(seat->task, 1, &given);
	assert_int_equal(given, 0);
	assert_int_equal(machine->server->soft_list.count, 4);
	fill(machine, container, 0, 'a');
	assert_int_equal(machine->server->soft_list.count, 3);
	for (i = 0; i < 6; i++) {
		assert_int_equal(seat_read(machine, 0, i, 1, &value), 0);
		assert_int_equal(value, 100 + i);
		check(machine);
	}
	/* pinned pages stay the task's */
	assert_int_equal(
		server_task_advise(seat->task, &seat->as, 5, 1, ADVICE_PIN, 0),
		0);
	assert_int_equal(
		container_allocate(container, range(4, 1), 0, &told), -EBUSY);
	check(machine);
	put_away(machine, container);
	assert_int_equal(seat_leave(machine, 0), 0);
	server_machine_destroy(machine);
}

static void test_deallocate(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct container *container = container_of(machine, 4);
	struct container_told told;
	char data[PAGE];

	(void)state;
	fill_text(machine, container, "ab-d");
	assert_int_equal(container_deallocate(container, range(3, 2), 0, &told),
		-ENOENT);
	assert_int_equal(told.pages, 0);
	assert_int_equal(
		container_deallocate(container, range(0, 1), 2, NULL), -EINVAL);
	assert_int_equal(container_deallocate(container,
				 range(CONTAINER_OFFSET_MAX - 1, 2), 0, NULL),
		-EINVAL);
	expect_text(container, "ab-d");
	assert_int_equal(
		container_deallocate(container, range(1, 1), 0, &told), 0);
	assert_int_equal(told.pages, 1);
	check(machine);
	assert_int_equal(container_read(container, PAGE, data, 1), -ENOENT);
	assert_int_equal(container_deallocate(container, range(0, UINT32_MAX),
				 CONTAINER_PARTIAL, &told),
		0);
	assert_int_equal(told.pages, 3);
	expect_frames(machine, 0, 0);
	assert_int_equal(control_guarantee(server_root(machine->server)), 8);
	check(machine);
	/* what was in the frames is not seen again */
	assert_int_equal(
		container_allocate(container, range(0, 8), 0, NULL), 0);
	expect_text(container, "--------");
	assert_int_equal(container_fill(container, 3, "x", 1), 0);
	assert_int_equal(container_read(container, 0, data, PAGE), 0);
	assert_memory_equal(data, "\0\0\0x\0\0\0\0", 8);
	put_away(machine, container);
	server_machine_destroy(machine);
}

static void test_bytes(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct container *container = container_of(machine, 3);
	char data[3 * PAGE], model[3 * PAGE] = {0};
	size_t at, bytes;

	(void)state;
	memset(data, 'x', sizeof(data));
	/* any bytes, over the borders of pages */
	for (at = 0; at < sizeof(data); at += 13)
		for (bytes = 0; at + bytes <= sizeof(data); bytes += 29) {
			memset(data, 'a' + (int)(at + bytes) % 26, bytes);
			memcpy(model + at, data, bytes);
			assert_int_equal(
				container_fill(container, at, data, bytes), 0);
			assert_int_equal(container_read(container, 0, data,
						 sizeof(data)),
				0);
			assert_memory_equal(data, model, sizeof(data));
			assert_int_equal(
				container_read(container, at, data, bytes), 0);
			assert_memory_equal(data, model + at, bytes);
		}
	check(machine);
	/* not a byte, if one is missing */
	assert_int_equal(
		container_fill(container, 1, model, 3 * PAGE), -ENOENT);
	assert_int_equal(
		container_fill(container, UINT64_MAX, model, 2), -ENOENT);
	assert_int_equal(
		container_read(container, UINT64_MAX - PAGE, data, 1), -ENOENT);
	assert_int_equal(container_read(container, 0, data, sizeof(data)), 0);
	assert_memory_equal(data, model, sizeof(data));
	put_away(machine, container);
	server_machine_destroy(machine);
}

/* A copy shares frames until one of the two is written. */
static void test_copy(void **state)
{
	struct server_machine *machine = machine_of(12);
	struct container *from = container_of(machine, 3);
	struct container *to = container_of(machine, 4);

	(void)state;
	fill_text(machine, from, "ab-");
	fill_text(machine, to, "wxyz");
	expect_frames(machine, 6, 1);
	assert_int_equal(container_copy(from, 0, to, 1, 3), 0);
	check(machine);
	expect_text(from, "ab-");
	expect_text(to, "wab-");
	expect_frames(machine, 3, 4);
	assert_int_equal(frame_of(from, 1), frame_of(to, 2));
	/* each is written without the other's changing */
	fill(machine, to, 1, 'A');
	fill(machine, from, 1, 'B');
	fill(machine, to, 3, 'C');
	expect_text(from, "aB-");
	expect_text(to, "wAbC");
	expect_frames(machine, 6, 1);
	/* a part of a page that is shared */
	assert_int_equal(container_copy(from, 0, to, 0, 2), 0);
	assert_int_equal(container_fill(to, 1, "12", 2), 0);
	check(machine);
	expect(from, 0, 'a');
	/* over many pages, and the pages go one after the other */
	assert_int_equal(container_copy(from, 1, to, 0, 1), 0);
	assert_int_equal(container_copy(to, 0, to, 2, 2), 0);
	assert_int_equal(container_copy(to, 0, to, 1, 1), 0);
	expect_text(to, "BBBB");
	expect_frames(machine, 2, 5);
	check(machine);
	assert_int_equal(container_deallocate(from, range(1, 1), 0, NULL), 0);
	check(machine);
	expect_text(to, "BBBB");
	put_away(machine, from);
	expect_text(to, "BBBB");
	put_away(machine, to);
	server_machine_destroy(machine);
}

static void test_copy_errors(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct server_machine *other = machine_of(2);
	struct container *from = container_of(machine, 3);
	struct container *to = container_of(machine, 2);
	struct container *foreign = container_of(other, 1);
	const struct container_range two[] = {{0, 1}, {0, UINT32_MAX}};

	(void)state;
	fill_text(machine, from, "abc");
	fill_text(machine, to, "xy");
	assert_int_equal(container_copy(from, 0, to, 0, 3), -ENOENT);
	assert_int_equal(container_copy(from, 2, to, 0, 2), -ENOENT);
	assert_int_equal(container_copy(from, 0, to, 0, 9), -EINVAL);
	assert_int_equal(
		container_copy(from, CONTAINER_OFFSET_MAX, to, 0, 1), -EINVAL);
	assert_int_equal(container_copy(from, 0, to, 0, 0), 0);
	assert_int_equal(container_copy(from, 0, foreign, 0, 1), -EINVAL);
	assert_int_equal(container_copy_scatter(from, 0, to, two, 2), -EINVAL);
	assert_int_equal(container_gather(from, two, 2, to, 0), -EINVAL);
	assert_int_equal(
		container_scatter_gather(
			&(struct container_end){
				.container = from, .ranges = two, .count = 1},
			&(struct container_end){.container = to}),
		-EINVAL);
	fail_at = 1;
	assert_int_equal(container_copy(from, 0, to, 0, 2), -ENOMEM);
	fail_at = 0;
	expect_text(from, "abc");
	expect_text(to, "xy");
	check(machine);
	put_away(machine, from);
	put_away(machine, to);
	put_away(other, foreign);
	server_machine_destroy(machine);
	server_machine_destroy(other);
}

/* Several ranges, and ranges that overlap. */
static void test_scatter_gather(void **state)
{
	struct server_machine *machine = machine_of(20);
	struct container *from = container_of(machine, 6);
	struct container *to = container_of(machine, 6);
	const struct container_range odd[] = {{1, 1}, {3, 0}, {4, 2}};
	const struct container_range swap[] = {{0, 2}, {4, 2}};
	const struct container_range back[] = {{4, 2}, {0, 2}};

	(void)state;
	fill_text(machine, from, "abcdef");
	assert_int_equal(container_copy_scatter(from, 2, to, odd, 3), 0);
	check(machine);
	expect_text(to, "-c--de");
	assert_int_equal(container_gather(from, odd, 3, to, 0), 0);
	check(machine);
	expect_text(to, "bef-de");
	assert_int_equal(container_scatter_gather(
				 &(struct container_end){from, NULL, odd, 3},
				 &(struct container_end){to, NULL, odd, 3}),
		0);
	expect_text(to, "bbf-ef");
	/* as if it were read first */
	assert_int_equal(container_copy(from, 0, from, 1, 5), 0);
	check(machine);
	expect_text(from, "aabcde");
	assert_int_equal(container_copy(from, 1, from, 0, 5), 0);
	expect_text(from, "abcdee");
	expect_frames(machine, 6, 6);
	assert_int_equal(container_scatter_gather(
				 &(struct container_end){from, NULL, swap, 2},
				 &(struct container_end){from, NULL, back, 2}),
		0);
	check(machine);
	expect_text(from, "eecdab");
	/* a page named twice is written twice, in order */
	assert_int_equal(container_scatter_gather(
				 &(struct container_end){from, NULL,
					 &(struct container_range){2, 4}, 1},
				 &(struct container_end){from, NULL,
					 (const struct container_range[]){
						 {0, 2}, {1, 1}, {0, 1}},
					 3}),
		0);
	check(machine);
	expect_text(from, "bacdab");
	put_away(machine, from);
	put_away(machine, to);
	server_machine_destroy(machine);
}

static struct container_window *hold(struct server_machine *machine,
	struct container *container, uint64_t offset, uint32_t pages,
	unsigned access)
{
	struct container_window *window;

	assert_int_equal(container_hold(container, range(offset, pages),
				 PROTECT_READ | access, &window),
		0);
	check(machine);
	return window;
}

static void unhold(
	struct server_machine *machine, struct container_window *window)
{
	container_unmap(window);
	check(machine);
}

/* Rule 3: what is held keeps its frame, whatever is done to it. */
static void test_held(void **state)
{
	struct server_machine *machine = machine_of(16);
	struct container *a = container_of(machine, 4);
	struct container *b = container_of(machine, 4);
	struct container_window *read, *write, *second;
	uint32_t frame;

	(void)state;
	fill_text(machine, a, "a");
	assert_int_equal(container_copy(a, 0, a, 1, 1), 0);
	assert_int_equal(container_copy(a, 0, b, 0, 1), 0);
	/* b. the second page that is held gets a frame of its own */
	read = hold(machine, a, 0, 1, 0);
	frame = frame_of(a, 0);
	assert_int_equal(container_window_frames(read)[0], frame);
	assert_int_equal(frame_of(b, 0), frame);
	assert_null(container_window_address(read));
	second = hold(machine, b, 0, 1, 0);
	assert_int_not_equal(frame_of(b, 0), frame);
	assert_int_equal(frame_of(a, 1), frame);
	/* c. who shares it moves away */
	fill(machine, a, 0, 'A');
	assert_int_equal(frame_of(a, 0), frame);
	expect_text(a, "Aa--");
	expect_text(b, "a---");
	/* being copied to, and emptied, it keeps its frame too */
	fill(machine, b, 1, 'b');
	assert_int_equal(container_copy(b, 1, a, 0, 1), 0);
	assert_int_equal(container_copy(a, 0, a, 2, 1), 0);
	assert_int_equal(frame_of(a, 2), frame);
	assert_int_equal(container_copy(b, 3, a, 0, 1), 0);
	check(machine);
	expect_text(a, "-ab-");
	assert_int_equal(
		container_allocate(a, range(0, 1), CONTAINER_SQUASH, NULL), 0);
	assert_int_equal(frame_of(a, 0), frame);
	/* a. a page that is written through a window shares with none */
	fill(machine, a, 0, 'A');
	assert_int_equal(container_copy(a, 0, a, 3, 1), 0);
	write = hold(machine, a, 0, 1, PROTECT_WRITE);
	assert_int_equal(frame_of(a, 0), frame);
	assert_int_not_equal(frame_of(a, 3), frame);
	assert_int_equal(container_copy(a, 0, b, 2, 1), 0);
	assert_int_not_equal(frame_of(b, 2), frame);
	check(machine);
	expect_text(a, "AabA");
	expect_text(b, "abA-");
	/* and can't go */
	assert_int_equal(container_deallocate(a, range(0, 4), 0, NULL), -EBUSY);
	assert_int_equal(container_destroy(a), -EBUSY);
	unhold(machine, read);
	assert_int_equal(container_deallocate(a, range(0, 1), 0, NULL), -EBUSY);
	unhold(machine, write);
	unhold(machine, second);
	put_away(machine, a);
	put_away(machine, b);
	server_machine_destroy(machine);
}

/* Pages that overlap, and of which some must keep their frames. */
static void test_held_overlap(void **state)
{
	struct server_machine *machine = machine_of(6);
	struct container *a = container_of(machine, 6);
	struct container_window *read, *write;

	(void)state;
	fill_text(machine, a, "abcdef");
	read = hold(machine, a, 1, 1, 0);
	write = hold(machine, a, 4, 1, PROTECT_WRITE);
	assert_int_equal(container_copy(a, 0, a, 1, 5), 0);
	check(machine);
	expect_text(a, "aabcde");
	assert_int_equal(container_copy(a, 1, a, 0, 5), 0);
	check(machine);
	expect_text(a, "abcdee");
	fail_at = 2;
	assert_int_equal(container_copy(a, 0, a, 1, 5), -ENOMEM);
	fail_at = 0;
	expect_text(a, "abcdee");
	unhold(machine, read);
	unhold(machine, write);
	put_away(machine, a);
	server_machine_destroy(machine);
}

static void test_hold_errors(void **state)
{
	struct server_machine *machine = machine_of(4);
	struct container *a = container_of(machine, 2);
	struct container_window *window;

	(void)state;
	assert_int_equal(
		container_hold(a, range(0, 0), PROTECT_READ, &window), -EINVAL);
	assert_int_equal(container_hold(a, range(0, 1), PROTECT_WRITE, &window),
		-EINVAL);
	assert_int_equal(container_hold(a, range(0, 1),
				 PROTECT_READ | PROTECT_EXECUTE, &window),
		-EINVAL);
	assert_int_equal(
		container_hold(a, range(1, 2), PROTECT_READ, &window), -ENOENT);
	assert_int_equal(
		container_hold(a, range(0, 9), PROTECT_READ, &window), -ENOENT);
	assert_int_equal(
		container_map(a, range(0, 1), PROTECT_READ, &window), -ENODEV);
	fail_at = 1;
	assert_int_equal(
		container_hold(a, range(0, 1), PROTECT_READ, &window), -ENOMEM);
	fail_at = 0;
	check(machine);
	put_away(machine, a);
	server_machine_destroy(machine);
}

static void test_pins(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct container *a = container_of(machine, 3);
	uint32_t frame;

	(void)state;
	fill_text(machine, a, "abc");
	assert_int_equal(container_pin(a, range(2, 2)), -ENOENT);
	assert_int_equal(
		container_pin(a, range(CONTAINER_OFFSET_MAX, 1)), -EINVAL);
	assert_int_equal(container_unpin(a, range(2, 2)), -ENOENT);
	assert_int_equal(
		container_unpin(a, range(CONTAINER_OFFSET_MAX, 1)), -EINVAL);
	assert_int_equal(container_pin(a, range(0, 2)), 0);
	assert_int_equal(container_pin(a, range(1, 1)), 0);
	check(machine);
	frame = frame_of(a, 1);
	assert_int_equal(container_copy(a, 1, a, 2, 1), 0);
	fill(machine, a, 1, 'B');
	assert_int_equal(frame_of(a, 1), frame);
	expect_text(a, "aBb");
	/* as often as it was pinned; all or none */
	assert_int_equal(container_unpin(a, range(0, 2)), 0);
	assert_int_equal(container_unpin(a, range(0, 2)), -EINVAL);
	assert_int_equal(container_deallocate(a, range(1, 1), 0, NULL), -EBUSY);
	assert_int_equal(container_unpin(a, range(1, 1)), 0);
	assert_int_equal(container_deallocate(a, range(1, 1), 0, NULL), 0);
	check(machine);
	container_page(a, page_find(a, 0))->pins = UINT32_MAX;
	assert_int_equal(container_pin(a, range(0, 1)), -EOVERFLOW);
	container_page(a, page_find(a, 0))->pins = 0;
	put_away(machine, a);
	server_machine_destroy(machine);
}

static struct container_share *share_of(struct server_machine *machine,
	struct container *container, unsigned rights, uint64_t lock_max)
{
	struct container_share_config config = {rights, lock_max};
	struct container_share *share;

	assert_int_equal(container_share(container, &config, &share), 0);
	check(machine);
	return share;
}

static void test_share(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct container *a = container_of(machine, 3);
	struct container *b = container_of(machine, 3);
	struct container_share_config config = {0, 1};
	struct container_share *reader, *filler, *share;
	struct container_range one = {0, 1};
	char data[PAGE];

	(void)state;
	assert_int_equal(container_share(a, &config, &share), -EINVAL);
	config.rights = 4;
	assert_int_equal(container_share(a, &config, &share), -EINVAL);
	config.rights = CONTAINER_READ;
	fail_at = 1;
	assert_int_equal(container_share(a, &config, &share), -ENOMEM);
	fail_at = 0;
	reader = share_of(machine, a, CONTAINER_READ, 0);
	filler = share_of(machine, a, CONTAINER_FILL, 0);
	/* each what it may */
	assert_int_equal(container_share_fill(filler, PAGE, "xyz", 3), 0);
	check(machine);
	assert_int_equal(container_share_read(reader, PAGE, data, 4), 0);
	assert_memory_equal(data, "xyz", 4);
	assert_int_equal(container_share_fill(reader, 0, "x", 1), -EPERM);
	assert_int_equal(container_share_read(filler, 0, data, 1), -EPERM);
	assert_int_equal(
		container_share_fill(filler, 3 * PAGE, "x", 1), -ENOENT);
	/* copies to and from one's own */
	fill_text(machine, b, "pqr");
	assert_int_equal(
		container_scatter_gather(
			&(struct container_end){b, NULL, &one, 1},
			&(struct container_end){NULL, filler, &one, 1}),
		0);
	check(machine);
	expect(a, 0, 'p');
	assert_int_equal(
		container_scatter_gather(
			&(struct container_end){b, NULL, &one, 1},
			&(struct container_end){NULL, reader, &one, 1}),
		-EPERM);
	assert_int_equal(container_scatter_gather(
				 &(struct container_end){NULL, filler, &one, 1},
				 &(struct container_end){b, NULL, &one, 1}),
		-EPERM);
	fill(machine, a, 0, 's');
	assert_int_equal(container_scatter_gather(
				 &(struct container_end){NULL, reader, &one, 1},
				 &(struct container_end){b, NULL, &one, 1}),
		0);
	expect_text(b, "sqr");
	/* revoked: every call says so */
	assert_int_equal(container_revoke(reader, NULL), 0);
	assert_int_equal(
		container_share_read(reader, 0, data, 1), -EKEYREVOKED);
	assert_int_equal(container_share_fill(reader, 0, "x", 1), -EKEYREVOKED);
	assert_int_equal(container_lock(reader, one, 0), -EKEYREVOKED);
	assert_int_equal(container_unlock(reader), -EKEYREVOKED);
	assert_int_equal(container_scatter_gather(
				 &(struct container_end){NULL, reader, &one, 1},
				 &(struct container_end){b, NULL, &one, 1}),
		-EKEYREVOKED);
	check(machine);
	put_away(machine, b);
	/* so does the container's end; the other way round it is no matter */
	share = share_of(machine, a, CONTAINER_READ, 0);
	container_share_drop(share);
	share = share_of(machine, a, CONTAINER_READ, 0);
	container_share_drop(share);
	assert_int_equal(container_revoke(share, NULL), 0);
	put_away(machine, a);
	assert_int_equal(container_share_fill(filler, 0, "x", 1), -EKEYREVOKED);
	/* the server stays as long as someone names a share */
	assert_int_equal(server_destroy(machine->server), -EBUSY);
	container_share_drop(filler);
	container_share_drop(reader);
	server_machine_destroy(machine);
}

/* Who else touches a page that is locked: nobody. */
static void expect_locked(struct container *a, uint64_t offset)
{
	struct container_told told = {0};
	struct container_window *window;
	char data[1];

	assert_int_equal(container_read(a, offset * PAGE, data, 1), -EBUSY);
	assert_int_equal(container_fill(a, offset * PAGE, "x", 1), -EBUSY);
	assert_int_equal(container_copy(a, offset, a, 0, 1), -EBUSY);
	assert_int_equal(container_copy(a, 0, a, offset, 1), -EBUSY);
	assert_int_equal(
		container_hold(a, range(offset, 1), PROTECT_READ, &window),
		-EBUSY);
	assert_int_equal(container_pin(a, range(offset, 1)), -EBUSY);
	assert_int_equal(container_allocate(
				 a, range(offset, 1), CONTAINER_SQUASH, &told),
		-EBUSY);
	assert_int_equal(told.deadline, 107);
	told.deadline = 0;
	assert_int_equal(
		container_deallocate(a, range(offset, 1), 0, &told), -EBUSY);
	assert_int_equal(told.deadline, 107);
	assert_int_equal(container_destroy(a), -EBUSY);
}

static void test_lock(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct container *a = container_of(machine, 4);
	struct container_share *share, *other;
	struct container_window *window;
	struct container_told told = {0};
	char data[PAGE];

	(void)state;
	machine->now = 100;
	fill_text(machine, a, "abcd");
	share = share_of(machine, a, CONTAINER_READ | CONTAINER_FILL, 7);
	other = share_of(machine, a, CONTAINER_READ | CONTAINER_FILL, 7);
	assert_int_equal(container_unlock(share), -EINVAL);
	assert_int_equal(container_lock(share, range(1, 2), 8), -EINVAL);
	assert_int_equal(container_lock(share, range(1, 0), 7), -EINVAL);
	assert_int_equal(container_lock(share, range(3, 2), 7), -ENOENT);
	/* not what has a window, but what is pinned */
	window = hold(machine, a, 1, 1, 0);
	assert_int_equal(container_lock(share, range(0, 3), 7), -EBUSY);
	unhold(machine, window);
	assert_int_equal(container_pin(a, range(1, 1)), 0);
	assert_int_equal(container_lock(share, range(1, 2), 7), 0);
	assert_int_equal(container_unpin(a, range(1, 1)), 0);
	check(machine);
	expect_locked(a, 1);
	expect_locked(a, 2);
	assert_int_equal(container_lock(other, range(2, 1), 1), -EBUSY);
	assert_int_equal(container_share_fill(other, PAGE, "x", 1), -EBUSY);
	assert_int_equal(container_lock(share, range(3, 1), 1), -EBUSY);
	assert_int_equal(container_revoke(share, &told), -EBUSY);
	assert_int_equal(told.deadline, 107);
	/* beside it, and by its holder, all goes on */
	assert_int_equal(container_read(a, 3 * PAGE, data, PAGE), 0);
	assert_int_equal(container_lock(other, range(3, 1), 1), 0);
	assert_int_equal(container_unlock(other), 0);
	assert_int_equal(container_share_fill(share, PAGE, "X", 1), 0);
	assert_int_equal(container_share_read(share, PAGE, data, 2), 0);
	assert_memory_equal(data, "Xb", 2);
	assert_int_equal(container_unlock(share), 0);
	assert_int_equal(container_read(a, PAGE, data, 2), 0);
	assert_memory_equal(data, "Xb", 2);
	/* the deadline ends it too */
	assert_int_equal(container_lock(share, range(0, 4), 7), 0);
	machine->now = 106;
	expect_locked(a, 3);
	machine->now = 107;
	expect(a, 3, 'd');
	assert_int_equal(container_unlock(share), -ETIMEDOUT);
	assert_int_equal(container_unlock(share), -EINVAL);
	/* and so does its holder's end */
	assert_int_equal(container_lock(share, range(0, 4), 7), 0);
	assert_int_equal(container_revoke(share, NULL), -EBUSY);
	container_share_drop(share);
	expect(a, 3, 'd');
	assert_int_equal(container_revoke(share, NULL), 0);
	assert_int_equal(container_revoke(other, NULL), 0);
	container_share_drop(other);
	check(machine);
	put_away(machine, a);
	server_machine_destroy(machine);
}

/* Another memory: the other half of the frames' numbers, in bytes. */
struct aside {
	char bytes[8][PAGE];
	unsigned left;
	uint32_t last;
};

static void *aside_data(void *context, uint32_t frame)
{
	struct aside *aside = context;

	return aside->bytes[frame];
}

static void aside_leave(void *context, uint32_t frame)
{
	struct aside *aside = context;

	aside->left++;
	aside->last = frame;
}

/* Rule 6, and control_revoke. */
static void test_memories(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct aside aside = {.left = 0};
	struct container_memory memory = {
		.data = aside_data,
		.leave = aside_leave,
		.context = &aside,
		.file = -1,
	};
	struct container *a = container_of(machine, 2), *b;
	struct control *control, *child;
	struct container_window *window;
	struct container_share *share;
	uint32_t frame;

	(void)state;
	assert_int_equal(
		control_split(server_root(machine->server), 4, &control), 0);
	assert_int_equal(control_set_memory(control, &memory), 0);
	assert_int_equal(control_split(control, 3, &child), 0);
	assert_int_equal(container_create(child, &b), 0);
	assert_int_equal(container_allocate(b, range(0, 3), 0, NULL), 0);
	fill_text(machine, a, "a-");
	fill_text(machine, b, "xy");
	frame = frame_of(b, 0);
	assert_int_equal(aside.bytes[frame][0], 'x');
	/* bytes are moved, but those of zeros */
	assert_int_equal(container_copy(a, 0, b, 0, 2), 0);
	check(machine);
	expect_text(b, "a--");
	expect_frames(machine, 2, 3);
	assert_int_equal(frame_of(b, 0), frame);
	assert_int_equal(aside.bytes[frame][0], 'a');
	assert_int_equal(aside.left, 1);
	/* revoked: its pages are gone and their frames the parent's */
	assert_int_equal(container_pin(b, range(0, 1)), 0);
	share = share_of(machine, b, CONTAINER_READ, 9);
	assert_int_equal(container_lock(share, range(1, 1), 9), 0);
	window = hold(machine, b, 2, 1, PROTECT_WRITE);
	assert_int_equal(control_revoke(control), 0);
	check(machine);
	assert_int_equal(control_guarantee(server_root(machine->server)), 6);
	assert_int_equal(aside.left, 3);
	expect_frames(machine, 1, 1);
	assert_int_equal(
		container_allocate(b, range(0, 1), 0, NULL), -EKEYREVOKED);
	assert_int_equal(container_fill(b, 0, "x", 1), -ENOENT);
	assert_int_equal(container_unlock(share), -EKEYREVOKED);
	container_share_drop(share);
	unhold(machine, window);
	put_away(machine, b);
	assert_int_equal(control_destroy(child), 0);
	put_away(machine, a);
	server_machine_destroy(machine);
}

/* What containers take beside their own memory fails: nothing has changed. */
static void test_allocations(void **state)
{
	struct server_machine *machine = machine_of(4);
	struct container *container;
	unsigned i;
	int error;

	(void)state;
	for (i = 1;; i++) {
		fail_at = i;
		error = container_create(
			server_root(machine->server), &container);
		fail_at = 0;
		if (!error)
			break;
		assert_int_equal(error, -ENOMEM);
		check(machine);
	}
	/* itself, the pages, the frames; and what the tree is made of */
	assert_in_range(i, 4, 10);
	put_away(machine, container);
	server_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_allocate),
		cmocka_unit_test(test_asked_back),
		cmocka_unit_test(test_own_task),
		cmocka_unit_test(test_deallocate),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_errors),
		cmocka_unit_test(test_scatter_gather),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_held_overlap),
		cmocka_unit_test(test_hold_errors),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_memories),
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
