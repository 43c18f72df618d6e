/* What lackey.c (references) and lackey-talk.c (the other lines) share. */
#ifndef TRACER_LACKEY_IMPL_H
#define TRACER_LACKEY_IMPL_H

#include "tracer/lackey-maps.h"
#include "tracer/lackey.h"

#define LACKEY_ARGUMENTS 6

/* A system call that was begun; its result may come lines later. */
struct lackey_call {
	long number;
	uint64_t argument[LACKEY_ARGUMENTS];
	const char *path; /* of open: one of the maps' names, or NULL */
};

/* How a reference's line begins: three characters, and what they mean. */
struct lackey_line {
	uint32_t head;
	uint32_t count, kinds;
};

struct lackey {
	struct lackey_line line[32]; /* by the low bits of the 2nd character */
	unsigned page_shift;
	bool strict;
	uint64_t lines, references;

	struct lackey_maps maps;
	uint64_t heap_start, heap_end;
	const char **file; /* by the program's file descriptor; or NULL */
	size_t files;
	struct lackey_call *call; /* by Valgrind's thread id */
	size_t calls;
	uint32_t call_thread; /* who made the last call */

	uint64_t children;
	const char *exec;	  /* what the last execve named */
	uint64_t exec_references; /* how many there were before it */

	struct runs runs;
};

/* A line that is no reference. 1: it is one of Valgrind's that we know,
 * 0: it is not; or the sink's error. */
int lackey_talk(struct lackey *lackey, const char *line, size_t bytes);

#endif
