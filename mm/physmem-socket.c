/* Messages over a socket: see physmem-socket.h. */
#include "mm/physmem-socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for more descriptors than anyone should send, to tell that he did. */
enum { CONTROL_FDS = SOCKET_FDS_MAX + 14 };

union control_space {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(CONTROL_FDS * sizeof(int))];
};

static const char *const reasons[REASONS] = {
	[REASON_NONE] = "it has not ended",
	[REASON_CLOSED] = "the client closed it",
	[REASON_SERVER_ENDS] = "the server ends",
	[REASON_REVOKED] = "its control was taken back",
	[REASON_LATE] = "it did not return frames in time",
	[REASON_MEMORY] = "it used memory that it did not hold",
	[REASON_VERSION] = "it speaks another version",
	[REASON_MALFORMED] = "it sent a malformed message",
	[REASON_DESCRIPTORS] = "it sent descriptors that nobody wants",
	[REASON_NO_MEMORY] = "the server has no memory for it",
	[REASON_UNREAD] = "it does not read what it is told",
};

const char *socket_reason_text(unsigned reason)
{
	return reason < REASONS ? reasons[reason] : "for an unknown reason";
}

int socket_send(int fd, const struct socket_message *message, int flags)
{
	union control_space space;
	struct iovec parts[2] = {
		{message->record, message->record_bytes},
		{message->data, message->data_bytes},
	};
	struct msghdr header = {
		.msg_iov = parts,
		.msg_iovlen = message->data_bytes ? 2 : 1,
	};
	size_t fds_bytes = message->fds_count * sizeof(int);
	ssize_t sent;

	if (fds_bytes) {
		memset(&space, 0, sizeof(space));
		header.msg_control = space.bytes;
		header.msg_controllen = CMSG_SPACE(fds_bytes);
		space.header.cmsg_level = SOL_SOCKET;
		space.header.cmsg_type = SCM_RIGHTS;
		space.header.cmsg_len = CMSG_LEN(fds_bytes);
		memcpy(CMSG_DATA(&space.header), message->fds, fds_bytes);
	}
	do {
		sent = sendmsg(fd, &header, flags | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

void socket_close_fds(struct socket_message *message)
{
	while (message->fds_count)
		close(message->fds[--message->fds_count]);
}

/* Keeps those that there is room for, closes the others. */
static bool keep_fds(struct msghdr *header, struct socket_message *message)
{
	struct cmsghdr *at = CMSG_FIRSTHDR(header);
	bool fit = !(header->msg_flags & MSG_CTRUNC);
	size_t bytes, i;
	int fd;

	message->fds_count = 0;
	for (; at; at = CMSG_NXTHDR(header, at)) {
		if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
			continue;
		bytes = at->cmsg_len - CMSG_LEN(0);
		for (i = 0; i + sizeof(fd) <= bytes; i += sizeof(fd)) {
			memcpy(&fd, CMSG_DATA(at) + i, sizeof(fd));
			if (message->fds_count < SOCKET_FDS_MAX) {
				message->fds[message->fds_count++] = fd;
			} else {
				close(fd);
				fit = false;
			}
		}
	}
	return fit;
}

int socket_receive(int fd, struct socket_message *message, int flags)
{
	union control_space space;
	struct iovec parts[2] = {
		{message->record, message->record_bytes},
		{message->data, message->data_bytes},
	};
	struct msghdr header = {
		.msg_iov = parts,
		.msg_iovlen = message->data_bytes ? 2 : 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof(space),
	};
	ssize_t got;
	bool fit;

	do {
		got = recvmsg(fd, &header, flags | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	fit = keep_fds(&header, message);
	if (!got && !message->fds_count && fit)
		return -EPIPE;
	if (!fit || header.msg_flags & MSG_TRUNC ||
		(size_t)got < message->record_bytes) {
		socket_close_fds(message);
		return -EBADMSG;
	}
	message->data_bytes = (size_t)got - message->record_bytes;
	return 0;
}
