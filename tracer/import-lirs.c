/*
 * The traces of LIRS (Jiang and Zhang, SIGMETRICS 2002): a block's number a
 * line; lines of * are marks.
 */
#include <config.h>

#include <errno.h>

#include "tracer/import-parser.h"

static int lirs_line(struct importer *importer, struct line line)
{
	uint64_t page;

	if (line_ends(&line) || *line.at == '*')
		return 0;
	importer->expected = "a page number below 2^64, or a line of *";
	if (!line_number(&line, &page) || !line_ends(&line))
		return -EINVAL;
	return importer_add(importer, page, TRACE_READ);
}

const struct import_parser import_lirs = {
	.name = "lirs",
	.records = "PAGE; lines of * are skipped",
	.line = lirs_line,
};
