/* Live pagers: each call, each signal and each thing that can fail, on both
 * fronts. */
#include "mm/test/live-world.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { PAGES = 64, FRAMES = 8 };

/* A program's own store, which fails where it is told to. */
struct own {
	char data[PAGES * PAGE];
	bool written[PAGES];
	int fail_in, fail_out; /* -errno */
	char *touch;	       /* paged memory that a page-in touches */
};

static int own_in(void *context, uint64_t offset, void *data, size_t bytes)
{
	struct own *own = context;

	if (own->fail_in)
		return own->fail_in;
	if (own->touch)
		(void)*(volatile char *)own->touch;
	memcpy(data, own->data + offset, bytes);
	return own->written[offset / PAGE] ? SELFPAGE_DATA : SELFPAGE_ZERO;
}

static int own_out(
	void *context, uint64_t offset, const void *data, size_t bytes)
{
	struct own *own = context;

	if (own->fail_out)
		return own->fail_out;
	memcpy(own->data + offset, data, bytes);
	own->written[offset / PAGE] = true;
	return 0;
}

static const struct selfpage_store_functions own_functions = {
	.functions_bytes = sizeof(own_functions),
	.page_in = own_in,
	.page_out = own_out,
};

struct world {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	struct own own;
	char *start;
};

/* What came by a signal last. */
static struct {
	sigjmp_buf back;
	volatile sig_atomic_t expected;
	int number, code;
	char *address;
} caught;

static void on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (!caught.expected)
		abort();
	caught.number = number;
	caught.code = info->si_code;
	caught.address = info->si_addr;
	siglongjmp(caught.back, 1);
}

/* The signal that a touch of AT gives; 0: none. */
static int touch(char *at, bool write)
{
	caught.number = 0;
	caught.expected = 1;
	if (!sigsetjmp(caught.back, 1)) {
		if (write)
			*(volatile char *)at = 1;
		else
			(void)*(volatile char *)at;
	}
	caught.expected = 0;
	return caught.number;
}

static bool is_there(unsigned kind)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = 1,
		.live = kind,
	};
	struct selfpage *pager;
	int error = selfpage_create(&config, &pager);

	if (error == -ENOTSUP)
		return false;
	assert_int_equal(error, 0);
	assert_int_equal(selfpage_destroy(pager), 0);
	return true;
}

/* A pager of FRAMES_COUNT frames by the front that STATE says, and nothing
 * mapped. */
static struct world *begin_empty(void **state, uint32_t frames)
{
	struct world *world = calloc(1, sizeof(*world));
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = frames,
		.policy = "fifo",
		.live = *(const unsigned *)*state,
	};
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO,
	};

	if (!is_there(config.live)) {
		free(world);
		skip();
	}
	assert_int_equal(selfpage_create(&config, &world->pager), 0);
	assert_int_equal(selfpage_live_sigaction(SIGSEGV, &action, NULL), 0);
	assert_int_equal(selfpage_live_sigaction(SIGBUS, &action, NULL), 0);
	assert_int_equal(
		selfpage_space_create(world->pager, 0, &world->space), 0);
	return world;
}

static void map(struct world *world)
{
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->store,
		.bytes = PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
	};
	uint64_t address;

	assert_int_equal(
		selfpage_map_request(world->space, &request, &address), 0);
	world->start = (char *)(uintptr_t)address;
}

static struct world *begin(void **state, uint32_t frames)
{
	struct world *world = begin_empty(state, frames);

	assert_int_equal(selfpage_store_open_functions(world->pager,
				 &own_functions, &world->own, &world->store),
		0);
	map(world);
	return world;
}

static struct world *begin_anonymous(
	void **state, uint32_t frames, uint32_t swap_pages)
{
	struct world *world = begin_empty(state, frames);

	assert_int_equal(selfpage_store_open_anonymous(world->pager, -1,
				 (uint64_t)swap_pages * PAGE, &world->store),
		0);
	map(world);
	return world;
}

