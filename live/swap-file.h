/*
 * A swap file of the kernel's, made for one run and removed after it.
 * Others' pages may get into it when the machine is short of memory: removing
 * it brings them back, and where there is no memory for them it stays.
 */
#ifndef LIVE_SWAP_FILE_H
#define LIVE_SWAP_FILE_H

#include <stdint.h>

struct message;

/*
 * Makes the file PATH, which is not there yet, of BYTES (rounded down to
 * pages), and has the kernel swap to it before all others.  After an error
 * nothing is left.
 */
int swap_file_make(const char *path, uint64_t bytes, struct message *message);

/* How many bytes of it are free, 0 when it is not in use. */
uint64_t swap_file_room(const char *path);

/* Also of a file that was made, but not used yet, or is gone: then it is 0. */
int swap_file_remove(const char *path, struct message *message);

#endif
