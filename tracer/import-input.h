/*
 * What is in a file, plain or compressed with gzip, xz or zstd: which is
 * told by its first bytes, also on standard input.  It comes in pieces of
 * whole lines, or of whole records of a fixed size.
 */
#ifndef TRACER_IMPORT_INPUT_H
#define TRACER_IMPORT_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

#define INPUT_LINE_MAX (16u << 20)

struct input;

/* PATH "-" is standard input; RECORD_BYTES is 0 for lines. */
int input_open(const char *path, size_t record_bytes, struct input **out,
	struct message *message);
void input_close(struct input *input);
/* What messages should call it. */
const char *input_name(const struct input *input);

/*
 * The next whole lines or records: *TEXT_OUT is the input's until the next
 * call, holds *BYTES_OUT bytes and may be read PARSE_PADDING bytes further.
 * Lines end with a newline (one is added to a last line that has none); only
 * the last piece may end within a record.  No bytes: the end.
 * -EINVAL: a line longer than INPUT_LINE_MAX, or damaged compressed data; or
 * the system's -errno; each with a message.
 */
int input_read(struct input *input, const char **text_out, size_t *bytes_out,
	struct message *message);

/* Bytes read from the file itself, and its size (0: unknown). */
uint64_t input_done_bytes(const struct input *input);
uint64_t input_file_bytes(const struct input *input);

#endif
