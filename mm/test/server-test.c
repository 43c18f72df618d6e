/*
 * The server: each call and each of its errors; what frames remember; the
 * rule that what is extra can be taken; and each allocation failing.  All
 * invariants are proved after every step.
 */
#include "mm/test/fail-allocation.h"
#include "mm/test/server-machine.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

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

/* A task of FRAMES guaranteed ones, of the root's. */
static struct control *seat(struct server_machine *machine, unsigned number,
	uint32_t frames, uint32_t extra_max)
{
	struct control *control;

	assert_int_equal(
		control_split(server_root(machine->server), frames, &control),
		0);
	assert_int_equal(
		seat_take(machine, number, control, extra_max, NULL), 0);
	check(machine);
	return control;
}

static void leave(struct server_machine *machine, unsigned number)
{
	struct control *control = machine->seats[number].control;

	assert_int_equal(seat_leave(machine, number), 0);
	check(machine);
	assert_int_equal(control_destroy(control), 0);
	check(machine);
}

static uint32_t ask(
	struct server_machine *machine, unsigned number, uint32_t frames)
{
	uint32_t given = 77;

	server_ask(machine->seats[number].task, frames, &given);
	check(machine);
	return given;
}

static uint32_t give(
	struct server_machine *machine, unsigned number, uint32_t frames)
{
	uint32_t returned = 77;

	assert_int_equal(
		server_return(machine->seats[number].task, frames, &returned),
		0);
	check(machine);
	return returned;
}

static struct server_task_frames frames_of(
	struct server_machine *machine, unsigned number)
{
	struct server_task_frames frames;

	server_task_frames(machine->seats[number].task, &frames);
	return frames;
}

static void expect_frames(struct server_machine *machine, uint32_t free_frames,
	uint32_t soft, uint32_t held)
{
	struct server_frames frames;

	server_frames(machine->server, &frames);
	assert_int_equal(frames.free, free_frames);
	assert_int_equal(frames.soft, soft);
	assert_int_equal(frames.held, held);
}

static void read_page(struct server_machine *machine, unsigned number,
	uint64_t page, uint64_t expected)
{
	uint64_t value;

	assert_int_equal(seat_read(machine, number, page, 1, &value), 0);
	assert_int_equal(value, expected);
	check(machine);
}

static void write_page(struct server_machine *machine, unsigned number,
	uint64_t page, uint64_t value)
{
	assert_int_equal(seat_write(machine, number, page, 1, value), 0);
	check(machine);
}

static void test_create(void **state)
{
	struct server_machine *machine = machine_of(3);
	struct server_config good = machine->server->config;
	struct server_config bad = good;
	struct server_task_config task = {
		.policy_ops = &policy_lru, .stores_max = 1};
	struct control *control;
	struct server_task *none;
	struct server *server;

	(void)state;
	bad.frames = 0;
	assert_int_equal(server_create(&bad, &server), -EINVAL);
	bad.frames = FRAME_NONE;
	assert_int_equal(server_create(&bad, &server), -EINVAL);
	bad = good;
	bad.now = NULL;
	assert_int_equal(server_create(&bad, &server), -EINVAL);
	/* it need not know the memory, if its tasks do */
	bad = good;
	bad.physmem_ops = NULL;
	assert_int_equal(server_create(&bad, &server), 0);
	assert_int_equal(
		server_task_create(server_root(server), &task, &none), -EINVAL);
	task.physmem_ops = good.physmem_ops;
	task.backend = good.backend;
	assert_int_equal(
		server_task_create(server_root(server), &task, &none), 0);
	assert_int_equal(server_task_destroy(none), 0);
	assert_int_equal(server_destroy(server), 0);
	/* not as long as there is a control, or a task of the root */
	assert_int_equal(
		control_split(server_root(machine->server), 1, &control), 0);
	assert_int_equal(server_destroy(machine->server), -EBUSY);
	assert_int_equal(control_destroy(control), 0);
	assert_int_equal(
		seat_take(machine, 0, server_root(machine->server), 0, NULL),
		0);
	assert_int_equal(server_destroy(machine->server), -EBUSY);
	assert_int_equal(seat_leave(machine, 0), 0);
	server_machine_destroy(machine);
}

