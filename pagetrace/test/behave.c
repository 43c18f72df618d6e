/*
 * A program that does on demand what recording must bear:
 *
 *	behave WHAT [ARGUMENT]
 */
#include <config.h> /* GNU extensions */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pagetrace/mark.h"

#define PAGE 4096

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static char *map(size_t bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	return at;
}

/* Reads and writes that lie over page borders, of all sizes; exchanges; and
 * those that instructions make by themselves. */
static int accesses(void)
{
	char *at = map(8 * PAGE);
	volatile uint64_t *word = (void *)(at + PAGE - 3);
	unsigned __int128 *pair = (void *)(at + 2 * PAGE);
	uint64_t sum = 0;

	*word = 5;
	*word += 7;
	sum += *word;
	sum += *(volatile uint16_t *)(at + 2 * PAGE - 1);
	memset(at + 3 * PAGE - 100, 1, 2 * PAGE);
	__asm__ volatile("rep movsb"
			 :
			 : "D"(at + 5 * PAGE - 40), "S"(at), "c"(80)
			 : "memory");
	__asm__ volatile("movdqu (%0), %%xmm0; movdqu %%xmm0, (%1)"
			 :
			 : "r"(at + PAGE - 8), "r"(at + 4 * PAGE - 5)
			 : "xmm0", "memory");
	__asm__ volatile("fxsave (%0)" : : "r"(at + 7 * PAGE) : "memory");
	__atomic_fetch_add((uint64_t *)at, 3, __ATOMIC_SEQ_CST);
	__sync_bool_compare_and_swap((uint64_t *)at, sum, 9);
	__asm__ volatile("lock cmpxchg16b %0"
			 : "+m"(*pair)
			 : "a"(0ul), "d"(0ul), "b"(1ul), "c"(2ul)
			 : "cc");
	for (int i = 0; i < 1000; i++)
		if ((i & 3) && at[i] == 0)
			at[i] = (char)i;
	return (int)(sum & 0);
}

/* ---- threads ---- */

static void *touch_pages(void *context)
{
	volatile char *at = context;

	for (int round = 0; round < 50; round++)
		for (int i = 0; i < 64; i++)
			at[i * PAGE]++;
	return NULL;
}

static int threads(void)
{
	pthread_t thread[4];

	for (int i = 0; i < 4; i++)
		if (pthread_create(
			    &thread[i], NULL, touch_pages, map(64 * PAGE)) != 0)
			fail("pthread_create");
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	return 0;
}

/* ---- processes ---- */

static int forks(void)
{
	volatile char *at = map(64 * PAGE);
	int status;
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	touch_pages((void *)at);
	if (child == 0)
		_exit(3);
	if (waitpid(child, &status, 0) != child)
		fail("waitpid");
	return WIFEXITED(status) && WEXITSTATUS(status) == 3 ? 0 : 1;
}

static int execs(char **arguments)
{
	execvp(arguments[0], arguments);
	fail(arguments[0]);
	return 1;
}

static int kill_itself(void)
{
	touch_pages(map(64 * PAGE));
	kill(getpid(), SIGKILL);
	return 1;
}

/* ---- the stack ---- */

static int recurse(int depth)
{
	volatile char frame[PAGE];

	frame[0] = (char)depth;
	return depth == 0 ? 0 : recurse(depth - 1) + frame[0];
}

static int overflow(void)
{
	return recurse(1 << 30);
}

/* ---- faults ---- */

static sigjmp_buf before_fault;
static char *closed;

static void open_page(int signal)
{
	(void)signal;
	mprotect(closed, PAGE, PROT_READ | PROT_WRITE);
}

static void jump_out(int signal)
{
	(void)signal;
	siglongjmp(before_fault, 1);
}

/* Faults that a handler mends, or jumps out of. */
static int faults(void)
{
	volatile char sum = 0;

	closed = map(4 * PAGE);
	closed[PAGE] = 1;
	for (int i = 0; i < 10; i++) {
		signal(SIGSEGV, open_page);
		mprotect(closed, PAGE, PROT_NONE);
		sum += closed[PAGE] + closed[i];
		signal(SIGSEGV, jump_out);
		mprotect(closed, PAGE, PROT_NONE);
		if (sigsetjmp(before_fault, 1) == 0)
			sum += closed[PAGE] + closed[i] + closed[2 * PAGE];
	}
	return sum & 0;
}

/* ---- memory ---- */

