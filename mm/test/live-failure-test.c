/* Live pagers: stores that fail, full swap, no memory, forks, nested faults, on
 * both fronts. */
#include "mm/test/live-case.h"

#include <sys/ioctl.h>

/* A page that can't be had is the program's SIGBUS; then all goes on. */
static int told_error;

static void on_fault(void *context, const struct selfpage_fault_event *event)
{
	(void)context;
	told_error = event->error ? event->error : told_error;
}

static void test_store_fails(void **state)
{
	const struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.fault = on_fault,
	};
	struct world *world = begin(state, FRAMES);

	write_all(world, 1);
	assert_int_equal(selfpage_set_hooks(world->pager, &hooks), 0);
	world->own.fail_in = -EIO;
	assert_int_equal(touch(world->start + 3, false), SIGBUS);
	assert_int_equal(caught.code, BUS_ADRERR);
	assert_ptr_equal(caught.address, world->start + 3);
	assert_int_equal(told_error, -EIO);
	/* a store's error is not the maps', whatever it is called */
	world->own.fail_in = -EFAULT;
	assert_int_equal(touch(world->start + 3, false), SIGBUS);
	assert_int_equal(told_error, -EIO);
	world->own.fail_in = 0;
	assert_int_equal(touch(world->start + 3, false), 0);
	/* no victim can be written */
	for (unsigned i = 0; i < FRAMES; i++)
		world->start[i * PAGE + 1] = 1;
	world->own.fail_out = -ENOSPC;
	assert_int_equal(touch(world->start + 40 * PAGE, true), SIGBUS);
	assert_int_equal(told_error, -ENOSPC);
	world->own.fail_out = 0;
	assert_true(has_all(world, 1));
	end(world);
}

static void test_swap_full(void **state)
{
	struct world *world = begin_anonymous(state, FRAMES, 4);
	unsigned i, written = 0;

	for (i = 0; i < PAGES; i++) {
		if (touch(world->start + i * PAGE, true))
			break;
		written++;
	}
	assert_true(written >= 4 && written < PAGES);
	assert_int_equal(caught.number, SIGBUS);
	/* nothing is lost */
	for (i = 0; i < written; i++)
		assert_int_equal(
			selfpage_discard(world->space,
				(uintptr_t)world->start + i * PAGE, PAGE),
			0);
	assert_int_equal(touch(world->start + written * PAGE, true), 0);
	end(world);
}

