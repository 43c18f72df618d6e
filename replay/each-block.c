/* A pass over the blocks of a trace.  See each-block.h. */
#include "replay/each-block.h"

#include <errno.h>

int each_block(struct trace_reader *reader, const struct each_block *each,
	struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct trace_block block;
	uint64_t number;
	int error;

	for (number = 0; number < info->blocks; number++) {
		if (each->stop && *each->stop)
			return message_set(message, -ECANCELED, "stopped");
		error = trace_reader_read(reader, number, &block, message);
		if (error)
			return error;
		error = each->take(each->pass, &block);
		if (error == -ENOMEM)
			message_set(message, error, "%s: too little memory",
				info->path);
		if (error)
			return error;
		if (each->progress)
			each->progress(each->context,
				block.first_event + block.events);
	}
	return 0;
}
