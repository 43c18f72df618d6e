/* Signals of faults: see live-signal.h. */
#include "config.h"

#include "mm/live-signal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <x86intrin.h>

enum {
	GUARD_BYTES = 4096,
	STACK_BYTES = (256 << 10) - GUARD_BYTES,
	WRITE_ACCESS = 2, /* in a page fault's error code */
};

static const uint64_t magic = UINT64_C(0x70a6e57ac4b10c5);

/* At the low end of a stack of ours, where it grows to last. */
struct live_thread {
	uint64_t magic;
	uint64_t registers; /* at the last fault */
	unsigned repeats;
	bool inside; /* the handler */
};

/* A process has one set of handlers. */
static struct {
	pthread_mutex_t lock; /* guards changes */
	struct live_listener *listeners;
	uint32_t walkers; /* handlers that are looking through them */
	bool prepared;	  /* key and fork handlers: once and for ever */
	pthread_key_t key;
	struct sigaction segv, bus; /* the program's own */
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct sigaction *action_of(int number)
{
	if (number == SIGSEGV)
		return &process.segv;
	return number == SIGBUS ? &process.bus : NULL;
}

/* A line, which is made without what could allocate. */
struct line {
	char text[200];
	size_t length;
};

static void add_text(struct line *line, const char *text)
{
	while (*text && line->length < sizeof(line->text))
		line->text[line->length++] = *text++;
}

static void add_address(struct line *line, uintptr_t address)
{
	char digits[] = "000000000000";
	unsigned i;

	for (i = 0; i < 12; i++)
		digits[11 - i] = "0123456789abcdef"[address >> 4 * i & 15];
	add_text(line, digits);
}

/* ERROR: -errno, or 0. */
static void say(const char *what, uintptr_t address, int error)
{
	struct line line = {.length = 0};
	const char *why = error ? strerrordesc_np(-error) : NULL;
	ssize_t written;

	add_text(&line, "selfpage: ");
	add_text(&line, what);
	add_text(&line, " at 0x");
	add_address(&line, address);
	add_text(&line, why ? ": " : "");
	add_text(&line, why ? why : "");
	add_text(&line, "\n");
	/* there is nobody else to tell */
	written = write(STDERR_FILENO, line.text, line.length);
	(void)written;
}

_Noreturn void live_die(const char *what, uintptr_t address, int error)
{
	say(what, address, error);
	abort();
}

static struct live_thread *find_thread(const ucontext_t *context)
{
	struct live_thread *thread = context->uc_stack.ss_sp;

	if (context->uc_stack.ss_flags & SS_DISABLE ||
		context->uc_stack.ss_size != STACK_BYTES)
		return NULL;
	return thread->magic == magic ? thread : NULL;
}

/* What an instruction starts from. */
static uint64_t hash_registers(const ucontext_t *context)
{
	const greg_t *registers = context->uc_mcontext.gregs;
	uint64_t hash = 0;
	int i;

	for (i = REG_R8; i <= REG_RIP; i++)
		hash = (hash ^ (uint64_t)registers[i]) *
		       UINT64_C(0x9e3779b97f4a7c15);
	return hash;
}

static void note_registers(struct live_thread *thread,
	const ucontext_t *context, struct live_touch *touch)
{
	uint64_t registers = hash_registers(context);

	if (thread->registers == registers)
		thread->repeats++;
	else
		thread->repeats = 0;
	thread->registers = registers;
	touch->thread = thread;
	touch->registers = registers;
	touch->repeats = thread->repeats;
}

/* Asks all until it is somebody's.  SERVER is whose. */
static int ask_listeners(
	const struct live_touch *touch, struct live_listener **server)
{
	struct live_listener *at;
	int result = TOUCH_NOT_OURS;
	bool nested = false;

	__atomic_add_fetch(&process.walkers, 1, __ATOMIC_SEQ_CST);
	at = __atomic_load_n(&process.listeners, __ATOMIC_SEQ_CST);
	for (; at; at = at->next) {
		result = at->touch(at->context, touch);
		if (result == TOUCH_NESTED)
			nested = true;
		else if (result != TOUCH_NOT_OURS)
			break;
	}
	__atomic_sub_fetch(&process.walkers, 1, __ATOMIC_SEQ_CST);
	*server = at;
	return !at && nested ? TOUCH_NESTED : result;
}

/* What the system does: the signal comes again, and ends the process. */
static void act_by_default(int number, siginfo_t *info)
{
	struct sigaction action = {.sa_handler = SIG_DFL};

	/* one that nobody has sent */
	if (number == SIGBUS && info->si_code > 0)
		say(info->si_errno ? "a page can't be had"
				   : "SIGBUS of what is not paged",
			(uintptr_t)info->si_addr, -info->si_errno);
	sigaction(number, &action, NULL);
	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), (pid_t)syscall(SYS_gettid),
		    number, info))
		raise(number);
}

/* The program's handler, with the signals blocked that it wants blocked. */
static void call_program(
	int number, siginfo_t *info, ucontext_t *context, bool asked_for)
{
	struct sigaction action = *action_of(number);
	sigset_t mask = context->uc_sigmask, ours;
	int i;

	if (action.sa_handler == SIG_IGN && asked_for)
		return;
	/* what faults can't be ignored */
	if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) {
		act_by_default(number, info);
		return;
	}
	for (i = 1; i < NSIG; i++)
		if (sigismember(&action.sa_mask, i) > 0)
			sigaddset(&mask, i);
	if (!(action.sa_flags & SA_NODEFER))
		sigaddset(&mask, number);
	if (action.sa_flags & SA_RESETHAND)
		action_of(number)->sa_handler = SIG_DFL;
	pthread_sigmask(SIG_SETMASK, &mask, &ours);
	if (action.sa_flags & SA_SIGINFO)
		action.sa_sigaction(number, info, context);
	else
		action.sa_handler(number);
	pthread_sigmask(SIG_SETMASK, &ours, NULL);
}