static struct selfpage_live_counts live_counts(const struct world *world)
{
	struct selfpage_live_counts counts;

	assert_int_equal(selfpage_live_read_counts(
				 world->pager, &counts, sizeof(counts)),
		0);
	return counts;
}

static struct selfpage_counts counts(const struct world *world)
{
	struct selfpage_counts all;

	assert_int_equal(
		selfpage_read_counts(world->pager, &all, sizeof(all)), 0);
	return all;
}

static void end(struct world *world)
{
	struct selfpage_live_counts all = live_counts(world);
	struct sigaction action = {.sa_handler = SIG_DFL};

	assert_null(selfpage_check(world->pager));
	assert_true(pages_in_memory(world->pager) <= all.resident);
	assert_int_equal(selfpage_space_destroy(world->space), 0);
	assert_int_equal(selfpage_store_discard(world->store), 0);
	assert_int_equal(selfpage_live_sigaction(SIGSEGV, &action, NULL), 0);
	assert_int_equal(selfpage_live_sigaction(SIGBUS, &action, NULL), 0);
	assert_int_equal(selfpage_destroy(world->pager), 0);
	free(world);
}

/* Different in each page, and no page all alike. */
static void write_all(struct world *world, int salt)
{
	unsigned i;

	for (i = 0; i < PAGES; i++) {
		world->start[i * PAGE] = i + salt;
		world->start[i * PAGE + PAGE - 1] = i * 3 + salt;
	}
}

static bool has_all(const struct world *world, int salt)
{
	unsigned i;

	for (i = 0; i < PAGES; i++)
		if (world->start[i * PAGE] != (char)(i + salt) ||
			world->start[i * PAGE + PAGE - 1] !=
				(char)(i * 3 + salt))
			return false;
	return true;
}

static void test_create(void **state)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
		.live = *(const unsigned *)*state,
	};
	struct selfpage *pager;
	const char *name;

	if (!is_there(config.live))
		skip();
	config.page_bytes = 8192;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.page_bytes = 0;
	config.frames = 0;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.frames = FRAMES;
	config.live = 4;
	assert_int_equal(selfpage_create(&config, &pager), -EINVAL);
	config.live = SELFPAGE_LIVE;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	assert_non_null(selfpage_live_name(pager));
	assert_int_equal(selfpage_live_thread(pager), 0);
	assert_int_equal(selfpage_destroy(pager), 0);
	config.live = *(const unsigned *)*state;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	name = config.live == SELFPAGE_LIVE_PROTECT ? "mprotect"
						    : "userfaultfd";
	assert_string_equal(selfpage_live_name(pager), name);
	assert_int_equal(selfpage_destroy(pager), 0);
	assert_null(selfpage_live_name(NULL));
	assert_int_equal(selfpage_live_sigaction(SIGUSR1, NULL, NULL), -EINVAL);
}

/* Calls for live pagers, with one that is not. */
static void test_not_live(void **state)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = FRAMES,
	};
	struct selfpage_live_counts all;
	struct selfpage_space *space;
	struct selfpage *pager;
	char byte;

	(void)state;
	assert_int_equal(selfpage_create(&config, &pager), 0);
	assert_int_equal(selfpage_space_create(pager, 0, &space), 0);
	assert_null(selfpage_live_name(pager));
	assert_int_equal(selfpage_live_thread(pager), -ENOTSUP);
	assert_int_equal(selfpage_live_thread(NULL), -EINVAL);
	assert_int_equal(
		selfpage_live_read_counts(pager, &all, sizeof(all)), -ENOTSUP);
	assert_int_equal(selfpage_live_read_counts(pager, &all, 3), -EINVAL);
	assert_int_equal(
		selfpage_fault_in(space, &byte, 1, SELFPAGE_READ), -ENOTSUP);
	assert_int_equal(selfpage_space_destroy(space), 0);
	assert_int_equal(selfpage_destroy(pager), 0);
}