static void test_controls(void **state)
{
	struct server_machine *machine = machine_of(10);
	struct control *root = server_root(machine->server);
	struct control *child, *grandchild, *none;

	(void)state;
	assert_int_equal(control_guarantee(root), 10);
	assert_int_equal(control_split(root, 0, &none), -EINVAL);
	assert_int_equal(control_split(root, 11, &none), -EINVAL);
	assert_int_equal(control_split(root, 6, &child), 0);
	assert_int_equal(control_split(root, 5, &none), -EINVAL);
	assert_int_equal(control_split(child, 4, &grandchild), 0);
	check(machine);
	assert_int_equal(control_guarantee(root), 4);
	assert_int_equal(control_guarantee(child), 2);
	assert_int_equal(control_guarantee(grandchild), 4);
	assert_int_equal(control_destroy(root), -EINVAL);
	assert_int_equal(control_destroy(child), -EBUSY);
	assert_int_equal(seat_take(machine, 0, grandchild, 0, NULL), 0);
	assert_int_equal(control_destroy(grandchild), -EBUSY);
	/* one task a control */
	assert_int_equal(seat_take(machine, 1, grandchild, 0, NULL), -EBUSY);
	assert_int_equal(seat_leave(machine, 0), 0);
	assert_int_equal(control_destroy(grandchild), 0);
	assert_int_equal(control_guarantee(child), 6);
	assert_int_equal(control_destroy(child), 0);
	assert_int_equal(control_guarantee(root), 10);
	check(machine);
	server_machine_destroy(machine);
}

/* By force: tasks lose their frames, and nothing that they wrote. */
static void test_revoke(void **state)
{
	struct server_machine *machine = machine_of(10);
	struct control *child = seat(machine, 0, 8, 1);
	struct seat *below = &machine->seats[1];
	struct control *grandchild, *leaf;
	uint64_t value;

	(void)state;
	assert_int_equal(control_revoke(server_root(machine->server)), -EINVAL);
	assert_int_equal(control_split(child, 5, &grandchild), 0);
	assert_int_equal(control_split(grandchild, 2, &leaf), 0);
	assert_int_equal(seat_take(machine, 1, leaf, 3, NULL), 0);
	write_page(machine, 0, 0, 10);
	write_page(machine, 1, 0, 11);
	write_page(machine, 1, 1, 12);
	/* what can't be written is not lost: the task stays */
	below->memory.pages[1].fail_out = -EIO;
	assert_int_equal(control_revoke(child), -EIO);
	check(machine);
	read_page(machine, 1, 1, 12);
	assert_int_equal(control_guarantee(leaf), 2);
	below->memory.pages[1].fail_out = 0;
	assert_int_equal(control_revoke(grandchild), 0);
	check(machine);
	assert_int_equal(control_guarantee(child), 8);
	assert_int_equal(below->memory.pages[1].words[1], 12);
	assert_int_equal(seat_read(machine, 1, 0, 1, &value), -ECONNABORTED);
	assert_int_equal(ask(machine, 1, 3), 0);
	/* what is left of the leaf is of no use, but still the holder's */
	assert_int_equal(control_guarantee(leaf), 0);
	assert_int_equal(control_split(leaf, 1, &grandchild), -EINVAL);
	assert_int_equal(seat_take(machine, 2, leaf, 3, NULL), -EBUSY);
	assert_int_equal(control_revoke(leaf), 0);
	assert_int_equal(seat_leave(machine, 1), 0);
	assert_int_equal(control_revoke(child), 0);
	assert_int_equal(machine->seats[0].memory.pages[0].words[1], 10);
	assert_int_equal(seat_leave(machine, 0), 0);
	expect_frames(machine, 10, 0, 0);
	server_machine_destroy(machine);
}

