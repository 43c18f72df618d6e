/*
 * Asks the tool for something: SELFPAGE_MARK without the mark.  Where no tool
 * looks on these are six instructions that do nothing.
 *
 * Under the licence of the project (BSD-2-Clause), as what includes it is.
 */
#ifndef PAGETRACE_ASK_H
#define PAGETRACE_ASK_H

#include <stdint.h>

#include "pagetrace/protocol.h"

static inline void pagetrace_ask(uint64_t request, uint64_t argument)
{
	volatile uint64_t words[6] = {request, argument};
	uint64_t result = 0;

	__asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi\n\t"
			 "rolq $61, %%rdi; rolq $51, %%rdi\n\t"
			 "xchgq %%rbx, %%rbx"
			 : "+d"(result)
			 : "a"(&words[0])
			 : "cc", "memory");
}

#endif
