/*
 * The library in a program that `selfpage run` has started: what its parts
 * share.
 *
 *     program     malloc, mmap           system calls       signals
 *                    |                        |                |
 *     here        malloc.c, maps.c       front.c          signals.c
 *                    |                        |                |
 *     the pager   selfpage_map, ...      selfpage_fault_in  its handler
 *
 * 1. The pager and the C library work on memory that is not paged.  `inside`
 *    of a thread is not 0 while it works for the pager: then malloc is the C
 *    library's own, maps are the system's, and system calls are not looked at.
 * 2. A thread's `selector` is what the system looks at before each of its
 *    calls: LIVE_ALLOW while it is inside.
 * 3. While a thread is inside no handler of the program runs in it, but where
 *    the front waits in a system call for the program.
 */
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live/settings.h"

struct heap;
struct selfpage;
struct selfpage_space;

/* As the system wants them. */
enum { LIVE_ALLOW = 0, LIVE_BLOCK = 1 };

/* What a thread has of its own, in memory that is not paged. */
struct live_thread {
	volatile char selector; /* LIVE_ALLOW, LIVE_BLOCK */
	bool dispatched;	/* the system looks at it */
	unsigned inside;
	char *bounce; /* BOUNCE_BYTES for what system calls are given */
	size_t bounce_used;
	uintptr_t outermost;  /* where the front's first frame lies */
	stack_t wanted_stack; /* what the program believes it to be */
	uint64_t wanted_mask; /* signals it believes to have blocked */
	uint64_t mask;	      /* while inside: the thread's own */
	int cancel_state;     /* while inside: the thread's own */
	int id;
};

/* The process's only one: a library that is preloaded has nobody to hand it a
 * context. */
struct live {
	struct live_shared *shared; /* NULL: not started */
	struct selfpage *pager;	    /* NULL: not paged */
	struct selfpage_space *space;
	struct heap *heap;
	uint64_t heap_named; /* its end, as names.c has told it */
	int settings_fd;
};

extern struct live live;
extern _Thread_local struct live_thread live_thread
	__attribute__((tls_model("initial-exec")));

/* Whether BYTES bytes from ADDRESS on are, in part, where paged memory lies. */
static inline bool live_is_ours(uint64_t address, uint64_t bytes)
{
	return (address < LIVE_HEAP_BASE + LIVE_HEAP_BYTES &&
		       address + bytes > LIVE_HEAP_BASE) ||
	       (address < LIVE_MAPS_BASE + LIVE_MAPS_BYTES &&
		       address + bytes > LIVE_MAPS_BASE);
}

/*
 * The calling thread goes in, and out again; they nest.  Inside it is not
 * cancelled: that would leave the pager's work half done.
 */
void live_go_in(void);
void live_go_out(void);

/* Inside, for a system call of the program's: it may be cancelled, here and
 * until that is forbidden again. */
void live_let_cancel(void);

/* The same around whatever works for the pager, with all signals blocked but
 * those of faults. */
void live_enter(void);
void live_leave(void);

/* Keeps a sentence for the command to print, each once. */
void live_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A system call, not looked at while inside: its value or -errno. */
static inline long live_call(long number, uint64_t a, uint64_t b, uint64_t c,
	uint64_t d, uint64_t e, uint64_t f)
{
	register uint64_t r10 __asm__("r10") = d;
	register uint64_t r8 __asm__("r8") = e;
	register uint64_t r9 __asm__("r9") = f;
	long value;

	__asm__ volatile("syscall"
			 : "=a"(value)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			 "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return value;
}

#endif
