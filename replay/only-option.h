/*
 * --only: which addresses of a trace are replayed.  They are told by ranges,
 * or by what the trace calls them, which holds in another recording too:
 *
 *	0x1000-0x5000	in bytes, the end left out
 *	heap		what is called [heap]
 *	anon		[anon], and each [anon:NAME]
 *	'anon:row*'	a pattern, as the shell's; the brackets may be there
 *	'*.db'		files, by path or by base name
 *
 * An item that begins with a digit is a range.  A page is meant if it ever was
 * part of a region that is called so.
 */
#ifndef REPLAY_ONLY_OPTION_H
#define REPLAY_ONLY_OPTION_H

#include "base/message.h"
#include "tracer/trace.h"

enum { ONLY_RANGES_MAX = 16, ONLY_NAMES_MAX = 16, ONLY_NAME_BYTES = 256 };

struct only_option {
	struct trace_range ranges[ONLY_RANGES_MAX];
	char names[ONLY_NAMES_MAX][ONLY_NAME_BYTES];
	unsigned ranges_count, names_count;
	unsigned count; /* of both; 0: all addresses */
};

/* Adds the items of TEXT: "0x1000-0x5000,heap".  -EINVAL, with a message. */
int only_parse(
	const char *text, struct only_option *option, struct message *message);

/* READER gives no other references from now on, if there is an option; it is
 * told on standard error how many were left out, by the command NAME, if it
 * has one.  Names cost a pass over the trace.  -EINVAL: none is called so. */
int only_use(const struct only_option *option, struct trace_reader *reader,
	const char *name, struct message *message);

/* The same of the trace PATH, which is opened for that. */
int only_open(const struct only_option *option, const char *path, bool counts,
	const char *name, struct trace_reader **out, struct message *message);

#endif
