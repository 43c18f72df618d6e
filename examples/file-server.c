/*
 * A file server that fills its client's memory: three processes.
 *
 *	physmem        serves frames to the others
 *	client         has a container, and lends it to the file server
 *	file server    locks the container, reads the file into it
 *
 * The client pays for the memory and the file server moves the data; neither
 * has to trust the other.  The file server can't keep the memory: its lock
 * ends by its deadline, by its unlocking, or with its life.  And the client
 * can't have the pages changed or taken away under the file server's hands.
 *
 * It is done twice; the second time the file server is killed in the middle.
 */
#include <errno.h>
#include <inttypes.h>
#include <selfpage.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	FILE_PAGES = 64,
	STEP_PAGES = 4,
	STEPS = FILE_PAGES / STEP_PAGES,
	FRAMES = 256,	     /* that there are */
	CLIENT_FRAMES = 128, /* that the client is guaranteed */
	LOCK_MS = 20000,
	STEPS_SEEN = 5, /* before the file server is killed */
};

static const struct selfpage_range whole = {0, FILE_PAGES *PAGE};

/* Ends the program if a call failed. */
static void need(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-error));
	exit(EXIT_FAILURE);
}

static void need_true(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "this does not hold: %s\n", what);
	exit(EXIT_FAILURE);
}

static void need_system(long result, const char *what)
{
	need(result < 0 ? -errno : 0, what);
}

static unsigned char byte_at(uint64_t offset)
{
	return (unsigned char)(offset * 31 + (offset >> 12) * 7);
}

/* The file; in real life it is there. */
static FILE *make_file(void)
{
	FILE *file = tmpfile();
	uint64_t at;

	need_true(file, "a temporary file can be made");
	for (at = 0; at < whole.bytes; at++)
		fputc(byte_at(at), file);
	need_system(fflush(file), "the temporary file");
	return file;
}

/* One byte goes with the descriptor. */
static void send_fd(int to, int fd)
{
	char byte = 0;
	struct iovec part = {&byte, 1};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space = {0};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &space,
		.msg_controllen = sizeof(space),
	};

	space.header.cmsg_level = SOL_SOCKET;
	space.header.cmsg_type = SCM_RIGHTS;
	space.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&space.header), &fd, sizeof(fd));
	need_system(sendmsg(to, &message, 0), "sending the share");
}

static int receive_fd(int from)
{
	char byte;
	struct iovec part = {&byte, 1};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space;
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &space,
		.msg_controllen = sizeof(space),
	};
	int fd = -1;

	need_system(recvmsg(from, &message, 0), "receiving the share");
	need_true(message.msg_controllen >= CMSG_LEN(sizeof(int)),
		"a share came");
	memcpy(&fd, CMSG_DATA(&space.header), sizeof(fd));
	return fd;
}

/* The process that serves frames, until the other end of STOP is closed. */
static void serve_frames(const char *path, int stop)
{
	struct selfpage_physmem_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.path = path,
	};

	need(selfpage_physmem_serve(&config, stop), "physmem");
	exit(EXIT_SUCCESS);
}

/* The process that reads files: here, one file for one client. */
static void serve_file(FILE *file, int client)
{
	struct selfpage_share *share;
	char step[STEP_PAGES * PAGE];
	uint64_t offset = 0;
	char done = 'd';

	need(selfpage_share_open(receive_fd(client), &share), "the share");
	need(selfpage_share_lock(share, &whole, LOCK_MS), "the lock");
	for (; offset < whole.bytes; offset += sizeof(step)) {
		need_true(pread(fileno(file), step, sizeof(step),
				  (off_t)offset) == sizeof(step),
			"the file can be read");
		need(selfpage_share_fill(share, offset, step, sizeof(step)),
			"filling");
		/* the client may not listen any more */
		if (send(client, &done, 1, MSG_NOSIGNAL) != 1)
			break;
		/* a slow disk */
		usleep(2000);
	}
	need(selfpage_share_unlock(share), "the end of the lock");
	need(selfpage_share_close(share), "the end of the share");
	exit(EXIT_SUCCESS);
}

/* Every second page, in the order in which the client wants to show them. */
static void gather_and_check(
	struct selfpage_control *control, struct selfpage_container *container)
{
	struct selfpage_range ranges[FILE_PAGES / 2];
	const struct selfpage_range all = {
		0, sizeof(ranges) / sizeof(ranges[0]) * PAGE};
	struct selfpage_container *shown;
	struct selfpage_window *window;
	const unsigned char *bytes;
	unsigned i, at;

