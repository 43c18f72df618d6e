/*
 * What the files of public-fuzz share: a naive model of all that can be seen
 * through selfpage.h, and the world that is held against it.
 *
 *	public-fuzz.c          worlds, steps, the main function
 *	public-fuzz-check.c    what is compared after each step
 *	public-fuzz-access.c   reading, writing, borrowing
 *	public-fuzz-space.c    maps, protection, hints
 *	public-fuzz-store.c    stores of three kinds
 *	public-fuzz-hooks.c    victims of the program's choice, upcalls
 *
 * The model has no maps: each page of each space knows for itself what it
 * shows and what was said of it.
 */
#ifndef MM_TEST_PUBLIC_FUZZ_H
#define MM_TEST_PUBLIC_FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/selfpage.h"
#include "mm/test/trouble.h"

enum {
	PAGE = 64,
	SPACES = 3,
	SPACE_PAGES = 40,
	STORES = 5,
	STORE_PAGES = 24,
	BORROWS = 5,
};

#define BOTH ((unsigned)(SELFPAGE_READ | SELFPAGE_WRITE))

enum store_kind { STORE_FILE, STORE_ANONYMOUS, STORE_OWN, STORE_KINDS };

struct model_store {
	struct selfpage_store *store; /* NULL: it is closed */
	enum store_kind kind;
	bool read_only, forgets;
	int memory;		     /* what a file or swap file is made of */
	int fd;			     /* that file, while it is open; or -1 */
	char now[STORE_PAGES][PAGE]; /* what all see who map it shared */
	/* What it would be if all frames were lost; NULL: nobody knows. */
	char (*kept)[PAGE];
	bool unsafe; /* a sync has failed */
	bool destroyed;
	struct fuzz *fuzz;
};

struct model_page {
	struct model_store *store; /* NULL: nothing is mapped there */
	unsigned page;		   /* of the store */
	unsigned protection;
	unsigned private_id; /* of the map that it is of; 0: it is shared */
	bool copied;	     /* it shows this: */
	char copy[PAGE];
	/* hints that last */
	bool pinned, read_once, sequential;
	unsigned priority;
	/* selfpage_look's, after the last step; pins are lost if UNPINNED */
	uint8_t state;
	bool unpinned;
};

struct model_space {
	struct selfpage_space *space; /* NULL: there is none */
	struct model_page *pages;     /* [SPACE_PAGES] */
};

struct model_borrow {
	char *data; /* the page's first byte; NULL: nothing is borrowed */
	struct model_space *space;
	bool writable;
	char *content; /* the model's */
	/* of a copy that nobody shows any more */
	char orphan[PAGE];
};

struct fuzz {
	uint64_t seed, random;
	unsigned long step; /* of this world */
	struct selfpage *pager;
	struct selfpage_config config;
	struct model_space spaces[SPACES];
	struct model_store stores[STORES];
	struct model_borrow borrows[BORROWS];
	int swap;	      /* the file for copies of private maps */
	unsigned private_ids; /* that there have been */
	bool tight_swap;      /* swap files may be full */
	bool tight_maps;      /* spaces may have no room for more maps */
	unsigned mildness;    /* one call in so many has trouble; 0: none */
	uint64_t struck[TROUBLE_KINDS]; /* when the last call began */
	struct selfpage_hooks hooks;	/* all zeros: none */
	struct selfpage_counts counted; /* when they were set */
	uint64_t seen_faults[4], seen_prefetches, seen_evictions;
	uint64_t seen_choices;
	struct selfpage_page chosen; /* by the last `choose` */
	bool pressed;		     /* `pressure` is under way */
	bool upcalled; /* `pressure` has done something during this call */
};

unsigned draw(struct fuzz *fuzz, unsigned below);

/* Ends the program with a message, unless HOLDS. */
void expect(const struct fuzz *fuzz, bool holds, const char *what, int got);

/* Before a call: with trouble or without. */
void begin_call(struct fuzz *fuzz);

/* After it: is ERROR the one that is right, or one that trouble has brought
 * during the call?  -ENOMEM also if RIGHT_TOO is.  Trouble has ended. */
void end_call(struct fuzz *fuzz, const char *what, int error, int right);
void end_call_or(struct fuzz *fuzz, const char *what, int error, int right,
	int right_too);

/* What the page shows, in the model. */
char *content_of(struct model_page *page);

/* The page of the space, or NULL if there is none or nothing is mapped. */
struct model_page *page_at(const struct model_space *space, uint64_t number);

/* A space that there is, or NULL. */
struct model_space *draw_space(struct fuzz *fuzz);
struct model_store *draw_store(struct fuzz *fuzz);

/* Is what has this content borrowed?  To be written? */
bool is_borrowed(const struct fuzz *fuzz, const char *content);
bool is_borrowed_to_write(const struct fuzz *fuzz, const char *content);

/* A private page is written to: from now on it has a copy. */
void make_copy(struct model_page *page);

/* A call has failed that may have made copies of these pages. */
void note_copies(struct fuzz *fuzz, const struct model_space *space,
	uint64_t number, unsigned count);

/* The copy goes, from the model; who has borrowed it keeps it. */
void drop_copy(struct fuzz *fuzz, struct model_page *page);

/* Pins of frames that have this content may be gone. */
void note_unpinned(struct fuzz *fuzz, const struct model_page *page);

/* What is in no frame any more is what is kept, where it can be known. */
void fall_back(struct fuzz *fuzz, struct model_store *store, unsigned page);

/* Compares all that can be without a fault, and a sample by reading it. */
void check_world(struct fuzz *fuzz);

/* ---- steps ---- */

void step_read(struct fuzz *fuzz);
void step_write(struct fuzz *fuzz);
void step_borrow(struct fuzz *fuzz);
void step_use_borrowed(struct fuzz *fuzz);
void step_give_back(struct fuzz *fuzz);
void give_back(struct fuzz *fuzz, struct model_borrow *borrow);

void step_space(struct fuzz *fuzz);
void step_map(struct fuzz *fuzz);
void step_map_request(struct fuzz *fuzz);
void step_unmap(struct fuzz *fuzz);
void step_protect(struct fuzz *fuzz);
void step_advise(struct fuzz *fuzz);
void step_discard(struct fuzz *fuzz);
void step_find_maps(struct fuzz *fuzz);
void step_bad_call(struct fuzz *fuzz);
void destroy_space(struct fuzz *fuzz, struct model_space *space);

void step_open(struct fuzz *fuzz);
void step_close(struct fuzz *fuzz);
void step_discard_store(struct fuzz *fuzz);
void step_flush(struct fuzz *fuzz);
void step_sync(struct fuzz *fuzz);
void close_store(struct fuzz *fuzz, struct model_store *store);

void step_hooks(struct fuzz *fuzz);
void check_hooks(struct fuzz *fuzz);

#endif
