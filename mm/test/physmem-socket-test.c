/*
 * A server and clients in other processes: pages and frames that come and go,
 * controls that are split and passed on, and what becomes of frames when a
 * client hangs or is killed.  The server proves its invariants after each
 * step.
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
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { KILLS = 100, LOST = 42, WORKER_STEPS = 1500 };

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
	struct physmem_client_info info;
	struct client client;
	struct selfpage_frames frames;
	uint32_t returned;
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
	assert_int_equal(world_clients(&world, &info, 1), 1);
	assert_int_equal(info.pid, getpid());
	assert_int_equal(info.state.guaranteed, 4);
	assert_int_equal(info.state.held, 12);
	assert_int_equal(info.state.extra, 8);
	assert_int_equal(info.soft, 0);
	assert_int_equal(info.contained, 0);
	/* and the page that says whether it was cut off */
	assert_int_equal(info.file_bytes, 13 * WORLD_PAGE);
	assert_int_equal(selfpage_return(client.pager, 5, &returned), 0);
	(void)world_clients(&world, &info, 1);
	assert_int_equal(info.soft, 5);
	assert_int_equal(info.file_bytes, 13 * WORLD_PAGE);
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
	/* and now it does not, and takes its time: they are given back */
	__atomic_store_n(&one.dawdles, true, __ATOMIC_RELAXED);
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

/* Threads of two clients, who take each other's extra frames all the time:
 * each has words of its own in all pages. */
struct worker {
	struct client *client;
	unsigned word;
	const char *failed;
	pthread_t thread;
};

static void *use_pages(void *context)
{
	struct worker *worker = context;
	uint64_t words[WORLD_PAGES] = {0};
	unsigned random = worker->word * 77 + 1;
	uint64_t value, at;
	uint32_t count;
	unsigned step, page;
	int error;

	for (step = 1; step <= WORKER_STEPS && !worker->failed; step++) {
		random = random * 1103515245 + 12345;
		page = random >> 16 & (WORLD_PAGES - 1);
		at = (uint64_t)page * WORLD_PAGE + 8 * worker->word;
		if (random >> 31) {
			error = selfpage_read(
				worker->client->space, at, &value, 8);
			if (!error && value != words[page])
				worker->failed = "not what was written last";
		} else {
			value = (uint64_t)step << 8 | worker->word;
			error = selfpage_write(
				worker->client->space, at, &value, 8);
			if (!error)
				words[page] = value;
		}
		/* all frames went just then: the guaranteed ones come back */
		if (error && error != -ENOMEM)
			worker->failed = "an access has failed";
		if (step % 64 == 0)
			(void)selfpage_ask(worker->client->pager, 8, &count);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct physmem_world world;
	struct client clients[2];
	struct worker workers[4];
	unsigned i;

	(void)state;
	world_start(&world, 24);
	for (i = 0; i < 2; i++) {
		client_connect(&clients[i], world.path, 6, 12);
		__atomic_store_n(&clients[i].obeys, i, __ATOMIC_RELAXED);
	}
	for (i = 0; i < 4; i++) {
		workers[i] = (struct worker){&clients[i / 2], i % 2, NULL, 0};
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
					 use_pages, &workers[i]),
			0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].failed)
			fail_msg("%s", workers[i].failed);
	}
	assert_int_equal(world.ended, 0);
	for (i = 0; i < 2; i++) {
		assert_null(selfpage_check(clients[i].pager));
		client_stop(&clients[i]);
	}
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

/* Three processes take each other's extra frames all the time. */
static void test_processes(void **state)
{
	struct physmem_world world;
	struct server_counts counts;
	pid_t pids[3];
	int outs[3];
	unsigned i;

	(void)state;
	world_start(&world, 18);
	for (i = 0; i < 3; i++)
		pids[i] = start("work", world.path, &outs[i]);
	for (i = 0; i < 3; i++)
		wait_for_line(outs[i]);
	do {
		usleep(1000);
		server_counts(physmem_server_core(world.server), &counts);
	} while (counts.upcalls < 20 || counts.reused < 200);
	for (i = 0; i < 3; i++) {
		/* none has found something wrong, or was cut off */
		assert_int_equal(waitpid(pids[i], NULL, WNOHANG), 0);
		kill(pids[i], SIGKILL);
		(void)status_of(pids[i]);
		close(outs[i]);
	}
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

/* Words that only the page at its place has. */
static int work(const char *path)
{
	struct client client;
	uint64_t words[WORLD_PAGES] = {0};
	unsigned random = (unsigned)getpid();
	uint64_t value;
	uint32_t given;
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
		if (page == 0)
			(void)selfpage_ask(client.pager, 6, &given);
		else if (page == 1)
			(void)selfpage_return(client.pager, 5, &given);
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
	if (error != -ECONNABORTED || selfpage_store_flush(client.store, 0,
					      SELFPAGE_ALL) != -ECONNABORTED)
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
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_inherit),
		cmocka_unit_test(test_kill),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_server_ends),
	};

	if (argc == 3 && !strcmp(argv[1], "work"))
		return work(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "part"))
		return use_part(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
