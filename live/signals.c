/* Signals: see signals.h. */
#include <config.h>

#include "live/signals.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "live/copy.h"
#include "live/faults.h"
#include "live/gate.h"
#include "live/live.h"
#include "mm/selfpage.h"

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

enum {
	SIGNALS = 65,
	MASK_BYTES = 8,
	RESTORER = 0x04000000, /* SA_RESTORER */
};

/* As the system has it. */
struct action {
	void (*handler)(int, siginfo_t *, void *);
	uint64_t flags;
	const char *restorer;
	uint64_t mask;
};

const uint64_t signals_ours = BIT(SIGBUS) | BIT(SIGSEGV) | BIT(SIGSYS);

/* What the program wants, by signal; and what the pager has installed. */
static struct action wanted[SIGNALS];
static struct action pager[SIGNALS];

static void (*const by_default)(int, siginfo_t *, void *) = (void *)SIG_DFL;
static void (*const ignored)(int, siginfo_t *, void *) = (void *)SIG_IGN;

static bool is_ours(int signal)
{
	return signals_ours & BIT(signal);
}

static bool is_handler(const struct action *action)
{
	return action->handler != by_default && action->handler != ignored;
}

static long set_action(
	int signal, const struct action *action, struct action *old)
{
	return live_call(SYS_rt_sigaction, signal, (uint64_t)action,
		(uint64_t)old, MASK_BYTES, 0, 0);
}

void signals_set_mask(uint64_t mask)
{
	mask &= ~signals_ours;
	live_call(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&mask, 0,
		MASK_BYTES, 0, 0);
}

uint64_t signals_context_mask(const ucontext_t *context)
{
	uint64_t mask;

	memcpy(&mask, &context->uc_sigmask, sizeof(mask));
	return mask;
}

/* ---- inside and out ---- */

void live_go_in(void)
{
	live_thread.selector = LIVE_ALLOW;
	if (live_thread.inside++ == 0)
		pthread_setcancelstate(
			PTHREAD_CANCEL_DISABLE, &live_thread.cancel_state);
}

void live_go_out(void)
{
	if (--live_thread.inside > 0)
		return;
	live_thread.selector = live_thread.dispatched ? LIVE_BLOCK : LIVE_ALLOW;
	/* which may be the thread's end */
	pthread_setcancelstate(live_thread.cancel_state, NULL);
}

void live_let_cancel(void)
{
	const struct live_thread was = live_thread;

	/* if this is the thread's end, it ends outside */
	live_thread.inside = 0;
	live_thread.selector = live_thread.dispatched ? LIVE_BLOCK : LIVE_ALLOW;
	pthread_setcancelstate(was.cancel_state, NULL);
	live_thread.selector = was.selector;
	live_thread.inside = was.inside;
}

void live_enter(void)
{
	uint64_t all = ~signals_ours;

	live_go_in();
	if (live_thread.inside > 1)
		return;
	live_call(SYS_rt_sigprocmask, SIG_SETMASK, (uint64_t)&all,
		(uint64_t)&live_thread.mask, MASK_BYTES, 0, 0);
}

void live_leave(void)
{
	if (live_thread.inside == 1)
		signals_set_mask(live_thread.mask);
	live_go_out();
}

/* Runs a handler of the program's, which may not come back (longjmp, the end
 * of the thread). */
static void run_handler(
	const struct action *action, int signal, siginfo_t *info, void *context)
{
	const struct live_thread was = live_thread;

	live_thread.inside = 0;
	live_thread.selector = live_thread.dispatched ? LIVE_BLOCK : LIVE_ALLOW;
	if (was.inside > 0)
		pthread_setcancelstate(was.cancel_state, NULL);
	action->handler(signal, info, context);
	live_thread.selector = was.selector;
	live_thread.inside = was.inside;
	live_thread.mask = was.mask;
	if (was.inside > 0)
		pthread_setcancelstate(
			PTHREAD_CANCEL_DISABLE, &live_thread.cancel_state);
}

/* ---- handlers ---- */

/* Of all signals that are not ours. */
static void on_signal(int signal, siginfo_t *info, void *context)
{
	struct action action = wanted[signal];

	if (action.flags & SA_RESETHAND)
		wanted[signal].handler = by_default;
	if (is_handler(&action))
		run_handler(&action, signal, info, context);
}

