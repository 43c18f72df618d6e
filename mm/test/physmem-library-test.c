/*
 * Frames that the pagers of one process share, through the library: each
 * call and each of its errors, what the pagers do within their guarantees,
 * and each allocation failing.
 */
#include "mm/test/fail-allocation.h"
#include "mm/test/physmem-world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void fail_the(unsigned n)
{
	__atomic_store_n(&fail_at, n, __ATOMIC_RELAXED);
}

enum { FRAMES = 16, P = WORLD_PAGE };

static struct selfpage_physmem *physmem_of(uint32_t frames)
{
	const struct selfpage_physmem_config config = {
		.config_bytes = sizeof(config),
		.frames = frames,
		.notice_ms = 20,
	};
	struct selfpage_physmem *physmem;

	assert_int_equal(selfpage_physmem_create(&config, &physmem), 0);
	return physmem;
}

static struct selfpage_control *control_of(
	struct selfpage_physmem *physmem, uint32_t frames)
{
	struct selfpage_control *control;

	assert_int_equal(
		selfpage_physmem_control(physmem, frames, &control), 0);
	return control;
}

static void check(struct selfpage_physmem *physmem, struct client *client)
{
	const char *why = selfpage_physmem_check(physmem);

	if (!why && client)
		why = selfpage_check(client->pager);
	if (why)
		fail_msg("%s", why);
}

static void test_errors(void **state)
{
	struct selfpage_physmem_config good = {
		.config_bytes = sizeof(good), .frames = FRAMES};
	struct selfpage_physmem_config bad = good;
	struct selfpage_physmem_counts counts;
	struct selfpage_physmem *physmem;
	struct selfpage_control *control;
	uint32_t frames;
	int fd;

	(void)state;
	assert_int_equal(selfpage_physmem_create(NULL, &physmem), -EINVAL);
	assert_int_equal(selfpage_physmem_create(&good, NULL), -EINVAL);
	bad.config_bytes--;
	assert_int_equal(selfpage_physmem_create(&bad, &physmem), -EINVAL);
	bad = good;
	bad.frames = 0;
	assert_int_equal(selfpage_physmem_create(&bad, &physmem), -EINVAL);
	bad.frames = (1 << 28) + 1;
	assert_int_equal(selfpage_physmem_create(&bad, &physmem), -EINVAL);
	bad = good;
	bad.page_bytes = 2048;
	assert_int_equal(selfpage_physmem_create(&bad, &physmem), -EINVAL);
	bad.page_bytes = 3 * P;
	assert_int_equal(selfpage_physmem_create(&bad, &physmem), -EINVAL);
	bad.page_bytes = 1 << 17;
	assert_int_equal(selfpage_physmem_create(&bad, &physmem), -EINVAL);
	bad = good;
	bad.notice_ms = UINT32_MAX;
	assert_int_equal(selfpage_physmem_create(&bad, &physmem), -EINVAL);
	assert_int_equal(selfpage_physmem_serve(&good, 0), -EINVAL);
	good.path = "/nonexistent/socket";
	assert_int_equal(selfpage_physmem_serve(&good, -1), -EINVAL);
	assert_int_equal(selfpage_physmem_serve(&good, 0), -ENOENT);
	assert_int_equal(selfpage_physmem_create(&good, &physmem), 0);
	assert_int_equal(
		selfpage_physmem_control(physmem, 0, &control), -EINVAL);
	assert_int_equal(
		selfpage_physmem_control(physmem, FRAMES + 1, &control),
		-EINVAL);
	assert_int_equal(
		selfpage_physmem_read_counts(physmem, &counts, 1), -EINVAL);
	control = control_of(physmem, 5);
	assert_int_equal(selfpage_physmem_destroy(physmem), -EBUSY);
	assert_int_equal(selfpage_control_frames(control, NULL), -EINVAL);
	assert_int_equal(selfpage_control_frames(control, &frames), 0);
	assert_int_equal(frames, 5);
	assert_int_equal(selfpage_control_fd(control, &fd), -EINVAL);
	assert_int_equal(selfpage_control_destroy(control), 0);
	assert_int_equal(selfpage_control_destroy(NULL), -EINVAL);
	assert_int_equal(selfpage_physmem_destroy(physmem), 0);
	assert_int_equal(selfpage_physmem_destroy(NULL), -EINVAL);
	assert_non_null(selfpage_physmem_check(NULL));
}

