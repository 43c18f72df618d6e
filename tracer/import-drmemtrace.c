/*
 * DynamoRIO's drmemtrace, its final traces of 64-bit programs: records of 12
 * bytes, little-endian and without holes.
 *
 *	 0 type	 2 size	 4 address, or what the type says instead
 *
 * The first is a header with the version, the last a footer.  What is taken:
 *
 *	loads, stores	a reference for each page that they touch
 *	instructions	the same, but for the turns of a rep loop that are
 *			marked as not fetched; a bundle is several, one behind
 *			the other and behind the instruction before it
 *	threads		whose the records from here on are
 *
 * Prefetches and flushes are no references.  What kernels do (between the
 * markers of a system call's or a context switch's trace) is left out.
 * Versions 2 to 6 are known; they differ in kinds of records, not in the
 * numbers of those.  Raw files, which only DynamoRIO can put together, and
 * those of 32-bit programs, whose records are shorter, are refused.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "tracer/import-parser.h"

#define VERSION_MIN 2
#define VERSION_MAX 6

enum type {
	TYPE_READ = 0,
	TYPE_WRITE = 1,
	TYPE_PREFETCH_FIRST = 2,
	TYPE_PREFETCH_LAST = 9,
	TYPE_INSTRUCTION_FIRST = 10, /* and kinds of branches */
	TYPE_INSTRUCTION_LAST = 16,
	TYPE_BUNDLE = 17,
	TYPE_FLUSH_FIRST = 18,
	TYPE_FLUSH_LAST = 21,
	TYPE_THREAD = 22,
	TYPE_THREAD_EXIT = 23,
	TYPE_PROCESS = 24,
	TYPE_HEADER = 25,
	TYPE_FOOTER = 26,
	TYPE_HARDWARE_PREFETCH = 27,
	TYPE_MARKER = 28,
	TYPE_NOT_FETCHED = 29,
	TYPE_SYSENTER = 31,
	TYPE_MORE_PREFETCH_FIRST = 32,
	TYPE_MORE_PREFETCH_LAST = 46,
	TYPE_ENCODING = 47,
	TYPE_TAKEN_JUMP = 48,
	TYPE_UNTAKEN_JUMP = 49,
};

/* In the size of a TYPE_MARKER. */
enum marker {
	MARKER_FILE_TYPE = 9,
	MARKER_VERSION = 12,
	MARKER_CALL_START = 27,
	MARKER_CALL_END = 28,
	MARKER_SWITCH_START = 34,
	MARKER_SWITCH_END = 35,
};

/* In the value of a MARKER_FILE_TYPE. */
#define FILE_INSTRUCTIONS_ONLY 0x4u
#define FILE_32_BITS (0x10u | 0x20u)
#define FILE_FILTERED (0x1u | 0x80u | 0x100u)

struct record {
	uint16_t type, size;
	uint64_t value; /* an address as a rule */
} __attribute__((packed));
_Static_assert(sizeof(struct record) == 12, "on disk");

struct state {
	bool started;	      /* there was a header */
	bool kernel;	      /* in a part that a kernel did */
	bool has_process;     /* then ... */
	uint64_t process;     /* ... this is it */
	uint64_t instruction; /* behind the last one */
};

static int drmemtrace_version(struct importer *importer, uint64_t version)
{
	if (version >= VERSION_MIN && version <= VERSION_MAX)
		return 0;
	snprintf(importer->found, sizeof(importer->found), "version %llu",
		(unsigned long long)version);
	return importer_expected(importer, "version 2 to 6 of drmemtrace");
}

static int drmemtrace_file_type(struct importer *importer, uint64_t type)
{
	if (type & FILE_32_BITS) {
		strcpy(importer->found, "a 32-bit program's trace");
		return importer_expected(importer, "a 64-bit program's");
	}
	if (type & FILE_FILTERED)
		importer_talk(importer,
			"drmemtrace left out, while it recorded, what its "
			"filter's cache held: this is not every reference");
	if (type & FILE_INSTRUCTIONS_ONLY)
		importer_talk(importer,
			"the trace has instructions only, no loads or stores");
	return 0;
}

static int drmemtrace_marker(
	struct importer *importer, const struct record *record)
{
	struct state *state = importer->state;

	switch (record->size) {
	case MARKER_VERSION:
		return drmemtrace_version(importer, record->value);
	case MARKER_FILE_TYPE:
		return drmemtrace_file_type(importer, record->value);
	case MARKER_CALL_START:
	case MARKER_SWITCH_START:
		state->kernel = true;
		return 0;
	case MARKER_CALL_END:
	case MARKER_SWITCH_END:
		state->kernel = false;
		return 0;
	default:
		return 0;
	}
}

