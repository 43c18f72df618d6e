/*
 * The text that Valgrind's Lackey writes with --trace-mem=yes, parsed.
 *
 *     I  04001090,3      fetch of 3 bytes
 *      L 1ffefffe7e,1    load
 *      S 04222cac,4      store
 *      M 0421c7cc,4      load and store (read, change, write)
 *
 * A line is one reference for each page it touches; M is two, a load and a
 * store, and both go into one event.  An access over a page border touches
 * two pages: the lower one comes first.
 *
 * With --trace-syscalls=yes and --trace-sched=yes Valgrind adds lines that
 * tell what the address space looks like and which thread runs:
 *
 *     SYSCALL[812,1](9) sys_mmap ( 0x0, 8192, 3, 34, 4294967295, 0 )
 *                                      --> [pre-success] Success(0x4835000)
 *     --812--   SCHED[2]:  acquired lock (VG_(scheduler):timeslice)
 *
 * They become region events and thread ids.  The format of traces has no
 * event for a change of protection: an mprotect is told as a map only where
 * nothing could be accessed before (glibc reserves the heaps of its threads
 * so), since there no page is lost by it.
 */
#ifndef TRACER_LACKEY_H
#define TRACER_LACKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/import-runs.h"

struct lackey;

struct lackey_options {
	uint32_t page_bytes; /* a power of two */
	unsigned kinds;	     /* set of enum trace_kind: others are left out */
	bool strict;	     /* a line of no known kind is an error */
};

/* SINK and its context must live as long as the parser. -ENOMEM. */
int lackey_open(const struct lackey_options *options,
	const struct run_sink *sink, struct lackey **out);
void lackey_close(struct lackey *lackey);

/*
 * Parses BYTES of TEXT: whole lines, the last with its newline, followed by
 * PARSE_PADDING bytes that may be read (and mean nothing).  All runs are
 * handed to the sink before it returns.  0; -EINVAL at a bad line (strict):
 * *BAD_OUT points to it; or the sink's error.  About 10 ns a line.
 */
int lackey_feed(struct lackey *lackey, const char *text, size_t bytes,
	const char **bad_out);

/*
 * The maps that the program starts with: TEXT is its /proc/PID/maps.
 * Valgrind's own are left out.  0 or the sink's error.
 */
int lackey_feed_maps(struct lackey *lackey, const char *text);

/* What the lines told besides references. */
/* Lines taken so far, a bad one included. */
uint64_t lackey_lines(const struct lackey *lackey);
uint64_t lackey_references(const struct lackey *lackey);
uint64_t lackey_children(const struct lackey *lackey);
/* What the program replaced itself with by exec, NULL: it did not. */
const char *lackey_exec(const struct lackey *lackey);

#endif
