/*
 * What the columns of rows are: their units, and how two results are compared
 * in them.  Scripts hang on the names.
 */
#ifndef RESULTS_COLUMNS_H
#define RESULTS_COLUMNS_H

enum column_kind {
	COLUMN_KEY,	/* names what was done: rows that agree in these are
			   repetitions */
	COLUMN_COUNT,	/* the same on every run and machine */
	COLUMN_TIME,	/* differs from run to run */
	COLUMN_DERIVED, /* follows from others, or tells how was measured */
};

struct column {
	const char *name, *unit, *about;
	enum column_kind kind;
	int worse; /* 1: more is worse; -1: less is; 0: neither */
};

/* By number from 0 on; NULL past the last. */
const struct column *column_at(unsigned number);
/* NULL: there is none of that name. */
const struct column *column_find(const char *name);
const char *column_kind_name(enum column_kind kind);

#endif
