/* What tells a trace from all others.  See trace.h. */
#include <errno.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "tracer/reader.h"

enum { READ_BYTES = 1 << 16 };

/* Adds the bytes [OFFSET, END) of FD. */
static int add(XXH64_state_t *state, int fd, uint64_t offset, uint64_t end)
{
	char buffer[READ_BYTES];

	while (offset < end) {
		size_t bytes =
			end - offset < READ_BYTES ? end - offset : READ_BYTES;
		int error = reader_read_at(fd, buffer, bytes, offset);

		if (error)
			return error;
		XXH64_update(state, buffer, bytes);
		offset += bytes;
	}
	return 0;
}

int trace_reader_checksum(
	struct trace_reader *reader, uint64_t *out, struct message *message)
{
	XXH64_state_t *state = XXH64_createState();
	/* of a trace without its end the index is a file of our own */
	bool whole = reader->index_fd == reader->fd;
	uint64_t start = whole ? reader->blocks_end : reader->index_offset;
	struct stat status;
	int error = -ENOMEM;

	if (!state)
		return message_set(
			message, error, "%s: too little memory", reader->path);
	XXH64_reset(state, 0);
	error = fstat(reader->index_fd, &status) ? -errno : 0;
	if (!error)
		error = add(state, reader->fd, 0, reader->header_bytes);
	if (!error)
		error = add(state, reader->index_fd, start, status.st_size);
	*out = XXH64_digest(state);
	XXH64_freeState(state);
	if (error)
		return reader_cannot_read(reader, error, start, message);
	return 0;
}