	for (i = 0; i < FILE_PAGES / 2; i++)
		ranges[i] = (struct selfpage_range){
			(uint64_t)(FILE_PAGES - 1 - 2 * i) * PAGE, PAGE};
	need(selfpage_container_create(control, &shown), "a container");
	need(selfpage_container_allocate(shown, &all, 0, NULL), "its pages");
	need(selfpage_container_gather(
		     container, ranges, FILE_PAGES / 2, shown, 0),
		"gather");
	need(selfpage_container_map(shown, &all, SELFPAGE_READ, &window),
		"a window");
	bytes = selfpage_window_address(window);
	for (i = 0; i < FILE_PAGES / 2; i++)
		for (at = 0; at < PAGE; at++)
			need_true(bytes[i * PAGE + at] ==
					  byte_at(ranges[i].offset + at),
				"the pages are those of the file");
	need(selfpage_container_unmap(window), "the end of the window");
	need(selfpage_container_destroy(shown), "the end of the container");
	printf("  gathered %d of its pages: they are those of the file\n",
		FILE_PAGES / 2);
}

/* Waits for the file server's steps; kills it after some.  How many came. */
static int watch(
	int server, pid_t pid, bool kills, struct selfpage_container *container)
{
	int steps = 0;
	char byte;

	while (recv(server, &byte, 1, 0) == 1) {
		if (++steps == 1) {
			need_true(selfpage_container_read(
					  container, 0, &byte, 1) == -EBUSY,
				"what is locked can't be read");
			printf("  reading a page while it is locked: %s\n",
				strerror(EBUSY));
		}
		if (kills && steps == STEPS_SEEN)
			kill(pid, SIGKILL);
	}
	return steps;
}

/* After the file server has ended, however it did: all is the client's. */
static void take_back(struct selfpage_control *control,
	struct selfpage_container *container, struct selfpage_grant *grant)
{
	uint32_t frames;
	int error;

	/* the server may hear of a death a moment later than we do */
	while ((error = selfpage_grant_revoke(grant, NULL)) == -EBUSY)
		usleep(1000);
	need(error, "revoking the share");
	need(selfpage_container_destroy(container), "the container's end");
	need(selfpage_control_frames(control, &frames), "frames");
	need_true(frames == CLIENT_FRAMES, "all frames are the client's");
	printf("  the client has its %" PRIu32 " frames back\n", frames);
}

/* One file for one client, who holds CONTROL. */
static void run(struct selfpage_control *control, FILE *file, bool kills)
{
	struct selfpage_container *container;
	struct selfpage_grant *grant;
	int ends[2], share, steps, status;
	pid_t pid;

	need_system(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "sockets");
	fflush(stdout);
	pid = fork();
	need_system(pid, "fork");
	if (!pid) {
		close(ends[0]);
		serve_file(file, ends[1]);
	}
	close(ends[1]);
	need(selfpage_container_create(control, &container), "a container");
	need(selfpage_container_allocate(container, &whole, 0, NULL),
		"its pages");
	need(selfpage_container_share(
		     container, SELFPAGE_WRITE, LOCK_MS, &grant),
		"a share");
	need(selfpage_grant_fd(grant, &share), "the share's socket");
	send_fd(ends[0], share);
	close(share);
	steps = watch(ends[0], pid, kills, container);
	need_system(waitpid(pid, &status, 0), "waiting for the file server");
	if (WIFSIGNALED(status)) {
		need_true(kills && steps < STEPS, "it was to be killed");
		printf("  the file server was killed: an error, and not all "
		       "of the file\n");
	} else {
		need_true(!kills && steps == STEPS && !status,
			"the file server did all");
		printf("  filled by the file server: %d pages\n", FILE_PAGES);
		gather_and_check(control, container);
	}
	take_back(control, container, grant);
	close(ends[0]);
}

int main(void)
{
	char folder[] = "/tmp/file-server-XXXXXX";
	char path[sizeof(folder) + 10];
	struct selfpage_control *control;
	FILE *file = make_file();
	int stop[2], status, error;
	pid_t physmem;

	need_true(mkdtemp(folder), "a folder can be made");
	snprintf(path, sizeof(path), "%s/physmem", folder);
	need_system(pipe(stop), "a pipe");
	physmem = fork();
	need_system(physmem, "fork");
	if (!physmem) {
		close(stop[1]);
		serve_frames(path, stop[0]);
	}
	close(stop[0]);
	/* until it listens */
	while ((error = selfpage_physmem_connect(
			path, CLIENT_FRAMES, &control)) == -ENOENT ||
		error == -ECONNREFUSED)
		usleep(1000);
	need(error, "connecting");
	puts("a file server fills the client's container:");
	run(control, file, false);
	puts("and is killed in the middle:");
	run(control, file, true);
	need(selfpage_control_destroy(control), "the connection's end");
	close(stop[1]);
	need_system(waitpid(physmem, &status, 0), "waiting for physmem");
	need_true(!status, "physmem has ended well");
	need_system(rmdir(folder), "the folder, where nothing is left");
	fclose(file);
	puts("nothing is left of it: yes");
	return EXIT_SUCCESS;
}
