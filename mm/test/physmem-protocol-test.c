/*
 * What a client may not do, message by message, and what it hears then: wrong
 * numbers, malformed messages, other versions, descriptors, memory that it
 * does not hold.  The server proves its invariants after each step.
 */
#include "mm/test/physmem-world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static void expect_bye(int notices, enum socket_reason reason)
{
	struct socket_notice notice = {0};
	struct socket_message message = {
		.record = &notice, .record_bytes = sizeof(notice)};

	while (notice.type != SOCKET_BYE)
		assert_int_equal(socket_receive(notices, &message, 0), 0);
	assert_int_equal(notice.number, reason);
}

/* A client that touches what it does not hold. */
static void test_greedy(void **state)
{
	struct physmem_world world;
	int fds[2];
	char *memory;
	int fd;

	(void)state;
	world_start(&world, 8);
	fd = raw_connect(world.path);
	raw_hello(fd, 2, fds);
	memory = mmap(NULL, 9 * WORLD_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		fds[0], 0);
	assert_true(memory != MAP_FAILED);
	/* it can't make the file shorter or longer, or open it to others */
	assert_int_equal(ftruncate(fds[0], 0), -1);
	assert_int_equal(ftruncate(fds[0], 1 << 20), -1);
	memory[5 * WORLD_PAGE] = 1;
	memory[6 * WORLD_PAGE] = 1;
	expect_bye(fds[1], REASON_MEMORY);
	assert_int_equal(memory[5 * WORLD_PAGE], 0);
	assert_int_equal(
		((struct socket_flags *)(memory + 8 * WORLD_PAGE))->ended,
		REASON_MEMORY);
	munmap(memory, 9 * WORLD_PAGE);
	close(fd);
	close(fds[0]);
	close(fds[1]);
	world_stop(&world);
}

struct wrong {
	struct socket_request request;
	int error; /* 0: it is cut off */
};

/* After hello, with two frames of eight and a task that holds none. */
static const struct wrong wrongs[] = {
	{{.type = SOCKET_GIVE, .number = 0}, -EINVAL},
	{{.type = SOCKET_GIVE, .number = UINT32_MAX}, -EINVAL},
	{{.type = SOCKET_GET_BACK, .number = 3}, -ENOENT},
	{{.type = SOCKET_GET_BACK, .number = 8}, -ENOENT},
	{{.type = SOCKET_FORGET, .number = 3}, -EINVAL},
	{{.type = SOCKET_FORGET, .number = 8}, -EINVAL},
	{{.type = SOCKET_SPLIT, .number = 0}, -EINVAL},
	{{.type = SOCKET_SPLIT, .number = 3}, -EINVAL},
	{{.type = SOCKET_DESTROY, .number = 0}, -ENOENT},
	{{.type = SOCKET_DESTROY, .number = 1}, -ENOENT},
	{{.type = SOCKET_TASK, .number = 1}, -EBUSY},
	{{.type = 0}, 0},
	{{.type = SOCKET_REQUESTS}, 0},
	{{.type = UINT32_MAX}, 0},
	{{.type = SOCKET_HELLO,
		 .flags = SOCKET_VERSION,
		 .number = 1,
		 .value = SOCKET_MAGIC},
		0},
	{{.type = SOCKET_TAKE, .flags = 2}, 0},
	{{.type = SOCKET_TAKE, .number = 1}, 0},
	{{.type = SOCKET_GIVE, .flags = 4}, 0},
	{{.type = SOCKET_STATE, .other = 1}, 0},
	{{.type = SOCKET_STATE, .value = 1}, 0},
	{{.type = SOCKET_STATE, .offset = 1}, 0},
};

static void test_wrong(void **state)
{
	const struct socket_request task = {.type = SOCKET_TASK};
	struct physmem_world world;
	struct socket_reply reply;
	unsigned fds = open_fds();
	int fd, own[2];
	size_t i;

	(void)state;
	world_start(&world, 8);
	for (i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++) {
		fd = raw_connect(world.path);
		raw_hello(fd, 2, own);
		assert_int_equal(raw_call(fd, &task, &reply, NULL), 0);
		assert_int_equal(raw_call(fd, &wrongs[i].request, &reply, NULL),
			wrongs[i].error ? wrongs[i].error : -EPIPE);
		if (!wrongs[i].error)
			expect_bye(own[1], REASON_MALFORMED);
		close(fd);
		close(own[0]);
		close(own[1]);
	}
	world_stop(&world);
	assert_int_equal(open_fds(), fds);
}

/* What comes before hello, and other versions. */
static void test_hello(void **state)
{
	struct socket_request request = {
		.type = SOCKET_HELLO,
		.flags = SOCKET_VERSION + 1,
		.number = 1,
		.value = SOCKET_MAGIC,
	};
	struct physmem_world world;
	struct socket_reply reply;
	int fd;

	(void)state;
	world_start(&world, 8);
	fd = raw_connect(world.path);
	assert_int_equal(raw_call(fd, &request, &reply, NULL), -EPROTO);
	close(fd);
	world_expect_ended(&world, 1, "it speaks another version");
	fd = raw_connect(world.path);
	request.flags = SOCKET_VERSION;
	request.value++;
	assert_int_equal(raw_call(fd, &request, &reply, NULL), -EPIPE);
	close(fd);
	fd = raw_connect(world.path);
	request = (struct socket_request){.type = SOCKET_TAKE};
	assert_int_equal(raw_call(fd, &request, &reply, NULL), -EPIPE);
	close(fd);
	world_expect_ended(&world, 3, "it sent a malformed message");
	world_stop(&world);
}

