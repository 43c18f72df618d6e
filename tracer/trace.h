/*
 * Reading and writing page-reference traces (.spt).
 *
 * A trace is made of events, each a run of references to one page by one
 * thread, and of region events between them: what becomes of the address
 * space, of threads and of the process.  References may have been left out
 * on the way where no memory of K frames or more can tell (sad.h); the trace
 * says so, and how many there were.
 *
 * A trace numbers its pages in order of first use ("page id", dense from 0),
 * so that a reader can keep a plain array a page.  The dictionary from page
 * id to virtual page number travels in the blocks.  Events come in blocks
 * that decode independently; a reader's memory is one block, plus 8 bytes a
 * distinct page once the dictionary is loaded.
 */
#ifndef TRACER_TRACE_H
#define TRACER_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"
#include "tracer/run.h"

enum trace_region_kind {
	TRACE_REGION_MAP = 1, /* mmap, and what is mapped at the start */
	TRACE_REGION_UNMAP,
	TRACE_REGION_BRK,     /* the heap is now [start, end) */
	TRACE_REGION_STACK,   /* a stack is now [start, end) */
	TRACE_REGION_PROTECT, /* [start, end) now has this protection */
	TRACE_REGION_REMAP,   /* [old_start, old_end) is now [start, end) */
	/* From here on nothing happens to the address space. */
	TRACE_REGION_THREAD_START, /* `thread`, its name if it has one */
	TRACE_REGION_THREAD_END,   /* `thread` */
	TRACE_REGION_FORK, /* child `number`; name: its trace, "" if none */
	TRACE_REGION_EXEC, /* the process becomes `name` */
	TRACE_REGION_MARK, /* the program said `name` */
	TRACE_REGION_GAP,  /* here `number` references were left out, 0 if not
			      counted: recording was off */
	TRACE_REGION_NAME, /* what is mapped at [start, end) is called so now */
};
#define TRACE_REGION_LAST TRACE_REGION_NAME

/* How the references of a trace relate to those of the program. */
enum trace_fidelity {
	TRACE_EVERY_REFERENCE,
	TRACE_FIRST_TOUCHES, /* only the first of each page (page faults) */
	TRACE_SAMPLED,	     /* one of so many: `period` */
};

/* From so many times a trace's reduction on, other policies than LRU and OPT
 * give nearly what they would have given. */
#define TRACE_CLOSE_TIMES 4

#define TRACE_BLOCK_EVENTS (1u << 18)	 /* at most, a block */
#define TRACE_PAGES_MAX (UINT32_MAX - 2) /* distinct pages a trace */
/* page[] and kinds[] may be read this far past the end of a block; page[] is
 * 0 there */
#define TRACE_LOOK_AHEAD 64

/*
 * A region event: before event number `event`, counted over the trace.  On
 * the way in `event` is not looked at: it lies behind what was added so far.
 */
struct trace_region {
	uint64_t event;
	uint64_t start, end;	     /* bytes, [start, end) */
	uint64_t offset;	     /* in the file, bytes */
	uint8_t kind;		     /* enum trace_region_kind */
	uint8_t protection;	     /* 1 read, 2 write, 4 execute */
	bool anonymous;		     /* no file behind it */
	uint32_t thread;	     /* whose doing it was, 0 if unknown */
	uint64_t number;	     /* FORK, GAP */
	uint64_t old_start, old_end; /* REMAP; NAME, the map that it is of */
	const char *name; /* file, "[heap]", "[stack]", or ""; see the kinds */
};

/* Whether pages lie at [start, end) from now on, or have another name. */
bool trace_region_brings_pages(const struct trace_region *region);

/* What those are called: a file's path, [heap], [stack], [anon:NAME], or
 * [anon]; "" where the source did not tell. */
const char *trace_region_name(const struct trace_region *region);

/* What a recorder can only tell at the end. */
struct trace_ending {
	/* The references by kind; all 0: not told. */
	uint64_t loads, stores, fetches;
	uint64_t kernel; /* ... and by the kernel, which the others leave out */
	uint64_t skipped; /* references before and between what is recorded */
	bool stopped;	  /* at a limit: the program went on */
};

struct trace_info {
	const char *path;
	const char *program;   /* what was recorded */
	const char *arguments; /* one string, shell-quoted; "" if none */
	const char *tool;      /* what recorded it, with its version */
	uint64_t date_s;       /* seconds since 1970, 0 if unknown */
	uint32_t page_bytes;
	uint32_t version;
	uint32_t process; /* its id, 0 if unknown */
	/* K: faults and write-backs of LRU and OPT are those of the program's
	 * references at K frames and more.  1: only runs were joined. */
	uint32_t reduction;
	enum trace_fidelity fidelity;
	uint64_t period; /* SAMPLED: one reference (or time unit) of so many */
	uint64_t events, references, pages, blocks;
	/* events with that kind; kernel: those by the kernel */
	uint64_t reads, writes, instructions, kernel;
	uint64_t regions; /* region events */
	uint64_t file_bytes;
	struct trace_ending ending; /* all 0 in a truncated trace */
	bool has_writes;	    /* the source told reads from writes */
	bool no_counts; /* the source did not tell how long runs are */
	bool truncated; /* no end: what is told is of the whole blocks */
};