static void test_paging(void **state)
{
	struct world *world = begin(state, FRAMES);

	write_all(world, 1);
	assert_true(has_all(world, 1));
	write_all(world, 2);
	assert_true(has_all(world, 2));
	assert_true(live_counts(world).resident_peak <= FRAMES);
	assert_int_equal(live_counts(world).over_limit, 0);
	assert_true(counts(world).evictions >= 3 * (PAGES - FRAMES));
	assert_true(counts(world).writebacks);
	assert_int_equal(counts(world).frames, FRAMES);
	/* what is only read is not written */
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
	world->own.fail_out = -EIO;
	assert_true(has_all(world, 2));
	world->own.fail_out = 0;
	/* the first write to a page that was read is seen */
	assert_int_equal(touch(world->start, false), 0);
	assert_int_equal(touch(world->start, true), 0);
	assert_int_equal(world->start[0], 1);
	assert_true(counts(world).write_faults);
	end(world);
}

static void test_map(void **state)
{
	struct world *world = begin(state, FRAMES);
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->store,
		.bytes = 2 * PAGE,
		.address = (uintptr_t)world->start,
		.protection = SELFPAGE_READ,
		.flags = SELFPAGE_EXACT,
	};
	uint64_t address;
	void *data;

	assert_int_equal(selfpage_map_request(world->space, &request, &address),
		-EEXIST);
	/* memory of the program's own is in the way too */
	request.address = (uintptr_t)world & -(uint64_t)PAGE;
	assert_int_equal(selfpage_map_request(world->space, &request, &address),
		-EEXIST);
	request.flags = 0;
	request.align_bytes = 1 << 21;
	assert_int_equal(
		selfpage_map_request(world->space, &request, &address), 0);
	assert_int_equal(address % (1 << 21), 0);
	/* the same pages in two places */
	world->start[PAGE] = 42;
	assert_int_equal(((volatile char *)(uintptr_t)address)[PAGE], 42);
	world->start[PAGE] = 43;
	assert_int_equal(((volatile char *)(uintptr_t)address)[PAGE], 43);
	assert_int_equal(selfpage_unmap(world->space, address, 2 * PAGE), 0);
	assert_int_equal(touch((char *)(uintptr_t)address, false), SIGSEGV);
	assert_int_equal(caught.code, SEGV_MAPERR);
	assert_int_equal(
		selfpage_borrow(world->space, (uintptr_t)world->start + 7,
			SELFPAGE_WRITE, &data),
		0);
	assert_ptr_equal(data, world->start + 7);
	assert_int_equal(selfpage_unmap(world->space, (uintptr_t)world->start,
				 PAGES * PAGE),
		-EBUSY);
	assert_int_equal(selfpage_give_back(world->space, data), 0);
	assert_int_equal(
		selfpage_unmap(world->space, (uintptr_t)world->start, 2 * PAGE),
		0);
	/* the data is in the store */
	request.address = (uintptr_t)world->start;
	request.align_bytes = 0;
	request.flags = SELFPAGE_EXACT;
	assert_int_equal(
		selfpage_map_request(world->space, &request, &address), 0);
	assert_int_equal(world->start[PAGE], 43);
	end(world);
}

static void test_protection(void **state)
{
	struct world *world = begin(state, FRAMES);
	uint64_t address = (uintptr_t)world->start;

	world->start[5] = 9;
	assert_int_equal(
		selfpage_protect(world->space, address, PAGE, SELFPAGE_READ),
		0);
	assert_int_equal(world->start[5], 9);
	assert_int_equal(touch(world->start + 5, true), SIGSEGV);
	assert_int_equal(caught.code, SEGV_ACCERR);
	assert_ptr_equal(caught.address, world->start + 5);
	assert_int_equal(selfpage_protect(world->space, address, PAGE, 0), 0);
	assert_int_equal(touch(world->start + 5, false), SIGSEGV);
	assert_int_equal(selfpage_protect(world->space, address, PAGE,
				 SELFPAGE_READ | SELFPAGE_WRITE),
		0);
	assert_int_equal(touch(world->start + 6, true), 0);
	assert_int_equal(world->start[5], 9);
	/* what is nobody's goes to the program */
	assert_int_equal(touch((char *)8, false), SIGSEGV);
	assert_ptr_equal(caught.address, (char *)8);
	assert_int_equal(caught.code, SEGV_MAPERR);
	end(world);
}

