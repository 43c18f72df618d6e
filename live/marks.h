/*
 * What the program says of its course: by SELFPAGE_MARK, which calls
 * selfpage_mark_heard, or line by line in the file that $SELFPAGE_MARKS names.
 */
#ifndef LIVE_MARKS_H
#define LIVE_MARKS_H

#include <stdint.h>

/* Which file that is. */
void marks_start(void);

/* The program writes BYTES bytes at ADDRESS to FD.  Called inside. */
void marks_written(int fd, uint64_t address, uint64_t bytes);

#endif