/* Up to G, then up to E more; the others are told, and then made to. */
static void test_ask(void **state)
{
	struct server_machine *machine = machine_of(10);
	struct server_task_frames frames;

	(void)state;
	seat(machine, 0, 3, 5);
	seat(machine, 1, 4, 5);
	assert_int_equal(ask(machine, 0, 3), 3);
	assert_int_equal(frames_of(machine, 0).extra, 0);
	assert_int_equal(ask(machine, 0, 9), 5);
	frames = frames_of(machine, 0);
	assert_int_equal(frames.held, 8);
	assert_int_equal(frames.limit, 8);
	assert_int_equal(frames.extra, 5);
	assert_int_equal(frames.asked, 0);
	expect_frames(machine, 2, 0, 8);
	/* two are there, two are asked back; asking again asks nobody again */
	machine->now = 100;
	assert_int_equal(ask(machine, 1, 4), 2);
	assert_int_equal(machine->seats[0].calls, 1);
	assert_int_equal(machine->seats[0].told, 2);
	assert_int_equal(machine->seats[0].deadline, 100 + SERVER_NOTICE);
	assert_int_equal(ask(machine, 1, 2), 0);
	assert_int_equal(machine->seats[0].calls, 1);
	assert_int_equal(frames_of(machine, 0).asked, 2);
	/* one is returned in time, the other is taken when it is late */
	assert_int_equal(give(machine, 0, 1), 1);
	assert_int_equal(frames_of(machine, 0).asked, 1);
	machine->now = 109;
	assert_int_equal(server_tick(machine->server), 0);
	machine->now = 110;
	assert_int_equal(server_tick(machine->server), 1);
	check(machine);
	assert_int_equal(frames_of(machine, 0).asked, 0);
	assert_int_equal(server_tick(machine->server), 0);
	assert_int_equal(ask(machine, 1, 2), 2);
	expect_frames(machine, 0, 0, 10);
	leave(machine, 0);
	leave(machine, 1);
	server_machine_destroy(machine);
}

/* A frame that a guaranteed one waits for is nobody's extra one. */
static void test_owed(void **state)
{
	struct server_machine *machine = machine_of(6);

	(void)state;
	seat(machine, 0, 2, 9);
	seat(machine, 1, 2, 9);
	assert_int_equal(ask(machine, 0, 6), 6);
	assert_int_equal(ask(machine, 1, 2), 0);
	assert_int_equal(give(machine, 0, 2), 2);
	assert_int_equal(ask(machine, 0, 1), 0);
	/* until the claim is given up */
	assert_int_equal(ask(machine, 1, 0), 0);
	assert_int_equal(ask(machine, 0, 1), 1);
	leave(machine, 0);
	leave(machine, 1);
	server_machine_destroy(machine);
}

/* From the one with most; extra frames only until both have as many. */
static void test_fairness(void **state)
{
	struct server_machine *machine = machine_of(12);

	(void)state;
	seat(machine, 0, 1, 9);
	seat(machine, 1, 1, 9);
	seat(machine, 2, 2, 9);
	assert_int_equal(ask(machine, 0, 8), 8); /* 7 extra */
	assert_int_equal(ask(machine, 1, 4), 4); /* 3 extra */
	/* two guaranteed: both from the first, who then has five */
	assert_int_equal(ask(machine, 2, 2), 0);
	assert_int_equal(frames_of(machine, 0).asked, 2);
	assert_int_equal(frames_of(machine, 1).asked, 0);
	/* and extra ones: two, and both have three; a third would leave one
	 * of the others with fewer than the asker */
	assert_int_equal(ask(machine, 2, 9), 0);
	assert_int_equal(frames_of(machine, 0).asked, 4);
	assert_int_equal(frames_of(machine, 1).asked, 0);
	machine->now = 1000;
	assert_int_equal(server_tick(machine->server), 4);
	assert_int_equal(ask(machine, 2, 4), 4);
	assert_int_equal(frames_of(machine, 0).extra, 3);
	assert_int_equal(frames_of(machine, 1).extra, 3);
	assert_int_equal(frames_of(machine, 2).extra, 2);
	assert_int_equal(ask(machine, 2, 1), 0);
	assert_int_equal(frames_of(machine, 0).asked, 0);
	leave(machine, 0);
	leave(machine, 1);
	leave(machine, 2);
	server_machine_destroy(machine);
}

