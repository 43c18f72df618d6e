/*
 * libselfpage: a program pages its own memory.
 *
 * A pager has a fixed number of frames.  A space is a range of addresses of
 * the program's choice; parts of it are mapped to stores: files, anonymous
 * memory with a swap file, or the program's own functions.  A page that is
 * used and is in no frame is a fault: the pager reads it from its store and
 * evicts another page, by the policy's choice and by what the program said of
 * its pages with selfpage_advise.
 *
 * In this version an address of a space is a number, not a pointer: memory is
 * read, written and borrowed by calls.  With a later one that has real memory
 * behind the addresses, programs that call as they do now go on working.
 *
 * Calls return 0 or a negative errno value; -EINVAL stands for NULL where
 * there must be something, and for sizes and places that are no whole pages.
 * What a call gives back goes to its last parameter, and is left alone if the
 * call fails.  Threads may call at the same time, but for what is being
 * destroyed.  Nothing is allocated while memory is used: only by the calls
 * that make pagers, spaces, stores and maps, or split maps.
 */
#ifndef SELFPAGE_H
#define SELFPAGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct selfpage;       /* a pager: frames and a policy */
struct selfpage_space; /* addresses, and what is mapped there */
struct selfpage_store; /* where the data of pages comes from and goes to */

/* ==== selfpage_pager: making pagers, what they count, their check ==== */

/* How a pager is made.  Fill it with zeros but for what is wanted. */
struct selfpage_config {
	size_t config_bytes; /* sizeof(struct selfpage_config) */
	uint32_t frames;     /* that can hold pages at a time; 1 .. 2^28 */
	uint32_t page_bytes; /* a power of two, 64 .. 2^24; 0: 4096 */
	const char *policy;  /* by name; NULL: lru-hints */
	uint32_t stores_max; /* open at a time; 0: 64 */
};

/* Since the pager was made, but for the last three, which are of now. */
struct selfpage_counts {
	uint64_t hard_faults;	   /* the data came from the store */
	uint64_t zero_faults;	   /* memory that was never written out */
	uint64_t soft_faults;	   /* the data was in a frame */
	uint64_t prefetches;	   /* pages brought in before their use */
	uint64_t evictions;	   /* by the policy's choice */
	uint64_t writebacks;	   /* dirty pages written at eviction */
	uint64_t drop_writebacks;  /* dirty pages written for dont-need */
	uint64_t writeback_errors; /* of stores; the page was kept */
	uint64_t bad_faults;	   /* outside any map, against protection */
	uint64_t frames;	   /* the limit */
	uint64_t resident;	   /* frames in use */
	uint64_t pinned;	   /* of them, pinned or borrowed */
};

/*
 * Makes a pager.  Its frames' memory is taken at once.  Policies: lru-hints
 * (the one that follows all hints), lru, clock and fifo.  Errors: -EINVAL (a
 * number out of its range); -ENOENT (no policy has that name); -ENOTSUP (a
 * policy that must know the future); -ENOMEM.
 */
int selfpage_create(
	const struct selfpage_config *config, struct selfpage **pager_out);

/*
 * Frees the pager.  Errors: -EBUSY: it has spaces or stores; nothing was
 * done.
 */
int selfpage_destroy(struct selfpage *pager);

/*
 * Fills in what it counted.  COUNTS_BYTES is sizeof(struct selfpage_counts).
 */
int selfpage_read_counts(struct selfpage *pager,
	struct selfpage_counts *counts_out, size_t counts_bytes);

/*
 * Proves the pager's invariants, for tests.  Returns NULL, or a sentence that
 * says which one does not hold.  No other call may be under way.
 */
const char *selfpage_check(struct selfpage *pager);

/*
 * The name of a policy that selfpage_create takes, by number from 0 on; NULL
 * past the last.
 */
const char *selfpage_policy_name(unsigned number);

/* ==== selfpage_store: files, swap, and a program's own stores ==== */

/* What a program's own page-in returns besides a negative errno value. */
enum {
	SELFPAGE_DATA = 0, /* the page was filled with its data */
	SELFPAGE_ZERO = 1, /* and with zeros: there was no data yet */
};

/*
 * A program's own store.  CONTEXT is the one given with these functions; a
 * page is named by its OFFSET in bytes.  They run in the thread that faults,
 * for different pages at the same time, and must not use the pager's memory.
 */
