/*
 * An array that grows and may become larger than memory.  The first MiB is
 * memory; what is larger is a file without a name, mapped: the system writes it
 * out where memory is short.
 */
#ifndef BASE_DISK_ARRAY_H
#define BASE_DISK_ARRAY_H

#include <stddef.h>

#include "base/message.h"

/* All 0: empty. */
struct disk_array {
	void *data; /* moves when it grows */
	size_t bytes;
	int fd; /* of the file, once there is one */
};

/* DATA has BYTES at least: what was there, and zeros.  0; or -errno with a
 * message, and nothing changed: -ENOMEM, or what the file gave, which lies in
 * file_temporary_folder(). */
int disk_array_grow(
	struct disk_array *array, size_t bytes, struct message *message);
void disk_array_free(struct disk_array *array);

#endif