/* An upcall returns at once, with no lock in its way. */
static void test_obedience(void **state)
{
	struct server_machine *machine = machine_of(4);

	(void)state;
	seat(machine, 0, 1, 9);
	seat(machine, 1, 2, 9);
	machine->seats[0].obeys = true;
	assert_int_equal(ask(machine, 0, 4), 4);
	assert_int_equal(ask(machine, 1, 2), 0);
	assert_int_equal(frames_of(machine, 0).held, 2);
	assert_int_equal(ask(machine, 1, 2), 2);
	leave(machine, 0);
	leave(machine, 1);
	server_machine_destroy(machine);
}

static void test_return(void **state)
{
	struct server_machine *machine = machine_of(4);
	struct seat *at = &machine->seats[0];
	uint32_t returned;

	(void)state;
	seat(machine, 0, 4, 0);
	assert_int_equal(server_return(at->task, 1, &returned), -EBUSY);
	assert_int_equal(ask(machine, 0, 4), 4);
	memory_store_fill(&at->memory);
	write_page(machine, 0, 0, 55);
	write_page(machine, 0, 1, 66);
	at->memory.pages[0].fail_out = -EIO;
	at->memory.pages[1].fail_out = -ENOSPC;
	/* two are free; what can't be written stays, and is not lost */
	assert_int_equal(server_return(at->task, 3, &returned), -EIO);
	assert_int_equal(returned, 2);
	check(machine);
	expect_frames(machine, 2, 0, 2);
	read_page(machine, 0, 0, 55);
	read_page(machine, 0, 1, 66);
	at->memory.pages[1].fail_out = 0;
	assert_int_equal(give(machine, 0, 1), 1);
	assert_int_equal(at->memory.pages[1].words[1], 66);
	at->memory.pages[0].fail_out = 0;
	leave(machine, 0);
	server_machine_destroy(machine);
}

/* A pinned page is not returned, nor is the last frame beside it. */
static void test_pins(void **state)
{
	struct server_machine *machine = machine_of(6);
	struct seat *at = &machine->seats[0];
	struct control *control = seat(machine, 0, 3, 3);
	struct control *child;
	uint32_t returned;

	(void)state;
	assert_int_equal(ask(machine, 0, 6), 6);
	/* of six frames, but only three are its own */
	assert_int_equal(
		server_task_advise(at->task, &at->as, 0, 3, ADVICE_PIN, 0),
		-ENOMEM);
	write_page(machine, 0, 7, 1);
	write_page(machine, 0, 8, 1);
	assert_int_equal(
		server_task_advise(at->task, &at->as, 0, 2, ADVICE_PIN, 0), 0);
	check(machine);
	write_page(machine, 0, 0, 10);
	write_page(machine, 0, 1, 11);
	write_page(machine, 0, 2, 12);
	assert_int_equal(frames_of(machine, 0).pinned, 2);
	assert_int_equal(frames_of(machine, 0).fast, 3);
	/* a part of what they are pinned in can't be given away */
	assert_int_equal(control_split(control, 1, &child), -EBUSY);
	assert_int_equal(control_guarantee(control), 3);
	check(machine);
	assert_int_equal(server_return(at->task, 9, &returned), -EBUSY);
	assert_int_equal(returned, 3);
	check(machine);
	assert_true(seat_has(machine, 0, 0) && seat_has(machine, 0, 1));
	assert_int_equal(
		server_task_advise(at->task, &at->as, 0, 2, ADVICE_UNPIN, 0),
		0);
	assert_int_equal(control_split(control, 1, &child), 0);
	check(machine);
	assert_int_equal(control_destroy(child), 0);
	leave(machine, 0);
	server_machine_destroy(machine);
}

