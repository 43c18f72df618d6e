/* Shares: what their holders may, and locks. */
#include "mm/test/container-world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The first page of one to the first of the other; of each the share, if it is
 * not NULL, or else the container. */
static int copy_page(struct container *from, struct container_share *from_share,
	struct container *to, struct container_share *to_share)
{
	struct container_range one = {0, 1};

	return container_scatter_gather(
		&(struct container_end){from, from_share, &one, 1},
		&(struct container_end){to, to_share, &one, 1});
}

static void test_rights(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct container *a = container_of(machine, 3);
	struct container *b = container_of(machine, 3);
	struct container_share_config config = {0, 1};
	struct container_share *reader, *filler, *share;
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
	assert_int_equal(copy_page(b, NULL, NULL, filler), 0);
	check(machine);
	expect_byte(a, 0, 'p');
	assert_int_equal(copy_page(b, NULL, NULL, reader), -EPERM);
	assert_int_equal(copy_page(NULL, filler, b, NULL), -EPERM);
	fill(machine, a, 0, 's');
	assert_int_equal(copy_page(NULL, reader, b, NULL), 0);
	expect_text(b, "sqr");
	/* the container's end revokes them */
	put_away(machine, a);
	put_away(machine, b);
	assert_int_equal(container_share_fill(filler, 0, "x", 1), -EKEYREVOKED);
	/* the server stays as long as someone names a share */
	assert_int_equal(server_destroy(machine->server), -EBUSY);
	container_share_drop(filler);
	container_share_drop(reader);
	server_machine_destroy(machine);
}

static void test_revoke(void **state)
{
	struct server_machine *machine = machine_of(8);
	struct container *a = container_of(machine, 1);
	struct container_share *share =
		share_of(machine, a, CONTAINER_READ | CONTAINER_FILL, 9);
	char data[1];

	(void)state;
	/* every call of the holder says so */
	assert_int_equal(container_revoke(share, NULL), 0);
	check(machine);
	assert_int_equal(container_share_read(share, 0, data, 1), -EKEYREVOKED);
	assert_int_equal(container_share_fill(share, 0, "x", 1), -EKEYREVOKED);
	assert_int_equal(container_lock(share, range(0, 1), 0), -EKEYREVOKED);
	assert_int_equal(container_unlock(share), -EKEYREVOKED);
	assert_int_equal(copy_page(NULL, share, a, NULL), -EKEYREVOKED);
	assert_int_equal(copy_page(a, NULL, NULL, share), -EKEYREVOKED);
	container_share_drop(share);
	/* one that was dropped can be revoked, or go with the container */
	share = share_of(machine, a, CONTAINER_READ, 0);
	container_share_drop(share);
	share = share_of(machine, a, CONTAINER_READ, 0);
	container_share_drop(share);
	assert_int_equal(container_revoke(share, NULL), 0);
	put_away(machine, a);
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
	expect_byte(a, 3, 'd');
	assert_int_equal(container_unlock(share), -ETIMEDOUT);
	assert_int_equal(container_unlock(share), -EINVAL);
	/* and so does its holder's end */
	assert_int_equal(container_lock(share, range(0, 4), 7), 0);
	assert_int_equal(container_revoke(share, NULL), -EBUSY);
	container_share_drop(share);
	expect_byte(a, 3, 'd');
	assert_int_equal(container_revoke(share, NULL), 0);
	assert_int_equal(container_revoke(other, NULL), 0);
	container_share_drop(other);
	check(machine);
	put_away(machine, a);
	server_machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rights),
		cmocka_unit_test(test_revoke),
		cmocka_unit_test(test_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