/* Pages of two processes have the same numbers. */
static int drmemtrace_process(struct importer *importer, uint64_t process)
{
	struct state *state = importer->state;

	if (state->has_process && state->process != process) {
		snprintf(importer->found, sizeof(importer->found),
			"records of process %llu behind process %llu's",
			(unsigned long long)process,
			(unsigned long long)state->process);
		return importer_expected(
			importer, "one process, or one thread, a file");
	}
	state->has_process = true;
	state->process = process;
	return 0;
}

static int drmemtrace_instruction(
	struct importer *importer, const struct record *record)
{
	struct state *state = importer->state;

	state->instruction = record->value + record->size;
	return importer_access(
		importer, record->value, record->size, TRACE_INSTRUCTION);
}

/* The lengths of up to 8 instructions stand in the place of an address. */
static int drmemtrace_bundle(
	struct importer *importer, const struct record *record)
{
	struct state *state = importer->state;
	uint8_t length[sizeof(record->value)];
	int error = 0;

	if (record->size > sizeof(length))
		return importer_expected(
			importer, "a bundle of at most 8 instructions");
	memcpy(length, &record->value, sizeof(length));
	for (unsigned i = 0; i < record->size && error == 0; i++) {
		error = importer_access(importer, state->instruction, length[i],
			TRACE_INSTRUCTION);
		state->instruction += length[i];
	}
	return error;
}

/* Of a program; the types that are no references do not come here. */
static int drmemtrace_reference(
	struct importer *importer, const struct record *record)
{
	const struct state *state = importer->state;

	if (state->kernel)
		return 0;
	switch (record->type) {
	case TYPE_READ:
		return importer_access(
			importer, record->value, record->size, TRACE_READ);
	case TYPE_WRITE:
		return importer_access(
			importer, record->value, record->size, TRACE_WRITE);
	case TYPE_BUNDLE:
		return drmemtrace_bundle(importer, record);
	default:
		return drmemtrace_instruction(importer, record);
	}
}

static int drmemtrace_first(
	struct importer *importer, const struct record *record)
{
	struct state *state = importer->state;

	if (record->type != TYPE_HEADER)
		return importer_expected(importer,
			"a header first, as final traces have (of a folder of "
			"raw files, drraw2trace makes one)");
	state->started = true;
	return drmemtrace_version(importer, record->value);
}

static int drmemtrace_record(struct importer *importer, const uint8_t *bytes)
{
	const struct state *state = importer->state;
	struct record record;

	memcpy(&record, bytes, sizeof(record));
	if (!state->started)
		return drmemtrace_first(importer, &record);
	switch (record.type) {
	case TYPE_READ:
	case TYPE_WRITE:
	case TYPE_INSTRUCTION_FIRST ... TYPE_INSTRUCTION_LAST:
	case TYPE_BUNDLE:
	case TYPE_SYSENTER:
	case TYPE_TAKEN_JUMP:
	case TYPE_UNTAKEN_JUMP:
		return drmemtrace_reference(importer, &record);
	case TYPE_PREFETCH_FIRST ... TYPE_PREFETCH_LAST:
	case TYPE_FLUSH_FIRST ... TYPE_FLUSH_LAST:
	case TYPE_THREAD_EXIT:
	case TYPE_FOOTER:
	case TYPE_HARDWARE_PREFETCH:
	case TYPE_NOT_FETCHED:
	case TYPE_MORE_PREFETCH_FIRST ... TYPE_MORE_PREFETCH_LAST:
	case TYPE_ENCODING:
		return 0;
	case TYPE_THREAD:
		return importer_thread(importer, (uint32_t)record.value);
	case TYPE_PROCESS:
		return drmemtrace_process(importer, record.value);
	case TYPE_HEADER:
		return drmemtrace_version(importer, record.value);
	case TYPE_MARKER:
		return drmemtrace_marker(importer, &record);
	default:
		snprintf(importer->found, sizeof(importer->found),
			"a record of type %u", record.type);
		return importer_expected(importer,
			"one of the types 0 to 49 of versions 2 to 6");
	}
}

const struct import_parser import_drmemtrace = {
	.name = "drmemtrace",
	.records = "DynamoRIO's: type, size, address",
	.record_bytes = sizeof(struct record),
	.state_bytes = sizeof(struct state),
	.has_writes = true,
	.record = drmemtrace_record,
};