/* What was returned can be had back, without a read, until it is reused. */
static void test_soft(void **state)
{
	struct server_machine *machine = machine_of(4);
	struct seat *at = &machine->seats[0];
	struct server_counts counts;
	uint32_t ins, page;

	(void)state;
	seat(machine, 0, 4, 0);
	memory_store_fill(&at->memory);
	assert_int_equal(ask(machine, 0, 4), 4);
	for (page = 0; page < 3; page++)
		read_page(machine, 0, page, page * 10 + 1);
	write_page(machine, 0, 1, 99);
	assert_int_equal(give(machine, 0, 4), 4);
	expect_frames(machine, 1, 3, 0);
	ins = memory_store_ins(&at->memory);
	assert_int_equal(server_get_back(at->task, at->store, 1), 0);
	check(machine);
	assert_int_equal(server_get_back(at->task, at->store, 1), -EEXIST);
	assert_int_equal(server_get_back(at->task, at->store, 9), -ENOENT);
	read_page(machine, 0, 1, 99);
	assert_int_equal(at->kind, FAULT_SOFT);
	/* a fault has it back too */
	read_page(machine, 0, 2, 21);
	assert_int_equal(at->kind, FAULT_SOFT);
	assert_int_equal(memory_store_ins(&at->memory), ins);
	expect_frames(machine, 1, 1, 2);
	/* the free frame is used first; then the soft one is gone */
	assert_int_equal(ask(machine, 0, 2), 2);
	assert_int_equal(server_get_back(at->task, at->store, 0), -ENOENT);
	read_page(machine, 0, 0, 1);
	assert_int_equal(memory_store_ins(&at->memory), ins + 1);
	server_counts(machine->server, &counts);
	assert_int_equal(counts.had_back, 2);
	assert_int_equal(counts.reused, 1);
	assert_int_equal(counts.returned, 4);
	leave(machine, 0);
	server_machine_destroy(machine);
}

/* A page that is to be pinned once it is in: so it is when it is had back. */
static void test_soft_pin(void **state)
{
	struct server_machine *machine = machine_of(3);
	struct seat *at = &machine->seats[0];

	(void)state;
	seat(machine, 0, 3, 0);
	read_page(machine, 0, 5, 0);
	assert_int_equal(give(machine, 0, 1), 1);
	assert_int_equal(ask(machine, 0, 2), 2);
	assert_int_equal(
		server_task_advise(at->task, &at->as, 5, 1, ADVICE_PIN, 0), 0);
	assert_int_equal(server_get_back(at->task, at->store, 5), 0);
	check(machine);
	assert_int_equal(frames_of(machine, 0).pinned, 1);
	leave(machine, 0);
	server_machine_destroy(machine);
}

/* A page that was read again, changed and written is not had back as it was
 * before; nor one of a store that is gone. */
static void test_stale(void **state)
{
	struct server_machine *machine = machine_of(3);
	struct seat *at = &machine->seats[0];
	struct server_counts counts;

	(void)state;
	seat(machine, 0, 1, 0);
	memory_store_fill(&at->memory);
	read_page(machine, 0, 5, 51);
	assert_int_equal(give(machine, 0, 1), 1);
	assert_int_equal(ask(machine, 0, 1), 1);
	assert_int_equal(server_get_back(at->task, at->store, 5), -ENOMEM);
	/* there is no room to have it back, so it is read */
	write_page(machine, 0, 5, 1234);
	server_counts(machine->server, &counts);
	assert_int_equal(counts.stale, 1);
	read_page(machine, 0, 6, 61);
	assert_int_equal(at->memory.pages[5].words[1], 1234);
	assert_int_equal(give(machine, 0, 1), 1);
	assert_int_equal(server_get_back(at->task, at->store, 5), -ENOENT);
	read_page(machine, 0, 5, 1234);
	assert_int_equal(give(machine, 0, 1), 1);
	assert_int_equal(server_task_drop_store(at->task, at->store, true), 0);
	check(machine);
	expect_frames(machine, 3, 0, 0);
	assert_int_equal(server_get_back(at->task, at->store, 5), -ENOENT);
	leave(machine, 0);
	server_machine_destroy(machine);
}

