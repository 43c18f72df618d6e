/*
 * Reading a pager's log (mm/log-format.h), from its start to its end.
 *
 * What is given has been checked on its own: checksums, bounds, kinds, and
 * that records of a call are whole.  A log that was cut off is read up to its
 * last whole block.
 */
#ifndef REPLAY_LOG_READER_H
#define REPLAY_LOG_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/message.h"
#include "mm/log-format.h"

enum { LOG_CALL_RECORDS = 3 }; /* of one call, at most */

struct log_reader;

/* Opens PATH and reads its header.  -EINVAL: no log, corrupt, or of another
 * version; -ENOTSUP: a policy that is not known here; or the system's -errno;
 * each with a message. */
int log_open(
	const char *path, struct log_reader **out, struct message *message);
void log_close(struct log_reader *reader); /* NULL is fine */

const char *log_path(const struct log_reader *reader);
const struct log_header *log_header(const struct log_reader *reader);

/*
 * The next record, which stays the next one; NULL at the end.  Of a call's
 * first record, those that belong to it lie behind it.  -EINVAL: corrupt; or
 * the system's -errno.
 */
int log_peek(struct log_reader *reader, const struct watch_record **out,
	struct message *message);
/* Goes on to the one after it. */
void log_step(struct log_reader *reader);

/* Of the next record: how many are before it. */
uint64_t log_number(const struct log_reader *reader);
/* At the end: there is no WATCH_STOP. */
bool log_is_cut(const struct log_reader *reader);

/* How many records a call that begins with KIND has; 0: KIND begins none. */
unsigned log_call_records(uint8_t kind);

#endif