/* What is shared since a fork can't be moved. */
static void test_fork(void **state)
{
	struct world *world = begin_anonymous(state, FRAMES, PAGES);
	int status;
	pid_t child;

	write_all(world, 1);
	child = fork();
	if (!child) {
		bool good = has_all(world, 1);

		write_all(world, 2);
		good = good && has_all(world, 2) &&
		       !selfpage_check(world->pager) &&
		       live_counts(world).resident_peak <= FRAMES;
		_exit(good ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
	write_all(world, 3);
	assert_true(has_all(world, 3));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(has_all(world, 3));
	if (*(const unsigned *)*state == SELFPAGE_LIVE_USERFAULTFD)
		assert_true(live_counts(world).copies_out);
	assert_true(live_counts(world).resident_peak <= FRAMES);
	end(world);
}

/* Nor can it be exchanged, in a process with one thread: soft faults go on, in
 * both. */
static void test_soft_after_fork(void **state)
{
	struct world *world = begin_by(state, PAGES + 1, "sfifo");
	int status;
	pid_t child;

	write_all(world, 1);
	assert_true(has_all(world, 1));
	child = fork();
	if (!child) {
		bool good = has_all(world, 1) && has_all(world, 1);

		write_all(world, 2);
		good = good && has_all(world, 2) &&
		       !selfpage_check(world->pager);
		_exit(good ? 0 : 1);
	}
	assert_true(child > 0);
	assert_true(has_all(world, 1));
	write_all(world, 3);
	assert_true(has_all(world, 3));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(has_all(world, 3));
	assert_true(live_counts(world).resident_peak <= PAGES + 1);
	end(world);
}

/* How a child ends that does WHAT, and what it says. */
static int status_of(struct world *world, void (*what)(struct world *world),
	char *said, size_t said_max)
{
	int pipes[2], status;
	ssize_t count;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (!child) {
		dup2(pipes[1], STDERR_FILENO);
		what(world);
		_exit(0);
	}
	close(pipes[1]);
	count = read(pipes[0], said, said_max - 1);
	said[count > 0 ? count : 0] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void touch_in_store(struct world *world)
{
	world->own.touch = world->start + 50 * PAGE;
	(void)*(volatile char *)(world->start + 20 * PAGE);
}

static void touch_in_hook(
	void *context, const struct selfpage_eviction_event *event)
{
	struct world *world = context;

	(void)event;
	(void)*(volatile char *)(world->start + 50 * PAGE);
}

static void evict_with_hook(struct world *world)
{
	const struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.context = world,
		.evict = touch_in_hook,
	};

	selfpage_set_hooks(world->pager, &hooks);
	selfpage_read(world->space, (uintptr_t)world->start + 20 * PAGE,
		(char[8]){0}, 8);
}

static void die_by_default(struct world *world)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	selfpage_live_sigaction(SIGSEGV, &action, NULL);
	selfpage_protect(
		world->space, (uintptr_t)world->start, PAGE, SELFPAGE_READ);
	*(volatile char *)world->start = 1;
}

static void die_by_bus_error(struct world *world)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	selfpage_live_sigaction(SIGBUS, &action, NULL);
	world->own.fail_in = -EIO;
	(void)*(volatile char *)(world->start + 20 * PAGE);
}

/* That is no fault of the pager's. */
static void die_past_a_file(struct world *world)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	int fd = memfd_create("empty", MFD_CLOEXEC);

	(void)world;
	selfpage_live_sigaction(SIGBUS, &action, NULL);
	(void)*(volatile char *)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
}

static void test_deaths(void **state)
{
	struct world *world;
	char said[200];
	int status;

#ifdef __SANITIZE_THREAD__
	/* it keeps a signal that comes in a handler for later */
	skip();
#endif
	world = begin(state, FRAMES);
	write_all(world, 1);
	status = status_of(world, touch_in_store, said, sizeof(said));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(
		strstr(said, "a fault in the handler of a fault at 0x"));
	status = status_of(world, evict_with_hook, said, sizeof(said));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(said, "a fault of who serves faults at 0x"));
	status = status_of(world, die_by_default, said, sizeof(said));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	status = status_of(world, die_by_bus_error, said, sizeof(said));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	assert_non_null(strstr(said, "a page can't be had at 0x"));
	assert_non_null(strstr(said, ": Input/output error"));
	status = status_of(world, die_past_a_file, said, sizeof(said));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	assert_non_null(strstr(said, "SIGBUS of what is not paged at 0x"));
	assert_true(has_all(world, 1));
	end(world);
}

/* The system has no memory, or no map, for a page: tests of what comes of
 * it.  The linker's --wrap leads here. */
static int fail_system;	  /* errno; 0: it works */
static bool pause_system; /* nothing is done, and no error given */
static unsigned trouble;  /* not 0: one call in so many fails, or comes again */

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument);
void *__real_mmap(void *start, size_t bytes, int protection, int flags, int fd,
	off_t offset);
void *__wrap_mmap(void *start, size_t bytes, int protection, int flags, int fd,
	off_t offset);

enum { MOVE = 5 }; /* UFFDIO_MOVE */

int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	static unsigned calls;

	if (fail_system) {
		errno = fail_system;
		return -1;
	}
	if (pause_system)
		return 0;
	if (trouble && !(++calls % trouble)) {
		errno = _IOC_NR(request) == MOVE && calls % 2 ? EBUSY : EAGAIN;
		return -1;
	}
	return __real_ioctl(fd, request, argument);
}