/* Rule 5: with one guaranteed frame of six, one page is dirty at a time, and
 * the five others can be taken at any time. */
static void test_dirty(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct seat *at = &machine->seats[0];
	uint64_t value;
	uint32_t page;

	(void)state;
	seat(machine, 0, 1, 5);
	seat(machine, 1, 7, 0);
	assert_int_equal(ask(machine, 0, 6), 6);
	for (page = 0; page < 6; page++)
		write_page(machine, 0, page, 100 + page);
	assert_int_equal(memory_store_outs(&at->memory), 5);
	for (page = 0; page < 6; page++)
		read_page(machine, 0, page, 100 + page);
	assert_int_equal(frames_of(machine, 0).held, 6);
	assert_int_equal(ask(machine, 1, 7), 2);
	machine->now = 1000;
	assert_int_equal(server_tick(machine->server), 5);
	check(machine);
	assert_int_equal(memory_store_outs(&at->memory), 5);
	assert_int_equal(frames_of(machine, 0).held, 1);
	for (page = 0; page < 6; page++)
		read_page(machine, 0, page, 100 + page);
	/* what can't be cleaned is in the way of the next page */
	write_page(machine, 0, 3, 7);
	at->memory.pages[3].fail_out = -EAGAIN;
	assert_int_equal(seat_write(machine, 0, 4, 1, 8), -EAGAIN);
	assert_int_equal(seat_read(machine, 0, 3, 1, &value), 0);
	assert_int_equal(value, 7);
	check(machine);
	at->memory.pages[3].fail_out = 0;
	leave(machine, 0);
	leave(machine, 1);
	server_machine_destroy(machine);
}

/* What can't be cleaned beside extra frames: the write is refused. */
static void test_dirty_stuck(void **state)
{
	struct server_machine *machine = machine_of(4);
	struct seat *at = &machine->seats[0];
	struct control *child;

	(void)state;
	seat(machine, 0, 2, 2);
	assert_int_equal(ask(machine, 0, 4), 4);
	write_page(machine, 0, 0, 5);
	write_page(machine, 0, 1, 6);
	at->memory.pages[0].fail_out = -EIO;
	at->memory.pages[1].fail_out = -EIO;
	assert_int_equal(seat_write(machine, 0, 2, 1, 7), -EIO);
	check(machine);
	/* nor can a part of the guarantee be given away */
	assert_int_equal(control_split(at->control, 1, &child), -EIO);
	check(machine);
	assert_int_equal(frames_of(machine, 0).guaranteed, 2);
	at->memory.pages[0].fail_out = 0;
	assert_int_equal(control_split(at->control, 1, &child), 0);
	check(machine);
	assert_int_equal(at->memory.pages[0].words[1], 5);
	assert_int_equal(frames_of(machine, 0).fast, 1);
	assert_int_equal(control_destroy(child), 0);
	at->memory.pages[1].fail_out = 0;
	leave(machine, 0);
	server_machine_destroy(machine);
}

/* Without a guarantee there is no writing, without a frame no reading. */
static void test_no_guarantee(void **state)
{
	struct server_machine *machine = machine_of(4);
	struct control *all, *none = server_root(machine->server);
	uint64_t value;

	(void)state;
	assert_int_equal(control_split(none, 4, &all), 0);
	assert_int_equal(seat_take(machine, 0, none, 1, NULL), 0);
	assert_int_equal(seat_take(machine, 1, all, 0, NULL), 0);
	read_page(machine, 0, 0, 0);
	assert_int_equal(seat_write(machine, 0, 0, 1, 1), -ENOMEM);
	check(machine);
	assert_int_equal(ask(machine, 1, 4), 3);
	machine->now = 1000;
	assert_int_equal(server_tick(machine->server), 1);
	assert_int_equal(ask(machine, 1, 1), 1);
	assert_int_equal(seat_read(machine, 0, 0, 1, &value), -ENOMEM);
	check(machine);
	assert_int_equal(seat_leave(machine, 0), 0);
	leave(machine, 1);
	server_machine_destroy(machine);
}

