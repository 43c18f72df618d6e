/*
 * The parts of the tool and what they give each other.
 *
 *     instrument.c   program text -> code that writes sections to the ring
 *     ring.c         the ring and its chunks; who listens
 *     regions.c      address space and kernel accesses -> records
 *     names.c        what anonymous memory is called, and who asked for it
 *     marks.c        what the program says
 *     main.c         options; threads, processes, signals
 *
 * Valgrind calls its tools without a context, so each file keeps its state
 * in one static structure.
 */
#ifndef PAGETRACE_TOOL_H
#define PAGETRACE_TOOL_H

#include <pub_tool_basics.h>
#include <pub_tool_tooliface.h>

#include "pagetrace/protocol.h"

/* ---- ring.c ---- */

/*
 * Maps a ring that nobody reads, or, with the path of a control pipe, one
 * that its reader has taken.  False: nobody did; the program goes on without
 * being recorded.  Called again in a forked child.
 */
Bool ring_open(const HChar *control);

/* Where the generated code finds `next` and `end`: the same for ever. */
struct pagetrace_ring *ring_header(void);

/* The chunk is full: hands it over and takes the next.  Called by the
 * generated code between blocks of text. */
void ring_turn(void);

/* HEAD and COUNT words behind it. */
void ring_words(ULong head, const ULong *words, UInt count);
/* A record without a name. */
void ring_record(ULong head, const ULong *words);
/* ... and with one behind WORDS.  The head's count is filled in. */
void ring_named(ULong head, const ULong *words, UInt count, const HChar *name);

/* The rest goes to the reader: the process ends. */
void ring_close(void);

/* ---- instrument.c ---- */

void instrument_init(void);
IRSB *instrument(VgCallbackClosure *closure, IRSB *in,
	const VexGuestLayout *layout, const VexGuestExtents *extents,
	const VexArchInfo *host, IRType guest_word, IRType host_word);
void instrument_discard(Addr address, VexGuestExtents extents);
/* Tells the ring of all sections that there are: a forked child's reader
 * knows none. */
void instrument_tell_all(void);
/* The program is at the instruction ADDRESS, and will not go on with the
 * section that it is in, if it is in one. */
void instrument_fault(Addr address, Bool is_fault);

/* ---- regions.c ---- */

void regions_init(void);
/* Tells the ring of the address space as it is, and from now on of what
 * becomes of it. */
void regions_tell_all(void);
/* The program names what anonymous memory there is in [start, end) by a string
 * of its own; 0: takes the name back. */
void regions_name(Addr start, Addr end, Addr name);
/* A map at FROM is about to be moved or to be made longer; and then is
 * [start, end), if that could be done. */
void regions_remap_begin(Addr from);
void regions_remap_end(Addr start, Addr end);
/* Copies a string of the program's, or what of it can be read. */
void regions_read_name(Addr from, HChar *to, SizeT bytes);

/* ---- names.c ---- */

void names_init(void);
/* [start, end) is called NAME now, NULL: nothing; at other addresses all stays
 * as it was. */
void names_give(Addr start, Addr end, const HChar *name);
/* What START is called, up to *END, which is lowered where that is less. */
const HChar *names_find(Addr start, Addr *end);
/* "[anon:FUNCTION]", of who asks for memory now.  Overwritten by the next. */
const HChar *names_of_caller(void);

/* ---- marks.c ---- */

void marks_init(void);
/* The program says the string at NAME. */
void marks_said(Addr name);
/* It has written so much to FD: marks, if that is the file of marks. */
void marks_written(Int fd, Addr data, SizeT bytes);

#endif
