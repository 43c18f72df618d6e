/*
 * A server and clients in other processes: each message and its errors, what
 * a client may not do, and what becomes of frames when one hangs or is
 * killed.  The server proves its invariants after each step.
 *
 * With arguments it is one of the clients that the tests start:
 *
 *	physmem-socket-test work PATH     writes and checks pages for ever
 *	physmem-socket-test hold PATH     takes all frames, says so, goes on
 *	physmem-socket-test part FD       uses the control that FD stands for
 */
#include "mm/test/physmem-world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { KILLS = 100, LOST = 42 };

/* Starts this program as a client; what it prints can be read from *OUT. */
static pid_t start(const char *role, const char *argument, int *out)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl("/proc/self/exe", "physmem-socket-test", role, argument,
			NULL);
		_exit(127);
	}
	close(ends[1]);
	*out = ends[0];
	return pid;
}

/* Waits for the line that a client prints once it has begun. */
static void wait_for_line(int fd)
{
	char byte = 0;

	while (byte != '\n')
		assert_int_equal(read(fd, &byte, 1), 1);
}

static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_connect(void **state)
{
	struct physmem_world world;
	struct selfpage_control *control;
	char path[200];
	unsigned fds = open_fds();
	uint32_t frames;

	(void)state;
	world_start(&world, 16);
	assert_int_equal(
		selfpage_physmem_connect(world.path, 0, &control), -EINVAL);
	assert_int_equal(
		selfpage_physmem_connect(world.path, 17, &control), -ENOMEM);
	assert_int_equal(
		selfpage_physmem_connect("/nonexistent", 1, &control), -ENOENT);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(
		selfpage_physmem_connect(path, 1, &control), -ENAMETOOLONG);
	assert_int_equal(selfpage_physmem_connect(world.path, 16, &control), 0);
	assert_int_equal(selfpage_control_frames(control, &frames), 0);
	assert_int_equal(frames, 16);
	assert_int_equal(selfpage_control_destroy(control), 0);
	world_stop(&world);
	assert_int_equal(open_fds(), fds);
}

/* A path that is in use, or something else, is left alone. */
static void test_path(void **state)
{
	struct physmem_world world;
	struct physmem_server_config config = {
		.frames = 4,
		.page_bytes = WORLD_PAGE,
		.mode = 0600,
		.peers_max = 4,
		.notice_ns = NS_A_MS,
	};
	struct physmem_server *server;
	char path[120];
	int fd;

	(void)state;
	world_start(&world, 4);
	config.path = world.path;
	assert_int_equal(physmem_server_create(&config, &server), -EADDRINUSE);
	snprintf(path, sizeof(path), "%s/file", world.folder);
	config.path = path;
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(physmem_server_create(&config, &server), -EADDRINUSE);
	assert_int_equal(unlink(path), 0);
	/* one that nobody listens to is replaced */
	assert_int_equal(physmem_server_create(&config, &server), 0);
	physmem_server_destroy(server);
	assert_int_equal(access(path, F_OK), -1);
	config.page_bytes = WORLD_PAGE + 1;
	assert_int_equal(physmem_server_create(&config, &server), -EINVAL);
	config.page_bytes = WORLD_PAGE;
	config.frames = 0;
	assert_int_equal(physmem_server_create(&config, &server), -EINVAL);
	world_stop(&world);
}

static void test_pages(void **state)
{
	struct physmem_world world;
	struct client client;
	struct selfpage_frames frames;
	uint64_t value;
	unsigned page;

	(void)state;
	world_start(&world, 16);
	client_connect(&client, world.path, 4, 8);
	for (page = 0; page < WORLD_PAGES; page++)
		assert_int_equal(client_write(&client, page, page + 100), 0);
	for (page = 0; page < WORLD_PAGES; page++) {
		assert_int_equal(client_read(&client, page, &value), 0);
		assert_int_equal(value, page + 100);
	}
	frames = client_frames(&client);
	assert_int_equal(frames.guaranteed, 4);
	assert_int_equal(frames.held, 12);
	assert_int_equal(frames.extra, 8);
	assert_true(frames.kept <= 4);
	assert_null(selfpage_check(client.pager));
	assert_int_equal(selfpage_store_close(client.store), -EBUSY);
	assert_int_equal(selfpage_control_destroy(client.control), -EBUSY);
	client_stop(&client);
	world_stop(&world);
}

