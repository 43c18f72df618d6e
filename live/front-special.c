/* Calls of kinds of their own: see front.h. */
#include <config.h>

#include "live/front.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>

#include "live/backing.h"
#include "live/copy.h"
#include "live/descriptors.h"
#include "live/live.h"
#include "live/maps.h"
#include "live/signals.h"
#include "pagetrace/anon-name.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

enum { TRIES_MAX = 1 << 20, TIME_BYTES = 16 };

static enum front_result done(long *value_out, long value)
{
	*value_out = value;
	return FRONT_DONE;
}

/* ---- maps, by a call that did not come by the C library ---- */

static enum front_result refuse_lock(struct front *front, long *value_out)
{
	if (front->number != SYS_mlockall &&
		!front_is_paged(front->argument[0]))
		return FRONT_PLAIN;
	if (front->number == SYS_munlock)
		return done(value_out, 0);
	live_say("mlock: paged memory can't be locked: the program was told "
		 "ENOMEM");
	return done(value_out, -ENOMEM);
}

static enum front_result call_map(struct front *front, long *value_out)
{
	const uint64_t *word = front->argument;

	if (!live_is_ours(word[0], 1))
		return FRONT_PLAIN;
	switch (front->number) {
	case SYS_munmap:
		return done(value_out, maps_unmap(word[0], word[1]));
	case SYS_mprotect:
		return done(value_out,
			maps_protect(word[0], word[1], (int)word[2]));
	case SYS_mremap:
		return done(value_out, maps_move(word[0], word[1], word[2],
					       (int)word[3], word[4]));
	default:
		return done(
			value_out, maps_advise(word[0], word[1], (int)word[2]));
	}
}

/* A byte a page, which goes to the program by way of a copy. */
static enum front_result call_mincore(struct front *front, long *value_out)
{
	const uint64_t *word = front->argument;
	uint64_t pages = (word[1] + 4095) / 4096;
	void *states;
	long error;

	if (!front_is_paged(word[0])) {
		if (front_is_paged(word[2]))
			return done(
				value_out, front_make_with(front, 2, pages));
		return FRONT_PLAIN;
	}
	if (word[0] % 4096)
		return done(value_out, -EINVAL);
	states = bounce_take(&front->bounce, pages);
	error = states ? backing_look(word[0], pages * 4096, states) : -ENOMEM;
	return done(
		value_out, error ? error : copy_out(word[2], states, pages));
}

/* ---- files ---- */

/* What is open for the pager is as if it were not. */
static enum front_result call_close(struct front *front, long *value_out)
{
	const uint64_t *word = front->argument;
	bool to = front->number == SYS_dup2 || front->number == SYS_dup3;

	if (descriptor_is_own((int)word[0]) ||
		(to && descriptor_is_own((int)word[1])))
		return done(value_out, -EBADF);
	return FRONT_PLAIN;
}

/* Piece by piece, around those of the pager. */
static enum front_result call_close_range(struct front *front, long *value_out)
{
	uint32_t first = (uint32_t)front->argument[0];
	uint32_t last = (uint32_t)front->argument[1];
	long error = 0;

	if (first > last || first >= DESCRIPTORS_END ||
		last < DESCRIPTORS_FIRST)
		return FRONT_PLAIN;
	for (uint32_t fd = DESCRIPTORS_FIRST; !error && fd < DESCRIPTORS_END;
		fd++) {
		if (!descriptor_is_own((int)fd) || fd < first || fd > last)
			continue;
		if (fd > first)
			error = live_call(SYS_close_range, first, fd - 1,
				front->argument[2], 0, 0, 0);
		first = fd + 1;
	}
	if (!error && first <= last)
		error = live_call(SYS_close_range, first, last,
			front->argument[2], 0, 0, 0);
	return done(value_out, error);
}

/* Bytes of what a request of the old kind points to; 0: not known. */
static uint64_t ioctl_bytes(uint32_t request)
{
	static const struct {
		uint32_t first, last, bytes;
	} old[] = {
		{TCGETS, TCSETSF, 36}, {TCGETA, TCSETAF, 18},
		{TIOCGPGRP, TIOCSPGRP, 4}, {TIOCOUTQ, TIOCOUTQ, 4},
		{TIOCSTI, TIOCSTI, 1}, {TIOCGWINSZ, TIOCSWINSZ, 8},
		{TIOCMGET, TIOCMSET, 4}, {FIONREAD, FIONREAD, 4},
		{FIONBIO, FIONBIO, 4}, {TIOCGSID, TIOCGSID, 4},
		{FIOASYNC, FIOASYNC, 4},
		{0x8911, 0x8950, 40}, /* of network interfaces */
	};

	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
		if (request >= old[i].first && request <= old[i].last)
			return old[i].bytes;
	return _IOC_DIR(request) == _IOC_NONE ? 0 : _IOC_SIZE(request);
}

static enum front_result call_ioctl(struct front *front, long *value_out)
{
	uint64_t bytes = ioctl_bytes((uint32_t)front->argument[1]);

	if (bytes == 0 || !front_is_paged(front->argument[2]))
		return FRONT_PLAIN;
	return done(value_out, front_make_with(front, 2, bytes));
}

static enum front_result call_fcntl(struct front *front, long *value_out)
{
	uint64_t bytes = 0;

	switch ((int)front->argument[1]) {
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		bytes = sizeof(struct flock);
		break;
	case F_GETOWN_EX:
	case F_SETOWN_EX:
	case F_GET_RW_HINT:
	case F_SET_RW_HINT:
	case F_GET_FILE_RW_HINT:
	case F_SET_FILE_RW_HINT:
		bytes = 8;
		break;
	}
	if (bytes == 0 || !front_is_paged(front->argument[2]))
		return FRONT_PLAIN;
	return done(value_out, front_make_with(front, 2, bytes));
}

