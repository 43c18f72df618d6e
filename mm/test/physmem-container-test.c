/*
 * The library's containers: the same tests for those of this process's frames
 * and of a server's in another; then shares that are passed to processes,
 * which are killed.  The server proves its invariants after each step.
 *
 * With arguments it is the holder of a share:
 *
 *	physmem-container-test fill FD     locks, fills, unlocks, for ever
 */
#include "mm/test/physmem-world.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FRAMES = 32, P = WORLD_PAGE, KILLS = 30, LOCK_MS = 60000 };

/* Frames of either kind, and a container of half of them. */
struct setting {
	bool remote;
	struct physmem_world world;
	struct selfpage_physmem *physmem;
	struct selfpage_control *control;
	struct selfpage_container *container;
};

static int begin(void **state, bool remote)
{
	const struct selfpage_physmem_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.notice_ms = WORLD_NOTICE_MS,
	};
	struct setting *at = calloc(1, sizeof(*at));

	assert_non_null(at);
	at->remote = remote;
	if (remote) {
		world_start(&at->world, FRAMES);
		assert_int_equal(selfpage_physmem_connect(at->world.path,
					 FRAMES / 2, &at->control),
			0);
	} else {
		assert_int_equal(
			selfpage_physmem_create(&config, &at->physmem), 0);
		assert_int_equal(selfpage_physmem_control(
					 at->physmem, FRAMES / 2, &at->control),
			0);
	}
	assert_int_equal(
		selfpage_container_create(at->control, &at->container), 0);
	*state = at;
	return 0;
}

static int begin_local(void **state)
{
	return begin(state, false);
}

static int begin_remote(void **state)
{
	return begin(state, true);
}

static int end(void **state)
{
	struct setting *at = *state;
	uint32_t frames;

	assert_int_equal(selfpage_control_destroy(at->control), -EBUSY);
	assert_int_equal(selfpage_container_destroy(at->container), 0);
	assert_int_equal(selfpage_control_frames(at->control, &frames), 0);
	assert_int_equal(frames, FRAMES / 2);
	if (at->physmem) {
		assert_null(selfpage_physmem_check(at->physmem));
		assert_int_equal(selfpage_physmem_destroy(at->physmem), -EBUSY);
	}
	assert_int_equal(selfpage_control_destroy(at->control), 0);
	if (at->remote)
		world_stop(&at->world);
	else
		assert_int_equal(selfpage_physmem_destroy(at->physmem), 0);
	free(at);
	return 0;
}

static void allocate(struct setting *at, uint64_t page, uint64_t pages)
{
	const struct selfpage_range range = {page * P, pages * P};

	assert_int_equal(
		selfpage_container_allocate(at->container, &range, 0, NULL), 0);
}

/* A page is all of one byte. */
static void fill(struct setting *at, uint64_t page, char byte)
{
	char data[P];

	memset(data, byte, P);
	assert_int_equal(
		selfpage_container_fill(at->container, page * P, data, P), 0);
}

static void expect(struct setting *at, uint64_t page, char byte)
{
	char data[P];

	memset(data, ~byte, P);
	assert_int_equal(
		selfpage_container_read(at->container, page * P, data, P), 0);
	assert_int_equal(data[0], byte);
	assert_memory_equal(data, data + 1, P - 1);
}

static void test_pages(void **state)
{
	struct setting *at = *state;
	struct selfpage_range range = {0, 20 * P};
	struct selfpage_told told;
	char big[20 * P];
	uint32_t frames;

	assert_int_equal(
		selfpage_container_allocate(at->container, &range, 0, &told),
		-ENOMEM);
	assert_int_equal(selfpage_container_allocate(at->container, &range,
				 SELFPAGE_PARTIAL, &told),
		-ENOMEM);
	assert_int_equal(told.bytes, 16 * P);
	assert_int_equal(selfpage_control_frames(at->control, &frames), 0);
	assert_int_equal(frames, 0);
	assert_int_equal(selfpage_container_deallocate(at->container, &range,
				 SELFPAGE_PARTIAL, &told),
		0);
	assert_int_equal(told.bytes, 16 * P);
	range.bytes = 4 * P;
	assert_int_equal(
		selfpage_container_deallocate(at->container, &range, 0, NULL),
		-ENOENT);
	allocate(at, 2, 4);
	expect(at, 2, 0);
	fill(at, 3, 'a');
	assert_int_equal(
		selfpage_container_allocate(at->container, &range, 0, NULL),
		-EEXIST);
	assert_int_equal(selfpage_container_allocate(
				 at->container, &range, SELFPAGE_SQUASH, NULL),
		0);
	expect(at, 3, 0);
	assert_int_equal(
		selfpage_container_read(at->container, 5 * P, big, 2 * P),
		-ENOENT);
	range.bytes = P + 1;
	assert_int_equal(
		selfpage_container_allocate(at->container, &range, 0, NULL),
		-EINVAL);
	range.bytes = P;
	assert_int_equal(
		selfpage_container_allocate(at->container, &range, 4, NULL),
		-EINVAL);
	assert_int_equal(selfpage_container_deallocate(
				 at->container, &range, SELFPAGE_SQUASH, NULL),
		-EINVAL);
}

