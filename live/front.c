/* The front of the system's calls: see front.h. */
#include <config.h>

#include "live/front.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "live/copy.h"
#include "live/front-table.h"
#include "live/gate.h"
#include "live/live.h"
#include "live/maps.h"
#include "live/marks.h"
#include "live/signals.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
#define SI_DISPATCHED 2 /* SYS_USER_DISPATCH */

enum { VECTOR_MAX = 1024 };

static const int registers[] = {
	REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};

/* ---- for all calls ---- */

bool front_is_paged(uint64_t word)
{
	return live_is_ours(word, 1) && maps_are_paged(word);
}

long front_make(struct front *front)
{
	const uint64_t *word = front->argument;
	long value;

	live_let_cancel();
	signals_set_mask(signals_context_mask(front->context));
	value = live_call(front->number, word[0], word[1], word[2], word[3],
		word[4], word[5]);
	signals_set_mask(~UINT64_C(0));
	pthread_setcancelstate(
		PTHREAD_CANCEL_DISABLE, &live_thread.cancel_state);
	return value;
}

void front_go_on_at(struct front *front, const char *instruction)
{
	greg_t *gregs = front->context->uc_mcontext.gregs;

	gregs[REG_RSP] -= GATE_FRAME;
	*(greg_t *)gregs[REG_RSP] = gregs[REG_RIP];
	gregs[REG_RIP] = (greg_t)instruction;
}

void front_go_on(struct front *front)
{
	front_go_on_at(front, live_gate);
}

void front_leave_to(struct front *front, void (*call)(long), long argument)
{
	greg_t *gregs = front->context->uc_mcontext.gregs;

	gregs[REG_RSP] = ((gregs[REG_RSP] - GATE_RED_ZONE) & -16) - 8;
	gregs[REG_RDI] = argument;
	gregs[REG_RIP] = (greg_t)call;
}

long front_copy(struct front *front, uint64_t address, uint64_t bytes,
	uint64_t *copy_out)
{
	void *memory = bounce_take(&front->bounce, bytes);

	if (memory == NULL)
		return -ENOMEM;
	*copy_out = (uint64_t)memory;
	return copy_in(memory, address, bytes);
}

long front_copy_string(struct front *front, uint64_t address, uint64_t bytes,
	uint64_t *copy_out)
{
	long length = copy_length(address, bytes);

	return length < 0 ? length
			  : front_copy(front, address, length, copy_out);
}

/* A call that was interrupted tells how much time is left. */
static bool has_written(long value)
{
	return value >= 0 || value == -EINTR;
}

long front_make_with(struct front *front, unsigned i, uint64_t bytes)
{
	uint64_t program = front->argument[i];
	long error, value;

	if (!front_is_paged(program))
		return front_make(front);
	error = front_copy(front, program, bytes, &front->argument[i]);
	if (error)
		return error;
	value = front_make(front);
	if (has_written(value))
		error = copy_out(
			program, (const void *)front->argument[i], bytes);
	return error ? error : value;
}

/* ---- calls of the table ---- */

/* What has to be copied back: where it is, and how much of it at most. */
struct pending {
	uint64_t program, copy, bytes;
	uint16_t unit; /* not 0: as many of these as the call returns */
};

struct table_call {
	struct front *front;
	const struct front_call *call;
	struct pending pending[FRONT_ARGUMENTS];
	unsigned pending_count;
	uint64_t vector; /* the program's, which is read into; or 0 */
};

static long find_bytes(const struct table_call *call,
	const struct front_argument *argument, uint64_t *bytes_out)
{
	const uint64_t *word = call->front->argument;
	uint64_t other = word[argument->other];
	uint32_t at = 0;
	long error = 0;

	switch (argument->length) {
	case FRONT_FIXED:
		*bytes_out = argument->unit;
		break;
	case FRONT_TIMES:
		if (__builtin_mul_overflow(other, argument->unit, bytes_out))
			error = -EINVAL;
		break;
	case FRONT_AT:
		/* Copies are made from the first argument on, lengths lie
		 * behind what they are of: this is still the program's. */
		error = other ? copy_in(&at, other, sizeof(at)) : 0;
		*bytes_out = at;
		break;
	case FRONT_BITS:
		*bytes_out = ((uint32_t)other + 63) / 64 * 8;
		break;
	}
	return error;
}