/* What was returned is had back without a read, until another has used it. */
static void test_soft(void **state)
{
	struct physmem_world world;
	struct client one, other;
	uint32_t returned, given;
	unsigned ins, page;
	uint64_t value;

	(void)state;
	world_start(&world, 8);
	client_connect(&one, world.path, 4, 0);
	for (page = 0; page < 4; page++)
		assert_int_equal(client_write(&one, page, page + 7), 0);
	assert_int_equal(selfpage_return(one.pager, 4, &returned), 0);
	assert_int_equal(returned, 4);
	ins = one.ins;
	for (page = 0; page < 4; page++) {
		assert_int_equal(client_read(&one, page, &value), 0);
		assert_int_equal(value, page + 7);
	}
	assert_int_equal(one.ins, ins);
	assert_int_equal(selfpage_return(one.pager, 4, &returned), 0);
	client_connect(&other, world.path, 4, 4);
	assert_int_equal(selfpage_ask(other.pager, 8, &given), 0);
	assert_int_equal(given, 8);
	/* what is owed to the first is taken from the other */
	for (page = 0; page < 4; page++) {
		int error;

		do {
			error = client_read(&one, page, &value);
			assert_true(!error || error == -ENOMEM);
		} while (error);
		assert_int_equal(value, page + 7);
	}
	assert_int_equal(one.ins, ins + 4);
	client_stop(&one);
	client_stop(&other);
	world_stop(&world);
}

/* Waits until as many frames have come back. */
static void wait_for_free(struct physmem_world *world, uint32_t count)
{
	struct server_frames frames;

	do {
		usleep(100);
		world_frames(world, &frames);
	} while (frames.free + frames.soft < count);
	assert_int_equal(frames.free + frames.soft, count);
}

/* Extra frames go to and fro: by the upcall, and by the deadline. */
static void test_ask_back(void **state)
{
	struct physmem_world world;
	struct client one, other;
	uint32_t given;
	uint64_t value;
	unsigned page;

	(void)state;
	world_start(&world, 16);
	client_connect(&one, world.path, 4, 12);
	assert_int_equal(selfpage_ask(one.pager, 16, &given), 0);
	assert_int_equal(given, 16);
	for (page = 0; page < 16; page++)
		assert_int_equal(client_read(&one, page, &value), 0);
	client_connect(&other, world.path, 6, 0);
	__atomic_store_n(&one.obeys, true, __ATOMIC_RELAXED);
	assert_int_equal(selfpage_ask(other.pager, 2, &given), 0);
	assert_int_equal(given, 0);
	wait_for_free(&world, 2);
	assert_int_equal(selfpage_ask(other.pager, 2, &given), 0);
	assert_int_equal(given, 2);
	assert_int_equal(__atomic_load_n(&one.told, __ATOMIC_RELAXED), 2);
	__atomic_store_n(&one.obeys, false, __ATOMIC_RELAXED);
	/* and now it does not: its own thread gives them back */
	assert_int_equal(selfpage_ask(other.pager, 4, &given), 0);
	assert_int_equal(given, 0);
	wait_for_free(&world, 4);
	assert_int_equal(selfpage_ask(other.pager, 4, &given), 0);
	assert_int_equal(given, 4);
	assert_int_equal(client_frames(&one).held, 10);
	assert_int_equal(world.ended, 0);
	client_stop(&one);
	client_stop(&other);
	world_stop(&world);
}