/* More than one message can carry. */
static void test_big(void **state)
{
	struct setting *at = *state;
	unsigned char out[16 * P], in[16 * P];
	unsigned i;

	allocate(at, 0, 16);
	for (i = 0; i < 16 * P; i++)
		out[i] = i * 7 + (i >> 12);
	assert_int_equal(
		selfpage_container_fill(at->container, 5, out, 16 * P - 5), 0);
	assert_int_equal(
		selfpage_container_read(at->container, 5, in, 16 * P - 5), 0);
	assert_memory_equal(in, out, 16 * P - 5);
	assert_int_equal(
		selfpage_container_fill(at->container, 6, out, 16 * P - 5),
		-ENOENT);
}

static void test_copies(void **state)
{
	struct setting *at = *state;
	struct selfpage_range ranges[2] = {{8 * P, P}, {5 * P, 2 * P}};
	struct selfpage_range back[2] = {{12 * P, 2 * P}, {14 * P, P}};
	struct selfpage_container *c = at->container;

	allocate(at, 0, 16);
	fill(at, 0, 'a');
	fill(at, 1, 'b');
	fill(at, 2, 'c');
	assert_int_equal(selfpage_container_copy(c, 0, c, 3 * P, 2 * P), 0);
	fill(at, 0, 'A');
	expect(at, 3, 'a');
	expect(at, 4, 'b');
	assert_int_equal(
		selfpage_container_copy_scatter(c, 0, c, ranges, 2), 0);
	expect(at, 8, 'A');
	expect(at, 5, 'b');
	expect(at, 6, 'c');
	assert_int_equal(selfpage_container_gather(c, ranges, 2, c, 9 * P), 0);
	expect(at, 9, 'A');
	expect(at, 10, 'b');
	expect(at, 11, 'c');
	assert_int_equal(
		selfpage_container_scatter_gather(c, ranges, 2, c, back, 2), 0);
	expect(at, 12, 'A');
	expect(at, 13, 'b');
	expect(at, 14, 'c');
	assert_int_equal(
		selfpage_container_scatter_gather(c, ranges, 2, c, back, 1),
		-EINVAL);
	ranges[0].offset = 20 * P;
	assert_int_equal(
		selfpage_container_gather(c, ranges, 2, c, 9 * P), -ENOENT);
	assert_int_equal(selfpage_container_copy(c, 0, c, P, 5), -EINVAL);
}

static void test_windows(void **state)
{
	struct setting *at = *state;
	struct selfpage_range range = {P, 3 * P};
	struct selfpage_window *window;
	char *memory;

	allocate(at, 0, 4);
	fill(at, 1, 'x');
	assert_int_equal(selfpage_container_map(at->container, &range,
				 SELFPAGE_WRITE, &window),
		-EINVAL);
	assert_int_equal(selfpage_container_map(at->container, &range,
				 SELFPAGE_READ | SELFPAGE_WRITE, &window),
		0);
	memory = selfpage_window_address(window);
	assert_int_equal(memory[P - 1], 'x');
	assert_int_equal(memory[2 * P], 0);
	memset(memory + 2 * P, 'y', P);
	expect(at, 3, 'y');
	fill(at, 1, 'z');
	assert_int_equal(memory[0], 'z');
	assert_int_equal(
		selfpage_container_deallocate(at->container, &range, 0, NULL),
		-EBUSY);
	assert_int_equal(selfpage_container_destroy(at->container), -EBUSY);
	/* what is copied is what was there */
	assert_int_equal(selfpage_container_copy(
				 at->container, 3 * P, at->container, 0, P),
		0);
	memset(memory + 2 * P, 'q', P);
	expect(at, 0, 'y');
	expect(at, 3, 'q');
	assert_int_equal(selfpage_container_unmap(window), 0);
	range.offset = 3 * P;
	assert_int_equal(selfpage_container_map(
				 at->container, &range, SELFPAGE_READ, &window),
		-ENOENT);
}

static void test_pins(void **state)
{
	struct setting *at = *state;
	const struct selfpage_range range = {0, 2 * P};

	assert_int_equal(
		selfpage_container_pin(at->container, &range), -ENOENT);
	allocate(at, 0, 2);
	assert_int_equal(
		selfpage_container_unpin(at->container, &range), -EINVAL);
	assert_int_equal(selfpage_container_pin(at->container, &range), 0);
	assert_int_equal(
		selfpage_container_deallocate(at->container, &range, 0, NULL),
		-EBUSY);
	assert_int_equal(selfpage_container_unpin(at->container, &range), 0);
}