/* A pager with a control, and the calls that are for such alone. */
static void test_pager(void **state)
{
	struct selfpage_physmem *physmem = physmem_of(FRAMES);
	struct selfpage_control *control = control_of(physmem, 4);
	struct selfpage_config config = {
		.config_bytes = sizeof(config), .frames = 4};
	struct selfpage_frames frames;
	struct selfpage *pager;
	struct client client, second;
	uint32_t count;
	uint64_t value;
	unsigned page;

	(void)state;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	assert_int_equal(selfpage_ask(pager, 1, &count), -ENOTSUP);
	assert_int_equal(selfpage_return(pager, 1, &count), -ENOTSUP);
	assert_int_equal(
		selfpage_read_frames(pager, &frames, sizeof(frames)), -ENOTSUP);
	assert_int_equal(selfpage_destroy(pager), 0);
	config.control = control;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	assert_int_equal(client_start(&client, control, 2), 0);
	assert_int_equal(client_start(&second, control, 0), -EBUSY);
	assert_int_equal(selfpage_control_destroy(control), -EBUSY);
	assert_int_equal(
		selfpage_read_frames(client.pager, &frames, 1), -EINVAL);
	for (page = 0; page < 20; page++) {
		assert_int_equal(client_write(&client, page, page * 3), 0);
		check(physmem, &client);
	}
	for (page = 0; page < 20; page++) {
		assert_int_equal(client_read(&client, page, &value), 0);
		assert_int_equal(value, page * 3);
	}
	frames = client_frames(&client);
	assert_int_equal(frames.guaranteed, 4);
	assert_int_equal(frames.held, 6);
	assert_int_equal(frames.extra, 2);
	assert_true(frames.kept <= 4);
	client_stop(&client);
	check(physmem, NULL);
	assert_int_equal(selfpage_physmem_destroy(physmem), 0);
}

/* Who does not return in time loses clean frames, by the library's clock. */
static void test_deadline(void **state)
{
	struct selfpage_physmem *physmem = physmem_of(FRAMES);
	struct selfpage_physmem_counts counts;
	struct client one, other;
	uint32_t given = 0, more;
	uint64_t value;
	unsigned page;

	(void)state;
	assert_int_equal(client_start(&one, control_of(physmem, 4), 12), 0);
	assert_int_equal(client_start(&other, control_of(physmem, 8), 0), 0);
	for (page = 0; page < FRAMES; page++)
		assert_int_equal(client_read(&one, page, &value), 0);
	assert_int_equal(client_frames(&one).held, FRAMES);
	while (given < 8) {
		assert_int_equal(
			selfpage_ask(other.pager, 8 - given, &more), 0);
		given += more;
		usleep(1000);
	}
	assert_int_equal(
		selfpage_physmem_read_counts(physmem, &counts, sizeof(counts)),
		0);
	assert_int_equal(counts.taken, 8);
	assert_int_equal(counts.held, FRAMES);
	assert_int_equal(__atomic_load_n(&one.told, __ATOMIC_RELAXED), 8);
	client_stop(&one);
	client_stop(&other);
	assert_int_equal(selfpage_physmem_destroy(physmem), 0);
}

