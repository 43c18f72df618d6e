/* Calls that make, become and end threads and processes: see front.h. */
#include <config.h>

#include "live/front.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live/backing.h"
#include "live/copy.h"
#include "live/faults.h"
#include "live/gate.h"
#include "live/live.h"
#include "live/process.h"
#include "live/signals.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

enum {
	STRINGS_MAX = 1 << 16,
	STRING_MAX = 1 << 17, /* as the system's */
};

/* ---- threads ---- */

/* In the thread, or the process that shares its maker's memory until it
 * becomes another program.  Before anything of the program's. */
void live_gate_child(uint64_t word)
{
	live_thread.inside = 1;
	live_thread.selector = LIVE_ALLOW;
	if (word != 0)
		process_join((char *)word);
	else
		front_join();
	live_thread.inside = 0;
	live_thread.selector = LIVE_BLOCK;
}

/* On the thread's own stack; nothing of it is left but that. */
static void end_thread(long status)
{
	live_thread.inside = 1;
	live_thread.selector = LIVE_ALLOW;
	live_thread.dispatched = false;
	signals_set_mask(~UINT64_C(0));
	live_call(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0, 0);
	process_end_thread();
	for (;;)
		live_call(SYS_exit, status, 0, 0, 0, 0, 0);
}

static enum front_result call_exit(struct front *front)
{
	if (live_thread.bounce == NULL || process_is_guest() ||
		live_thread.id == getpid())
		return FRONT_PLAIN;
	front_leave_to(front, end_thread, (long)front->argument[0]);
	return FRONT_GOES_ON;
}

/* A thread, or a process that shares memory: it goes on on a stack of its
 * own, with what the gate wants there. */
static enum front_result call_thread(struct front *front, long *value_out)
{
	greg_t *gregs = front->context->uc_mcontext.gregs;
	uint64_t flags = front->argument[0];
	uint64_t frame[2] = {gregs[REG_RIP], 0};
	uint64_t place = front->argument[1] - GATE_FRAME;
	char *bounce = NULL;
	long error;

	if (!(flags & (CLONE_SETTLS | CLONE_VFORK))) {
		live_say("clone: a thread without memory of its own (no "
			 "CLONE_SETTLS) can't be paged: the program was told "
			 "ENOSYS");
		*value_out = -ENOSYS;
		return FRONT_DONE;
	}
	if (flags & CLONE_SETTLS) {
		bounce = bounce_make();
		frame[1] = (uint64_t)bounce;
	}
	error = (flags & CLONE_SETTLS) && bounce == NULL ? -EAGAIN : 0;
	if (!error)
		error = copy_out(place, frame, sizeof(frame));
	if (error) {
		bounce_free(bounce);
		*value_out = error;
		return FRONT_DONE;
	}
	gregs[REG_RSI] = (greg_t)place;
	front_go_on_at(front, live_gate_clone);
	return FRONT_GOES_ON;
}

/* ---- processes ---- */

/*
 * Here, as the child must not touch paged memory before the pager has taken
 * it over.  vfork's child shares its parent's stack: it is made a fork, which
 * costs more and does the same.
 */
static enum front_result call_fork(struct front *front, long *value_out)
{
	uint64_t *word = front->argument;
	long value;

	if (front->number != SYS_clone) {
		memset(word, 0, sizeof(front->argument));
		word[0] = SIGCHLD;
	}
	process_before_fork();
	value = live_call(SYS_clone,
		word[0] & ~(uint64_t)(CLONE_VM | CLONE_VFORK), 0, word[2],
		word[3], word[4], 0);
	process_after_fork(value == 0);
	*value_out = value;
	return FRONT_DONE;
}

static enum front_result call_clone(struct front *front, long *value_out)
{
	uint64_t flags = front->argument[0];

	if (front->argument[1] == 0)
		return call_fork(front, value_out);
	if (flags & CLONE_VM)
		return call_thread(front, value_out);
	live_say("clone: a process on a stack of its own can't be paged: the "
		 "program was told ENOSYS");
	*value_out = -ENOSYS;
	return FRONT_DONE;
}

/* ---- exec ---- */

/* A list of strings.  With room for MORE at its end, each of them is a copy:
 * it will be looked at. */
static long copy_strings(
	struct front *front, uint64_t *list, uint64_t more, uint64_t *count_out)
{
	uint64_t count = 0, word = *list, *copy;
	long error = 0;

	while (*list && !error && word && count < STRINGS_MAX) {
		error = copy_in(
			&word, *list + count * sizeof(word), sizeof(word));
		count += word != 0;
	}
	*count_out = count;
	if (error)
		return error;
	copy = bounce_take(&front->bounce, (count + more + 1) * sizeof(*copy));
	if (copy == NULL)
		return -ENOMEM;
	for (uint64_t i = 0; !error && i < count; i++) {
		error = copy_in(
			&copy[i], *list + i * sizeof(word), sizeof(copy[i]));
		if (!error && (more || front_is_paged(copy[i])))
			error = front_copy_string(
				front, copy[i], STRING_MAX, &copy[i]);
	}
	memset(&copy[count], 0, (more + 1) * sizeof(*copy));
	*list = (uint64_t)copy;
	return error;
}

/* The last argument of each is the environment, before it the arguments,
 * before that the path. */
static enum front_result call_exec(struct front *front, long *value_out)
{
	unsigned path = front->number == SYS_execve ? 0 : 1;
	unsigned more = live.shared->follow ? PROCESS_VARIABLES : 0;
	uint64_t *word = front->argument, count;
	long error = 0;

	if (front_is_paged(word[path]))
		error = front_copy_string(
			front, word[path], PATH_MAX, &word[path]);
	if (!error)
		error = copy_strings(front, &word[path + 1], 0, &count);
	if (!error)
		error = copy_strings(front, &word[path + 2], more, &count);
	if (!error && live.shared->follow)
		process_follow(front, (char **)word[path + 2], count);
	if (!error)
		backing_end_log();
	*value_out = error ? error : front_make(front);
	return FRONT_DONE;
}

enum front_result front_process(struct front *front, long *value_out)
{
	switch (front->number) {
	case SYS_clone:
		return call_clone(front, value_out);
	case SYS_fork:
	case SYS_vfork:
		return call_fork(front, value_out);
	case SYS_clone3:
		/* The C library then does with clone. */
		*value_out = -ENOSYS;
		return FRONT_DONE;
	case SYS_execve:
	case SYS_execveat:
		return call_exec(front, value_out);
	case SYS_exit:
		return call_exit(front);
	case SYS_exit_group:
		faults_refresh();
		backing_end_log();
		return FRONT_PLAIN;
	default:
		return FRONT_PLAIN;
	}
}
