/*
 * The files that are open for the pager: they have numbers from
 * DESCRIPTORS_FIRST on, so that the program's own are what they would be, and
 * the program can't close them.
 */
#ifndef LIVE_DESCRIPTORS_H
#define LIVE_DESCRIPTORS_H

#include <stdbool.h>

enum { DESCRIPTORS_FIRST = 200, DESCRIPTORS_END = 712 };

/* Another number for FD, one of those. -errno. */
int descriptor_keep(int fd);

/*
 * Around calls that open files for the pager: they get those numbers.  Without
 * room for as many files (RLIMIT_NOFILE) they get the lowest, as ever.
 */
void descriptors_begin(void);
void descriptors_end(void);

/* Whether FD is open for the pager. */
bool descriptor_is_own(int fd);

#endif