struct selfpage_store_functions {
	size_t functions_bytes; /* sizeof(struct selfpage_store_functions) */
	/* Fills the page: SELFPAGE_DATA, SELFPAGE_ZERO, or an error, which the
	 * thread that wanted the page gets. */
	int (*page_in)(
		void *context, uint64_t offset, void *data, size_t bytes);
	/* Keeps the page: 0, or an error; the pager then keeps it.  NULL: the
	 * store can't be mapped to be written. */
	int (*page_out)(
		void *context, uint64_t offset, const void *data, size_t bytes);
	/* Makes safe what was paged out.  May be NULL. */
	int (*sync)(void *context);
	/* The store is closed.  May be NULL. */
	void (*destroy)(void *context);
};

/*
 * Opens the file FD, from its start on, as a store.  FD stays the caller's
 * and open until the store is closed.  Past the file's end there are zeros;
 * pages written there make the file longer.  Errors: -EBADF; -ENFILE (more
 * stores than stores_max); -ENOMEM.
 */
int selfpage_store_open_file(
	struct selfpage *pager, int fd, struct selfpage_store **store_out);

/*
 * Opens anonymous memory: zeros until it is written.  What does not fit the
 * frames goes to the swap file SWAP_FD, which stays the caller's; -1: to a
 * temporary file of its own.  At most BYTES_MAX bytes are ever in the swap
 * file.  When it is full, pages are kept in their frames, and the error of
 * what needs a frame is -ENOSPC.  Errors: -EBADF; -ENFILE; -ENOMEM; -errno of
 * the making of a temporary file.
 */
int selfpage_store_open_anonymous(struct selfpage *pager, int swap_fd,
	uint64_t bytes_max, struct selfpage_store **store_out);

/*
 * Opens a store of the program's own FUNCTIONS, which are copied.  Errors:
 * -ENFILE; -ENOMEM.
 */
int selfpage_store_open_functions(struct selfpage *pager,
	const struct selfpage_store_functions *functions, void *context,
	struct selfpage_store **store_out);

/*
 * Writes the store's dirty pages back and makes them safe (fdatasync with a
 * file); they stay in their frames.  Errors: the store's first one; what
 * could not be written is still dirty, the rest was written.
 */
int selfpage_store_flush(struct selfpage_store *store);

/*
 * Closes a store that is mapped nowhere: writes its dirty pages back, frees
 * its frames and destroys it.  Errors: -EBUSY (mapped, or a page of it is
 * borrowed); or the store's; it is then still open, and nothing is lost.
 */
int selfpage_store_close(struct selfpage_store *store);

/*
 * The same, for data that nobody wants any more: nothing is written back.
 * Errors: -EBUSY.
 */
int selfpage_store_discard(struct selfpage_store *store);

/* ==== selfpage_space: address spaces and what is mapped in them ==== */

/* What may be done to memory, and what is wanted of it. */
enum {
	SELFPAGE_READ = 1,
	SELFPAGE_WRITE = 2,
};

/*
 * Makes an empty space for up to MAPS_MAX maps (0: 1024); a hint that lasts,
 * or an unmap, within a map splits it.  Errors: -ENOMEM.
 */
int selfpage_space_create(struct selfpage *pager, uint32_t maps_max,
	struct selfpage_space **space_out);

/*
 * Unmaps all and frees the space.  What its stores hold stays there.  Errors:
 * -EBUSY: a page is borrowed; nothing was done.
 */
int selfpage_space_destroy(struct selfpage_space *space);

/*
 * Maps BYTES bytes from ADDRESS on to STORE from OFFSET on; PROTECTION is
 * SELFPAGE_READ, with SELFPAGE_WRITE or without.  One store can be mapped
 * many times, in many spaces: all see the same pages.  The place is exactly
 * this one.  Errors: -EEXIST (a map is there); -EACCES (SELFPAGE_WRITE, and
 * the store can't be written); -EINVAL; -ENOMEM (also: more than MAPS_MAX).
 */
int selfpage_map(struct selfpage_space *space, uint64_t address, uint64_t bytes,
	struct selfpage_store *store, uint64_t offset, unsigned protection);

/*
 * The same at a place of the pager's choice: at HINT if that is free, else,
 * or with a HINT of 0, at the lowest place that is, which is never 0.
 */
int selfpage_map_anywhere(struct selfpage_space *space, uint64_t hint,
	uint64_t bytes, struct selfpage_store *store, uint64_t offset,
	unsigned protection, uint64_t *address_out);

/*
 * Unmaps what is mapped in BYTES bytes from ADDRESS on.  The data stays in
 * the store, or in frames on its way there.  Errors: -EINVAL; -ENOMEM (the
 * map can't be split).
 */
