/* Calls that send and receive messages: see front.h. */
#include <config.h>

#include "live/front.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "live/copy.h"
#include "live/live.h"

enum { VECTOR_MAX = 1024 };

/* A message as the program has it, and as the system is given it. */
struct message_pair {
	struct msghdr program;
	struct msghdr *copy;
};

/* What the system reads, or a place for what it writes. */
static long take(struct front *front, void **memory, uint64_t bytes)
{
	uint64_t copy;
	long error;

	if (bytes == 0 || !front_is_paged((uint64_t)*memory))
		return 0;
	error = front_copy(front, (uint64_t)*memory, bytes, &copy);
	if (!error)
		*memory = (void *)copy;
	return error;
}

static long give(void *program, const void *copy, uint64_t bytes)
{
	if (program == copy || bytes == 0)
		return 0;
	return copy_out((uint64_t)program, copy, bytes);
}

static long take_message(struct front *front, struct message_pair *pair)
{
	struct msghdr *copy = pair->copy;
	uint64_t vector;
	long error;

	pair->program = *copy;
	if (copy->msg_iovlen > VECTOR_MAX)
		return -EMSGSIZE;
	error = take(front, &copy->msg_name, copy->msg_namelen);
	if (!error)
		error = take(front, &copy->msg_control, copy->msg_controllen);
	if (error || copy->msg_iovlen == 0)
		return error;
	error = front_copy(front, (uint64_t)copy->msg_iov,
		copy->msg_iovlen * sizeof(*copy->msg_iov), &vector);
	copy->msg_iov = (struct iovec *)vector;
	for (size_t i = 0; !error && i < copy->msg_iovlen; i++)
		error = take(front, &copy->msg_iov[i].iov_base,
			copy->msg_iov[i].iov_len);
	return error;
}

/* What has come, BYTES bytes of it, to the program; its header is ADDRESS. */
static long give_message(
	const struct message_pair *pair, uint64_t address, uint64_t bytes)
{
	const struct msghdr *program = &pair->program;
	struct msghdr header = *pair->copy;
	long error = 0;

	for (size_t i = 0; !error && i < header.msg_iovlen && bytes > 0; i++) {
		struct iovec to;
		uint64_t part = header.msg_iov[i].iov_len;

		if (part > bytes)
			part = bytes;
		error = copy_in(
			&to, (uint64_t)&program->msg_iov[i], sizeof(to));
		if (!error)
			error = give(
				to.iov_base, header.msg_iov[i].iov_base, part);
		bytes -= part;
	}
	if (!error)
		error = give(program->msg_name, header.msg_name,
			header.msg_namelen < program->msg_namelen
				? header.msg_namelen
				: program->msg_namelen);
	if (!error)
		error = give(program->msg_control, header.msg_control,
			header.msg_controllen);
	header.msg_name = program->msg_name;
	header.msg_iov = program->msg_iov;
	header.msg_control = program->msg_control;
	return error ? error : copy_out(address, &header, sizeof(header));
}

static long call_one(struct front *front)
{
	uint64_t address = front->argument[1];
	struct message_pair pair;
	uint64_t copy;
	long error, value;

	error = front_copy(front, address, sizeof(struct msghdr), &copy);
	if (error)
		return error;
	pair.copy = (struct msghdr *)copy;
	error = take_message(front, &pair);
	if (error)
		return error;
	front->argument[1] = copy;
	value = front_make(front);
	if (value >= 0 && front->number == SYS_recvmsg)
		error = give_message(&pair, address, value);
	return error ? error : value;
}

static long give_many(struct front *front, const struct message_pair *pairs,
	uint64_t address, long count)
{
	const struct mmsghdr *copy = (struct mmsghdr *)front->argument[1];
	long error = 0;

	for (long i = 0; !error && i < count; i++) {
		uint64_t at = address + i * sizeof(*copy);

		if (front->number == SYS_recvmmsg)
			error = give_message(&pairs[i], at, copy[i].msg_len);
		if (!error)
			error = copy_out(at + offsetof(struct mmsghdr, msg_len),
				&copy[i].msg_len, sizeof(copy[i].msg_len));
	}
	return error;
}

static long call_many(struct front *front)
{
	uint64_t address = front->argument[1], copy;
	uint64_t count = (uint32_t)front->argument[2];
	struct message_pair *pairs;
	long error, value;

	if (count > VECTOR_MAX)
		count = VECTOR_MAX;
	front->argument[2] = count;
	pairs = bounce_take(&front->bounce, (count + 1) * sizeof(*pairs));
	if (pairs == NULL)
		return -ENOMEM;
	error = front_copy(
		front, address, count * sizeof(struct mmsghdr), &copy);
	for (uint64_t i = 0; !error && i < count; i++) {
		pairs[i].copy = &((struct mmsghdr *)copy)[i].msg_hdr;
		error = take_message(front, &pairs[i]);
	}
	if (!error && front->number == SYS_recvmmsg)
		error = take(front, (void **)&front->argument[4],
			sizeof(struct timespec));
	if (error)
		return error;
	front->argument[1] = copy;
	value = front_make(front);
	if (value > 0)
		error = give_many(front, pairs, address, value);
	return error ? error : value;
}

enum front_result front_message(struct front *front, long *value_out)
{
	bool many =
		front->number == SYS_sendmmsg || front->number == SYS_recvmmsg;

	*value_out = many ? call_many(front) : call_one(front);
	return FRONT_DONE;
}
