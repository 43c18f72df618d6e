/*
 * Containers: making and ending them, allocating, filling and reading; and
 * what they have from others and with others.
 */
#include "mm/test/container-world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

/* Who gives up a part of what he waits for: his own task was asked for that
 * part, so others are asked for what is left.  container-fuzz found it. */
static void test_asked_anew(void **state)
{
	struct server_machine *machine = machine_of(7);
	struct control *root = server_root(machine->server);
	struct control *controls[3];
	struct container *container;
	uint32_t given;
	unsigned i;

	(void)state;
	assert_int_equal(control_split(root, 4, &controls[0]), 0);
	assert_int_equal(control_split(root, 3, &controls[1]), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(
			seat_take(machine, i, controls[i], 0, NULL), 0);
		server_ask(machine->seats[i].task, 4 - i, &given);
		assert_int_equal(given, 4 - i);
	}
	assert_int_equal(container_create(controls[0], &container), 0);
	assert_int_equal(
		container_allocate(container, range(0, 3), 0, NULL), -EAGAIN);
	assert_int_equal(machine->seats[0].told, 3);
	/* one comes, and goes to somebody else; and another has extra ones */
	assert_int_equal(server_return(machine->seats[0].task, 1, &given), 0);
	assert_int_equal(control_split(controls[1], 2, &controls[2]), 0);
	assert_int_equal(seat_take(machine, 2, controls[2], 0, NULL), 0);
	server_ask(machine->seats[2].task, 1, &given);
	assert_int_equal(given, 1);
	check(machine);
	assert_int_equal(
		container_allocate(container, range(0, 1), 0, NULL), -EAGAIN);
	check(machine);
	assert_int_equal(machine->seats[1].told, 1);
	machine->now = SERVER_NOTICE;
	assert_int_equal(server_tick(machine->server), 1);
	assert_int_equal(
		container_allocate(container, range(0, 1), 0, NULL), 0);
	check(machine);
	put_away(machine, container);
	for (i = 3; i--;) {
		assert_int_equal(seat_leave(machine, i), 0);
		assert_int_equal(control_destroy(controls[i]), 0);
	}
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

/* Another memory: the other half of the frames' numbers, in bytes. */
struct aside {
	char bytes[8][PAGE];
	unsigned entered;
	uint32_t last;
};

static void *aside_data(void *context, uint32_t frame)
{
	struct aside *aside = context;

	return aside->bytes[frame];
}

static void aside_enter(void *context, uint32_t frame)
{
	struct aside *aside = context;

	aside->entered++;
	aside->last = frame;
}

/* Rule 6, and control_revoke. */
static void test_memories(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct aside aside = {.entered = 0};
	struct container_memory memory = {
		.data = aside_data,
		.enter = aside_enter,
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
	assert_int_equal(aside.entered, 2);
	assert_int_equal(aside.last, frame_of(b, 1));
	/* bytes are moved, but those of zeros */
	assert_int_equal(container_copy(a, 0, b, 0, 2), 0);
	check(machine);
	expect_text(b, "a--");
	expect_frames(machine, 2, 3);
	assert_int_equal(frame_of(b, 0), frame);
	assert_int_equal(aside.bytes[frame][0], 'a');
	assert_int_equal(aside.entered, 2);
	/* revoked: its pages are gone and their frames the parent's */
	assert_int_equal(container_pin(b, range(0, 1)), 0);
	share = share_of(machine, b, CONTAINER_READ, 9);
	assert_int_equal(container_lock(share, range(1, 1), 9), 0);
	window = hold(machine, b, 2, 1, PROTECT_WRITE);
	assert_int_equal(control_revoke(control), 0);
	check(machine);
	assert_int_equal(control_guarantee(server_root(machine->server)), 6);
	assert_int_equal(aside.entered, 3);
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
		cmocka_unit_test(test_asked_anew),
		cmocka_unit_test(test_deallocate),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_memories),
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