static void test_split(void **state)
{
	struct physmem_world world;
	struct selfpage_control *part, *none, *opened;
	struct client client, other;
	unsigned fds = open_fds();
	uint64_t value;
	int fd;

	(void)state;
	world_start(&world, 16);
	client_connect(&client, world.path, 8, 0);
	assert_int_equal(
		selfpage_control_split(client.control, 9, &none), -EINVAL);
	assert_int_equal(
		selfpage_control_split(client.control, 0, &none), -EINVAL);
	assert_int_equal(selfpage_control_split(client.control, 3, &part), 0);
	assert_int_equal(client_frames(&client).guaranteed, 5);
	assert_int_equal(selfpage_control_destroy(client.control), -EBUSY);
	/* used here */
	assert_int_equal(client_start(&other, part, 0), 0);
	assert_int_equal(client_write(&other, 0, 5), 0);
	assert_int_equal(client_read(&other, 0, &value), 0);
	assert_int_equal(value, 5);
	assert_int_equal(selfpage_control_fd(part, &fd), -EINVAL);
	client_stop(&other);
	assert_int_equal(client_frames(&client).guaranteed, 8);
	/* used elsewhere, and taken back by force */
	assert_int_equal(selfpage_control_split(client.control, 8, &part), 0);
	assert_int_equal(client_write(&client, 1, 1), -ENOMEM);
	assert_int_equal(selfpage_control_fd(part, &fd), 0);
	assert_int_equal(selfpage_control_open(fd, &opened), 0);
	assert_int_equal(client_start(&other, opened, 0), 0);
	assert_int_equal(client_write(&other, 0, 5), 0);
	assert_int_equal(selfpage_control_destroy(part), 0);
	assert_int_equal(client_frames(&client).guaranteed, 8);
	assert_int_equal(client_write(&client, 1, 1), 0);
	assert_int_equal(client_read(&other, 0, &value), -ECONNABORTED);
	assert_int_equal(client_read(&other, 1, &value), -ECONNABORTED);
	client_stop(&other);
	/* dropped by all: it comes back, and so says a notice */
	assert_int_equal(selfpage_control_split(client.control, 8, &part), 0);
	assert_int_equal(selfpage_control_fd(part, &fd), 0);
	close(fd);
	while (client_write(&client, 2, 2))
		usleep(100);
	assert_int_equal(selfpage_control_destroy(part), 0);
	client_stop(&client);
	assert_int_equal(selfpage_control_open(-1, &opened), -EINVAL);
	world_stop(&world);
	assert_int_equal(open_fds(), fds);
}

/* A part is left to another process, which ends, and is killed. */
static void test_inherit(void **state)
{
	struct physmem_world world;
	struct selfpage_control *part;
	struct client client;
	char argument[16];
	unsigned round;
	pid_t pid;
	int fd, out;

	(void)state;
	world_start(&world, 16);
	client_connect(&client, world.path, 8, 0);
	for (round = 0; round < 2; round++) {
		assert_int_equal(
			selfpage_control_split(client.control, 8, &part), 0);
		assert_int_equal(selfpage_control_fd(part, &fd), 0);
		assert_int_equal(fcntl(fd, F_SETFD, 0), 0);
		snprintf(argument, sizeof(argument), "%d", fd);
		pid = start("part", argument, &out);
		close(fd);
		wait_for_line(out);
		assert_int_equal(client_write(&client, 1, 1), -ENOMEM);
		kill(pid, round ? SIGKILL : SIGTERM);
		close(out);
		(void)status_of(pid);
		while (client_write(&client, 1, 1))
			usleep(100);
		assert_int_equal(selfpage_control_destroy(part), 0);
	}
	client_stop(&client);
	world_stop(&world);
}

/* All of a client that is killed, at any point, is free for others. */
static void test_kill(void **state)
{
	struct physmem_world world;
	struct client client;
	uint64_t value;
	unsigned i, page;
	pid_t pid;
	int out;

	(void)state;
	world_start(&world, 12);
	client_connect(&client, world.path, 4, 8);
	for (i = 0; i < KILLS; i++) {
		pid = start("work", world.path, &out);
		if (i % 2)
			wait_for_line(out);
		usleep(i * 37 % 3000);
		kill(pid, SIGKILL);
		close(out);
		(void)status_of(pid);
		for (page = 0; page < 12; page++) {
			assert_int_equal(client_write(&client, page, i), 0);
			assert_int_equal(client_read(&client, page, &value), 0);
			assert_int_equal(value, i);
		}
	}
	client_stop(&client);
	world_stop(&world);
}

/* One that is stopped returns nothing: it is cut off, its frames are used,
 * and when it goes on it hears of it. */
