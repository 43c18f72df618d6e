/*
 * Recording a program: what the engines get, and what they give back.
 *
 *     record-command.c      options in, messages and exit status out
 *       record-lackey.c     engine: Valgrind's Lackey and its text
 *       record-pagetrace.c  engine: our own Valgrind tool and its rings
 *       record-perf.c       engine: the kernel's perf events
 *         record-program.c  starts the program, passes signals on to it
 *         record-trace.c    one process's trace: stack, skip, limit, reduction
 */
#ifndef TRACER_RECORD_H
#define TRACER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/message.h"
#include "tracer/trace.h"

/* A place in a program's course: a mark, or else a number of references. */
struct record_place {
	const char *mark; /* NULL: none */
	uint64_t references;
};

struct record_job {
	const char *engine;	   /* path of what records */
	const char *tool;	   /* what the trace says it was made with */
	char **argv;		   /* the program and its arguments */
	const char *arguments;	   /* of it, shell-quoted */
	const char *output;	   /* the trace; those of children beside it */
	unsigned kinds;		   /* set of enum trace_kind to keep */
	uint32_t reduce;	   /* K; 0, 1: none */
	struct record_place skip;  /* references 0: from the start */
	struct record_place limit; /* from there; references 0: to the end */
	bool no_forks;		   /* children are not recorded */
	bool follow_exec;
	uint64_t period; /* perf: one load or store in so many; 0: faults */
	/* What the references are, and whether they tell writes apart: set by
	 * engines that do not see every one. */
	enum trace_fidelity fidelity;
	bool no_writes;
	/* Now and then: references so far, of all processes. */
	void (*tick)(void *context, uint64_t references);
	/* A line for the user, without its newline. */
	void (*talk)(void *context, const char *line, size_t bytes);
	void *context;
};

/* A trace that was made, or not. */
struct record_output {
	struct record_output *next;
	char *path;
	pid_t process;
	uint64_t references;
	uint64_t children; /* forked, not recorded */
	char *exec;	   /* what it became, not recorded; or NULL */
	int error;	   /* it could not be written: */
	struct message message;
};

struct record_result {
	int wait_status; /* as of waitpid */
	int error;	 /* 0, or why the program was ended */
	bool outlived;	 /* children went on, and were left alone */
	struct record_output *outputs; /* the program's own first */
};

void record_result_free(struct record_result *result);

/*
 * "T.spt" and 812 -> "T.812.spt"; where OUTPUTS have one already, of a process
 * that became another program, "T.812.2.spt"; the first of all is "T.spt".
 * To be freed; NULL: no memory.
 */
char *record_output_name(const struct record_job *job,
	const struct record_output *outputs, pid_t process);

/* What the trace of a forked child will be called: as above, but without the
 * folder.  A child has just got its number, so there is none before it. */
void record_child_name(
	const struct record_job *job, pid_t child, char *name, size_t bytes);

#endif
