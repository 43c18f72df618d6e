/*
 * What perf script prints of page faults and of sampled loads and stores:
 *
 *	comm pid/tid [cpu] time: period EVENT: ADDRESS ...
 *	ls 4107 [001] 11353.808432: 1 page-faults: 55aef399c5c0 ...
 *	ls 4107 11353.8: exceptions:page_fault_user: address=0x5 ip= ...
 *	ls 4107 11353.8: 9 cpu/mem-loads,ldlat=30/P: 7f01 |OP LOAD|LVL ...
 *
 * A line of these is one reference.  A command's name may hold anything, so
 * the time is looked for: digits, a dot, digits, a colon.  Lines that begin
 * with a tab (of call chains), # comments and perf's own records (of maps,
 * forks and so on) are skipped, as are samples without an address and those
 * of the kernel's.
 *
 * Page faults are the first touches of pages, samples are some references
 * among many: the trace says which.
 */
#include <config.h>

#include <errno.h>

#include "tracer/import-parser.h"

#define ERROR_WRITE 2u /* in error_code, as x86 has it */
#define ERROR_INSTRUCTION 16u

static const char expected_line[] =
	"[COMMAND] TID [CPU] TIME: [PERIOD] EVENT: ADDRESS, from perf script "
	"-F tid,time,event,addr (and more)";

static bool contains(struct line text, const char *word)
{
	return memmem(text.at, text.end - text.at, word, strlen(word)) != NULL;
}

/* "11353.808432:" */
static bool is_time(struct line word)
{
	uint64_t number;

	return line_decimal(&word, &number) && line_skip(&word, ".") &&
	       line_decimal(&word, &number) && line_skip(&word, ":") &&
	       word.at == word.end;
}

/* "PERF_RECORD_MMAP2 41/41: ..." */
static bool is_perfs_own(struct line event)
{
	return line_skip(&event, "PERF_RECORD_");
}

/* "EVENT:", behind "PERIOD" if there is one. */
static bool find_event(struct line *line, struct line *event_out)
{
	if (!line_word(line, event_out))
		return false;
	if (is_digit(*event_out->at) && event_out->end[-1] != ':' &&
		!line_word(line, event_out))
		return false;
	return event_out->end[-1] == ':' || is_perfs_own(*event_out);
}

/*
 * Up to behind time and event.  The thread is the last word before them that
 * is a number, or two with a slash between; 0 if none is.
 */
static bool find_sample(
	struct line *line, uint32_t *thread_out, struct line *event_out)
{
	struct line word;

	*thread_out = 0;
	while (line_word(line, &word)) {
		struct line rest = *line;
		uint64_t number;

		if (is_time(word) && find_event(&rest, event_out)) {
			*line = rest;
			return true;
		}
		if (!line_decimal(&word, &number))
			continue;
		if (word.at == word.end ||
			(line_skip(&word, "/") &&
				line_decimal(&word, &number) &&
				word.at == word.end))
			*thread_out = (uint32_t)number;
	}
	return false;
}

/* Of page_fault_user, behind "address=": "0x5 ip=0x4 error_code=0x6". */
static bool read_exception(
	struct line line, uint64_t *address_out, unsigned *kinds_out)
{
	uint64_t code;

	if (!line_number(&line, address_out))
		return false;
	const char *at = memmem(line.at, line.end - line.at,
		"error_code=", strlen("error_code="));

	if (at == NULL)
		return true;
	line.at = at + strlen("error_code=");
	if (!line_number(&line, &code))
		return false;
	*kinds_out = code & ERROR_INSTRUCTION ? TRACE_INSTRUCTION
		     : code & ERROR_WRITE     ? TRACE_WRITE
					      : TRACE_READ;
	return true;
}

/* Of samples: by what perf says of the data's source, or the event's name. */
static unsigned sample_kinds(struct line event, struct line rest)
{
	if (contains(rest, "|OP STORE"))
		return TRACE_WRITE;
	if (contains(rest, "|OP LOAD"))
		return TRACE_READ;
	return contains(event, "store") || contains(event, "STORE")
		       ? TRACE_WRITE
		       : TRACE_READ;
}

static bool is_fault(struct line event)
{
	return contains(event, "faults") || contains(event, "page_fault");
}

static int perf_line(struct importer *importer, struct line line)
{
	unsigned kinds = TRACE_READ;
	uint64_t address;
	uint32_t thread;
	struct line event;

	if (*line.at == '\t' || line_ends(&line) || *line.at == '#')
		return 0;
	importer->expected = expected_line;
	if (!find_sample(&line, &thread, &event))
		return -EINVAL;
	if (is_perfs_own(event))
		return 0;
	line_skip_blanks(&line);
	if (line_skip(&line, "address=")) {
		if (!read_exception(line, &address, &kinds))
			return -EINVAL;
	} else {
		if (!line_hexadecimal(&line, &address) ||
			(line.at != line.end && !is_blank(*line.at)))
			return -EINVAL;
		if (!is_fault(event))
			kinds = sample_kinds(event, line);
	}
	/* Above are the kernel's own. */
	if (address == 0 || address >> 63)
		return 0;
	int error = importer_thread(importer, thread);

	return error != 0 ? error
			  : importer_add(importer,
				    address >> importer->page_shift, kinds);
}

/* Samples as soon as one line is of no page fault. */
static void perf_look(struct importer *importer, const char *text, size_t bytes,
	struct import_traits *traits)
{
	const char *end = text + bytes;

	(void)importer;
	traits->fidelity = TRACE_FIRST_TOUCHES;
	while (text < end) {
		const char *newline = memchr(text, '\n', end - text);
		struct line line = {text, newline}, event;
		uint32_t thread;

		if (newline == NULL)
			return;
		text = newline + 1;
		if (*line.at == '\t' || !find_sample(&line, &thread, &event))
			continue;
		if (contains(line, "error_code="))
			traits->has_writes = true;
		if (is_fault(event) || is_perfs_own(event))
			continue;
		traits->has_writes = true;
		traits->fidelity = TRACE_SAMPLED;
		return;
	}
}

const struct import_parser import_perf = {
	.name = "perf",
	.records = "what perf script prints of page faults, loads and stores",
	.look = perf_look,
	.line = perf_line,
};
