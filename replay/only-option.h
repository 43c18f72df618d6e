/* --only: which addresses of a trace are replayed. */
#ifndef REPLAY_ONLY_OPTION_H
#define REPLAY_ONLY_OPTION_H

#include "base/message.h"
#include "tracer/trace.h"

enum { ONLY_RANGES_MAX = 16 };

struct only_option {
	struct trace_range ranges[ONLY_RANGES_MAX];
	unsigned count; /* 0: all addresses */
};

/* Adds the ranges of TEXT: "0x1000-0x5000,0x8000-0x9000", in bytes, the ends
 * left out.  -EINVAL, with a message. */
int only_parse(
	const char *text, struct only_option *option, struct message *message);

/* READER gives no other references from now on, if there is an option; it is
 * told on standard error how many were left out, by the command NAME, if it
 * has one. */
int only_use(const struct only_option *option, struct trace_reader *reader,
	const char *name, struct message *message);

/* The same of the trace PATH, which is opened for that. */
int only_open(const struct only_option *option, const char *path, bool counts,
	const char *name, struct trace_reader **out, struct message *message);

#endif
