/* The pass over a trace that finds its phases.  See phases.h. */
#include "config.h"

#include "replay/phases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/each-block.h"
#include "replay/phase-windows.h"

#define START "start"

/* A phase from EVENT on; one that has no events makes way for it. */
static int begin(
	struct phases *phases, const char *name, uint64_t event, bool marked)
{
	char *copy = strdup(name);
	struct program_phase *more;

	if (!copy)
		return -ENOMEM;
	if (phases->count && phases->phase[phases->count - 1].event == event)
		free(phases->phase[--phases->count].name);
	/* room doubles at each power of two */
	if ((phases->count & (phases->count - 1)) == 0) {
		more = reallocarray(phases->phase,
			phases->count ? 2 * phases->count : 1, sizeof(*more));
		if (!more) {
			free(copy);
			return -ENOMEM;
		}
		phases->phase = more;
	}
	if (phases->count)
		phases->phase[phases->count - 1].end = event;
	phases->phase[phases->count++] = (struct program_phase){
		.name = copy, .event = event, .marked = marked};
	return 0;
}

static int take_marks(struct phases *phases, const struct trace_block *block)
{
	int error = 0;

	for (uint32_t i = 0; i < block->regions && !error; i++)
		if (block->region[i].kind == TRACE_REGION_MARK)
			error = begin(phases, block->region[i].name,
				block->region[i].event, true);
	return error;
}

/* Of a trace without marks: what was found, in place of one phase. */
static int take_windows(struct phases *phases, struct phase_windows *windows)
{
	const struct phase_window *window;
	unsigned count;
	int error = 0;

	window = phase_windows_end(windows, &count);
	for (unsigned i = 0; count > 1 && i < count && !error; i++) {
		char name[32];

		snprintf(name, sizeof(name), "phase-%u", window[i].kind);
		error = begin(phases, name, window[i].event, false);
	}
	return error;
}

static bool has_marks(const struct phases *phases)
{
	return phases->count > 1 || phases->phase[0].marked;
}

struct pass {
	struct phases *phases;
	struct phase_windows *windows;
};

static int take_block(void *context, const struct trace_block *block)
{
	struct pass *pass = context;
	int error = take_marks(pass->phases, block);

	if (!error && !has_marks(pass->phases))
		phase_windows_add(pass->windows, block);
	return error;
}

static int run_blocks(struct trace_reader *reader,
	const struct phases_config *config, struct phase_windows *windows,
	struct phases *out, struct message *message)
{
	struct pass pass = {.phases = out, .windows = windows};
	const struct each_block each = {
		.take = take_block,
		.pass = &pass,
		.progress = config->progress,
		.context = config->context,
		.stop = config->stop,
	};
	int error = each_block(reader, &each, message);

	if (error || has_marks(out))
		return error;
	return take_windows(out, windows)
		       ? message_set(message, -ENOMEM,
				 "%s: too little memory for its phases",
				 trace_reader_info(reader)->path)
		       : 0;
}

/* The last phase ends with the trace; without events it is none. */
static void end(struct phases *phases, uint64_t events)
{
	struct program_phase *last = &phases->phase[phases->count - 1];

	last->end = events;
	if (last->event == events) {
		free(last->name);
		phases->count--;
	}
}

int phases_run(struct trace_reader *reader, const struct phases_config *config,
	struct phases *out, struct message *message)
{
	struct phase_windows *windows;
	int error;

	*out = (struct phases){0};
	error = phase_windows_create(reader, &windows, message);
	if (error)
		return error;
	error = begin(out, START, 0, false);
	if (error) {
		phase_windows_destroy(windows);
		return message_set(message, error, "too little memory");
	}
	error = run_blocks(reader, config, windows, out, message);
	phase_windows_destroy(windows);
	end(out, trace_reader_info(reader)->events);
	if (error)
		phases_free(out);
	return error;
}

void phases_free(struct phases *phases)
{
	for (unsigned i = 0; i < phases->count; i++)
		free(phases->phase[i].name);
	free(phases->phase);
	*phases = (struct phases){0};
}
