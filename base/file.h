/* Reads and writes at a place of a file that do all or fail; files without a
 * name. */
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

/* $TMPDIR, or /tmp. */
const char *file_temporary_folder(void);
/* In FOLDER: it goes when it is closed, however we end.  0 or -errno. */
int file_open_nameless(const char *folder, int *fd_out);

#endif