struct trace_block {
	uint64_t first_event;	  /* number of the first, over the trace */
	uint64_t first_reference; /* references before it */
	uint64_t references;	  /* in this block, with those left out */
	uint32_t events;	  /* 0: nothing but region events */
	const uint32_t *page;	  /* [events] page id */
	const uint8_t *kinds;	  /* [events] set of enum trace_kind */
	/* NULL unless the reader was opened with_counts */
	const uint32_t *count;	/* [events] references in the run, >= 1 */
	const uint32_t *thread; /* [events] thread id, 0 if unknown */
	/* region events of this block, in order; the last ones may lie behind
	 * its last event */
	const struct trace_region *region;
	uint32_t regions;
};

/* ---- reading ---- */

struct trace_reader;

/*
 * Opens PATH, a regular file.  A trace without its end is opened with
 * info->truncated set.  Returns 0; -EINVAL: not a trace or corrupt; or the
 * system's -errno; each with a message that names file and place.
 */
int trace_reader_open(const char *path, bool with_counts,
	struct trace_reader **out, struct message *message);
void trace_reader_close(struct trace_reader *reader);
const struct trace_info *trace_reader_info(const struct trace_reader *reader);

/*
 * Loads the whole dictionary, once: *OUT[id] is the virtual page number.
 * Owned by the reader.  8 bytes a page.
 */
int trace_reader_load_pages(struct trace_reader *reader, const uint64_t **out,
	struct message *message);

/*
 * What tells this trace from all others: the XXH64 of its header, of its index
 * (where each block's checksum is) and of its tail; it costs reading 32 bytes a
 * block, not the blocks.  -errno, -EINVAL, with a message.
 */
int trace_reader_checksum(
	struct trace_reader *reader, uint64_t *out, struct message *message);

/*
 * Decodes block NUMBER (0 .. info->blocks - 1, in any order).  What it gives
 * is the reader's, until the next call.  -EINVAL: corrupt.
 */
int trace_reader_read(struct trace_reader *reader, uint64_t number,
	struct trace_block *block, struct message *message);

/* Addresses, in bytes: [start, end). */
struct trace_range {
	uint64_t start, end;
};

/*
 * From now on READER gives only the references to pages that lie in one of
 * COUNT ranges, at least with a part, as if there had been no others: runs are
 * joined over what is left out (within a block), pages are numbered anew, and
 * trace_reader_info tells of what is kept; what was gotten of the reader before
 * is void.  Region events all stay.  Of a reduced trace, references that are in
 * no event's count are left out too.  Reads the whole trace once; 20 bytes a
 * page and 16 a block.  -EINVAL: corrupt, or nothing is in the ranges; -ENOMEM.
 */
int trace_reader_only(struct trace_reader *reader,
	const struct trace_range *ranges, unsigned count,
	struct message *message);

/* ---- writing ---- */

struct trace_writer;

struct trace_writer_options {
	const char *program, *arguments, *tool;
	uint32_t page_bytes; /* a power of two */
	uint64_t date_s;
	uint32_t process;
	enum trace_fidelity fidelity;
	uint64_t period;
	bool has_writes;
	bool no_counts; /* each run will be told as one reference */
	/* What the references that come are reduced to already, and what they
	 * are to be reduced to here: see trace_info's reduction, which will be
	 * the larger of the two.  0, 1: no more than runs. */
	uint32_t reduced, reduce;
	unsigned threads;      /* that pack beside the caller's; 0: none */
	int level;	       /* zstd's; 0: the default */
	uint32_t block_events; /* at most, a block; 0: TRACE_BLOCK_EVENTS */
};

/* As many threads as pay on this machine: processors less one, at most 3. */
unsigned trace_writer_threads(void);

/*
 * Starts a trace that will be called PATH.  It is written under another name
 * beside it and takes its own at trace_writer_finish.  (A recorder that is
 * killed leaves PATH.part, readable to its last whole block.)
 */
int trace_writer_open(const char *path,
	const struct trace_writer_options *options, struct trace_writer **out,
	struct message *message);

/*
 * Adds COUNT references by THREAD to virtual page VPN.  Joined with the
 * event before when page, thread and TRACE_KERNEL are the same.  Any error is
 * kept and given by every later call, its message by trace_writer_finish.
 * -EINVAL: no kind of READ, WRITE, INSTRUCTION, or COUNT is 0; -EOVERFLOW:
 * more than TRACE_PAGES_MAX pages; -ENOMEM; or the system's -errno, -ENOSPC
 * for one.
 */
int trace_writer_add(struct trace_writer *writer, uint64_t vpn, unsigned kinds,
	uint32_t count, uint32_t thread);

/* The same for many, one after the other.  About 2 ns each. */
int trace_writer_add_touches(struct trace_writer *writer,
	const struct trace_touch *touches, size_t count, uint32_t thread);

/*
 * Tells of COUNT references that were seen to pages of events added lately,
 * but are in no event's count: a recorder that filters repeats counts them
 * all together.
 */
int trace_writer_left_out(struct trace_writer *writer, uint64_t count);

/* No reference is moved or joined over a region event. */
int trace_writer_region(
	struct trace_writer *writer, const struct trace_region *region);

/* Any time before the end; the last one counts. */
void trace_writer_set_ending(
	struct trace_writer *writer, const struct trace_ending *ending);

/*
 * Ends the trace, syncs it, gives it its name; frees the writer always.  On
 * an error what is whole stays as PATH.part, and the message says so.
 */
int trace_writer_finish(struct trace_writer *writer, struct message *message);

/* Gives up: removes the .part file, or keeps what is whole if KEEP. */
void trace_writer_abort(struct trace_writer *writer, bool keep);

#endif
