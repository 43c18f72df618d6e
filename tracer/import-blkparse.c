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

#include <errno.h>

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

static int blkparse_line(struct importer *importer, struct line line)
{
	struct state *state = importer->state;
	uint64_t disk, process, number[2], first, last;
	struct line word, action, what;

	if (line_ends(&line) || !is_digit(*line.at))
		return 0;
	importer->expected =
		"DISK CPU NUMBER TIME PID ACTION RWBS SECTOR + SECTORS";
	if (!read_disk(&line, &disk) || !line_word(&line, &word) ||
		!line_word(&line, &word) || !line_word(&line, &word))
		return -EINVAL;
	line_skip_blanks(&line);
	if (!line_number(&line, &process) || !line_word(&line, &action))
		return -EINVAL;
	char wanted = importer->options.action ? importer->options.action : 'Q';

	if (action.end - action.at != 1 || *action.at != wanted)
		return 0;
	if (!line_word(&line, &what))
		return -EINVAL;
	if (kinds_of(what) == 0)
		return 0;
	line_skip_blanks(&line);
	/* A flush has no sectors: the command's name follows. */
	if (!is_digit(*line.at))
		return 0;
	if (!line_number(&line, &number[0]) || !line_word(&line, &word) ||
		!line_skip(&word, "+"))
		return -EINVAL;
	line_skip_blanks(&line);
	if (!line_number(&line, &number[1]))
		return -EINVAL;
	if (number[1] == 0)
		return 0;
	if (number[0] >> (DISK_SHIFT - SECTOR_SHIFT) || number[1] > SECTORS_MAX)
		return importer_expected(importer,
			"a sector below 2^51, and at most 2^32 of them");
	first = number[0] << SECTOR_SHIFT;
	last = first + (number[1] << SECTOR_SHIFT) - 1;
	unsigned index = find_disk(state, disk);

	if (index == DISKS_MAX)
		return importer_expected(importer, "at most 16 disks");
	int error = importer_thread(importer, (uint32_t)process);

	first >>= importer->page_shift;
	last >>= importer->page_shift;
	return error != 0 ? error
			  : importer_add_pages(importer,
				    (uint64_t)index << DISK_SHIFT | first,
				    last - first + 1, kinds_of(what));
}

const struct import_parser import_blkparse = {
	.name = "blkparse",
	.records = "what blkparse prints",
	.state_bytes = sizeof(struct state),
	.has_writes = true,
	.line = blkparse_line,
};
