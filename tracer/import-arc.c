/*
 * The traces of ARC (Megiddo and Modha, FAST 2003): "START COUNT X X", a
 * request for COUNT blocks from START on, each of them a reference.
 */
#include <config.h>

#include <errno.h>

#include "tracer/import-parser.h"

/* More than a trace can number its pages with. */
#define COUNT_MAX UINT32_MAX

static int arc_line(struct importer *importer, struct line line)
{
	uint64_t field[4];

	if (line_ends(&line))
		return 0;
	importer->expected = "START COUNT X X, four numbers below 2^64";
	for (unsigned i = 0; i < 4; i++) {
		line_skip_blanks(&line);
		if (!line_number(&line, &field[i]))
			return -EINVAL;
	}
	if (!line_ends(&line))
		return -EINVAL;
	uint64_t start = field[0], count = field[1];

	if (count > COUNT_MAX)
		return importer_expected(importer, "a COUNT below 2^32");
	if (count > 0 && start + (count - 1) < start)
		return importer_expected(importer, "START + COUNT below 2^64");
	return importer_add_pages(importer, start, count, TRACE_READ);
}

const struct import_parser import_arc = {
	.name = "arc",
	.records = "START COUNT X X",
	.line = arc_line,
};
