/* What a program, or a hint file, can tell the pager about its pages. */
#ifndef MM_ADVICE_H
#define MM_ADVICE_H

enum advice {
	/* No advice: takes back all that was said, the priority too. */
	ADVICE_NORMAL,
	/* Uses come in no order: reading ahead is wasted. */
	ADVICE_RANDOM,
	/* Uses go upwards: the next pages come soon, those behind do not. */
	ADVICE_SEQUENTIAL,
	/* Each page is used for one short while and never again. */
	ADVICE_READ_ONCE,
	/* The pages will be used soon: bring them in now. */
	ADVICE_WILL_NEED,
	/* The pages are not needed any more: drop them now. */
	ADVICE_DONT_NEED,
	/* The pages are to be evicted before all that are not cold. */
	ADVICE_COLD,
	/* The pages, once in, are never evicted. */
	ADVICE_PIN,
	/* Takes back ADVICE_PIN. */
	ADVICE_UNPIN,
	/* The value is the pages' priority: lower is evicted sooner. */
	ADVICE_PRIORITY,
};

#endif
