/* One [[replay]] or [[curve]] of a plan, read and checked. */
#ifndef SWEEP_SECTION_H
#define SWEEP_SECTION_H

#include "cli/number.h"
#include "sweep/jobs.h"
#include "sweep/toml.h"

/* Where in the plan: for messages. */
struct section_place {
	const struct toml *toml;
	const char *table;
	unsigned number; /* from 0 on */
};

struct section_size {
	char text[32]; /* as in the plan */
	struct frames_spec size;
};

struct section {
	const char **traces; /* patterns; of the plan's JSON, as hints */
	const char **hints;
	struct policy_spec *policies; /* opt, lru and fifo first */
	struct section_size *frames;
	unsigned traces_count, hints_count, policies_count, frames_count;
	unsigned repetitions;
	unsigned parts; /* of [[curve]]; else 0 */
	struct sweep_settings settings;
};

/* -EINVAL with "FILE:LINE: ..."; -ENOMEM.  Give it to section_free whatever it
 * returns. */
int section_read(const struct section_place *place, const cJSON *object,
	struct section *out, struct message *message);
void section_free(struct section *section);

/* Whether there are tables, none that are not known, and a folder for rows if
 * one is named.  -EINVAL. */
int section_check_tables(const struct toml *toml, struct message *message);

/* Puts "FILE:LINE: " of KEY's VALUE in front of the message.  -EINVAL. */
int section_fail(const struct section_place *place, const char *key,
	const char *value, struct message *message);

#endif
