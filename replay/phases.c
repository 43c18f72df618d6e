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

/* Names that were said last, each where the hash of it says: programs say few
 * of them again and again. */
enum { RECENT = 256 };

struct pass {
	struct phases *phases;
	struct phase_windows *windows;
	struct message *message;
	size_t names_bytes;
	uint64_t recent[RECENT]; /* where it lies, plus 1; 0: none */
};

static unsigned hash_name(const char *name)
{
	unsigned hash = 0;

	while (*name)
		hash = hash * 31 + (unsigned char)*name++;
	return hash % RECENT;
}

/* Where NAME lies among the names. */
static int keep_name(struct pass *pass, const char *name, uint64_t *out)
{
	struct disk_array *names = &pass->phases->names;
	uint64_t *recent = &pass->recent[hash_name(name)];
	size_t bytes = strlen(name) + 1;
	int error;

	if (!*recent ||
		strcmp((const char *)names->data + *recent - 1, name) != 0) {
		error = disk_array_grow(
			names, pass->names_bytes + bytes, pass->message);
		if (error)
			return error;
		memcpy((char *)names->data + pass->names_bytes, name, bytes);
		*recent = pass->names_bytes + 1;
		pass->names_bytes += bytes;
	}
	*out = *recent - 1;
	return 0;
}

/* A phase from EVENT on; one that has no events makes way for it. */
static int begin(
	struct pass *pass, const char *name, uint64_t event, bool marked)
{
	struct phases *phases = pass->phases;
	uint64_t kept = 0;
	int error = keep_name(pass, name, &kept);

	if (!error)
		error = disk_array_grow(&phases->phases,
			(phases->count + (size_t)1) * sizeof(*phases->phase),
			pass->message);
	if (error)
		return error;
	phases->phase = phases->phases.data;
	if (phases->count && phases->phase[phases->count - 1].event == event)
		phases->count--;
	if (phases->count)
		phases->phase[phases->count - 1].end = event;
	phases->phase[phases->count++] = (struct program_phase){
		.event = event, .name = kept, .marked = marked};
	return 0;
}

static int take_marks(struct pass *pass, const struct trace_block *block)
{
	int error = 0;

	for (uint32_t i = 0; i < block->regions && !error; i++)
		if (block->region[i].kind == TRACE_REGION_MARK)
			error = begin(pass, block->region[i].name,
				block->region[i].event, true);
	return error;
}

/* Of a trace without marks: what was found, in place of one phase. */
static int take_windows(struct pass *pass)
{
	const struct phase_window *window;
	unsigned count;
	int error = 0;

	window = phase_windows_end(pass->windows, &count);
	for (unsigned i = 0; count > 1 && i < count && !error; i++) {
		char name[32];

		snprintf(name, sizeof(name), "phase-%u", window[i].kind);
		error = begin(pass, name, window[i].event, false);
	}
	return error;
}

static bool has_marks(const struct phases *phases)
{
	return phases->count > 1 || phases->phase[0].marked;
}

static int take_block(void *context, const struct trace_block *block)
{
	struct pass *pass = context;
	int error = take_marks(pass, block);

	if (!error && !has_marks(pass->phases))
		phase_windows_add(pass->windows, block);
	return error;
}

/* The last phase ends with the trace; without events it is none. */
static void end(struct phases *phases, uint64_t events)
{
	struct program_phase *last = &phases->phase[phases->count - 1];

	last->end = events;
	phases->count -= last->event == events;
}

static int run_blocks(struct pass *pass, struct trace_reader *reader,
	const struct phases_config *config, struct message *message)
{
	const struct trace_info *info = trace_reader_info(reader);
	const struct each_block each = {
		.take = take_block,
		.pass = pass,
		.progress = config->progress,
		.context = config->context,
		.stop = config->stop,
	};
	int error = begin(pass, START, 0, false);

	if (!error)
		error = each_block(reader, &each, message);
	if (!error && !has_marks(pass->phases))
		error = take_windows(pass);
	if (!error)
		end(pass->phases, info->events);
	return error;
}

int phases_run(struct trace_reader *reader, const struct phases_config *config,
	struct phases *out, struct message *message)
{
	struct pass pass = {.phases = out, .message = message};
	int error;

	*out = (struct phases){0};
	error = phase_windows_create(reader, &pass.windows, message);
	if (error)
		return error;
	error = run_blocks(&pass, reader, config, message);
	phase_windows_destroy(pass.windows);
	if (error)
		phases_free(out);
	return error;
}

void phases_free(struct phases *phases)
{
	disk_array_free(&phases->phases);
	disk_array_free(&phases->names);
	*phases = (struct phases){0};
}