/* What ends the program is told, as it may be the pager's doing. */
static void tell_end(int signal, const siginfo_t *info, const void *context)
{
	const greg_t *gregs = ((const ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t address = (uint64_t)info->si_addr;
	const char *name = sigabbrev_np(signal);

	__atomic_fetch_add(&live.shared->figures.ends, 1, __ATOMIC_RELAXED);
	if (info->si_code <= 0)
		live_say("SIG%s, which process %d has sent, ended the program",
			name, (int)info->si_pid);
	else if (signal == SIGSYS)
		live_say("SIGSYS ended the program: it forbids itself system "
			 "call %d (seccomp)",
			info->si_syscall);
	else
		live_say("SIG%s ended the program: 0x%llx, %s memory%s%s, was "
			 "used by the instruction at 0x%llx",
			name, (unsigned long long)address,
			live_is_ours(address, 1) ? "paged" : "not paged",
			info->si_errno ? ": " : "",
			info->si_errno ? strerrordesc_np(info->si_errno) : "",
			(unsigned long long)gregs[REG_RIP]);
}

/* Ends the program as it would have ended. */
static void die(int signal, const siginfo_t *info, const void *context)
{
	const struct action action = {.handler = by_default};

	tell_end(signal, info, context);
	set_action(signal, &action, NULL);
	if (info->si_code <= 0)
		live_call(SYS_tkill, gettid(), signal, 0, 0, 0, 0);
}

void signals_pass(int signal, siginfo_t *info, void *context)
{
	struct action action = wanted[signal];
	uint64_t mask = signals_context_mask(context) | action.mask;

	if (info->si_code > 0 && copy_ends(context))
		return;
	if (action.handler == ignored && info->si_code <= 0)
		return;
	if (!is_handler(&action)) {
		die(signal, info, context);
		return;
	}
	if (action.flags & SA_RESETHAND)
		wanted[signal].handler = by_default;
	signals_set_mask(mask);
	run_handler(&action, signal, info, context);
	signals_set_mask(~UINT64_C(0));
}

/* SIGSEGV and SIGBUS: the pager's handler is not to be looked at. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
	uint64_t start;

	live_go_in();
	start = __rdtsc();
	pager[signal].handler(signal, info, context);
	faults_end(__rdtsc() - start);
	live_go_out();
}

/* ---- taking over ---- */

static uint64_t ours_to_flags(uint64_t flags)
{
	return flags | SA_SIGINFO | RESTORER;
}

/* Has the system call on_signal for what the program wants. */
static long install(int signal)
{
	struct action action = wanted[signal];

	if (is_handler(&action)) {
		action.handler = on_signal;
		action.flags = ours_to_flags(action.flags);
		action.restorer = live_gate_return;
		action.mask &= ~signals_ours;
	}
	return set_action(signal, &action, NULL);
}

static void take_fault(int signal)
{
	const struct sigaction pass = {
		.sa_sigaction = signals_pass,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};
	struct sigaction old;
	struct action action;

	/* what was set before the pager came is the program's */
	selfpage_live_sigaction(signal, &pass, &old);
	wanted[signal] = (struct action){
		.handler = old.sa_sigaction,
		.flags = old.sa_flags,
	};
	set_action(signal, NULL, &action);
	pager[signal] = action;
	action.handler = on_fault;
	action.flags = ours_to_flags(action.flags);
	action.restorer = live_gate_return;
	set_action(signal, &action, NULL);
}

void signals_start(void (*front)(int, siginfo_t *, void *))
{
	const struct action calls = {
		.handler = front,
		.flags = ours_to_flags(SA_ONSTACK),
		.restorer = live_gate_return,
		.mask = ~signals_ours,
	};

	for (int signal = 1; signal < SIGNALS; signal++) {
		if (is_ours(signal))
			continue;
		set_action(signal, NULL, &wanted[signal]);
		if (is_handler(&wanted[signal]))
			install(signal);
	}
	set_action(SIGSYS, &calls, NULL);
	take_fault(SIGBUS);
	take_fault(SIGSEGV);
}

/* ---- the calls ---- */

long signals_call_action(const uint64_t *arguments)
{
	int signal = (int)arguments[0];
	struct action new, old;
	long error = 0;

	if (signal < 1 || signal >= SIGNALS || arguments[3] != MASK_BYTES ||
		(arguments[1] != 0 && (signal == SIGKILL || signal == SIGSTOP)))
		return -EINVAL;
	old = wanted[signal];
	if (arguments[1] != 0) {
		error = copy_in(&new, arguments[1], sizeof(new));
		if (error)
			return error;
		wanted[signal] = new;
		if (!is_ours(signal))
			error = install(signal);
	}
	if (!error && arguments[2] != 0)
		error = copy_out(arguments[2], &old, sizeof(old));
	return error;
}

long signals_call_mask(const uint64_t *arguments, ucontext_t *context)
{
	uint64_t old = (signals_context_mask(context) & ~signals_ours) |
		       live_thread.wanted_mask;
	uint64_t set, mask = old;
	long error;

	if (arguments[3] != MASK_BYTES)
		return -EINVAL;
	if (arguments[1] != 0) {
		error = copy_in(&set, arguments[1], sizeof(set));
		if (error)
			return error;
		switch ((int)arguments[0]) {
		case SIG_BLOCK:
			mask |= set;
			break;
		case SIG_UNBLOCK:
			mask &= ~set;
			break;
		case SIG_SETMASK:
			mask = set;
			break;
		default:
			return -EINVAL;
		}
		live_thread.wanted_mask = mask & signals_ours;
		mask &= ~signals_ours;
		memcpy(&context->uc_sigmask, &mask, sizeof(mask));
	}
	return arguments[2] ? copy_out(arguments[2], &old, sizeof(old)) : 0;
}

long signals_call_stack(const uint64_t *arguments)
{
	stack_t old = live_thread.wanted_stack, new;
	long error;

	if (old.ss_sp == NULL)
		old.ss_flags = SS_DISABLE;
	if (arguments[0] != 0) {
		error = copy_in(&new, arguments[0], sizeof(new));
		if (error)
			return error;
		if (new.ss_flags & SS_DISABLE)
			new = (stack_t){0};
		live_thread.wanted_stack = new;
	}
	return arguments[1] ? copy_out(arguments[1], &old, sizeof(old)) : 0;
}
