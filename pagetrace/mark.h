/*
 * A mark in the program's trace: SELFPAGE_MARK("sorted");
 *
 * Under `selfpage record` it becomes an event of the trace, which
 * `selfpage record --skip @sorted` and --limit @sorted wait for, and hints for
 * @sorted go by; under `selfpage run` hints for @sorted are given.  By itself
 * it is six instructions that do nothing, and a test of a pointer.  For x86-64
 * and GNU C (and C++).
 *
 * Installed as selfpage-mark.h; under the project's licence (BSD-2-Clause).
 */
#ifndef SELFPAGE_MARK_H
#define SELFPAGE_MARK_H

/* 'S', 'P': how Valgrind tells which tool a request is for. */
#define SELFPAGE_MARK_REQUEST 0x53500001ul

/* The library of `selfpage run`, if it is there: a weak symbol, by way of the
 * global offset table, so that it is looked up when the program is loaded, in
 * programs of fixed addresses as well. */
#define SELFPAGE_MARK_HEARD(heard)                                             \
	__asm__(".weak selfpage_mark_heard\n\t"                                \
		"movq selfpage_mark_heard@GOTPCREL(%%rip), %0"                 \
		: "=r"(heard))

/* Four rotations of %rdi that come to 128 bits, and an exchange of %rbx with
 * itself: Valgrind takes the six words at %rax for a request. */
#define SELFPAGE_MARK(name)                                                    \
	do {                                                                   \
		volatile unsigned long selfpage_request[6] = {                 \
			SELFPAGE_MARK_REQUEST, (unsigned long)(name)};         \
		unsigned long selfpage_result = 0;                             \
		void (*selfpage_heard)(const char *);                          \
		__asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi\n\t"         \
				 "rolq $61, %%rdi; rolq $51, %%rdi\n\t"        \
				 "xchgq %%rbx, %%rbx"                          \
				 : "+d"(selfpage_result)                       \
				 : "a"(&selfpage_request[0])                   \
				 : "cc", "memory");                            \
		SELFPAGE_MARK_HEARD(selfpage_heard);                           \
		if (selfpage_heard)                                            \
			selfpage_heard(name);                                  \
	} while (0)

#endif
