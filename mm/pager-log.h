/*
 * A log: all that a pager is told, answered and chooses, in a file.  What a
 * record is: watch.h; where it lies: log-format.h; who reads it: `selfpage
 * replay --verify`.
 *
 * It is written from within faults, which may be handled in a signal handler:
 * nothing is allocated after the start, and nothing called but write(2), once
 * a block.  What is in the last block is lost if the process is killed.
 *
 * A file that can't be written to ends the log, not the program.
 */
#ifndef MM_PAGER_LOG_H
#define MM_PAGER_LOG_H

#include "mm/pager.h"

struct pager_log;

/*
 * Logs PAGER, which must be new, to FD, which stays the caller's: what it was
 * made with at once, the rest as it comes.  The caller holds the pager's
 * lock.  -EBUSY: it is not new, or watched; -ENOMEM; or the -errno of the
 * first write.
 */
int pager_log_start(struct pager *pager, int fd, struct pager_log **out);

/*
 * Writes what is not written yet and frees LOG.  0; or the -errno that has
 * ended it, now or before: -EUSERS: there were more than WATCH_LANES calls at
 * a time.  In a process forked since, nothing is written.  The caller holds
 * the pager's lock.
 */
int pager_log_stop(struct pager_log *log);

#endif
