/*
 * Calls with memory that may be out: each that the preloaded library has, and
 * system calls of each shape that its table knows, with all they are given in
 * memory from malloc.  What they did is printed, so that a paged run can be
 * held against a plain one.  Memory beside it is touched between calls, so
 * that what they are given is out when they are made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PUSH_PAGES = 64, LARGE = 100000 };

extern char **environ;

/* More pages than there are frames, one after the other: all else is out. */
static char *push;

static void push_out(void)
{
	for (int i = 0; i < PUSH_PAGES; i++)
		push[i * PAGE]++;
}

/* Paged memory of its own pages that is out. */
static void *out(size_t bytes)
{
	char *memory = aligned_alloc(PAGE, (bytes + PAGE - 1) & -PAGE);

	memset(memory, 0, bytes);
	push_out();
	return memory;
}

static char *out_text(const char *text)
{
	char *copy = out(strlen(text) + 1);

	strcpy(copy, text);
	push_out();
	return copy;
}

static void say(const char *what, long value)
{
	printf("%s %ld\n", what, value < 0 ? -(long)errno : value);
	push_out();
}

static unsigned sum(const void *memory, size_t bytes)
{
	unsigned value = 1;

	for (size_t i = 0; i < bytes; i++)
		value = value * 31 + ((const unsigned char *)memory)[i];
	return value;
}

/* ---- memory ---- */

static void try_allocator(void)
{
	char *a = malloc(10), *b = calloc(1000, 20), *c;
	volatile int many = 40;
	void *d;

	memset(a, 'a', 10);
	push_out();
	a = realloc(a, 100000);
	printf("realloc %.10s\n", a);
	printf("calloc %u\n", sum(b, 20000));
	say("usable", malloc_usable_size(a) >= 100000);
	say("posix_memalign", posix_memalign(&d, 1 << 16, 100));
	say("aligned", (unsigned long)d % (1 << 16));
	say("posix_memalign", posix_memalign(&d, 3, 100));
	c = valloc(5000);
	say("valloc", (unsigned long)c % PAGE);
	free(c);
	c = memalign(64, 100);
	say("memalign", (unsigned long)c % 64);
	c = realloc(c, 0);
	say("realloc of 0", c == NULL);
	errno = 0;
	say("too much", malloc((size_t)1 << 62) == NULL ? -1 : 0);
	say("too many", calloc((size_t)1 << many, (size_t)1 << many) == NULL);
	free(a);
	free(b);
	free(NULL);
}