/* Maps of 2 MiB and more, aligned, moved, cut, closed, given back. */
static int maps(void)
{
	size_t huge = 2 << 20;
	char *at = map(4 * huge);
	char *aligned = (char *)(((uintptr_t)at + huge - 1) & ~(huge - 1));

	madvise(aligned, huge, MADV_HUGEPAGE);
	for (size_t i = 0; i < huge; i += PAGE)
		aligned[i] = 1;
	at = map(huge);
	at[PAGE] = 1;
	map(PAGE); /* it cannot grow where it is */
	at = mremap(at, huge, 8 * huge, MREMAP_MAYMOVE);
	if (at == MAP_FAILED)
		fail("mremap");
	at[PAGE]++;
	at[8 * huge - 1] = 1;
	mprotect(at, huge, PROT_READ);
	munmap(at + huge, huge);
	if (sbrk(1 << 20) == (void *)-1)
		fail("sbrk");
	return 0;
}

static __attribute__((noinline)) char *ask_for_rows(size_t bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		fail("mmap");
	return at;
}

static __attribute__((noinline)) char *ask_for_table(size_t bytes)
{
	char *at = malloc(bytes);

	if (at == NULL)
		fail("malloc");
	memset(at, 1, bytes);
	return at;
}

static void give_name(char *at, size_t bytes, const char *name)
{
	/* a kernel may not know of it */
	prctl(0x53564d41, 0, at, bytes, name);
}

/* Maps whose makers are known; some get names, one is moved; and a child has
 * them all. */
static int names(void)
{
	char *rows = ask_for_rows(8 * PAGE), *table = ask_for_table(1 << 20);

	give_name(rows + 4 * PAGE, 2 * PAGE, "columns");
	give_name(rows, PAGE, "no]name");
	give_name(sbrk(0), PAGE, "nothing is there");
	rows = mremap(rows, 4 * PAGE, 1 << 24, MREMAP_MAYMOVE);
	if (rows == MAP_FAILED)
		fail("mremap");
	rows[0] = table[PAGE];
	if (fork() == 0)
		_exit(0);
	if (wait(NULL) < 0)
		fail("wait");
	give_name(rows, PAGE, NULL);
	return 0;
}

/* Writes code, runs it, and changes it, over and over. */
static int jit(void)
{
	/* mov $N, %eax; ret */
	unsigned char code[] = {0xb8, 0, 0, 0, 0, 0xc3};
	unsigned char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int sum = 0;

	if (at == MAP_FAILED)
		fail("mmap");
	for (int i = 0; i < 2000; i++) {
		int (*run)(void);

		memcpy(code + 1, &i, sizeof(i));
		memcpy(at + i % 100 * 8, code, sizeof(code));
		run = (int (*)(void))(uintptr_t)(at + i % 100 * 8);
		sum += run() == i;
	}
	return sum == 2000 ? 0 : 1;
}

/* Hands pages to the kernel that nobody else touches. */
static int kernel(void)
{
	char *at = map(8 * PAGE);
	void *volatile nowhere = (void *)8;
	int ends[2];

	if (pipe(ends) != 0)
		fail("pipe");
	if (write(ends[1], at, 2 * PAGE) != 2 * PAGE)
		fail("write");
	if (read(ends[0], at + 4 * PAGE, 2 * PAGE) != 2 * PAGE)
		fail("read");
	/* What cannot be read is the kernel's business, not the recorder's. */
	if (write(ends[1], nowhere, 100) >= 0 || errno != EFAULT)
		fail("a bad address");
	return 0;
}

static int marks(void)
{
	char *at = map(3 * PAGE);

	at[0] = 1;
	SELFPAGE_MARK("begin");
	at[PAGE] = 1;
	SELFPAGE_MARK("end");
	at[2 * PAGE] = 1;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} things[] = {
		{"accesses", accesses},
		{"threads", threads},
		{"forks", forks},
		{"killed", kill_itself},
		{"overflow", overflow},
		{"faults", faults},
		{"maps", maps},
		{"jit", jit},
		{"kernel", kernel},
		{"marks", marks},
		{"names", names},
	};

	if (argc > 2 && strcmp(argv[1], "execs") == 0)
		return execs(argv + 2);
	for (size_t i = 0; argc > 1 && i < sizeof(things) / sizeof(*things);
		i++)
		if (strcmp(argv[1], things[i].name) == 0)
			return things[i].run();
	fprintf(stderr, "behave: it does not know how\n");
	return 2;
}