/* By force, from below: what was written is in the stores. */
static void test_revoke(void **state)
{
	struct selfpage_physmem *physmem = physmem_of(FRAMES);
	struct selfpage_control *top = control_of(physmem, 8);
	struct selfpage_control *part;
	struct client client;
	uint64_t value;
	uint32_t frames;
	void *data;

	(void)state;
	assert_int_equal(selfpage_control_split(top, 9, &part), -EINVAL);
	assert_int_equal(selfpage_control_split(top, 6, &part), 0);
	assert_int_equal(selfpage_control_frames(top, &frames), 0);
	assert_int_equal(frames, 2);
	assert_int_equal(client_start(&client, part, 0), 0);
	assert_int_equal(client_write(&client, 3, 333), 0);
	assert_int_equal(
		selfpage_borrow(client.space, 0, SELFPAGE_READ, &data), 0);
	assert_int_equal(selfpage_control_destroy(top), -EBUSY);
	check(physmem, &client);
	assert_int_equal(selfpage_give_back(client.space, data), 0);
	assert_int_equal(selfpage_control_destroy(top), 0);
	check(physmem, NULL);
	memcpy(&value, client.data + 3 * P, sizeof(value));
	assert_int_equal(value, 333);
	assert_int_equal(client_read(&client, 3, &value), -ECONNABORTED);
	assert_int_equal(selfpage_ask(client.pager, 1, &frames), -ECONNABORTED);
	client_stop(&client);
	assert_int_equal(selfpage_physmem_destroy(physmem), 0);
}

/* Pins and borrows fit into the guarantee, beside what is dirty. */
static void test_kept(void **state)
{
	struct selfpage_physmem *physmem = physmem_of(FRAMES);
	struct client client;
	void *data[4];
	unsigned i;

	(void)state;
	assert_int_equal(client_start(&client, control_of(physmem, 4), 8), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(client_write(&client, i, i), 0);
	assert_int_equal(
		selfpage_advise(client.space, 0, 4 * P, SELFPAGE_PIN, 0),
		-ENOMEM);
	for (i = 0; i < 3; i++) {
		assert_int_equal(
			selfpage_borrow(client.space, (uint64_t)(10 + i) * P,
				SELFPAGE_READ, &data[i]),
			0);
		check(physmem, &client);
	}
	assert_int_equal(
		selfpage_borrow(client.space, 20 * P, SELFPAGE_READ, &data[3]),
		-ENOMEM);
	check(physmem, &client);
	assert_int_equal(selfpage_give_back(client.space, data[0]), 0);
	assert_int_equal(selfpage_borrow(client.space, 20 * P,
				 SELFPAGE_READ | SELFPAGE_WRITE, &data[0]),
		0);
	check(physmem, &client);
	/* it is dirty when it comes back, also if it was cleaned meanwhile */
	assert_int_equal(
		selfpage_store_flush(client.store, 0, SELFPAGE_ALL), 0);
	memset(data[0], 0x55, P);
	for (i = 0; i < 3; i++) {
		assert_int_equal(selfpage_give_back(client.space, data[i]), 0);
		check(physmem, &client);
	}
	assert_int_equal(
		selfpage_store_flush(client.store, 0, SELFPAGE_ALL), 0);
	assert_int_equal(client.data[20 * P + 9], 0x55);
	client_stop(&client);
	assert_int_equal(selfpage_physmem_destroy(physmem), 0);
}

/* Copies of private maps are had back too, and gone with their map. */
static void test_private(void **state)
{
	struct selfpage_physmem *physmem = physmem_of(FRAMES);
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.bytes = 4 * P,
		.address = UINT64_C(1) << 30,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
		.flags = SELFPAGE_PRIVATE | SELFPAGE_EXACT,
	};
	struct selfpage_physmem_counts counts;
	struct client client;
	uint32_t returned;
	uint64_t value;
	unsigned i;

	(void)state;
	assert_int_equal(client_start(&client, control_of(physmem, 8), 0), 0);
	request.store = client.store;
	for (i = 0; i < 20; i++) {
		assert_int_equal(
			selfpage_map_request(client.space, &request, NULL), 0);
		value = 1000 + i;
		assert_int_equal(
			selfpage_write(client.space, request.address + P,
				&value, sizeof(value)),
			0);
		check(physmem, &client);
		assert_int_equal(
			selfpage_return(client.pager, 8, &returned), -EBUSY);
		check(physmem, &client);
		assert_int_equal(
			selfpage_read(client.space, request.address + P, &value,
				sizeof(value)),
			0);
		assert_int_equal(value, 1000 + i);
		assert_int_equal(client_read(&client, 1, &value), 0);
		assert_int_equal(value, 0);
		(void)selfpage_return(client.pager, 8, &returned);
		assert_int_equal(selfpage_unmap(client.space, request.address,
					 request.bytes),
			0);
		check(physmem, &client);
	}
	assert_int_equal(
		selfpage_physmem_read_counts(physmem, &counts, sizeof(counts)),
		0);
	assert_true(counts.had_back >= 20);
	client_stop(&client);
	assert_int_equal(selfpage_physmem_destroy(physmem), 0);
}