static void test_discard(void **state)
{
	struct world *world = begin_anonymous(state, FRAMES, PAGES);

	write_all(world, 4);
	assert_int_equal(selfpage_discard(world->space, (uintptr_t)world->start,
				 PAGES * PAGE),
		0);
	assert_int_equal(counts(world).resident, 0);
	/* what is left is the front's own */
	assert_true(live_counts(world).resident <= FRAMES);
	assert_int_equal(world->start[3 * PAGE], 0);
	assert_int_equal(world->start[63 * PAGE], 0);
	end(world);
}

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

static void copy_at_once(void *to, const void *from, size_t bytes)
{
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(bytes)
			 :
			 : "memory");
}

/* One instruction, four pages, and frames for fewer. */
static void test_few_frames(void **state)
{
	uint32_t frames;

	for (frames = 1; frames <= 5; frames++) {
		struct world *world = begin(state, frames);
		uint64_t value;

		write_all(world, 1);
		assert_true(has_all(world, 1));
		assert_int_equal(live_counts(world).over_limit, 0);
		memcpy(&value, world->start + 2 * PAGE - 3, sizeof(value));
		memset(world->start + 7 * PAGE - 8, 0x55, 16);
		copy_at_once(world->start + 11 * PAGE - 8,
			world->start + 7 * PAGE - 8, 16);
		assert_int_equal(world->start[11 * PAGE - 8], 0x55);
		assert_int_equal(world->start[11 * PAGE + 7], 0x55);
		world->start[11 * PAGE - 1] = 10 * 3 + 1;
		world->start[7 * PAGE - 1] = 6 * 3 + 1;
		world->start[7 * PAGE] = 7 + 1;
		world->start[11 * PAGE] = 11 + 1;
		assert_true(has_all(world, 1));
		assert_true(live_counts(world).resident_peak <= frames + 3);
		/* two at once are needed */
		assert_true(frames - live_counts(world).spare > 1 ||
			    live_counts(world).over_limit);
		end(world);
	}
}

