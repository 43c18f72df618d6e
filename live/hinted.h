/* The hints of `selfpage run --hints`, for memory as it is mapped. */
#ifndef LIVE_HINTED_H
#define LIVE_HINTED_H

#include <stdint.h>

/*
 * Advises the pager of what the settings' hints say of BYTES bytes from
 * ADDRESS on, which have just been mapped: the heap, or the file FD unless
 * that is -1.  What can't be followed is noted.
 */
void hinted_apply(uint64_t address, uint64_t bytes, int fd);

#endif
