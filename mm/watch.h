/*
 * Watching a pager: what comes in, what is answered, and what it chooses.
 *
 *   calls     begin and end: faults, hints, changes of maps, flushes ...
 *   answers   what stores, the backend and hooks said, within a call
 *   choices   each victim
 *
 * The pager core decides nothing by anything else than this and the order in
 * which its lock is taken.  So a recording (pager-log.h) tells all that is
 * needed to make another pager do the same, and whether it did: that is what
 * `selfpage replay --verify` does, which watches that other pager.
 *
 * Calls that are under way at a time are told apart by their lanes: a call has
 * the lowest that is free, from its begin to its end.  The lock is given up
 * within a call only where a record says so: before an answer of a store
 * (WATCH_IN, _OUT, _OUTS) and while it waits (WATCH_WAIT).  So between two
 * records of different lanes there is always one of these, or an end.
 *
 * Without a watch, a fault pays for one comparison.
 */
#ifndef MM_WATCH_H
#define MM_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/hooks.h"

enum { WATCH_LANES = 256 };

/* Numbers are for ever: they are in files.  `n`, `d` and `v` are a record's
 * number, detail and value. */
enum watch_kind {
	WATCH_NOTHING,
	/* n: the space's number; v: maps_max */
	WATCH_SPACE,
	WATCH_SPACE_END,
	/* n: the store's id; d: set of WATCH_STORE_ */
	WATCH_STORE,
	WATCH_STORE_END,

	/* Calls.  n: the space; v: the (first) page; d as said; the second
	 * record has the pages in its v. */
	WATCH_FAULT,   /* one record; d: access */
	WATCH_ADVISE,  /* d: advice, and the value << 8 */
	WATCH_MAP,     /* d: protection, and flags << 8; the third record has
			  the store and the offset */
	WATCH_PROTECT, /* d: protection */
	WATCH_UNMAP,
	WATCH_DISCARD,
	/* n: the store; v: the first page; the second record has the end */
	WATCH_FLUSH,
	WATCH_DROP, /* d: set of WATCH_DROP_ */
	WATCH_FORGET,
	/* n: the store; after a sync that failed */
	WATCH_UNSYNCED,
	/* n: the frame */
	WATCH_REFERENCE, /* by what is no fault */
	WATCH_BORROW,	 /* d: 1: to be written */
	WATCH_GIVE_BACK,
	WATCH_ADD_FRAME,
	WATCH_REMOVE_FRAME, /* d: 1: a clean one; no n */

	WATCH_MORE, /* the second and third record of a call */
	WATCH_END,  /* of a call; n: its result; d: a fault's kind */

	/* Choices.  n: the frame; v: what policies call its page; d: who has
	 * chosen it, enum chooser */
	WATCH_VICTIM,
	/* Answers */
	WATCH_HARVESTED, /* n: the space; v: the page; d: BIT_s */
	WATCH_UNMAPPED,	 /* the same */
	WATCH_IN,	 /* n: the store; v: the page; a result follows */
	WATCH_OUT,	 /* the same */
	WATCH_OUTS,	 /* n: the store; v: how many results follow */
	WATCH_RESULT,	 /* n: of a page-in or -out */
	WATCH_WAIT,
	WATCH_WOKEN,
	WATCH_SHADOW, /* n: its id; v: the result; d: set of WATCH_STORE_ */
	WATCH_UNSAFE, /* d: 1: there is one, v */

	WATCH_STOP, /* nothing was watched any more */

	/* Calls, of a cleaner's thread. */
	WATCH_CLEANER, /* d: 1: there is one from now on, or none */
	WATCH_CLEAN,
	WATCH_KINDS,
};

enum {
	WATCH_STORE_BLOCKING = 1,
	WATCH_STORE_READ_ONLY = 2,
	WATCH_STORE_MANY = 4,	 /* it has page_out_many */
	WATCH_STORE_FORGETS = 8, /* it has forget */
};

enum {
	WATCH_DROP_WRITE_BACK = 1,
	WATCH_DROP_KEEP_PINNED = 2,
	WATCH_DROP_KEEP_BORROWED = 4,
	WATCH_DROP_GO_ON = 8,
};

struct watch_record {
	uint8_t kind;
	uint8_t lane;
	uint16_t detail;
	uint32_t number;
	uint64_t value;
};
_Static_assert(sizeof(struct watch_record) == 16, "on disk");

