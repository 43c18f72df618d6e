/* Shorter traces.  See reduce.h. */
#include "tracer/reduce.h"

#include <errno.h>
#include <inttypes.h>

/* What is in one block goes to the writer, in order. */
static int copy_block(struct trace_writer *writer,
	const struct trace_block *block, const uint64_t *vpn)
{
	uint64_t counted = 0;
	uint32_t region = 0;
	int error = 0;

	for (uint32_t i = 0; i <= block->events && !error; i++) {
		while (region < block->regions && !error &&
			block->region[region].event <= block->first_event + i)
			error = trace_writer_region(
				writer, &block->region[region++]);
		if (error || i == block->events)
			break;
		error = trace_writer_add(writer, vpn[block->page[i]],
			block->kinds[i], block->count[i], block->thread[i]);
		counted += block->count[i];
	}
	if (!error && counted < block->references)
		error = trace_writer_left_out(
			writer, block->references - counted);
	return error;
}

static int copy_blocks(struct trace_reader *reader, struct trace_writer *writer,
	const struct reduce_config *config, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	const uint64_t *vpn;
	int error;

	error = trace_reader_load_pages(reader, &vpn, message);
	for (uint64_t i = 0; !error && i < info->blocks; i++) {
		struct trace_block block;

		error = trace_reader_read(reader, i, &block, message);
		if (error)
			break;
		if (config->stop && *config->stop)
			return message_set(message, -EINTR,
				"stopped by signal %d", (int)*config->stop);
		/* An error of the writer is told by trace_writer_finish. */
		if (copy_block(writer, &block, vpn))
			break;
		if (config->progress)
			config->progress(config->context,
				block.first_reference + block.references);
	}
	return error;
}

static int start_writing(const char *path, uint32_t frames,
	const struct trace_info *info, struct trace_writer **out,
	struct message *message)
{
	const struct trace_writer_options options = {
		.program = info->program,
		.arguments = info->arguments,
		.tool = info->tool,
		.page_bytes = info->page_bytes,
		.date_s = info->date_s,
		.process = info->process,
		.fidelity = info->fidelity,
		.period = info->period,
		.has_writes = info->has_writes,
		.no_counts = info->no_counts,
		.reduced = info->reduction,
		.reduce = frames,
		.threads = trace_writer_threads(),
	};

	return trace_writer_open(path, &options, out, message);
}

int reduce_trace(struct trace_reader *reader, const char *path,
	const struct reduce_config *config, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	struct trace_writer *writer;
	int error;

	/* What was left out for a K is not there for a smaller one. */
	if (info->reduction > config->frames)
		return message_set(message, -EINVAL,
			"%s: is reduced for %" PRIu32
			" frames and more already; what %" PRIu32
			" frames need is not in it any more (-K %" PRIu32
			" or more)",
			info->path, info->reduction, config->frames,
			info->reduction);
	error = start_writing(path, config->frames, info, &writer, message);
	if (error)
		return error;
	error = copy_blocks(reader, writer, config, message);
	if (error) {
		trace_writer_abort(writer, false);
		return error;
	}
	trace_writer_set_ending(writer, &info->ending);
	return trace_writer_finish(writer, message);
}
