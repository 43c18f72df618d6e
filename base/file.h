/* Reads and writes at a place of a file that do all or fail. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* 0, -errno; -ENODATA: the file ends before. */
int file_read(int fd, void *data, size_t bytes, uint64_t offset);
/* How many of BYTES there were: fewer where the file ends; or -errno. */
ssize_t file_read_most(int fd, void *data, size_t bytes, uint64_t offset);
/* 0, -errno (-ENOSPC also where the system wrote a part and stopped). */
int file_write(int fd, const void *data, size_t bytes, uint64_t offset);

#endif
