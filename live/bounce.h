/*
 * Memory that is not paged, for what a system call is given: a thread's own
 * while it is small, the system's otherwise.  It goes when the call has
 * returned; when a handler of the program's has left the call by a jump, the
 * thread's own goes with its next call, the system's stays.
 */
#ifndef LIVE_BOUNCE_H
#define LIVE_BOUNCE_H

#include <stddef.h>
#include <stdint.h>

struct bounce {
	size_t mark;
	struct bounce_map *maps;
};

enum {
	BOUNCE_BYTES = 256 << 10, /* a thread's own */
};

/* A thread's own; NULL: there is no memory. */
char *bounce_make(void);
void bounce_free(char *memory); /* NULL is fine */

/* FRAME_PLACE is where the handler's frame lies: by the outermost one what an
 * abandoned call has left is found. */
void bounce_begin(struct bounce *bounce, uintptr_t frame_place);
void bounce_end(struct bounce *bounce);

/* BYTES bytes, 64-aligned; NULL without memory. */
void *bounce_take(struct bounce *bounce, size_t bytes);

#endif