/* The mask is in a struct of its own: where it is, and its bytes. */
static enum front_result call_pselect(struct front *front, long *value_out)
{
	uint64_t copy, mask, *set;
	long error;

	if (front->argument[5] == 0)
		return FRONT_PLAIN;
	error = front_copy(front, front->argument[5], 2 * sizeof(*set), &copy);
	set = (uint64_t *)copy;
	front->argument[5] = copy;
	if (!error && set[0] != 0 && set[1] == sizeof(mask)) {
		error = front_copy(front, set[0], sizeof(mask), &mask);
		set[0] = mask;
		if (!error)
			*(uint64_t *)mask &= ~signals_ours;
	}
	return error ? done(value_out, error) : FRONT_COPIED;
}

/* ---- futexes ---- */

static bool has_timeout(int operation)
{
	switch (operation & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_WAIT_REQUEUE_PI:
		return true;
	default:
		return (operation & FUTEX_CMD_MASK) == 13; /* LOCK_PI2 */
	}
}

/*
 * A futex is known by its address, so that no copy will do.  The system looks
 * at its value at most, before anything else: on EFAULT nothing was done, and
 * the page is brought in again.
 */
static enum front_result call_futex(struct front *front, long *value_out)
{
	uint64_t *word = front->argument;
	int operation = (int)word[1], command = operation & FUTEX_CMD_MASK;
	/* Of two words, the one whose value is looked at. */
	uint64_t looked_at = command == FUTEX_WAKE_OP ? word[4] : word[0];
	long value = 0;

	if (has_timeout(operation) && word[3] && front_is_paged(word[3]))
		value = front_copy(front, word[3], TIME_BYTES, &word[3]);
	else if (!front_is_paged(word[0]) && !front_is_paged(word[4]))
		return FRONT_PLAIN;
	if (value)
		return done(value_out, value);
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		if (front_is_paged(looked_at) &&
			backing_fault_in(looked_at, 4, true))
			return done(value_out, -EFAULT);
		value = front_make(front);
		if (value != -EFAULT || !front_is_paged(looked_at))
			break;
	}
	return done(value_out, value);
}

/* ---- processes' own ---- */

/* Only the name may be paged: addresses are but numbers here. */
static enum front_result name_memory(struct front *front, long *value_out)
{
	uint64_t *word = &front->argument[4];
	char name[ANON_NAME_BYTES + 1] = "";
	long error = 0;

	if (front->argument[1] != ANON_PRCTL_NAME)
		return FRONT_PLAIN;
	if (*word != 0) {
		error = front_copy_string(front, *word, sizeof(name), word);
		if (error == -EFAULT)
			return done(value_out, error);
		if (!error)
			strcpy(name, (const char *)*word);
	}
	if (!error && (*word == 0 || anon_name_is_good(name)))
		maps_name(front->argument[2], front->argument[3],
			*word ? name : NULL);
	return done(value_out, error ? -EINVAL : front_make(front));
}

static enum front_result call_prctl(struct front *front, long *value_out)
{
	enum { NAME_BYTES = 16 };
	unsigned i = 1;
	uint64_t bytes;

	switch ((int)front->argument[0]) {
	case ANON_PRCTL:
		return name_memory(front, value_out);
	case PR_SET_SYSCALL_USER_DISPATCH:
		return done(value_out, -EINVAL);
	case PR_SET_NAME:
	case PR_GET_NAME:
		bytes = NAME_BYTES;
		break;
	case PR_GET_PDEATHSIG:
	case PR_GET_CHILD_SUBREAPER:
	case PR_GET_TSC:
		bytes = sizeof(int);
		break;
	default:
		return FRONT_PLAIN;
	}
	if (!front_is_paged(front->argument[i]))
		return FRONT_PLAIN;
	return done(value_out, front_make_with(front, i, bytes));
}

/* What works on the program's memory while the program goes on. */
static enum front_result refuse_asynchronous(long *value_out)
{
	live_say("io_uring and asynchronous input and output can't work on "
		 "paged memory: the program was told ENOSYS");
	return done(value_out, -ENOSYS);
}

enum front_result front_special(struct front *front, long *value_out)
{
	const uint64_t *word = front->argument;

	switch (front->number) {
	case SYS_rt_sigaction:
		return done(value_out, signals_call_action(word));
	case SYS_rt_sigprocmask:
		return done(value_out, signals_call_mask(word, front->context));
	case SYS_sigaltstack:
		return done(value_out, signals_call_stack(word));
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_mremap:
	case SYS_madvise:
		return call_map(front, value_out);
	case SYS_mincore:
		return call_mincore(front, value_out);
	case SYS_mlock:
	case SYS_mlock2:
	case SYS_munlock:
	case SYS_mlockall:
		return refuse_lock(front, value_out);
	case SYS_close:
	case SYS_dup2:
	case SYS_dup3:
		return call_close(front, value_out);
	case SYS_close_range:
		return call_close_range(front, value_out);
	case SYS_ioctl:
		return call_ioctl(front, value_out);
	case SYS_fcntl:
		return call_fcntl(front, value_out);
	case SYS_pselect6:
		return call_pselect(front, value_out);
	case SYS_futex:
		return call_futex(front, value_out);
	case SYS_prctl:
		return call_prctl(front, value_out);
	case SYS_io_uring_setup:
	case SYS_io_setup:
		return refuse_asynchronous(value_out);
	case SYS_sendmsg:
	case SYS_recvmsg:
	case SYS_sendmmsg:
	case SYS_recvmmsg:
		return front_message(front, value_out);
	default:
		return front_process(front, value_out);
	}
}
