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
 * An address of a space is a number, not a pointer, and memory is read, written
 * and borrowed by calls; unless the pager is a live one (selfpage_live): then
 * there is real memory behind the addresses, for plain loads and stores, and
 * programs that call go on working.
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

struct selfpage;	 /* a pager: frames and a policy */
struct selfpage_space;	 /* addresses, and what is mapped there */
struct selfpage_store;	 /* where the data of pages comes from and goes to */
struct selfpage_physmem; /* frames that several pagers share */
struct selfpage_control; /* the right to a number of them */

/* ==== selfpage_pager: making pagers, what they count, their check ==== */

/* How a pager is made.  Fill it with zeros but for what is wanted. */
struct selfpage_config {
	size_t config_bytes; /* sizeof(struct selfpage_config) */
	uint32_t frames;     /* that can hold pages at a time; 1 .. 2^28 */
	uint32_t page_bytes; /* a power of two, 64 .. 2^24; 0: 4096 */
	const char *policy;  /* by name; NULL: lru-hints */
	/* Values of all of its parameters, in the order in which `selfpage
	 * policies` names them; NULL: as they are.  And for policies that draw
	 * lots, what they start from; 0: 1. */
	const double *policy_values;
	uint32_t policy_values_count;
	uint64_t policy_seed;
	uint32_t stores_max; /* open at a time; 0: 64 */
	/* Pages that are read ahead at a time, at most, in maps that were
	 * called sequential; 0: 32; SELFPAGE_NO_READ_AHEAD: none. */
	uint32_t read_ahead;
	uint32_t private_max; /* private maps at a time; 0: 64 */
	/*
	 * Whose frames it has; NULL: frames of its own.  With a control, which
	 * stays the caller's, `frames` and `page_bytes` are 0: the pager has
	 * as many frames as the control guarantees, and while nobody needs
	 * them up to extra_max extra ones, which may be taken from it.  See
	 * selfpage_physmem.
	 */
	struct selfpage_control *control;
	uint32_t extra_max;
	/* FRAMES extra frames more are to be returned (selfpage_return) by
	 * DEADLINE, in ns of CLOCK_MONOTONIC; what is not is taken then.  May
	 * come from any thread, which it must not keep for long; may call all
	 * but selfpage_destroy.  NULL: the pager is not told. */
	void (*return_frames)(
		void *context, uint32_t frames, uint64_t deadline);
	void *return_context;
	/* Real memory behind the addresses, and how: SELFPAGE_LIVE, or one of
	 * those beside it (see selfpage_live).  Not with a control. */
	unsigned live;
	/* When no frame is free so many pages leave at once, at most, where
	 * taking a page away is dear, as with real memory while other threads
	 * run; 0: 1; up to 64.  And of so many that are to leave next those
	 * that were written to are written out before, with the policies lru,
	 * fifo and sfifo; 0: none.  Neither with a control. */
	uint32_t victim_batch;
	uint32_t clean_ahead;
	/* Not 0: a thread of the pager's own writes these, while the others go
	 * on.  A forked child has none, and writes in its own threads. */
	unsigned cleaner;
};

#define SELFPAGE_NO_READ_AHEAD UINT32_MAX

/* Since the pager was made, but for the last three, which are of now. */
struct selfpage_counts {
	uint64_t hard_faults;	  /* the data came from the store */
	uint64_t zero_faults;	  /* memory that was never written out */
	uint64_t soft_faults;	  /* the data was in a frame */
	uint64_t write_faults;	  /* the same, and a write had to be seen: a
				      page of a private map was copied */
	uint64_t copies;	  /* pages that private maps have copied */
	uint64_t prefetches;	  /* pages brought in before their use */
	uint64_t ahead_used;	  /* of those that were read ahead: used */
	uint64_t ahead_wasted;	  /* and gone without having been used */
	uint64_t evictions;	  /* by the policy's choice, or the program's */
	uint64_t choices;	  /* of them, by the program's */
	uint64_t choice_refused;  /* it named a page that may not be evicted */
	uint64_t writebacks;	  /* dirty pages written at eviction */
	uint64_t cleaned;	  /* and before they had to go */
	uint64_t drop_writebacks; /* and for dont-need, or behind a
				      sequential reader */
	uint64_t writeback_errors; /* of stores; the page was kept */
	uint64_t takebacks;	   /* uses of a page that was being written
				      back, which did not wait for that */
	uint64_t bad_faults;	   /* outside any map, against protection */
	uint64_t frames;	   /* the limit */
	uint64_t resident;	   /* frames in use */
	uint64_t pinned;	   /* of them, pinned or borrowed */
};

