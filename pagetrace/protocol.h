/*
 * What passes from the Valgrind tool to the recorder, and how.
 *
 *     program under the tool                      selfpage record
 *     ----------------------                      ---------------
 *     shared memory,
 *     life line ------------- struct hello ------> attaches the memory, opens
 *                          (the control pipe)      the line by /proc/PID/fd
 *     generated code
 *       -> chunk 0, 1, ... of the shared ring ---> reads chunk after chunk
 *                                                  and gives each back
 *
 * 1. The stream is 64-bit words.  A word whose top bit is not set is a
 *    *section*: a stretch of program text that was run, by its number, and
 *    behind it the addresses of its loads and stores, in order.  What the
 *    section holds was told before, once, when it was translated.  A word
 *    with the top bit set begins another record, see enum pagetrace_record.
 * 2. No record goes over the end of a chunk.
 * 3. `next` in the ring is where the tool goes on.  The generated code keeps
 *    it there, so that nothing is lost when the program is killed: what lies
 *    before it is whole.
 * 4. The tool holds the write end of the life line, close-on-exec: it hangs
 *    up when the process ends or becomes another program.
 *
 * This header is under the licence of the project (BSD-2-Clause), as the
 * recorder includes it, too.
 */
#ifndef PAGETRACE_PROTOCOL_H
#define PAGETRACE_PROTOCOL_H

#include <stdint.h>

#define PAGETRACE_VERSION 2
#define PAGETRACE_CHUNKS 16
#define PAGETRACE_CHUNK_WORDS (1u << 15)
/* The generated code asks for room once a block of program text; this much
 * is always left for it behind `end`. */
#define PAGETRACE_MARGIN_WORDS 1024u
#define PAGETRACE_NAME_MAX 4096u

/* How a process says that it is there.  Written with one write. */
struct pagetrace_hello {
	uint32_t version;
	uint32_t ring_bytes;
	int32_t process, parent;
	int32_t memory;	   /* its number, for shmat */
	int32_t life_line; /* a file descriptor of the process */
};

/* The first page of the shared memory; the chunks follow. */
struct pagetrace_ring {
	/* Of the tool: addresses in the program. */
	uint64_t next;	/* where the next word goes */
	uint64_t end;	/* where a block of text may not begin any more */
	uint64_t start; /* of the chunk that `next` is in */
	uint32_t chunk; /* its number, since the beginning */
	_Alignas(64) uint32_t bell; /* changes with all that follows */
	uint32_t published;	    /* chunks, since the beginning */
	uint32_t chunk_words[PAGETRACE_CHUNKS];
	/* Of the recorder. */
	_Alignas(64) uint32_t consumed; /* chunks that may be used again */
	uint32_t reader_waits;		/* for the bell */
	uint32_t attached;		/* may start */
	uint32_t stop;			/* nobody listens any more */
	/* Of the tool. */
	_Alignas(64) uint32_t writer_waits; /* for `consumed` */
};

#define PAGETRACE_RING_BYTES 4096u
#define PAGETRACE_BYTES                                                        \
	(PAGETRACE_RING_BYTES + PAGETRACE_CHUNKS * PAGETRACE_CHUNK_WORDS * 8u)

_Static_assert(sizeof(struct pagetrace_ring) <= PAGETRACE_RING_BYTES,
	"the chunks begin at the second page");

/*
 * A record's first word: its kind, how many words follow, and a number (a
 * section's, a thread's, a protection).
 */
#define PAGETRACE_RECORD (UINT64_C(1) << 63)
#define PAGETRACE_HEAD(kind, words, number)                                    \
	(PAGETRACE_RECORD | (uint64_t)(kind) << 56 | (uint64_t)(words) << 32 | \
		(uint32_t)(number))
#define PAGETRACE_KIND(head) ((unsigned)((head) >> 56) & 127)
#define PAGETRACE_WORDS(head) ((uint32_t)((head) >> 32) & 0xffffff)
#define PAGETRACE_NUMBER(head) ((uint32_t)(head))

/* A name is one word with its length, and the bytes, padded to words. */
enum pagetrace_record {
	PAGETRACE_DEFINE,  /* number: section, from now on; a word an access */
	PAGETRACE_THREAD,  /* number: thread that goes on */
	PAGETRACE_KERNEL,  /* number: thread; access kind, address, bytes */
	PAGETRACE_MAP,	   /* number: protection, 8 anonymous; start, end,
			      offset, name */
	PAGETRACE_UNMAP,   /* start, end */
	PAGETRACE_PROTECT, /* number: protection; start, end */
	PAGETRACE_REMAP,   /* old start, start, bytes, name */
	PAGETRACE_BRK,	   /* start, end of the heap */
	PAGETRACE_STACK,   /* start, end, lowest that it may grow to */
	PAGETRACE_THREAD_START, /* number: thread */
	PAGETRACE_THREAD_END,	/* number: thread */
	PAGETRACE_FORK,		/* number: process id of the child */
	PAGETRACE_EXEC,		/* name; it failed if anything follows */
	PAGETRACE_MARK,		/* name */
	PAGETRACE_NAME,		/* start, end of what is mapped and gets a
				   name; those of the map it is of, 0: it is
				   one by itself; name */
};

/*
 * What a library in the program asks the tool for, as SELFPAGE_MARK does: that
 * memory has a name, also one that a program can't give.  At the address that
 * goes with the request.
 */
#define PAGETRACE_NAMING_REQUEST 0x53500002ul
struct pagetrace_naming {
	uint64_t start, end;	     /* what is called so */
	uint64_t map_start, map_end; /* the map it is of; 0: it is one itself */
	uint64_t from;	/* not 0: it is called as this address is */
	char name[128]; /* "": after the function that asks */
};

/* A word of a DEFINE: what one access is. */
enum pagetrace_access {
	PAGETRACE_FETCH, /* with its address */
	PAGETRACE_LOAD,	 /* address: in the stream; 0 there: not done */
	PAGETRACE_STORE,
	PAGETRACE_MODIFY, /* load, then store */
};

#define PAGETRACE_ACCESS(kind, bytes, address)                                 \
	((uint64_t)(kind) << 62 | (uint64_t)(bytes) << 48 | (uint64_t)(address))
#define PAGETRACE_ACCESS_KIND(word) ((unsigned)((word) >> 62))
#define PAGETRACE_ACCESS_BYTES(word) ((uint32_t)((word) >> 48) & 0x3fff)
#define PAGETRACE_ACCESS_ADDRESS(word) ((word) & ((UINT64_C(1) << 48) - 1))

#endif