/* All that allocates, over a server or not; *DONE_OUT: nothing has failed. */
static int use_all(
	struct selfpage_physmem *physmem, const char *path, bool *done_out)
{
	const struct selfpage_range range = {0, P};
	struct selfpage_control *control = NULL, *part = NULL;
	struct selfpage_container *container = NULL;
	struct selfpage_window *window = NULL;
	struct selfpage_grant *grant;
	struct selfpage_share *share = NULL;
	struct selfpage *pager = NULL;
	struct selfpage_config config = {.config_bytes = sizeof(config)};
	int error;

	error = physmem ? selfpage_physmem_control(physmem, 6, &control)
			: selfpage_physmem_connect(path, 6, &control);
	if (!error)
		error = selfpage_control_split(control, 2, &part);
	config.control = part;
	if (!error)
		error = selfpage_create(&config, &pager);
	if (!error)
		error = selfpage_container_create(control, &container);
	if (!error)
		error = selfpage_container_allocate(container, &range, 0, NULL);
	if (!error)
		error = selfpage_container_copy(container, 0, container, 0, P);
	if (!error)
		error = selfpage_container_map(
			container, &range, SELFPAGE_READ, &window);
	if (!error)
		error = selfpage_container_share(
			container, SELFPAGE_READ, 0, &grant);
	if (!error)
		error = selfpage_grant_open(grant, &share);
	*done_out = __atomic_exchange_n(&fail_at, 0, __ATOMIC_RELAXED) != 0;
	if (share)
		assert_int_equal(selfpage_share_close(share), 0);
	if (window)
		assert_int_equal(selfpage_container_unmap(window), 0);
	if (container)
		assert_int_equal(selfpage_container_destroy(container), 0);
	if (pager)
		assert_int_equal(selfpage_destroy(pager), 0);
	if (part)
		assert_int_equal(selfpage_control_destroy(part), 0);
	if (control)
		assert_int_equal(selfpage_control_destroy(control), 0);
	return error;
}

static void test_allocations(void **state)
{
	const struct selfpage_physmem_config config = {
		.config_bytes = sizeof(config), .frames = 8};
	struct selfpage_physmem *physmem;
	struct physmem_world world;
	unsigned fds, n;
	bool done;
	int error;

	(void)state;
	fds = open_fds();
	for (n = 1, error = -1; error; n++) {
		fail_the(n);
		error = selfpage_physmem_create(&config, &physmem);
		fail_the(0);
		assert_true(!error || error == -ENOMEM || error == -EAGAIN);
	}
	assert_true(n > 2);
	for (n = 1, done = false; !done; n++) {
		fail_the(n);
		error = use_all(physmem, NULL, &done);
		assert_int_equal(error, done ? 0 : -ENOMEM);
		check(physmem, NULL);
	}
	assert_true(n > 20);
	assert_int_equal(selfpage_physmem_destroy(physmem), 0);
	/* and with a server, some of which are on its side, or of its checks */
	world_start(&world, 8);
	for (n = 1, done = false; !done; n++) {
		fail_the(n);
		error = use_all(NULL, world.path, &done);
		/* one that has no memory for a connection closes it */
		assert_true(!error || error == -ENOMEM ||
			    error == -ECONNABORTED || error == -EPROTO);
		world_expect_empty(&world);
	}
	assert_true(n > 20);
	world_stop(&world);
	assert_int_equal(open_fds(), fds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_pager),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_revoke),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
