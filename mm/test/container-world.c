/* A server for tests of containers: see container-world.h. */
#include "mm/test/container-world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void check(struct server_machine *machine)
{
	const char *why = server_machine_check(machine);

	if (why)
		fail_msg("%s", why);
}

struct server_machine *machine_of(uint32_t frames)
{
	struct server_machine *machine;

	assert_int_equal(server_machine_create(frames, &machine), 0);
	check(machine);
	return machine;
}

struct container *container_of(struct server_machine *machine, uint32_t pages)
{
	struct container *container;

	assert_int_equal(
		container_create(server_root(machine->server), &container), 0);
	assert_int_equal(
		container_allocate(container, range(0, pages), 0, NULL), 0);
	check(machine);
	return container;
}

void put_away(struct server_machine *machine, struct container *container)
{
	assert_int_equal(container_destroy(container), 0);
	check(machine);
}

void fill(struct server_machine *machine, struct container *container,
	uint64_t offset, char byte)
{
	char data[PAGE];

	memset(data, byte, PAGE);
	assert_int_equal(
		container_fill(container, offset * PAGE, data, PAGE), 0);
	check(machine);
}

void expect_byte(struct container *container, uint64_t offset, char byte)
{
	char data[PAGE], expected[PAGE];

	memset(expected, byte, PAGE);
	memset(data, '?', PAGE);
	assert_int_equal(
		container_read(container, offset * PAGE, data, PAGE), 0);
	assert_memory_equal(data, expected, PAGE);
}

void expect_text(struct container *container, const char *text)
{
	uint64_t i;

	for (i = 0; text[i]; i++)
		expect_byte(container, i, text[i] == '-' ? 0 : text[i]);
}

void fill_text(struct server_machine *machine, struct container *container,
	const char *text)
{
	uint64_t i;

	for (i = 0; text[i]; i++)
		if (text[i] != '-')
			fill(machine, container, i, text[i]);
}

void expect_frames(
	struct server_machine *machine, uint32_t contained, uint32_t reserved)
{
	struct server_frames frames;

	server_frames(machine->server, &frames);
	assert_int_equal(frames.contained, contained);
	assert_int_equal(frames.reserved, reserved);
}

uint32_t frame_of(struct container *container, uint64_t offset)
{
	return container_page(container, page_find(container, offset))->frame;
}

struct container_window *hold(struct server_machine *machine,
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

void unhold(struct server_machine *machine, struct container_window *window)
{
	container_unmap(window);
	check(machine);
}

struct container_share *share_of(struct server_machine *machine,
	struct container *container, unsigned rights, uint64_t lock_max)
{
	struct container_share_config config = {rights, lock_max};
	struct container_share *share;

	assert_int_equal(container_share(container, &config, &share), 0);
	check(machine);
	return share;
}
