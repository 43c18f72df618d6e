/*
 * What a program, or a hint file, can tell the pager about its pages.
 *
 * Each hint, what it does in one sentence, and after it the advice of
 * madvise(2) that is nearest.  What lasts belongs to the map; what is done
 * now is done to the pages that are in frames.
 *
 * Of two pages that one is hotter that has the higher rank, or, at the same
 * rank, that was used later, as far as the policy sees ranks and uses.  Each
 * priority is a rank; below them all is that of read-once pages, and below
 * that the one of cold pages.
 */
#ifndef MM_ADVICE_H
#define MM_ADVICE_H

enum advice {
	/* Takes back all that lasts and was said of the pages.  MADV_NORMAL */
	ADVICE_NORMAL,
	/* Nothing is read ahead: takes back `sequential` and leaves the rest.
	 * MADV_RANDOM */
	ADVICE_RANDOM,
	/* The pages are used upwards: some are read ahead of those that are
	 * used, into free frames or those of pages behind.  MADV_SEQUENTIAL */
	ADVICE_SEQUENTIAL,
	/* Each page is used for one short while, until four others of the kind
	 * were used, and never again: from then on it ranks below all
	 * priorities.  None */
	ADVICE_READ_ONCE,
	/* The pages are used now, and those that are in no frame are brought
	 * in, by rising address, into free frames or in place of the policy's
	 * victim, unless that is hotter.  MADV_WILLNEED */
	ADVICE_WILL_NEED,
	/* The pages are written back if dirty, and leave their frames now;
	 * pinned ones stay.  MADV_PAGEOUT */
	ADVICE_DONT_NEED,
	/* The pages that are in frames have the lowest rank until they are
	 * used again.  MADV_COLD */
	ADVICE_COLD,
	/* The pages, once in a frame, are never evicted; refused if no frame
	 * would be left to evict.  mlock2(2), MLOCK_ONFAULT */
	ADVICE_PIN,
	/* Takes back `pin`; the pages count as used now.  munlock(2) */
	ADVICE_UNPIN,
	/* VALUE is the pages' priority, and takes back `read-once`: pages of a
	 * lower one are evicted before those of a higher, 4 to begin with.
	 * None */
	ADVICE_PRIORITY,
};

#endif