static void try_maps(void)
{
	char *a = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char name[] = "/tmp/selfpage-calls-XXXXXX", *b;
	unsigned char *seen = out(8);
	int fd = mkstemp(name);

	for (int i = 0; i < 8; i++)
		a[i * PAGE] = i;
	push_out();
	say("mprotect", mprotect(a, PAGE, PROT_READ));
	say("madvise", madvise(a + PAGE, PAGE, MADV_DONTNEED));
	printf("pages %d %d %d\n", a[0], a[PAGE], a[2 * PAGE]);
	say("munmap", munmap(a + 6 * PAGE, 2 * PAGE));
	say("mprotect", mprotect(a, 8 * PAGE, PROT_READ));
	say("mprotect", mprotect(a, 6 * PAGE, PROT_READ | PROT_WRITE));
	a = mremap(a, 6 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
	printf("mremap %d %d %d\n", a[0], a[5 * PAGE], a[19 * PAGE]);
	a = mremap(a, 20 * PAGE, 2 * PAGE, 0);
	say("mincore", mincore(a, 2 * PAGE, seen));
	unlink(name);
	say("write", write(fd, "hello, file", 11));
	b = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	push_out();
	printf("file %s\n", b);
	memcpy(b, "HELLO", 5);
	push_out();
	printf("file %s\n", b);
	say("munmap", munmap(b, PAGE));
	a = mmap(a, PAGE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	printf("fixed %d\n", a[0]);
	say("munmap", munmap(a, 2 * PAGE));
	close(fd);
	free(seen);
}

/* ---- files ---- */

static void try_files(void)
{
	char *name = out_text("/tmp/selfpage-calls-XXXXXX");
	char *data = out(LARGE), *back = out(LARGE);
	struct stat *status = out(sizeof(*status));
	struct iovec *vector = out(3 * sizeof(*vector));
	off_t *offset = out(sizeof(*offset));
	int fd = mkstemp(name), other;

	for (int i = 0; i < LARGE; i++)
		data[i] = (char)(i * 7 + i / 300);
	push_out();
	say("write", write(fd, data, LARGE));
	say("pread", pread(fd, back, LARGE, 0));
	say("same", memcmp(data, back, LARGE) == 0);
	memset(back, 0, LARGE);
	say("pwrite", pwrite(fd, data + 5000, 3000, 200));
	vector[0] = (struct iovec){back, 100};
	vector[1] = (struct iovec){back + 50000, 40000};
	vector[2] = (struct iovec){back + 95000, 5000};
	say("preadv", preadv(fd, vector, 3, 150));
	printf("read %u\n", sum(back, LARGE));
	vector[1].iov_len = 7;
	lseek(fd, 0, SEEK_END);
	push_out();
	say("writev", writev(fd, vector, 2));
	say("fstat", fstat(fd, status));
	say("size", status->st_size);
	say("stat", stat(name, status));
	say("size", status->st_size);
	other = open(name, O_RDONLY);
	say("read", read(other, back, LARGE * 10 < LARGE ? 1 : LARGE));
	say("read", read(other, back, LARGE));
	say("read", read(other, back, LARGE));
	*offset = 10;
	push_out();
	say("sendfile", sendfile(fd, other, offset, 1000));
	say("offset", *offset);
	say("bad", read(-1, back, 10));
	say("no file", open(out_text("/nonexistent/x"), O_RDONLY));
	say("truncate", truncate(name, 100));
	say("access", access(name, R_OK));
	say("rename", rename(name, out_text("/tmp/selfpage-calls-renamed")));
	say("unlink", unlink(out_text("/tmp/selfpage-calls-renamed")));
	say("readlink", readlink(out_text("/proc/self/fd/none"), back, 10));
	say("getcwd", syscall(SYS_getcwd, out(PAGE), PAGE) > 0);
	close(other);
	close(fd);
	free(data);
	free(back);
}

static void try_pipes(void)
{
	int *ends = out(2 * sizeof(int)), *bytes = out(sizeof(int));
	struct pollfd *files = out(2 * sizeof(*files));
	fd_set *set = out(sizeof(*set));
	struct timeval *time = out(sizeof(*time));
	struct timespec *wait = out(sizeof(*wait));
	sigset_t *mask = out(sizeof(*mask));
	struct epoll_event *event = out(sizeof(*event));
	int epoll = epoll_create1(0);

	say("pipe", pipe(ends));
	files[0] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	files[1] = (struct pollfd){.fd = ends[1], .events = POLLOUT};
	push_out();
	say("poll", poll(files, 2, 0));
	say("events", files[0].revents * 100 + files[1].revents);
	say("write", write(ends[1], out_text("through the pipe"), 16));
	say("ioctl", ioctl(ends[0], FIONREAD, bytes));
	say("bytes", *bytes);
	FD_SET(ends[0], set);
	time->tv_sec = 1;
	push_out();
	say("select", select(ends[0] + 1, set, NULL, NULL, time));
	say("set", FD_ISSET(ends[0], set));
	sigfillset(mask);
	push_out();
	say("pselect", pselect(ends[0] + 1, set, NULL, NULL, wait, mask));
	say("ppoll", ppoll(files, 1, wait, mask));
	event->events = EPOLLIN;
	event->data.u32 = 77;
	push_out();
	say("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], event));
	memset(event, 0, sizeof(*event));
	push_out();
	say("epoll_wait", epoll_wait(epoll, event, 1, 0));
	say("data", event->data.u32);
	close(epoll);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	say("no reader", write(ends[1], out_text("x"), 1));
	close(ends[1]);
}

static void try_sockets(void)
{
	int *pair = out(2 * sizeof(int)), *value = out(sizeof(int));
	socklen_t *length = out(sizeof(*length));
	struct sockaddr_un *address = out(sizeof(*address));
	struct msghdr *message = out(sizeof(*message));
	struct mmsghdr *many = out(2 * sizeof(*many));
	struct iovec *vector = out(2 * sizeof(*vector));
	char *data = out(LARGE);

	say("socketpair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	*length = sizeof(*value);
	push_out();
	say("getsockopt",
		getsockopt(pair[0], SOL_SOCKET, SO_TYPE, value, length));
	say("type", *value * 100 + (int)*length);
	*length = sizeof(*address);
	push_out();
	say("getsockname",
		getsockname(pair[0], (struct sockaddr *)address, length));
	say("length", *length);
	memset(data, 'd', LARGE);
	vector[0] = (struct iovec){data, 5000};
	vector[1] = (struct iovec){data + 60000, 3000};
	*message = (struct msghdr){.msg_iov = vector, .msg_iovlen = 2};
	push_out();
	say("sendmsg", sendmsg(pair[0], message, 0));
	say("send", send(pair[0], data + 7, 10, 0));
	say("send", send(pair[0], data + 7, 20, 0));
	memset(data, 0, LARGE);
	push_out();
	say("recvmsg", recvmsg(pair[1], message, 0));
	printf("received %u\n", sum(data, LARGE));
	many[0].msg_hdr = many[1].msg_hdr = *message;
	many[1].msg_hdr.msg_iov = vector + 1;
	many[1].msg_hdr.msg_iovlen = 1;
	push_out();
	say("recvmmsg", recvmmsg(pair[1], many, 2, MSG_DONTWAIT, NULL));
	say("lengths", many[0].msg_len * 100 + many[1].msg_len);
	printf("received %u\n", sum(data, LARGE));
	say("nothing", recv(pair[1], data, LARGE, MSG_DONTWAIT));
	close(pair[0]);
	close(pair[1]);
}

/* ---- signals ---- */

static volatile sig_atomic_t signals;
static sigjmp_buf back;

static void on_signal(int number)
{
	signals += number;
}

static void on_jump(int number)
{
	siglongjmp(back, number);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	siglongjmp(back, number * 10 + (info->si_addr == (void *)16));
}

static void try_signals(void)
{
	struct sigaction *action = out(sizeof(*action));
	struct sigaction *old = out(sizeof(*old));
	struct itimerval *timer = out(sizeof(*timer));
	struct itimerval *none = out(sizeof(*none));
	struct timespec *time = out(sizeof(*time));
	sigset_t *mask = out(sizeof(*mask)), *was = out(sizeof(*was));
	int ends[2];
	char *data = out(100), **nowhere = out(sizeof(*nowhere));

	*nowhere = (char *)16;
	action->sa_handler = on_signal;
	push_out();
	say("sigaction", sigaction(SIGALRM, action, NULL));
	say("sigaction", sigaction(SIGALRM, NULL, old));
	say("handler", old->sa_handler == on_signal);
	say("pipe", pipe(ends));
	/* again and again: the first may come before the read */
	timer->it_value.tv_usec = timer->it_interval.tv_usec = 20000;
	push_out();
	say("setitimer", setitimer(ITIMER_REAL, timer, NULL));
	say("interrupted", read(ends[0], data, 100));
	setitimer(ITIMER_REAL, none, NULL);
	say("signals", signals > 0);
	sigfillset(mask);
	push_out();
	say("sigprocmask", sigprocmask(SIG_BLOCK, mask, was));
	data[50] = 1;
	push_out();
	say("faults go on", data[50]);
	say("sigprocmask", sigprocmask(SIG_SETMASK, was, mask));
	say("was blocked", sigismember(mask, SIGSEGV) +
				   sigismember(mask, SIGALRM) * 10 +
				   sigismember(was, SIGSEGV) * 100);
	action->sa_handler = on_jump;
	if (sigsetjmp(back, 1) == 0) {
		sigaction(SIGALRM, action, NULL);
		setitimer(ITIMER_REAL, timer, NULL);
		say("not reached", read(ends[0], data, 100));
	}
	setitimer(ITIMER_REAL, none, NULL);
	signal(SIGALRM, SIG_IGN);
	push_out();
	say("after a jump", write(ends[1], data, 100));
	action->sa_sigaction = on_fault;
	action->sa_flags = SA_SIGINFO | SA_ONSTACK;
	say("sigaction", sigaction(SIGSEGV, action, NULL));
	switch (sigsetjmp(back, 1)) {
	case 0:
		**(volatile int **)nowhere = 1;
		break;
	case SIGSEGV * 10 + 1:
		say("the program's own fault", 1);
	}
	push_out();
	time->tv_nsec = 1000;
	say("nanosleep", nanosleep(time, NULL));
	close(ends[0]);
	close(ends[1]);
}

/* ---- faults in what handles a fault, and of one instruction ---- */

static volatile char *guarded; /* two pages that handlers unlock */
static char *sought;	       /* what they look at meanwhile: it is out */
static volatile sig_atomic_t depth, deepest;

/* Unlocks the page, as a garbage collector would; in the first one's handler
 * the second one faults. */
static void on_guarded(int number, siginfo_t *info, void *context)
{
	void *page = (void *)((uintptr_t)info->si_addr & -PAGE);

	(void)number;
	(void)context;
	if (++depth > deepest)
		deepest = depth;
	push_out();
	if (page == guarded)
		guarded[PAGE] += sought[PAGE];
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
	push_out();
	depth--;
}

/* A handler that faults, between any two instructions. */
static void on_tick(int number)
{
	(void)number;
	push_out();
	signals++;
}

static void copy_forward(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(bytes)
			 :
			 : "memory");
}

static void try_faults(void)
{
	struct sigaction action = {
		.sa_sigaction = on_guarded,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};
	struct itimerval timer = {{0, 2000}, {0, 2000}};
	struct itimerval none = {.it_value = {0}};
	char *from = out(8 * PAGE), *to = out(8 * PAGE);

	sought = out(2 * PAGE);
	memset(sought, 7, 2 * PAGE);
	guarded = mmap(
		NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaction(SIGSEGV, &action, NULL);
	push_out();
	guarded[1] = 3;
	say("unlocked", guarded[1] + guarded[PAGE]);
	say("deepest", deepest);
	signal(SIGSEGV, SIG_DFL);

	for (int i = 0; i < 8 * PAGE; i++)
		from[i] = (char)(i * 31);
	signal(SIGALRM, on_tick);
	signals = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
	for (int i = 0; i < 50; i++) {
		push_out();
		copy_forward(to + 1, from + 2000, 6 * PAGE);
		push_out();
		memmove(from + 3000, to + 17, 5 * PAGE);
	}
	while (signals < 3)
		push_out();
	setitimer(ITIMER_REAL, &none, NULL);
	signal(SIGALRM, SIG_DFL);
	push_out();
	say("copied", sum(from, 8 * PAGE));
	say("copied", sum(to, 8 * PAGE));
}

/* ---- processes ---- */

static void try_processes(void)
{
	char **arguments = out(4 * sizeof(char *));
	int *status = out(sizeof(*status));
	struct rusage *usage = out(sizeof(*usage));
	posix_spawn_file_actions_t *actions = out(sizeof(*actions));
	pid_t *child = out(sizeof(*child));
	char *data = out(LARGE);
	FILE *stream;

	arguments[0] = out_text("sh");
	arguments[1] = out_text("-c");
	arguments[2] = out_text("echo spawned; exit 4");
	memset(data, 'x', LARGE);
	fflush(stdout);
	push_out();
	*child = fork();
	if (*child == 0) {
		push_out();
		data[5] = 'y';
		push_out();
		_exit(sum(data, LARGE) % 100);
	}
	say("wait4", wait4(*child, status, 0, usage) > 0);
	say("status", WEXITSTATUS(*status));
	say("own data", data[5]);
	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_addopen(
		actions, 0, out_text("/dev/null"), O_RDONLY, 0);
	push_out();
	say("posix_spawn", posix_spawn(child, out_text("/bin/sh"), actions,
				   NULL, arguments, environ));
	say("waitpid", waitpid(*child, status, 0) == *child);
	say("status", WEXITSTATUS(*status));
	say("posix_spawn", posix_spawn(child, out_text("/nonexistent"), NULL,
				   NULL, arguments, environ));
	fflush(stdout);
	*child = vfork();
	if (*child == 0) {
		execv("/bin/sh", arguments);
		_exit(1);
	}
	say("waitpid", waitpid(*child, status, 0) == *child);
	say("status", WEXITSTATUS(*status));
	say("system", WEXITSTATUS(system(out_text("exit 9"))));
	setenv(out_text("FROM_HERE"), out_text("its value"), 1);
	push_out();
	stream = popen(out_text("echo popen $FROM_HERE"), "r");
	while (fgets(data, LARGE, stream) != NULL)
		fputs(data, stdout);
	say("pclose", pclose(stream));
}

/* ---- threads ---- */

static pthread_mutex_t *mutex;
static pthread_cond_t *condition;
static long *turn;

static void *take_turns(void *context)
{
	long number = (long)context;
	char *data = out(LARGE / 10);

	for (int i = 0; i < 20; i++) {
		pthread_mutex_lock(mutex);
		while (*turn % 4 != number)
			pthread_cond_wait(condition, mutex);
		memset(data, (int)*turn, LARGE / 10);
		++*turn;
		pthread_cond_broadcast(condition);
		pthread_mutex_unlock(mutex);
	}
	number = sum(data, LARGE / 10);
	free(data);
	return (void *)number;
}

static void *sleep_on(void *context)
{
	char *data = out(10);

	(void)context;
	for (;;)
		if (read(((int *)context)[0], data, 10) < 0)
			break;
	return NULL;
}

static void try_threads(void)
{
	pthread_t *threads = out(5 * sizeof(*threads));
	int *ends = out(2 * sizeof(int));
	void *result;

	mutex = out(sizeof(*mutex));
	condition = out(sizeof(*condition));
	turn = out(sizeof(*turn));
	pthread_mutex_init(mutex, NULL);
	pthread_cond_init(condition, NULL);
	for (long i = 0; i < 4; i++)
		say("pthread_create", pthread_create(&threads[i], NULL,
					      take_turns, (void *)i));
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		say("pthread_join", (long)result);
	}
	say("turns", *turn);
	say("pipe", pipe(ends));
	say("pthread_create",
		pthread_create(&threads[4], NULL, sleep_on, ends));
	usleep(10000);
	say("pthread_cancel", pthread_cancel(threads[4]));
	pthread_join(threads[4], &result);
	say("cancelled", result == PTHREAD_CANCELED);
}

/* ---- the rest ---- */

static void try_others(void)
{
	struct utsname *name = out(sizeof(*name));
	struct rlimit *limit = out(sizeof(*limit));
	struct rlimit *same = out(sizeof(*same));
	struct timespec *time = out(sizeof(*time));
	struct itimerspec *timer = out(sizeof(*timer));
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	uint64_t *expired = out(sizeof(*expired));

	say("uname", uname(name));
	printf("%s\n", name->sysname);
	say("getrlimit", getrlimit(RLIMIT_NOFILE, limit));
	say("prlimit", prlimit(0, RLIMIT_NOFILE, NULL, same));
	say("same", limit->rlim_cur == same->rlim_cur);
	say("clock", syscall(SYS_clock_gettime, CLOCK_REALTIME, time));
	say("after 2000", time->tv_sec > 1000000000);
	timer->it_value.tv_nsec = 1000;
	push_out();
	say("timerfd", timerfd_settime(fd, 0, timer, NULL));
	say("read", read(fd, expired, sizeof(*expired)));
	say("expired", *expired > 0);
	say("getrandom", syscall(SYS_getrandom, out(100), 100, 0));
	errno = 0;
	say("no such call", syscall(100000, out(10)));
	close(fd);
}

/* ---- what is no memory: the system's error ---- */

static void try_bad_pointers(void)
{
	/* a page, and none behind it; what is given lies across their border */
	char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *nowhere[] = {
		(char *)16, (char *)-PAGE, page + PAGE - 4, shared + PAGE - 4};
	char **arguments = out(2 * sizeof(char *));
	struct pollfd *file = out(sizeof(*file));
	int sockets[2];

	socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets);
	munmap(page + PAGE, PAGE);
	munmap(shared + PAGE, PAGE);
	memset(page, 'a', PAGE);
	memset(shared, 'a', PAGE);
	for (int i = 0; i < 4; i++) {
		char *bad = nowhere[i];

		printf("bad pointer %d\n", i);
		/* EINVAL where the system knows no names */
		say("name", prctl(PR_SET_VMA, 0, page, PAGE, bad) < 0);
		say("thread's name", prctl(PR_SET_NAME, bad));
		say("sigaction",
			syscall(SYS_rt_sigaction, SIGUSR2, bad, NULL, 8));
		say("sigprocmask",
			syscall(SYS_rt_sigprocmask, SIG_BLOCK, bad, NULL, 8));
		say("sigaltstack", syscall(SYS_sigaltstack, bad, NULL));
		say("sigsuspend", syscall(SYS_rt_sigsuspend, bad, 8));
		say("ppoll", syscall(SYS_ppoll, file, 0, NULL, bad, 8));
		say("pselect", syscall(SYS_pselect6, 0, 0, 0, 0, 0, bad));
		say("readv", readv(0, (void *)bad, 2));
		say("sendmsg", sendmsg(sockets[0], (void *)bad, 0));
		say("execve", execve(bad, arguments, environ));
		say("execve", execve("/bin/true", (char **)bad, environ));
		arguments[0] = bad;
		say("execve", execve("/bin/true", arguments, environ));
		arguments[0] = "true";
		say("execve", execve("/bin/true", arguments, (char **)bad));
		/* these may write to what there is of it */
		say("sigaction",
			syscall(SYS_rt_sigaction, SIGUSR2, NULL, bad, 8));
		say("sigprocmask",
			syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, bad, 8));
		say("mincore", mincore(push, PAGE, (void *)bad));
	}
	close(sockets[0]);
	close(sockets[1]);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	push = aligned_alloc(PAGE, PUSH_PAGES * PAGE);
	memset(push, 0, PUSH_PAGES * PAGE);
	try_allocator();
	try_maps();
	try_files();
	try_pipes();
	try_sockets();
	try_signals();
	try_faults();
	try_processes();
	try_threads();
	try_others();
	try_bad_pointers();
	return 23;
}