void *__wrap_mmap(void *start, size_t bytes, int protection, int flags, int fd,
	off_t offset)
{
	if (fail_system && flags & MAP_FIXED && protection != PROT_NONE) {
		errno = fail_system;
		return MAP_FAILED;
	}
	return __real_mmap(start, bytes, protection, flags, fd, offset);
}

static void test_no_memory(void **state)
{
	const struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.fault = on_fault,
	};
	struct world *world = begin(state, FRAMES);
	unsigned i;

	write_all(world, 1);
	assert_int_equal(selfpage_set_hooks(world->pager, &hooks), 0);
	for (i = 0; i < PAGES; i += 7) {
		fail_system = ENOMEM;
		told_error = 0;
		assert_int_equal(touch(world->start + i * PAGE, i & 1), SIGBUS);
		fail_system = 0;
		assert_int_equal(told_error, -ENOMEM);
		assert_null(selfpage_check(world->pager));
		world->start[i * PAGE] = i + 1;
	}
	assert_true(has_all(world, 1));
	end(world);
}

/* Pages that can't be moved now, and maps that are being changed. */
static void test_trouble(void **state)
{
	static const char *const policies[] = {"fifo", "sfifo", "sfifo-hints"};
	struct world *world;
	unsigned i, j;

	for (i = 0; i < 30; i++) {
		world = begin_by(state, FRAMES + i / 10, policies[i % 3]);
		trouble = 2 + i / 3;
		for (j = 0; j < 3; j++) {
			write_all(world, j);
			assert_true(has_all(world, j));
			assert_null(selfpage_check(world->pager));
		}
		trouble = 0;
		/* what can't be moved is in two places for a moment */
		assert_true(live_counts(world).resident_peak <=
			    FRAMES + i / 10 + 1);
		end(world);
	}
}

/* A page that is out again when it is to be held: then the next one is held,
 * not one four faults later, which could be out in each round. */
static void test_hold_is_due(void **state)
{
	struct world *world = begin(state, FRAMES);
	struct live_touch touch = {
		.address = (uintptr_t)world->start,
		.thread = world,
		.repeats = 5,
	};

	write_all(world, 1);
	pager_lock(world->pager->pager);
	assert_int_equal(
		selfpage_live_help(world->pager, world->space, &touch), 0);
	assert_int_equal(world->pager->live->help.count, 0);
	touch.address += (PAGES - 1) * PAGE;
	touch.repeats++;
	assert_int_equal(
		selfpage_live_help(world->pager, world->space, &touch), 0);
	assert_int_equal(world->pager->live->help.count, 1);
	selfpage_live_end_holds(world->pager);
	pager_unlock(world->pager->pager);
	assert_true(has_all(world, 1));
	end(world);
}

/* A write that is served and served, and never done. */
static void test_no_progress(void **state)
{
	const struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.fault = on_fault,
	};
	struct world *world;

	if (*(const unsigned *)*state != SELFPAGE_LIVE_USERFAULTFD)
		skip();
	world = begin(state, FRAMES);
	assert_int_equal(selfpage_set_hooks(world->pager, &hooks), 0);
	assert_int_equal(touch(world->start, false), 0);
	told_error = 0;
	pause_system = true;
	assert_int_equal(touch(world->start, true), SIGBUS);
	pause_system = false;
	assert_int_equal(told_error, -EDEADLK);
	assert_ptr_equal(caught.address, world->start);
	write_all(world, 1);
	assert_true(has_all(world, 1));
	end(world);
}

static void *do_nothing(void *context)
{
	return context;
}

/* From then on the process has had threads. */
static void test_thread(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, do_nothing, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_store_fails),
		EACH(test_swap_full),
		EACH(test_fork),
		EACH(test_soft_after_fork),
		EACH(test_deaths),
		EACH(test_no_memory),
		EACH(test_trouble),
		EACH(test_hold_is_due),
		EACH(test_no_progress),
		cmocka_unit_test(test_thread),
		EACH(test_store_fails),
		EACH(test_fork),
		EACH(test_no_memory),
		EACH(test_trouble),
		EACH(test_no_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
