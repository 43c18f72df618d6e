/* Between the program's memory, paged or not, and the front's.  Called
 * inside. */
#ifndef LIVE_COPY_H
#define LIVE_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

/* 0; or -EFAULT: some of it is no memory, or may not be used so. */
long copy_in(void *to, uint64_t address, size_t bytes);
long copy_out(uint64_t address, const void *from, size_t bytes);

/* The bytes of a string, its end among them; -EFAULT; or -ENAMETOOLONG: more
 * than BYTES. */
long copy_length(uint64_t address, size_t bytes);

/* Nobody serves the fault that CONTEXT goes on with: if a copy has made it,
 * that goes on with -EFAULT.  Whether one has. */
bool copy_ends(ucontext_t *context);

#endif
