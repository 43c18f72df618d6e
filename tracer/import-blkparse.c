/*
 * What blkparse prints of a disk's requests:
 *
 *	  8,0    3   11  0.009507758   697  Q   W 223490 + 8 [kjournald]
 *	device cpu number       time   pid  ^action ^     ^ sectors
 *					      what --'     '-- sector
 *
 * A request passes through several actions, a line each; the lines of one of
 * them are taken (Q, queued, or what the user says).  A request is a
 * reference to each page of the disk that its sectors lie in.  Discards and
 * flushes without data are none.  Pages of further disks are told apart by
 * the highest bits of their numbers.  The summary at the end, and all lines
 * that do not begin with a number, are skipped.
 */
#include <config.h>

#include "tracer/import-parser.h"

#define SECTOR_SHIFT 9
#define SECTORS_MAX (UINT64_C(1) << 32) /* of a request */
#define DISKS_MAX 16
#define DISK_SHIFT 60

struct state {
	unsigned disks;
	uint64_t disk[DISKS_MAX]; /* major << 32 | minor */
};

/* The disk's number in order of appearance; DISKS_MAX: one too many. */
static unsigned find_disk(struct state *state, uint64_t disk)
{
	unsigned i = 0;

	while (i < state->disks && state->disk[i] != disk)
		i++;
	if (i == state->disks && i < DISKS_MAX)
		state->disk[state->disks++] = disk;
	return i;
}

/* "8,0" */
static bool read_disk(struct line *line, uint64_t *out)
{
	uint64_t major, minor;

	if (!line_decimal(line, &major) || !line_skip(line, ",") ||
		!line_number(line, &minor) || (major | minor) >> 32)
		return false;
	*out = major << 32 | minor;
	return true;
}

/* R, W and what is in front or behind: F a flush before, S sync, M meta ...;
 * 0: it moves no data. */
static unsigned kinds_of(struct line what)
{
	if (*what.at == 'F')
		what.at++;
	return *what.at == 'R' ? TRACE_READ : *what.at == 'W' ? TRACE_WRITE : 0;
}

struct request {
	uint64_t disk, process;
	uint64_t sector, sectors; /* none: 0 */
	unsigned kinds;
};

/* Behind ACTION: RWBS, SECTOR + SECTORS.  Without sectors it stays 0. */
static bool read_sectors(struct line *line, struct request *request)
{
	struct line word;

	if (!line_word(line, &word))
		return false;
	request->kinds = kinds_of(word);
	line_skip_blanks(line);
	/* A flush: the command's name follows, or a command's bytes. */
	if (request->kinds == 0 || !is_digit(*line->at))
		return true;
	if (!line_number(line, &request->sector))
		return false;
	line_skip_blanks(line);
	/* What passes through to the disk as it is has its bytes there. */
	if (*line->at == '[')
		return true;
	if (!line_word(line, &word) || !line_skip(&word, "+"))
		return false;
	line_skip_blanks(line);
	return line_number(line, &request->sectors);
}

/* The lines of other actions have no sectors here. */
static bool read_request(
	struct line *line, char wanted, struct request *request)
{
	struct line word;

	/* Processor, number and time are not looked at. */
	if (!read_disk(line, &request->disk) || !line_word(line, &word) ||
		!line_word(line, &word) || !line_word(line, &word))
		return false;
	line_skip_blanks(line);
	if (!line_number(line, &request->process) || !line_word(line, &word))
		return false;
	if (word.end - word.at != 1 || *word.at != wanted)
		return true;
	return read_sectors(line, request);
}

static int blkparse_line(struct importer *importer, struct line line)
{
	struct request request = {0};
	char action = importer->options.action;

	if (line_ends(&line) || !is_digit(*line.at))
		return 0;
	if (!read_request(&line, action != 0 ? action : 'Q', &request))
		return importer_expected(importer,
			"DISK CPU NUMBER TIME PID ACTION RWBS SECTOR + "
			"SECTORS");
	if (request.sectors == 0)
		return 0;
	if (request.sector >> (DISK_SHIFT - SECTOR_SHIFT) ||
		request.sectors > SECTORS_MAX)
		return importer_expected(importer,
			"a sector below 2^51, and at most 2^32 of them");
	uint64_t index = find_disk(importer->state, request.disk);

	if (index == DISKS_MAX)
		return importer_expected(importer, "at most 16 disks");
	unsigned shift = importer->page_shift;
	uint64_t first = request.sector << SECTOR_SHIFT;
	uint64_t last = first + (request.sectors << SECTOR_SHIFT) - 1;
	int error = importer_thread(importer, (uint32_t)request.process);

	if (error != 0)
		return error;
	return importer_add_pages(importer,
		index << DISK_SHIFT | first >> shift,
		(last >> shift) - (first >> shift) + 1, request.kinds);
}

const struct import_parser import_blkparse = {
	.name = "blkparse",
	.records = "what blkparse prints",
	.state_bytes = sizeof(struct state),
	.has_writes = true,
	.line = blkparse_line,
};