int selfpage_unmap(
	struct selfpage_space *space, uint64_t address, uint64_t bytes);

/* ==== selfpage_access: reading, writing and borrowing memory ==== */

/*
 * Copies BYTES bytes from ADDRESS on to BUFFER, or from BUFFER there.  They
 * need not be whole pages.  Pages that are in no frame are brought in.
 * Errors: -EFAULT (nothing is mapped there); -EACCES (against the map's
 * protection); -ENOMEM (all frames are pinned or borrowed); or the store's,
 * of a page-in or of the write-back that should make room.  What was before
 * the page with the error has then been copied.
 */
int selfpage_read(struct selfpage_space *space, uint64_t address, void *buffer,
	size_t bytes);
int selfpage_write(struct selfpage_space *space, uint64_t address,
	const void *buffer, size_t bytes);

/*
 * Borrows the page that holds ADDRESS for a short time: it stays in its frame
 * until it is given back, and *DATA_OUT is where the byte at ADDRESS lies.
 * The bytes up to the page's end may be read, and written if ACCESS has
 * SELFPAGE_WRITE.  A page can be borrowed many times; threads that write what
 * others read see to it themselves that they agree, and so do threads that
 * write what others flush: a page borrowed to be written is dirty when it is
 * given back, whatever was flushed meanwhile.  Errors: those of selfpage_read;
 * -ENOMEM also if no frame would be left to evict.
 */
int selfpage_borrow(struct selfpage_space *space, uint64_t address,
	unsigned access, void **data_out);

/*
 * Gives back what selfpage_borrow of the same space gave; DATA is any place
 * in the page.  Errors: -EINVAL: it is not borrowed.
 */
int selfpage_give_back(struct selfpage_space *space, const void *data);

/* ==== selfpage_advise: hints: what a program knows of its pages ==== */

/* Beside each hint the one of madvise that is nearest to it. */
enum selfpage_advice {
	/* No advice: takes back all that was said.  MADV_NORMAL */
	SELFPAGE_NORMAL,
	/* Uses come in no order.  MADV_RANDOM */
	SELFPAGE_RANDOM,
	/* Uses go upwards.  MADV_SEQUENTIAL */
	SELFPAGE_SEQUENTIAL,
	/* Each page is used for one short while, until four others of the kind
	 * were used, and never again, or not soon: from then on it is evicted
	 * before all pages of any priority.  None */
	SELFPAGE_READ_ONCE,
	/* The pages will be used soon: they are brought in now, which counts
	 * as prefetches, unless pages would make way that are hotter: of a
	 * higher priority, or needed too.  MADV_WILLNEED */
	SELFPAGE_WILL_NEED,
	/* The pages are not needed now: they are written back if dirty, and
	 * their frames are free.  MADV_PAGEOUT */
	SELFPAGE_DONT_NEED,
	/* The pages that are in frames are to be evicted first, until they
	 * are used again.  MADV_COLD */
	SELFPAGE_COLD,
	/* The pages, once in a frame, stay there.  mlock2, MLOCK_ONFAULT */
	SELFPAGE_PIN,
	/* Takes that back.  munlock */
	SELFPAGE_UNPIN,
	/* The value is the pages' priority, 0 .. SELFPAGE_PRIORITY_MAX: lower
	 * is evicted sooner.  None */
	SELFPAGE_PRIORITY,
};

enum {
	SELFPAGE_PRIORITY_NORMAL = 4,
	SELFPAGE_PRIORITY_MAX = 7,
};

/*
 * Tells what the program knows of the pages that are mapped in BYTES bytes
 * from ADDRESS on; VALUE is the priority, or 0.  Errors: -EINVAL (no such
 * advice or priority); -ENOMEM (more maps than MAPS_MAX; or SELFPAGE_PIN of
 * more pages than can be: one frame is always left to evict; nothing was
 * pinned then); or a store's, the rest was still done.
 */
int selfpage_advise(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, enum selfpage_advice advice, unsigned value);

/*
 * Frees the frames of the pages that are mapped in BYTES bytes from ADDRESS
 * on, and writes nothing back: for memory whose content nobody wants any
 * more.  What is read there next is what the store has: zeros, or some older
 * content.  Pinned and borrowed pages stay as they are.  The nearest of
 * madvise is MADV_FREE.  Errors: -EINVAL.
 */
int selfpage_discard(
	struct selfpage_space *space, uint64_t address, uint64_t bytes);

#ifdef __cplusplus
}
#endif

#endif
