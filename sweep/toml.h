/*
 * TOML files, as JSON: python3's tomllib reads them (3.11 and later), so that
 * they are TOML, and not some of it.
 */
#ifndef SWEEP_TOML_H
#define SWEEP_TOML_H

#include <cjson/cJSON.h>

#include "base/message.h"

struct toml {
	cJSON *root;
	char *path, *text; /* for toml_line */
};

/* -EINVAL with "FILE:LINE: ..." where it is no TOML; -ENOENT: there is no
 * python3 that can; or the system's -errno; each with a message. */
int toml_read(const char *path, struct toml *out, struct message *message);
void toml_free(struct toml *toml);

/*
 * The line where VALUE stands in KEY of the NUMBERth table (from 0 on) that is
 * called TABLE, or, if that is "", of all: where KEY may be a table.  KEY, and
 * VALUE, may be NULL.  0: it was not found.
 */
unsigned toml_line(const struct toml *toml, const char *table, unsigned number,
	const char *key, const char *value);

#endif
