/*
 * Leaving out references that no memory of K frames or more can tell.
 *
 * SAD, "safely allowed drop": S. F. Kaplan, Y. Smaragdakis and P. R. Wilson,
 * "Trace reduction for virtual memory simulations", SIGMETRICS 1999.  Of
 * three references a, b, c to one page, one after the other,
 *
 *	  a  x y x  b  y z z x  c
 *
 * b may go when fewer than K other pages are touched between a and c.  For
 * then, with K frames or more, the page stays from a to c, under LRU and
 * under OPT, with b and without it:
 *
 *	LRU	throws a page out after K others were touched since its last
 *		use: since a, already, there were fewer.  An other page x has
 *		p touched between two of its own uses at a or at c as well,
 *		or both its uses lie between a and c, where nothing touched
 *		since a is thrown out.
 *	OPT	throws out the page whose next use is furthest.  Were that p,
 *		between a and c, all the pages it is with and the one that
 *		comes in would have to be touched before c: K of them.  So the
 *		victim is another one, and it is the same whether p's next use
 *		is called b or c.
 *
 * So faults are the same, one by one.  Write-backs are, too, when c takes
 * over that b wrote: the page is not thrown out before c.  A page's last
 * reference is never left out, so OPT's choice among pages that are never
 * used again, by their last use, is the same as well.
 *
 * Left out one after the other, each b is judged by the references that are
 * left; other pages' touches only become fewer by that, so the trace as it
 * was gives the answer.  It is found in O(1): the K + 1 pages touched last
 * lie in a list in that order, and fewer than K others were touched since a
 * exactly if the (K + 1)st was touched last before a.
 *
 * Memory: 150 bytes times K, whatever the number of references and of pages.
 */
#ifndef TRACER_SAD_H
#define TRACER_SAD_H

#include <stdint.h>

#include "tracer/run.h"

#define SAD_FRAMES_MAX (1u << 28)

struct sad;

/* Gets what is left, in order.  An error ends the call that led to it. */
typedef int sad_emit(void *context, const struct trace_run *run);

/* FRAMES: K, 1 .. SAD_FRAMES_MAX.  -ENOMEM */
int sad_create(
	uint32_t frames, sad_emit *emit, void *context, struct sad **out);
void sad_destroy(struct sad *sad); /* NULL is fine */

/*
 * The next references.  What becomes of those that are left out: their count
 * is added to the next one's, and their kinds but for TRACE_KERNEL.  At most
 * 2 K are held back.  0 or what emitting gave.  About 10 ns, less if most are
 * left out.
 */
int sad_add(struct sad *sad, const struct trace_run *run);

/* Emits all that is held back: nothing is left out across this point. */
int sad_flush(struct sad *sad);

/* Proves the invariants of sad.c.  NULL, or which one does not hold. */
const char *sad_check(const struct sad *sad);

#endif
