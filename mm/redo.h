/*
 * Doing a recorded call again (watch.h), for those who drive a pager with
 * what another one was told.
 */
#ifndef MM_REDO_H
#define MM_REDO_H

#include "mm/pager.h"
#include "mm/watch.h"

/* What a call's first record is about. */
enum redo_about { REDO_SPACE, REDO_STORE, REDO_FRAME };
enum redo_about redo_about(const struct watch_record *call);

/*
 * Does the CALL with all its records to PAGER, in the address space AS and to
 * STORE, as far as it is about these; a map's store is STORE too.  What comes
 * of it is told to the pager's watch.  -EINVAL: it is about a frame that is
 * not as it must be, or the coming and going of spaces and stores, which is
 * the caller's.
 */
int redo_call(struct pager *pager, struct as *as, struct store *store,
	const struct watch_record *call);

/* The spaces' and stores' own calls are told to the watch by these. */
void redo_space(struct pager *pager, struct as *as, bool comes);
void redo_store(struct pager *pager, const struct store *store, bool comes);

/* Destroys PAGER and its shadows, whatever was going on in it. */
void redo_abandon(struct pager *pager);

#endif