/* It was a touch that can't be served, for ERROR. */
static void call_for_error(siginfo_t *info, ucontext_t *context, int error)
{
	bool forbidden = error == -EFAULT || error == -EACCES;
	int number = forbidden ? SIGSEGV : SIGBUS;

	info->si_signo = number;
	info->si_errno = -error;
	if (!forbidden)
		info->si_code = BUS_ADRERR;
	else
		info->si_code = error == -EFAULT ? SEGV_MAPERR : SEGV_ACCERR;
	call_program(number, info, context, false);
}

static void on_signal(int number, siginfo_t *info, void *argument)
{
	uint64_t start = __rdtsc();
	ucontext_t *context = argument;
	struct live_thread *thread = find_thread(context);
	struct live_touch touch = {
		.address = (uintptr_t)info->si_addr,
		.write = context->uc_mcontext.gregs[REG_ERR] & WRITE_ACCESS,
	};
	struct live_listener *server;
	int error = errno, result;

	/* somebody has sent it */
	if (info->si_code <= 0) {
		call_program(number, info, context, true);
		errno = error;
		return;
	}
	if (thread && thread->inside)
		live_die("a fault in the handler of a fault", touch.address, 0);
	if (thread) {
		thread->inside = true;
		note_registers(thread, context, &touch);
	}
	result = ask_listeners(&touch, &server);
	if (thread)
		thread->inside = false;
	if (result == TOUCH_NESTED)
		live_die("a fault of who serves faults", touch.address, 0);
	if (result == TOUCH_SERVED)
		server->took(server->context, __rdtsc() - start);
	else if (result == TOUCH_NOT_OURS)
		call_program(number, info, context, false);
	else
		call_for_error(info, context, result);
	errno = error;
}

static void end_stack(void *stack)
{
	const stack_t none = {.ss_flags = SS_DISABLE};

	sigaltstack(&none, NULL);
	munmap((char *)stack - GUARD_BYTES, GUARD_BYTES + STACK_BYTES);
}

int live_signal_stack(void)
{
	stack_t stack = {.ss_size = STACK_BYTES};
	struct live_thread *thread;
	char *start;

	if (pthread_getspecific(process.key))
		return 0;
	start = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (start == MAP_FAILED)
		return -ENOMEM;
	mprotect(start, GUARD_BYTES, PROT_NONE);
	thread = (struct live_thread *)(start + GUARD_BYTES);
	thread->magic = magic;
	stack.ss_sp = thread;
	if (sigaltstack(&stack, NULL) ||
		pthread_setspecific(process.key, thread)) {
		end_stack(thread);
		return -ENOMEM;
	}
	return 0;
}

static void tell_of_fork(enum live_fork when)
{
	struct live_listener *at;

	for (at = process.listeners; at; at = at->next)
		at->fork(at->context, when);
}

static void before_fork(void)
{
	pthread_mutex_lock(&process.lock);
	tell_of_fork(LIVE_FORK_BEFORE);
}

static void after_fork(void)
{
	tell_of_fork(LIVE_FORK_PARENT);
	pthread_mutex_unlock(&process.lock);
}

static void in_child(void)
{
	/* other threads that were in a handler are not here */
	process.walkers = 0;
	tell_of_fork(LIVE_FORK_CHILD);
	pthread_mutex_unlock(&process.lock);
}

/* The lock is held. */
static int prepare(void)
{
	int error;

	if (process.prepared)
		return 0;
	error = pthread_key_create(&process.key, end_stack);
	if (error)
		return -error;
	error = pthread_atfork(before_fork, after_fork, in_child);
	if (error)
		pthread_key_delete(process.key);
	process.prepared = !error;
	return -error;
}

static void take_signals(void)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		/* a fault in the handler is to be told, not to kill */
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART,
	};

	sigfillset(&action.sa_mask);
	sigdelset(&action.sa_mask, SIGSEGV);
	sigdelset(&action.sa_mask, SIGBUS);
	sigaction(SIGSEGV, &action, &process.segv);
	sigaction(SIGBUS, &action, &process.bus);
}

int live_listen(struct live_listener *listener)
{
	int error;

	pthread_mutex_lock(&process.lock);
	error = prepare();
	if (!error) {
		if (!process.listeners)
			take_signals();
		listener->next = process.listeners;
		__atomic_store_n(
			&process.listeners, listener, __ATOMIC_SEQ_CST);
	}
	pthread_mutex_unlock(&process.lock);
	return error;
}

void live_unlisten(struct live_listener *listener)
{
	struct live_listener **link = &process.listeners;

	pthread_mutex_lock(&process.lock);
	while (*link != listener)
		link = &(*link)->next;
	__atomic_store_n(link, listener->next, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&process.walkers, __ATOMIC_SEQ_CST))
		sched_yield();
	if (!process.listeners) {
		sigaction(SIGSEGV, &process.segv, NULL);
		sigaction(SIGBUS, &process.bus, NULL);
	}
	pthread_mutex_unlock(&process.lock);
}

int live_sigaction(
	int number, const struct sigaction *action, struct sigaction *old_out)
{
	struct sigaction *own = action_of(number);
	struct sigaction old;

	if (!own)
		return -EINVAL;
	pthread_mutex_lock(&process.lock);
	if (process.listeners) {
		old = *own;
		if (action)
			*own = *action;
	} else if (sigaction(number, action, &old)) {
		old.sa_handler = SIG_DFL;
	}
	pthread_mutex_unlock(&process.lock);
	if (old_out)
		*old_out = old;
	return 0;
}