/* The owner can't touch what is locked, until the lock ends. */
static void test_shares(void **state)
{
	struct setting *at = *state;
	struct selfpage_range range = {0, 2 * P};
	struct selfpage_grant *grant;
	struct selfpage_share *share;
	struct selfpage_told told;
	char data[P];

	allocate(at, 0, 4);
	assert_int_equal(
		selfpage_container_share(at->container, 0, 0, &grant), -EINVAL);
	assert_int_equal(
		selfpage_container_share(at->container,
			SELFPAGE_READ | SELFPAGE_WRITE, LOCK_MS, &grant),
		0);
	assert_int_equal(selfpage_grant_open(grant, &share), 0);
	assert_int_equal(selfpage_grant_open(grant, &share), -EINVAL);
	memset(data, 's', P);
	assert_int_equal(selfpage_share_fill(share, P, data, P), 0);
	expect(at, 1, 's');
	assert_int_equal(selfpage_share_fill(share, 4 * P, data, P), -ENOENT);
	assert_int_equal(
		selfpage_share_lock(share, &range, LOCK_MS + 1), -EINVAL);
	assert_int_equal(selfpage_share_unlock(share), -EINVAL);
	assert_int_equal(selfpage_share_lock(share, &range, LOCK_MS), 0);
	assert_int_equal(selfpage_share_lock(share, &range, LOCK_MS), -EBUSY);
	assert_int_equal(
		selfpage_container_fill(at->container, P, data, P), -EBUSY);
	assert_int_equal(selfpage_grant_revoke(grant, &told), -EBUSY);
	assert_true(told.deadline);
	assert_int_equal(selfpage_share_fill(share, 0, data, P), 0);
	assert_int_equal(selfpage_share_unlock(share), 0);
	expect(at, 0, 's');
	assert_int_equal(selfpage_share_lock(share, &range, 5), 0);
	usleep(10000);
	expect(at, 0, 's');
	assert_int_equal(selfpage_share_unlock(share), -ETIMEDOUT);
	assert_int_equal(selfpage_grant_revoke(grant, NULL), 0);
	assert_int_equal(selfpage_share_read(share, 0, data, P), -EKEYREVOKED);
	assert_int_equal(selfpage_share_lock(share, &range, 1), -EKEYREVOKED);
	assert_int_equal(selfpage_share_close(share), 0);
}

/* What a share allows, and that its lock ends with it. */
static void test_rights(void **state)
{
	struct setting *at = *state;
	const struct selfpage_range range = {0, P};
	struct selfpage_grant *grant;
	struct selfpage_share *share;
	char data[P] = {0};

	allocate(at, 0, 1);
	assert_int_equal(selfpage_container_share(
				 at->container, SELFPAGE_READ, LOCK_MS, &grant),
		0);
	assert_int_equal(selfpage_grant_open(grant, &share), 0);
	assert_int_equal(selfpage_share_fill(share, 0, data, P), -EPERM);
	assert_int_equal(selfpage_share_read(share, 0, data, P), 0);
	assert_int_equal(selfpage_share_lock(share, &range, LOCK_MS), 0);
	assert_int_equal(selfpage_share_close(share), 0);
	/* the server may hear of it a little later */
	while (selfpage_container_fill(at->container, 0, data, P))
		usleep(100);
	/* this one goes with the container, not given to anybody */
	assert_int_equal(selfpage_container_share(
				 at->container, SELFPAGE_WRITE, 0, &grant),
		0);
}

/* A pager beside the container: its dirty pages give way to it. */
static void test_beside_pager(void **state)
{
	struct setting *at = *state;
	struct selfpage_range range = {0, 12 * P};
	struct selfpage_told told;
	struct client client;
	uint64_t value;
	unsigned page;

	assert_int_equal(client_start(&client, at->control, 0), 0);
	for (page = 0; page < 16; page++)
		assert_int_equal(client_write(&client, page, page + 1), 0);
	assert_int_equal(client.outs, 0);
	/* they are not dirty any more, but held as extra ones */
	while (selfpage_container_allocate(at->container, &range, 0, &told) ==
		-EAGAIN)
		usleep(1000);
	assert_true(client.outs >= 12);
	assert_int_equal(client_frames(&client).guaranteed, 4);
	fill(at, 11, 'e');
	for (page = 0; page < 16; page++) {
		assert_int_equal(client_read(&client, page, &value), 0);
		assert_int_equal(value, page + 1);
	}
	assert_null(selfpage_check(client.pager));
	expect(at, 11, 'e');
	assert_int_equal(
		selfpage_container_deallocate(at->container, &range, 0, NULL),
		0);
	assert_int_equal(client_frames(&client).guaranteed, 16);
	for (page = 20; page < 36; page++)
		assert_int_equal(client_write(&client, page, page + 1), 0);
	assert_null(selfpage_check(client.pager));
	assert_int_equal(selfpage_space_destroy(client.space), 0);
	assert_int_equal(selfpage_store_discard(client.store), 0);
	assert_int_equal(selfpage_destroy(client.pager), 0);
	free(client.data);
}

