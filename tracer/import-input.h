/*
 * The text of a file, plain or compressed with gzip, xz or zstd: which is
 * told by its first bytes, also on standard input.  Text comes in pieces of
 * whole lines.
 */
#ifndef TRACER_IMPORT_INPUT_H
#define TRACER_IMPORT_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

#define INPUT_LINE_MAX (16u << 20)

struct input;

/* PATH "-" is standard input; NAME_OUT is what messages should call it. */
int input_open(const char *path, struct input **out, struct message *message);
void input_close(struct input *input);
const char *input_name(const struct input *input);

/*
 * The next whole lines: *TEXT_OUT is the input's until the next call, holds
 * *BYTES_OUT bytes, ends with a newline (one is added to a last line that
 * has none) and may be read PARSE_PADDING bytes further.  No bytes: the end.
 * -EINVAL: a line longer than INPUT_LINE_MAX, or damaged compressed data; or
 * the system's -errno; each with a message.
 */
int input_read(struct input *input, const char **text_out, size_t *bytes_out,
	struct message *message);

/* Bytes read from the file itself, and its size (0: unknown). */
uint64_t input_done_bytes(const struct input *input);
uint64_t input_file_bytes(const struct input *input);

#endif
