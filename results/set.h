/*
 * A result set: a folder of rows, and how they came to be.
 *
 *	rows.csv	one header, and whole rows
 *	manifest.json	the runs that they are of (manifest.h)
 *	how		a script that makes them again
 *	.lock		whose holder may write
 *
 * Several processes may add to a set at the same time.  What they add is
 * there whole or not at all: a row that a killed process or a full disk has
 * left half-written is cut off before the next is added, and never read.
 */
#ifndef RESULTS_SET_H
#define RESULTS_SET_H

#include <stdint.h>

#include "base/message.h"

struct set {
	char *path;
	int folder; /* open; -1: there is none, and it is only read */
	int lock;   /* .lock, open: a file, as a network's folders have none;
		     * -1: it is only read */
};

/* Opens the folder PATH; makes it if need be.  -errno with a message. */
int set_open(const char *path, struct set *out, struct message *message);
/* The same to read it, nothing more: nothing is made, the set may be others',
 * and if it is not there, it is as an empty one.  Nothing may be added. */
int set_open_to_read(
	const char *path, struct set *out, struct message *message);
void set_close(struct set *set);

/*
 * Adds the rows of the file FD, a header and rows, of which the last may be
 * cut short: it is left out.  Returns how many rows were added.  -EINVAL: the
 * set has rows with other columns; or the system's -errno: none was added;
 * each with a message.
 */
int64_t set_add_rows(struct set *set, int fd, struct message *message);

/* The same by who has locked the set. */
int64_t set_append_rows(struct set *set, int fd, struct message *message);

/* Others wait until it is unlocked again.  -errno with a message. */
int set_lock(struct set *set, struct message *message);
void set_unlock(struct set *set);

#endif