static void test_calls(void **state)
{
	struct world *world = begin(state, FRAMES);
	uint64_t address = (uintptr_t)world->start;
	char *buffer = malloc(3 * PAGE);
	uint8_t looks[2];
	int pipes[2];

	write_all(world, 5);
	assert_int_equal(
		selfpage_read(world->space, address, buffer, 3 * PAGE), 0);
	assert_int_equal(buffer[PAGE], 6);
	/* from paged memory to paged memory */
	assert_int_equal(selfpage_write(world->space, address + 20 * PAGE,
				 world->start, 3 * PAGE),
		0);
	assert_int_equal(world->start[21 * PAGE], 6);
	assert_int_equal(selfpage_read(world->space, 4096, buffer, 1), -EFAULT);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(
		selfpage_store_flush(world->store, 0, SELFPAGE_ALL), 0);
	/* they are all unmapped */
	if (*(const unsigned *)*state == SELFPAGE_LIVE_USERFAULTFD) {
		assert_int_equal(write(pipes[1], world->start, PAGE), -1);
		assert_int_equal(errno, EFAULT);
	}
	assert_int_equal(selfpage_fault_in(world->space, world->start + 9,
				 2 * PAGE, SELFPAGE_READ),
		0);
	assert_int_equal(write(pipes[1], world->start + 9, 2 * PAGE), 2 * PAGE);
	assert_int_equal(selfpage_fault_in(world->space, world->start + 9,
				 2 * PAGE, SELFPAGE_WRITE),
		0);
	assert_int_equal(read(pipes[0], world->start + 9, 2 * PAGE), 2 * PAGE);
	assert_int_equal(
		selfpage_look(world->space, address, 2 * PAGE, looks), 0);
	assert_int_equal(
		looks[0], SELFPAGE_MAPPED | SELFPAGE_RESIDENT | SELFPAGE_DIRTY);
	assert_int_equal(
		selfpage_fault_in(world->space, world->start, 1, 0), -EINVAL);
	assert_int_equal(
		selfpage_fault_in(world->space, (void *)4096, 1, SELFPAGE_READ),
		-EFAULT);
	assert_int_equal(
		selfpage_fault_in(NULL, (void *)4096, 1, SELFPAGE_READ),
		-EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	free(buffer);
	end(world);
}

static void test_private(void **state)
{
	struct world *world = begin(state, FRAMES);
	struct selfpage_request request = {
		.request_bytes = sizeof(request),
		.store = world->store,
		.bytes = PAGES * PAGE,
		.protection = SELFPAGE_READ | SELFPAGE_WRITE,
		.flags = SELFPAGE_PRIVATE,
	};
	struct world other = *world;
	uint64_t address;

	write_all(world, 1);
	assert_int_equal(
		selfpage_map_request(world->space, &request, &address), 0);
	other.start = (char *)(uintptr_t)address;
	assert_true(has_all(&other, 1));
	write_all(&other, 2);
	assert_true(has_all(world, 1));
	assert_true(has_all(&other, 2));
	assert_int_equal(counts(world).copies, PAGES);
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
	assert_true(has_all(world, 1));
	end(world);
}

/* The system has no memory, or no map, for a page: tests of what comes of
 * it.  The linker's --wrap leads here. */
static int fail_system; /* errno; 0: it works */

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument);
void *__real_mmap(void *start, size_t bytes, int protection, int flags, int fd,
	off_t offset);
void *__wrap_mmap(void *start, size_t bytes, int protection, int flags, int fd,
	off_t offset);

int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
	if (fail_system) {
		errno = fail_system;
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
	struct world *world = begin(state, FRAMES);
	unsigned i;

	write_all(world, 1);
	for (i = 0; i < PAGES; i += 7) {
		fail_system = ENOMEM;
		assert_int_equal(touch(world->start + i * PAGE, i & 1), SIGBUS);
		fail_system = 0;
		assert_null(selfpage_check(world->pager));
		world->start[i * PAGE] = i + 1;
	}
	assert_true(has_all(world, 1));
	end(world);
}

static void *use_in_thread(void *context)
{
	struct world *world = context;
	bool good = !selfpage_live_thread(world->pager) && has_all(world, 1);

	write_all(world, 2);
	return good ? world : NULL;
}

static void test_thread(void **state)
{
	struct world *world = begin(state, FRAMES);
	pthread_t thread;
	void *result;

	write_all(world, 1);
	assert_int_equal(
		pthread_create(&thread, NULL, use_in_thread, world), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, world);
	assert_true(has_all(world, 2));
	end(world);
}

#define EACH(test)                                                             \
	cmocka_unit_test_prestate(test, (void *)&live_kinds[0]),               \
		cmocka_unit_test_prestate(test, (void *)&live_kinds[1])

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_live),
		EACH(test_create),
		EACH(test_paging),
		EACH(test_map),
		EACH(test_protection),
		EACH(test_discard),
		EACH(test_store_fails),
		EACH(test_swap_full),
		EACH(test_few_frames),
		EACH(test_calls),
		EACH(test_private),
		EACH(test_fork),
		EACH(test_deaths),
		EACH(test_no_memory),
		/* last: from then on the process has had threads */
		EACH(test_thread),
		EACH(test_paging),
		EACH(test_few_frames),
		EACH(test_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
