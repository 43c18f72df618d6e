/* What `selfpage run` hands to the library in the program. */
#ifndef LIVE_RUN_SETTINGS_H
#define LIVE_RUN_SETTINGS_H

#include "base/message.h"
#include "live/settings.h"
#include "replay/policy-spec.h"

/*
 * Settings in memory that a child shares, and a file of it whose number the
 * child inherits.  All is 0 but what this file knows.  -errno, with a text.
 */
int run_settings_make(
	struct live_shared **out, int *fd_out, struct message *message);
void run_settings_free(struct live_shared *shared, int fd);

void run_settings_set_policy(
	struct live_shared *shared, const struct policy_spec *policy);

/* Where the library is: beside the command, or where it is installed.
 * -ENOENT, with a text. */
int run_settings_find_library(
	struct live_shared *shared, struct message *message);

/* The hints of the file PATH, which are for a program that runs: those for a
 * time in a trace are refused.  -EINVAL, -ENOSPC, ...; with a text. */
int run_settings_load_hints(
	struct live_shared *shared, const char *path, struct message *message);

/* Has the programs that this process starts load the library.  -errno. */
int run_settings_export(
	const struct live_shared *shared, int fd, struct message *message);

#endif