/*
 * Makes a pager.  Its frames' memory is taken at once.  Policies: lru-hints
 * (the one that follows all hints), lru, clock and fifo.  Errors: -EINVAL (a
 * number out of its range); -ENOENT (no policy has that name); -ENOTSUP (a
 * policy that must know the future; the system can't do what `live` asks for);
 * -ENOMEM; and with a control: -EBUSY (it
 * has a pager); -ECONNABORTED (its server is gone, or has cut it off).
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
 * page is named by its OFFSET in bytes.  They run in the thread that faults
 * or calls, for different pages at the same time, never two for one page, and
 * must call nothing of this library.  A positive value that is not named here
 * counts as -EIO.
 */
struct selfpage_store_functions {
	size_t functions_bytes; /* sizeof(struct selfpage_store_functions) */
	/* Fills the page: SELFPAGE_DATA, SELFPAGE_ZERO, or an error, which the
	 * thread that wanted the page gets; no frame is left behind then. */
	int (*page_in)(
		void *context, uint64_t offset, void *data, size_t bytes);
	/* Keeps the page: 0, or an error, which goes to whoever needed the
	 * frame, flushed or closed; the page then stays in its frame, dirty.
	 * NULL: the store can't be mapped to be written, but privately. */
	int (*page_out)(
		void *context, uint64_t offset, const void *data, size_t bytes);
	/* Makes safe what was paged out: 0, or an error; then the next sync
	 * makes it safe.  NULL: nothing needs to be done. */
	int (*sync)(void *context);
	/* Forgets BYTES bytes from OFFSET on: they are zeros from now on.  No
	 * page of them is being read or written meanwhile; but the pager's
	 * lock is held, so it must be quick.  0 or an error.  NULL: the store
	 * forgets nothing. */
	int (*forget)(void *context, uint64_t offset, uint64_t bytes);
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
 * Writes the dirty pages at BYTES bytes from OFFSET on, SELFPAGE_ALL for all,
 * back to the store; they stay in their frames.  After it the store has what
 * was written to them before the call: for a file, whoever else reads it sees
 * that; but it need not be on the disk.  Errors: -EINVAL; or the store's first
 * one: what could not be written is dirty still, the rest was written.
 */
int selfpage_store_flush(
	struct selfpage_store *store, uint64_t offset, uint64_t bytes);

#define SELFPAGE_ALL UINT64_MAX

/*
 * Writes all dirty pages back and makes safe what was written, now and
 * before: after a 0, all that was written to the store's pages before the
 * call is on the disk (a file: fdatasync; anonymous memory is never safe, and
 * gives 0).  Errors: the store's first one.  Then what could not be written
 * is dirty still, and pages that the failed sync has left unsafe and that are
 * in frames are dirty again (with a control, as many as it guarantees): another
 * sync writes them again, and succeeds only when no page is unsafe any more.
 */
int selfpage_store_sync(struct selfpage_store *store);

/*
 * The first page at or above OFFSET that a failed sync has left unsafe: it was
 * written to the file, but may not be on the disk, and no later sync says so
 * unless the page is written again.  Errors: -ENOENT: there is none.
 */
int selfpage_store_find_unsafe(
	struct selfpage_store *store, uint64_t offset, uint64_t *offset_out);

/* How much of a store is where, now. */
struct selfpage_store_counts {
	uint64_t resident; /* pages in frames */
	uint64_t dirty;	   /* of them, those that the store has not yet */
	uint64_t pinned;   /* of them, pinned or borrowed */
	uint64_t maps;	   /* that show the store */
};

/*
 * Fills in the counts.  COUNTS_BYTES is sizeof(struct selfpage_store_counts).
 * Its cost is that of a look at each resident page of the store.
 */
int selfpage_store_read_counts(struct selfpage_store *store,
	struct selfpage_store_counts *counts_out, size_t counts_bytes);

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

/* What may be done to memory, and what is wanted of it: 0, SELFPAGE_READ, or
 * both. */
enum {
	SELFPAGE_READ = 1,
	SELFPAGE_WRITE = 2,
};

/* How memory is mapped. */
enum {
	/*
	 * The space has copies of its own of the pages that it writes to: the
	 * store and others that map it never see what was written, and they go
	 * when they are unmapped.  What others write shows in pages that were
	 * not written to.  A store that can't be written to can be mapped so.
	 */
	SELFPAGE_PRIVATE = 1,
	/* At the address, or not at all. */
	SELFPAGE_EXACT = 2,
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
 * Maps BYTES bytes from ADDRESS on, exactly there, to STORE from OFFSET on.
 * One store can be mapped many times, in many spaces: all see the same pages.
 * Errors: -EEXIST (a map is there); -EACCES (SELFPAGE_WRITE, and the store
 * can't be written); -EINVAL; -ENOMEM (also: more than MAPS_MAX).
 */
int selfpage_map(struct selfpage_space *space, uint64_t address, uint64_t bytes,
	struct selfpage_store *store, uint64_t offset, unsigned protection);

/* All that can be said of a map.  Fill it with zeros but for what is wanted. */
struct selfpage_request {
	size_t request_bytes; /* sizeof(struct selfpage_request) */
	struct selfpage_store *store;
	uint64_t offset; /* in the store */
	uint64_t bytes;
	uint64_t address;     /* where it is wanted; 0: anywhere, unless
				 SELFPAGE_EXACT */
	uint64_t align_bytes; /* a power of two, of which the address is a
				 multiple; 0: a page */
	unsigned protection;  /* set of SELFPAGE_READ, SELFPAGE_WRITE */
	unsigned flags;	      /* set of SELFPAGE_PRIVATE, SELFPAGE_EXACT */
};

/*
 * Maps what REQUEST says, and gives the place: at the address if that is
 * free, else, unless SELFPAGE_EXACT, at the lowest that is, which is never 0.
 * ADDRESS_OUT may be NULL with SELFPAGE_EXACT.  Errors: those of selfpage_map;
 * -ENOMEM also: it fits nowhere, or more than private_max private maps; with
 * SELFPAGE_PRIVATE those of selfpage_use_swap.
 *
 * A private map takes 36 bytes of memory a page, at once, for as many pages as
 * its copies can have places in the swap file.
 */
int selfpage_map_request(struct selfpage_space *space,
	const struct selfpage_request *request, uint64_t *address_out);

/*
 * Where the copies of private maps go that do not fit the frames: the swap
 * file SWAP_FD, which stays the caller's, or -1: a temporary file of the
 * pager's own.  At most BYTES_MAX bytes are ever in it.  Without this call,
 * the first private map makes a temporary file for 1 GiB.  Errors: -EBUSY: the
 * pager has a swap file already; -EBADF; -ENOMEM; -errno of the making of a
 * temporary file.
 */
int selfpage_use_swap(struct selfpage *pager, int swap_fd, uint64_t bytes_max);

/*
 * Gives what is mapped in BYTES bytes from ADDRESS on PROTECTION.  What is
 * taken away is so at once, but for pages that are borrowed.  Errors: -EACCES
 * (SELFPAGE_WRITE, and a map there is of a store that can't be written, and
 * not private); -ENOMEM (some of it is in no map; or a map can't be split);
 * nothing was changed then.
 */
int selfpage_protect(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, unsigned protection);

/*
 * Unmaps what is mapped in BYTES bytes from ADDRESS on.  The data stays in
 * the store, or in frames on its way there; the copies of private maps go.  A
 * borrowed page stays where it is until it is given back.  Errors: -EINVAL;
 * -ENOMEM (the map can't be split).
 */
int selfpage_unmap(
	struct selfpage_space *space, uint64_t address, uint64_t bytes);

/* A map, or a part of one that was split. */
struct selfpage_map_info {
	uint64_t address, bytes;
	struct selfpage_store *store;
	uint64_t offset;     /* in the store */
	unsigned protection; /* set of SELFPAGE_READ, SELFPAGE_WRITE */
	unsigned flags;	     /* SELFPAGE_PRIVATE */
	/* what was advised, and lasts */
	unsigned priority;
	int read_once, sequential, pinned; /* 1: it was */
};

/*
 * Tells of the first map that ends after ADDRESS, which is any: so that all
 * are found by going on at the end of the last.  INFO_BYTES is sizeof(struct
 * selfpage_map_info).  Errors: -ENOENT: there is none.
 */
int selfpage_find_map(struct selfpage_space *space, uint64_t address,
	struct selfpage_map_info *info_out, size_t info_bytes);

/* What a page is, now. */
enum {
	SELFPAGE_MAPPED = 1,   /* it is in a map */
	SELFPAGE_RESIDENT = 2, /* it is in a frame, or being read into one */
	SELFPAGE_DIRTY = 4,    /* the store does not have it yet */
	SELFPAGE_PINNED = 8,   /* by advice */
	SELFPAGE_BORROWED = 16,
	SELFPAGE_BUSY = 32, /* it is being read or written */
	SELFPAGE_COPY = 64, /* it is a private map's copy */
};

/*
 * Tells of each page of BYTES bytes from ADDRESS on what it is, in a byte each:
 * a set of the names above, 0 where nothing is mapped.  Others may change it
 * at once.  As mincore.
 */
int selfpage_look(struct selfpage_space *space, uint64_t address,
	uint64_t bytes, uint8_t *states_out);

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
 * write what others flush or copy privately: a page borrowed to be written is
 * dirty when it is given back, whatever was flushed meanwhile.  Errors: those
 * of selfpage_read; -ENOMEM also if no frame would be left to evict.
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
 * Discards the content of the pages that are mapped in BYTES bytes from
 * ADDRESS on: for memory whose content nobody wants any more.  Nothing is
 * written back, the frames are free, and so are places in a swap file.  What
 * is read there next are zeros, if the store is anonymous memory or has a
 * function `forget`; in other stores it is what the store has, some older
 * content; in private maps it is the store's page.  Pinned pages go too, and
 * are pinned again when they come back; borrowed ones stay as they are.
 * MADV_DONTNEED, or MADV_REMOVE.  Errors: -EINVAL; or those of `forget`: the
 * rest was still done.
 */
int selfpage_discard(
	struct selfpage_space *space, uint64_t address, uint64_t bytes);

/* ==== selfpage_hooks: victims of one's own choice, upcalls, observers ==== */

/*
 * A page, by its store and its offset there; or, where the store is NULL, by
 * a space and an address: the only way to name a copy of a private map.
 */
struct selfpage_page {
	struct selfpage_store *store;
	uint64_t offset;
	struct selfpage_space *space;
	uint64_t address;
};

/* A frame is needed, and none is free. */
struct selfpage_situation {
	struct selfpage *pager;
	struct selfpage_page wanted; /* both names of the page that needs it;
					zeros: it is to be given away */
	uint64_t frames;	     /* the limit */
	uint64_t pinned;	     /* of them, pinned or borrowed */
};

/* Who has chosen the page that leaves its frame. */
enum selfpage_chooser {
	SELFPAGE_BY_POLICY,
	SELFPAGE_BY_PROGRAM, /* its own choice of a victim */
	/* Nobody, it had to go: dont-need, discard, unmapping a copy, closing
	 * its store, or behind a sequential reader.  These are not counted as
	 * evictions. */
	SELFPAGE_BY_CALL,
};

enum selfpage_fault_kind {
	SELFPAGE_FAULT_SOFT,  /* the data was in a frame */
	SELFPAGE_FAULT_HARD,  /* it came from the store */
	SELFPAGE_FAULT_ZERO,  /* memory that was never written out */
	SELFPAGE_FAULT_WRITE, /* it was in a frame, and copied */
};

struct selfpage_fault_event {
	struct selfpage_page page; /* both names; a store of NULL: no map */
	int error;		   /* 0, or what the fault has failed with */
	enum selfpage_fault_kind kind; /* if there was no error */
	int prefetch; /* 1: nobody waits: will-need, or read ahead */
};

struct selfpage_eviction_event {
	struct selfpage_page page; /* by store and offset */
	enum selfpage_chooser chooser;
	int dirty; /* 1: it was; it has been written unless it was discarded */
	int copy;  /* 1: it is a private map's copy of that page (no store: of
		      one that is closed) */
};

/* What memory is short of. */
enum selfpage_pressure {
	/* Free frames are fewer than free_low. */
	SELFPAGE_PRESSURE_FREE,
	/* A page was evicted, the first since a frame was free. */
	SELFPAGE_PRESSURE_EVICTIONS,
	/* Frames that are neither pinned nor borrowed are fewer than
	 * unpinned_low. */
	SELFPAGE_PRESSURE_PINS,
};

struct selfpage_pressure_event {
	struct selfpage *pager;
	enum selfpage_pressure kind;
	uint64_t frames;   /* the limit */
	uint64_t free;	   /* of them, holding nothing */
	uint64_t unpinned; /* of them, neither pinned nor borrowed */
};

/*
 * What a program wants to be asked and told.  Fill it with zeros but for what
 * is wanted.
 *
 * `choose` and the observers run in the thread that faults or calls, with the
 * pager's lock held: they must be quick, and may call nothing of this library
 * but, in `choose`, selfpage_look_at.  They see each event of one pager after
 * the other.
 *
 * `pressure` runs with no lock held, in the thread whose call has crossed a
 * mark, at the end of that call or between two pages of it; never twice at a
 * time.  It may call all but selfpage_set_hooks and selfpage_destroy: advise
 * and discard are what it is for.  What its own calls cross is told after it
 * has returned.  Each kind is told once a crossing: again only after free
 * frames were at least free_high (and 1), or unpinned ones unpinned_high, at
 * the end of some call.
 */
struct selfpage_hooks {
	size_t hooks_bytes; /* sizeof(struct selfpage_hooks) */
	void *context;
	/*
	 * Names the page that is to leave its frame, and returns 1; or 0: the
	 * policy chooses.  A page that is not resident, or pinned, borrowed or
	 * busy, is refused and counted, and the policy chooses; so it does
	 * where the page could not be written back.  Asked once an eviction,
	 * but not where will-need makes room: that evicts what is colder.
	 */
	int (*choose)(void *context, const struct selfpage_situation *situation,
		struct selfpage_page *victim_out);
	void (*fault)(void *context, const struct selfpage_fault_event *event);
	void (*evict)(
		void *context, const struct selfpage_eviction_event *event);
	void (*pressure)(
		void *context, const struct selfpage_pressure_event *event);
	uint32_t free_low, free_high;	      /* frames; a low of 0: never */
	uint32_t unpinned_low, unpinned_high; /* the same */
};

/*
 * Sets the program's hooks, a copy, instead of those before; NULL: none.
 * Marks count as not crossed yet.  Errors: -EINVAL (a high below its low);
 * -EBUSY: `pressure` is under way.
 */
int selfpage_set_hooks(
	struct selfpage *pager, const struct selfpage_hooks *hooks);

/*
 * What PAGE is: 0, it is in no frame; or a set of SELFPAGE_RESIDENT,
 * SELFPAGE_DIRTY, SELFPAGE_PINNED, SELFPAGE_BORROWED and SELFPAGE_BUSY.  One
 * that has none of the last three may be named.  Only for `choose`.  The cost
 * is that of one look-up in a tree.
 */
unsigned selfpage_look_at(const struct selfpage_situation *situation,
	const struct selfpage_page *page);

/* ==== selfpage_log: a record of what a pager saw and chose ==== */

/*
 * From now on PAGER, to which nothing was done yet, writes all that it sees
 * and chooses to FD, which stays the caller's and open: faults, hints, changes
 * of maps, what stores and hooks answered, each victim.  `selfpage replay
 * --verify` makes another pager do the same and tells whether it chose the
 * same.  16 bytes a record and some ten records a fault, in blocks of 64 KiB;
 * of a process that is killed the last block is lost.  In a process that was
 * forked the log does not go on.  Errors: -EBUSY (the pager has, or had,
 * spaces or stores, or has a log); -ENOTSUP (its frames are a control's);
 * -ENOMEM; the error of the first write.
 */
int selfpage_log_start(struct selfpage *pager, int fd);

/*
 * Ends the log; selfpage_destroy does too.  A write that failed, as on a full
 * disk, has ended it before, and the pager has gone on: then that error is
 * returned, and what the file has is good up to there.  Errors: -EINVAL (there
 * is no log); -EUSERS (more than 256 threads were faulting at a time).
 */
int selfpage_log_stop(struct selfpage *pager);

#ifdef __cplusplus
}
#endif

#include <selfpage-live.h>
#include <selfpage-physmem.h>

#endif
