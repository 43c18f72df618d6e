/*
 * Signals of a program whose system calls are looked at.
 *
 * 1. SIGSEGV, SIGBUS and SIGSYS are the pager's and the front's: what the
 *    program says of them is kept, and followed for what is the program's.
 * 2. They are never blocked.  The program sees the mask that it has set.
 * 3. A handler of the program's runs outside, and its system calls are looked
 *    at, whatever it has interrupted.
 * 4. A thread's alternate stack is ours; the program sees the one it has set.
 *    A handler that asks for it (SA_ONSTACK) runs on ours.
 */
#ifndef LIVE_SIGNALS_H
#define LIVE_SIGNALS_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

/* SIGBUS, SIGSEGV and SIGSYS in a mask of the system's. */
extern const uint64_t signals_ours;

/* Takes the handlers over that are there, the pager's among them; SIGSYS goes
 * to FRONT. */
void signals_start(void (*front)(int, siginfo_t *, void *));

/* The calls rt_sigaction, rt_sigprocmask and sigaltstack, by their arguments;
 * CONTEXT is the caller's. */
long signals_call_action(const uint64_t *arguments);
long signals_call_mask(const uint64_t *arguments, ucontext_t *context);
long signals_call_stack(const uint64_t *arguments);

/* Does with SIGNAL, one of ours that is not for us, what the program wants. */
void signals_pass(int signal, siginfo_t *info, void *context);

/* Sets the thread's mask, one of the system's; what is ours stays unblocked. */
void signals_set_mask(uint64_t mask);

/* The mask that CONTEXT goes on with. */
uint64_t signals_context_mask(const ucontext_t *context);

#endif
