/*
 * userfaultfd(2), as far as it is needed: a thread that touches a page which
 * is missing or guarded gets a SIGBUS, and pages are put there, taken away and
 * guarded by calls.  It needs no privilege: only what the program itself does
 * faults, system calls that are given such a page fail with EFAULT.
 *
 * All of it but uffd_drop is for one page of 4096 bytes at a time, and
 * returns 0 or -errno.
 */
#ifndef MM_LIVE_UFFD_H
#define MM_LIVE_UFFD_H

#include <stdbool.h>
#include <stddef.h>

enum { LIVE_PAGE_BYTES = 4096 };

struct uffd {
	int fd;
	bool moves; /* from Linux 6.8 on */
};

/* -ENOTSUP: this system has none, or allows none, that does what is needed. */
int uffd_open(struct uffd *uffd);
void uffd_close(struct uffd *uffd);

/* What touches memory that is MISSING faults; or it has zeros, as usual, and
 * pages can be moved there. */
int uffd_register(
	const struct uffd *uffd, void *start, size_t bytes, bool missing);

/* A copy of FROM appears at TO, where none is; GUARDED: a write to it faults.
 * -EEXIST: there is one. */
int uffd_copy(
	const struct uffd *uffd, void *to, const void *from, bool guarded);

/* The page itself goes from FROM to TO, and can be written there.  -EBUSY: it
 * is shared, since a fork, or something holds it; -ENOENT: there is none. */
int uffd_move(const struct uffd *uffd, void *to, void *from);

/* A write to PAGE, which is there, faults from now on, or not any more. */
int uffd_guard(const struct uffd *uffd, void *page, bool guarded);

/* Pages are gone; COUNT of them, UFFD_DROP_MAX at most, at once. */
void uffd_drop(void *start, size_t bytes);
enum { UFFD_DROP_MAX = 64 };
void uffd_drop_many(void *const *pages, unsigned count);

#endif