static void test_fault_errors(void **state)
{
	struct server_machine *machine = machine_of(2);
	struct seat *at = &machine->seats[0];
	struct fault fault = {.as = &at->as, .page = SERVER_PAGES + 1};
	uint64_t value;

	(void)state;
	seat(machine, 0, 2, 0);
	assert_int_equal(server_task_fault(at->task, &fault), -EFAULT);
	assert_int_equal(frames_of(machine, 0).held, 0);
	at->memory.pages[1].fail_in = -EIO;
	assert_int_equal(seat_read(machine, 0, 1, 1, &value), -EIO);
	check(machine);
	/* the frame that it was given for that is free */
	assert_int_equal(server_task_pager(at->task)->physmem.resident, 0);
	read_page(machine, 0, 0, 0);
	assert_int_equal(server_task_destroy(at->task), -EBUSY);
	at->memory.pages[1].fail_in = 0;
	write_page(machine, 0, 0, 3);
	at->memory.pages[0].fail_out = -EIO;
	assert_int_equal(
		server_task_drop_store(at->task, at->store, true), -EIO);
	read_page(machine, 0, 0, 3);
	leave(machine, 0);
	server_machine_destroy(machine);
}

/* A task without an upcall is not told, and pays at the deadline. */
static void test_mute(void **state)
{
	struct server_machine *machine = machine_of(2);

	(void)state;
	machine->seats[0].mute = true;
	seat(machine, 0, 1, 1);
	seat(machine, 1, 1, 1);
	assert_int_equal(ask(machine, 0, 2), 2);
	assert_int_equal(ask(machine, 1, 1), 0);
	machine->now = SERVER_NOTICE;
	assert_int_equal(server_tick(machine->server), 1);
	assert_int_equal(ask(machine, 1, 1), 1);
	assert_int_equal(machine->seats[0].calls, 0);
	leave(machine, 0);
	leave(machine, 1);
	server_machine_destroy(machine);
}

static void test_allocations(void **state)
{
	struct server_machine *machine = machine_of(10);
	struct control *root = server_root(machine->server);
	struct server_config config = machine->server->config;
	struct server_task_config task_config = {
		.policy_ops = &policy_lru, .stores_max = 1};
	struct control *child;
	struct server_task *task;
	struct server *server;
	unsigned n;
	int error = -1;

	(void)state;
	for (n = 1; error; n++) {
		fail_at = n;
		error = server_create(&config, &server);
		fail_at = 0;
		assert_int_equal(error, n < 3 ? -ENOMEM : 0);
	}
	assert_int_equal(server_destroy(server), 0);
	fail_at = 1;
	assert_int_equal(control_split(root, 5, &child), -ENOMEM);
	assert_int_equal(control_guarantee(root), 10);
	check(machine);
	for (n = 1, error = -1; error; n++) {
		fail_at = n;
		error = server_task_create(root, &task_config, &task);
		fail_at = 0;
		assert_true(!error || error == -ENOMEM);
		check(machine);
	}
	assert_true(n > 5);
	assert_int_equal(server_task_destroy(task), 0);
	task_config.policy_ops = &policy_clock;
	assert_int_equal(server_task_create(root, &task_config, &task), 0);
	assert_int_equal(server_task_destroy(task), 0);
	server_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_revoke),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_owed),
		cmocka_unit_test(test_fairness),
		cmocka_unit_test(test_obedience),
		cmocka_unit_test(test_return),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_soft),
		cmocka_unit_test(test_soft_pin),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_dirty),
		cmocka_unit_test(test_dirty_stuck),
		cmocka_unit_test(test_no_guarantee),
		cmocka_unit_test(test_fault_errors),
		cmocka_unit_test(test_mute),
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