static long copy_pointer(struct table_call *call, unsigned i)
{
	const struct front_argument *argument = &call->call->argument[i];
	uint64_t *word = &call->front->argument[i];
	struct pending *pending = &call->pending[call->pending_count];
	uint64_t bytes = 0, copy = 0;
	long error = find_bytes(call, argument, &bytes);

	if (error || bytes == 0)
		return error;
	if (argument->kind == FRONT_RESULT) {
		copy = (uint64_t)bounce_take(&call->front->bounce, bytes);
		if (copy == 0)
			return -ENOMEM;
	} else {
		error = front_copy(call->front, *word, bytes, &copy);
	}
	if (!error && argument->kind != FRONT_IN) {
		*pending = (struct pending){*word, copy, bytes,
			argument->kind == FRONT_RESULT ? argument->unit : 0};
		call->pending_count++;
	}
	*word = copy;
	return error;
}

/* A mask to wait with, in which what is ours is not blocked. */
static long copy_mask(struct front *front, unsigned i)
{
	uint64_t copy = 0, mask;
	long error = front_copy(front, front->argument[i], sizeof(mask), &copy);

	if (error)
		return error;
	*(uint64_t *)copy &= ~signals_ours;
	front->argument[i] = copy;
	return 0;
}

/* A vector of memory, in which what is paged is replaced by copies. */
static long copy_vector(struct table_call *call, unsigned i, bool in)
{
	struct front *front = call->front;
	uint64_t count = (uint32_t)front->argument[i + 1], copy = 0;
	struct iovec *vector;
	long error;

	if (count > VECTOR_MAX)
		return -EINVAL;
	if (count == 0)
		return 0;
	error = front_copy(
		front, front->argument[i], count * sizeof(*vector), &copy);
	vector = (struct iovec *)copy;
	if (!in)
		call->vector = front->argument[i];
	front->argument[i] = copy;
	for (uint64_t j = 0; !error && j < count; j++) {
		uint64_t base = (uint64_t)vector[j].iov_base;

		if (vector[j].iov_len == 0 || !front_is_paged(base))
			continue;
		if (in)
			error = front_copy(
				front, base, vector[j].iov_len, &copy);
		else {
			copy = (uint64_t)bounce_take(
				&front->bounce, vector[j].iov_len);
			error = copy ? 0 : -ENOMEM;
		}
		vector[j].iov_base = (void *)copy;
	}
	return error;
}

static long copy_argument(struct table_call *call, unsigned i)
{
	struct front *front = call->front;
	uint64_t *word = &front->argument[i];

	switch (call->call->argument[i].kind) {
	case FRONT_NUMBER:
		return 0;
	case FRONT_MASK:
		return *word ? copy_mask(front, i) : 0;
	case FRONT_READV:
		return copy_vector(call, i, false);
	case FRONT_WRITEV:
		return copy_vector(call, i, true);
	case FRONT_STRING:
		return front_is_paged(*word)
			       ? front_copy_string(front, *word, PATH_MAX, word)
			       : 0;
	default:
		return front_is_paged(*word) ? copy_pointer(call, i) : 0;
	}
}

/* The VALUE bytes that have come, to where the program wants them. */
static long copy_vector_back(const struct table_call *call, uint64_t copy,
	uint64_t count, uint64_t value)
{
	const struct iovec *from = (const struct iovec *)copy;
	long error = 0;

	for (uint64_t i = 0; !error && i < count && value > 0; i++) {
		struct iovec to;
		uint64_t bytes = from[i].iov_len;

		if (bytes > value)
			bytes = value;
		error = copy_in(&to, call->vector + i * sizeof(to), sizeof(to));
		if (!error && to.iov_base != from[i].iov_base)
			error = copy_out(
				(uint64_t)to.iov_base, from[i].iov_base, bytes);
		value -= bytes;
	}
	return error;
}