static void test_hang(void **state)
{
	struct physmem_world world;
	struct client client;
	uint32_t given;
	pid_t pid;
	int out, status;

	(void)state;
	world_start(&world, 12);
	pid = start("hold", world.path, &out);
	wait_for_line(out);
	kill(pid, SIGSTOP);
	client_connect(&client, world.path, 8, 4);
	assert_int_equal(selfpage_ask(client.pager, 8, &given), 0);
	assert_int_equal(given, 0);
	world_expect_ended(&world, 1, "it did not return frames in time");
	assert_int_equal(selfpage_ask(client.pager, 12, &given), 0);
	assert_int_equal(given, 12);
	kill(pid, SIGCONT);
	close(out);
	status = status_of(pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), LOST);
	client_stop(&client);
	world_stop(&world);
}

/* The server goes: what is in frames can still be written to stores. */
static void test_server_ends(void **state)
{
	struct physmem_world world;
	struct client client;
	struct selfpage_frames frames;
	uint64_t value;

	(void)state;
	world_start(&world, 8);
	client_connect(&client, world.path, 4, 0);
	assert_int_equal(client_write(&client, 3, 33), 0);
	world_end_server(&world);
	while (!client_read(&client, 9, &value))
		usleep(100);
	assert_int_equal(client_read(&client, 9, &value), -ECONNABORTED);
	assert_int_equal(client_read(&client, 3, &value), -ECONNABORTED);
	assert_int_equal(
		selfpage_read_frames(client.pager, &frames, sizeof(frames)),
		-ECONNABORTED);
	client_stop(&client);
}

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

/* Words that only the page at its place has. */
static int work(const char *path)
{
	struct client client;
	uint64_t words[WORLD_PAGES] = {0};
	unsigned random = (unsigned)getpid();
	uint64_t value;
	unsigned page;

	client_connect(&client, path, 2, 6);
	client.obeys = true;
	puts("begun");
	fflush(stdout);
	for (;;) {
		random = random * 1103515245 + 12345;
		page = random >> 16 & (WORLD_PAGES - 1);
		if (random >> 30) {
			if (client_read(&client, page, &value) == 0 &&
				value != words[page])
				return 1;
		} else if (!client_write(&client, page, random)) {
			words[page] = random;
		}
	}
}

/* Takes all, and is stopped then; what its store has stays as it was. */
static int hold(const char *path)
{
	struct client client;
	uint32_t given;
	uint64_t value;
	int error = 0;
	unsigned page;

	client_connect(&client, path, 4, 8);
	memset(client.data, 0x11, (size_t)WORLD_PAGES * WORLD_PAGE);
	if (selfpage_ask(client.pager, 12, &given) || given != 12)
		return 1;
	for (page = 0; page < 12; page++)
		error |= client_read(&client, page, &value);
	for (page = 0; page < 4; page++)
		error |= client_write(
			&client, page, UINT64_C(0x2222222222222222));
	if (error)
		return 2;
	puts("begun");
	fflush(stdout);
	while (!error) {
		error = client_read(&client, page++ % 12, &value);
		if (!error && value != UINT64_C(0x1111111111111111) &&
			value != UINT64_C(0x2222222222222222))
			return 3;
	}
	if (error != -ECONNABORTED || selfpage_store_close(client.store) == 0)
		return 4;
	for (page = 0; page < WORLD_PAGES; page++)
		if (client.data[(size_t)page * WORLD_PAGE] != 0x11 &&
			client.data[(size_t)page * WORLD_PAGE] != 0x22)
			return 5;
	client_stop(&client);
	return LOST;
}

static int use_part(const char *argument)
{
	struct selfpage_control *control;
	struct client client;
	sigset_t end;
	int number;

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &end, NULL);
	if (selfpage_control_open(atoi(argument), &control) ||
		client_start(&client, control, 0) ||
		client_write(&client, 0, 1))
		return 1;
	puts("begun");
	fflush(stdout);
	sigwait(&end, &number);
	client_stop(&client);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_soft),
		cmocka_unit_test(test_ask_back),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_inherit),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_server_ends),
		cmocka_unit_test(test_greedy),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_crowd),
	};

	if (argc == 3 && !strcmp(argv[1], "work"))
		return work(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "part"))
		return use_part(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
