/* Between the program's memory, paged or not, and the front's.  Called
 * inside. */
#ifndef LIVE_COPY_H
#define LIVE_COPY_H

#include <stddef.h>
#include <stdint.h>

/* 0; or -EFAULT: some of it is paged memory that may not be used so. */
long copy_in(void *to, uint64_t address, size_t bytes);
long copy_out(uint64_t address, const void *from, size_t bytes);

/* The bytes of a string, its end among them; -EFAULT; or -ENAMETOOLONG: more
 * than BYTES. */
long copy_length(uint64_t address, size_t bytes);

#endif