/* All of these run with the pager's lock held, and call nothing of it. */
struct pager_watch {
	/* A call of COUNT records begins; `lane` must be its own then. */
	void (*begin)(struct pager_watch *watch,
		const struct watch_record *records, unsigned count);
	/* The lane's call, which has given the lock up, has it again. */
	void (*resume)(struct pager_watch *watch, unsigned lane);
	/* Whatever else; may change an answer.  The lane is filled in. */
	void (*note)(struct pager_watch *watch, struct watch_record *record);
	unsigned lane;	    /* of the call that has the lock */
	uint32_t spaces;    /* numbers given so far */
	struct hooks hooks; /* the pager's, where the program has none */
};

/*
 * From now on WATCH watches; NULL: nobody.  The caller holds the pager's lock.
 * Also sets the hooks: a pager that is watched always has some.
 */
void pager_set_watch(struct pager *pager, struct pager_watch *watch);

/* What struct pager's own files call; see below for who is not watched. */
void pager_watch_begin(struct pager *pager, const struct watch_record *records,
	unsigned count);
void pager_watch_end(struct pager *pager, int result, unsigned kind);
void pager_watch_victim(
	struct pager *pager, uint32_t number, enum chooser chooser);
unsigned pager_watch_leave(struct pager *pager, const struct store *store,
	enum watch_kind kind, uint64_t value);
int pager_watch_return(struct pager *pager, const struct store *store,
	unsigned lane, int result);
int pager_watch_result(struct pager *pager, int result);
/* Before and after the lock is given up until somebody wakes the thread. */
unsigned pager_watch_wait(struct pager *pager);
void pager_watch_woken(struct pager *pager, unsigned lane);
/* A shadow was opened, or not: RESULT, which is given back. */
int pager_watch_shadow(
	struct pager *pager, const struct store *store, int result);
/* The answer to store_find_unsafe, which is given back. */
bool pager_watch_unsafe(struct pager *pager, bool found, uint64_t *unsafe);

/* A space or a store of PAGER comes or goes.  The lock is held. */
void pager_watch_space(struct pager *pager, struct as *as, bool comes);
void pager_watch_store(
	struct pager *pager, const struct store *store, bool comes);

#define PAGER_IS_WATCHED(pager) __builtin_expect((pager)->watch != NULL, false)

/* A call that is about PAGES from START on begins. */
static inline void pager_begin(struct pager *pager, enum watch_kind kind,
	uint32_t number, unsigned detail, uint64_t start, uint64_t pages)
{
	const struct watch_record records[] = {
		{.kind = kind,
			.detail = detail,
			.number = number,
			.value = start},
		{.kind = WATCH_MORE, .value = pages},
	};

	if (PAGER_IS_WATCHED(pager))
		pager_watch_begin(pager, records, 2);
}

/* One that is about FRAME begins. */
static inline void pager_begin_frame(struct pager *pager, enum watch_kind kind,
	uint32_t frame, unsigned detail)
{
	const struct watch_record record = {
		.kind = kind, .detail = detail, .number = frame};

	if (PAGER_IS_WATCHED(pager))
		pager_watch_begin(pager, &record, 1);
}

/* And ends. */
static inline void pager_end(struct pager *pager, int result)
{
	if (PAGER_IS_WATCHED(pager))
		pager_watch_end(pager, result, 0);
}

/*
 * STORE is about to read or write: the lock is given up if it blocks.  KIND
 * and VALUE: as in a record.  Returns what pager_return wants.
 */
static inline unsigned pager_part(struct pager *pager,
	const struct store *store, enum watch_kind kind, uint64_t value)
{
	if (store->blocking | (pager->watch != NULL))
		return pager_watch_leave(pager, store, kind, value);
	return 0;
}

/* It has done so, with RESULT: the lock is held again.  Returns the result. */
static inline int pager_return(struct pager *pager, const struct store *store,
	unsigned lane, int result)
{
	if (store->blocking | (pager->watch != NULL))
		return pager_watch_return(pager, store, lane, result);
	return result;
}

/* The results of WATCH_OUTS but for the first, which pager_return has told. */
static inline int pager_result(struct pager *pager, int result)
{
	return PAGER_IS_WATCHED(pager) ? pager_watch_result(pager, result)
				       : result;
}

#endif