/* A holder in another process, killed at any point: its lock ends, and the
 * owner has all back. */
static void test_kill_holder(void **state)
{
	struct setting *at = *state;
	struct selfpage_range range = {0, 8 * P};
	struct selfpage_grant *grant;
	char argument[16];
	unsigned i;
	pid_t pid;
	int fd;

	for (i = 0; i < KILLS; i++) {
		allocate(at, 0, 8);
		assert_int_equal(
			selfpage_container_share(at->container,
				SELFPAGE_READ | SELFPAGE_WRITE, 60000, &grant),
			0);
		assert_int_equal(selfpage_grant_fd(grant, &fd), 0);
		assert_int_equal(fcntl(fd, F_SETFD, 0), 0);
		snprintf(argument, sizeof(argument), "%d", fd);
		pid = fork();
		if (!pid) {
			execl("/proc/self/exe", "physmem-container-test",
				"fill", argument, NULL);
			_exit(127);
		}
		close(fd);
		usleep(i * 400);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &(int){0}, 0), pid);
		/* long before the lock's own end */
		while (selfpage_grant_revoke(grant, NULL) == -EBUSY)
			usleep(100);
		assert_int_equal(selfpage_container_deallocate(
					 at->container, &range, 0, NULL),
			0);
	}
}

/* The owner ends: the holder hears of it. */
static void test_owner_ends(void **state)
{
	struct setting *at = *state;
	struct selfpage_control *control;
	struct selfpage_container *container;
	struct selfpage_grant *grant;
	struct selfpage_share *share;
	const struct selfpage_range range = {0, P};
	char data[P] = {0};
	int fd, other;

	assert_int_equal(selfpage_control_split(at->control, 4, &control), 0);
	assert_int_equal(selfpage_container_create(control, &container), 0);
	assert_int_equal(
		selfpage_container_allocate(container, &range, 0, NULL), 0);
	assert_int_equal(selfpage_container_share(container,
				 SELFPAGE_READ | SELFPAGE_WRITE, 60000, &grant),
		0);
	assert_int_equal(selfpage_grant_fd(grant, &fd), 0);
	assert_int_equal(selfpage_share_open(fd, &share), 0);
	assert_int_equal(selfpage_share_lock(share, &range, 60000), 0);
	assert_int_equal(selfpage_container_destroy(container), -EBUSY);
	/* a socket of something else */
	other = raw_connect(at->world.path);
	assert_int_equal(selfpage_share_open(other, &share), -EPROTO);
	close(other);
	assert_int_equal(selfpage_share_unlock(share), 0);
	assert_int_equal(selfpage_container_destroy(container), 0);
	assert_int_equal(selfpage_share_read(share, 0, data, P), -EKEYREVOKED);
	assert_int_equal(selfpage_share_close(share), 0);
	assert_int_equal(selfpage_control_destroy(control), 0);
}

static int fill_for_ever(int fd)
{
	const struct selfpage_range range = {0, 8 * P};
	struct selfpage_share *share;
	char data[P];
	unsigned i;

	if (selfpage_share_open(fd, &share))
		return 1;
	for (i = 0;; i++) {
		memset(data, (char)i, P);
		if (i % 8 == 0 && selfpage_share_lock(share, &range, 60000))
			return 2;
		if (selfpage_share_fill(share, i % 8 * P, data, P))
			return 3;
		if (i % 8 == 7 && selfpage_share_unlock(share))
			return 4;
	}
}

#define BOTH(test)                                                             \
	cmocka_unit_test_setup_teardown(test, begin_local, end),               \
		cmocka_unit_test_setup_teardown(test, begin_remote, end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_pages),
		BOTH(test_big),
		BOTH(test_copies),
		BOTH(test_windows),
		BOTH(test_pins),
		BOTH(test_shares),
		BOTH(test_rights),
		BOTH(test_beside_pager),
		cmocka_unit_test_setup_teardown(
			test_kill_holder, begin_remote, end),
		cmocka_unit_test_setup_teardown(
			test_owner_ends, begin_remote, end),
	};

	if (argc == 3 && !strcmp(argv[1], "fill"))
		return fill_for_ever(atoi(argv[2]));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