static long copy_back(struct table_call *call, long value)
{
	long error = 0;

	for (unsigned i = 0; !error && i < call->pending_count; i++) {
		const struct pending *pending = &call->pending[i];
		uint64_t bytes = pending->bytes;

		if (pending->unit && (uint64_t)value * pending->unit < bytes)
			bytes = (uint64_t)value * pending->unit;
		error = copy_out(
			pending->program, (const void *)pending->copy, bytes);
	}
	for (unsigned i = 0; !error && call->vector && i < FRONT_ARGUMENTS; i++)
		if (call->call->argument[i].kind == FRONT_READV)
			error = copy_vector_back(call, call->front->argument[i],
				(uint32_t)call->front->argument[i + 1], value);
	return error;
}

static long make_copied(struct front *front, const struct front_call *call)
{
	struct table_call table = {.front = front, .call = call};
	long error = 0, value;

	for (unsigned i = 0; !error && i < FRONT_ARGUMENTS; i++)
		error = copy_argument(&table, i);
	if (error)
		return error;
	__atomic_fetch_add(
		&live.shared->figures.calls_copied, 1, __ATOMIC_RELAXED);
	value = front_make(front);
	if (has_written(value))
		error = copy_back(&table, value < 0 ? 0 : value);
	return error ? error : value;
}

static bool has_pointer(
	const struct front *front, const struct front_call *call)
{
	for (unsigned i = 0; i < FRONT_ARGUMENTS; i++) {
		unsigned kind = call->argument[i].kind;

		if (kind == FRONT_READV || kind == FRONT_WRITEV)
			return true;
		if (kind == FRONT_MASK && front->argument[i])
			return true;
		if (kind != FRONT_NUMBER && front_is_paged(front->argument[i]))
			return true;
	}
	return false;
}

/* ---- all others ---- */

static bool has_paged_word(const struct front *front)
{
	for (unsigned i = 0; i < FRONT_ARGUMENTS; i++)
		if (live_is_ours(front->argument[i], 1))
			return true;
	return false;
}

static long make_unknown(struct front *front)
{
	long value = front_make(front);

	if (value == -EFAULT)
		live_say("system call %ld was given paged memory, which is "
			 "not known how to serve: the program was told EFAULT",
			front->number);
	return value;
}

/* The call, or where it goes on. */
static void handle(struct front *front)
{
	const struct front_call *call = front_find_call(front->number);
	greg_t *gregs = front->context->uc_mcontext.gregs;
	long value;

	if (front->number == SYS_write)
		marks_written((int)front->argument[0], front->argument[1],
			front->argument[2]);
	switch (front_special(front, &value)) {
	case FRONT_DONE:
		gregs[REG_RAX] = value;
		return;
	case FRONT_GOES_ON:
		return;
	case FRONT_COPIED:
		gregs[REG_RAX] = make_copied(front, call);
		return;
	case FRONT_PLAIN:
		break;
	}
	if (has_pointer(front, call))
		gregs[REG_RAX] = make_copied(front, call);
	else if (!call->known && has_paged_word(front))
		gregs[REG_RAX] = make_unknown(front);
	else
		front_go_on(front);
}

static void on_call(int signal, siginfo_t *info, void *context)
{
	struct front front = {.context = context};
	const greg_t *gregs = front.context->uc_mcontext.gregs;

	live_go_in();
	if (info->si_code == SI_DISPATCHED) {
		front.number = gregs[REG_RAX];
		for (unsigned i = 0; i < FRONT_ARGUMENTS; i++)
			front.argument[i] = gregs[registers[i]];
		__atomic_fetch_add(
			&live.shared->figures.calls, 1, __ATOMIC_RELAXED);
		bounce_begin(&front.bounce, (uintptr_t)context);
		handle(&front);
		bounce_end(&front.bounce);
	} else {
		signals_pass(signal, info, context);
	}
	live_go_out();
}

int front_join(void)
{
	long error = live_call(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH,
		PR_SYS_DISPATCH_ON, (uint64_t)live_gate_start,
		live_gate_end - live_gate_start,
		(uint64_t)&live_thread.selector, 0);

	live_thread.dispatched = error == 0;
	return error;
}

void front_start(void)
{
	signals_start(on_call);
}
