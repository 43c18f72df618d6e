/* Copies, and when pages share frames and when they must not. */
#include "mm/test/container-world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
	expect_byte(from, 0, 'a');
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_errors),
		cmocka_unit_test(test_scatter_gather),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_held_overlap),
		cmocka_unit_test(test_hold_errors),
		cmocka_unit_test(test_pins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
