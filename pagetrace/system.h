/*
 * System calls that Valgrind's public headers have no function for.  The
 * tool is linked without a C library.
 */
#ifndef PAGETRACE_SYSTEM_H
#define PAGETRACE_SYSTEM_H

#include <pub_tool_basics.h>

#define SYSTEM_MMAP 9
#define SYSTEM_SHMGET 29
#define SYSTEM_SHMAT 30
#define SYSTEM_SHMCTL 31
#define SYSTEM_FCNTL 72
#define SYSTEM_FUTEX 202

/* The result, or -errno. */
static inline Word system_call(
	UInt number, UWord a, UWord b, UWord c, UWord d, UWord e, UWord f)
{
	Word result;
	register UWord r10 __asm__("r10") = d;
	register UWord r8 __asm__("r8") = e;
	register UWord r9 __asm__("r9") = f;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((UWord)number), "D"(a), "S"(b), "d"(c), "r"(r10),
			 "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#endif