/* Messages that are too short or long, and descriptors with them. */
static void test_sizes(void **state)
{
	struct physmem_world world;
	char bytes[256] = {SOCKET_STATE};
	struct socket_message message = {.record = bytes};
	unsigned fds = open_fds();
	size_t size;
	int fd, own[2];

	(void)state;
	world_start(&world, 8);
	for (size = 1; size < sizeof(bytes); size += 7) {
		fd = raw_connect(world.path);
		raw_hello(fd, 2, own);
		message.record_bytes = size;
		message.fds_count = 0;
		if (size == sizeof(struct socket_request)) {
			message.fds[message.fds_count++] = own[0];
			message.fds[message.fds_count++] = own[1];
		}
		assert_int_equal(socket_send(fd, &message, 0), 0);
		expect_bye(own[1], message.fds_count ? REASON_DESCRIPTORS
						     : REASON_MALFORMED);
		close(fd);
		close(own[0]);
		close(own[1]);
	}
	world_stop(&world);
	assert_int_equal(open_fds(), fds);
}

/* No more connections than there may be, and room again after that. */
static void test_crowd(void **state)
{
	struct socket_request split = {.type = SOCKET_SPLIT, .number = 1};
	struct physmem_world world;
	struct socket_reply reply;
	int peers[20], own[2];
	unsigned i;

	(void)state;
	world_start(&world, 40);
	for (i = 0; i < 20; i++) {
		peers[i] = raw_connect(world.path);
		raw_hello(peers[i], 2, own);
		close(own[0]);
		close(own[1]);
	}
	assert_int_equal(raw_call(peers[0], &split, &reply, NULL), -EMFILE);
	for (i = 0; i < 20; i++)
		close(peers[i]);
	world_stop(&world);
}

/* Who has a part with a container, but no task, ends with the one that it was
 * split from, and does not name its share any more. */
static void test_part_without_task(void **state)
{
	const struct socket_request split = {.type = SOCKET_SPLIT, .number = 2};
	const struct socket_request create = {.type = SOCKET_CONTAINER_CREATE};
	struct socket_request share = {
		.type = SOCKET_SHARE, .flags = SELFPAGE_READ, .value = 1};
	struct socket_request revoke = {.type = SOCKET_REVOKE};
	struct physmem_world world;
	struct socket_reply reply;
	int fds[SOCKET_FDS_MAX], own[2], parts[2];
	int fd, part;

	(void)state;
	world_start(&world, 8);
	fd = raw_connect(world.path);
	raw_hello(fd, 4, own);
	assert_int_equal(raw_call(fd, &split, &reply, fds), 0);
	part = fds[0];
	raw_hello(part, 0, parts);
	assert_int_equal(raw_call(part, &create, &reply, NULL), 0);
	share.number = reply.number;
	assert_int_equal(raw_call(part, &share, &reply, fds), 0);
	revoke.number = reply.number;
	close(fd);
	world_expect_ended(&world, 1, NULL);
	assert_int_equal(raw_call(part, &revoke, &reply, NULL), -EPIPE);
	expect_bye(parts[1], REASON_REVOKED);
	close(fds[0]);
	close(part);
	close(own[0]);
	close(own[1]);
	close(parts[0]);
	close(parts[1]);
	world_stop(&world);
}

/* A server without descriptors waits, and goes on when there are some. */
static void test_descriptors(void **state)
{
	struct physmem_server_config config = {
		.frames = 8,
		.page_bytes = WORLD_PAGE,
		.mode = 0600,
		.peers_max = 20,
		.notice_ns = 20 * NS_A_MS,
	};
	struct socket_request request = {
		.type = SOCKET_HELLO,
		.flags = SOCKET_VERSION,
		.number = 1,
		.value = SOCKET_MAGIC,
	};
	struct socket_message message = {
		.record = &request, .record_bytes = sizeof(request)};
	struct physmem_server *server;
	struct rlimit old, few;
	char path[] = "/tmp/physmem-full-XXXXXX";
	int fd, i;

	(void)state;
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	unlink(path);
	config.path = path;
	assert_int_equal(physmem_server_create(&config, &server), 0);
	fd = raw_connect(path);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = (rlim_t)fd + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	/* it is not looked at again before the next tick */
	for (i = 0; i < 3; i++)
		assert_int_equal(physmem_server_step(server, -1, 1), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(socket_send(fd, &message, 0), 0);
	for (i = 0; i < 20; i++)
		assert_int_equal(physmem_server_step(server, -1, 10), 0);
	assert_int_equal(physmem_server_clients(server, NULL, 0), 1);
	close(fd);
	for (i = 0; i < 3; i++)
		assert_int_equal(physmem_server_step(server, -1, 1), 0);
	assert_null(physmem_server_check(server));
	physmem_server_destroy(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greedy),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_part_without_task),
		cmocka_unit_test(test_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
