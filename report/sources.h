/*
 * What a report is made of: the rows of the files and result sets that it is
 * given, and which kind each file's rows are.
 */
#ifndef REPORT_SOURCES_H
#define REPORT_SOURCES_H

#include <stddef.h>

#include "base/message.h"
#include "plots/csv.h"

enum source_kind {
	SOURCE_REPLAY,
	SOURCE_CURVE,
	SOURCE_TUNE,
	SOURCE_RUN, /* of programs that ran live */
};

struct source {
	char *path;
	enum source_kind kind;
	struct csv csv;
};

struct sources {
	struct source *sources; /* [count] */
	size_t count;
	char **manifests; /* [manifests_count] the text of each */
	size_t manifests_count;
	char **passed; /* [passed_count] files in folders, of other rows */
	size_t passed_count;
};

/*
 * Adds what PATH stands for to SOURCES, which is {0} at first: a file of
 * rows; a folder: its *.csv, those in its folder "curves", and the manifest
 * of a result set.  -EINVAL: a file that was named is not of a known kind, or
 * there are no rows; csv_read's errors; each with a message.  SOURCES is to
 * be freed whatever is returned.
 */
int sources_add(
	const char *path, struct sources *sources, struct message *message);
void sources_free(struct sources *sources);

#endif
