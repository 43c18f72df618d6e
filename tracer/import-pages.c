/* "PAGE [r|w]": one reference a line; empty lines and # comments skipped. */
#include <config.h>

#include <errno.h>

#include "tracer/import-parser.h"

static int pages_line(struct importer *importer, struct line line)
{
	unsigned kinds = TRACE_READ;
	uint64_t page;

	if (line_ends(&line) || *line.at == '#')
		return 0;
	importer->expected = "PAGE [r|w], PAGE below 2^64, or # and a comment";
	if (!line_number(&line, &page))
		return -EINVAL;
	line_skip_blanks(&line);
	if (*line.at == 'r' || *line.at == 'w')
		kinds = *line.at++ == 'w' ? TRACE_WRITE : TRACE_READ;
	if (!line_ends(&line))
		return -EINVAL;
	return importer_add(importer, page, kinds);
}

/* Writes are told apart where any line has its letter. */
static void pages_look(struct importer *importer, const char *text,
	size_t bytes, struct import_traits *traits)
{
	const char *end = text + bytes;

	(void)importer;
	while (text < end && !traits->has_writes) {
		const char *newline = memchr(text, '\n', end - text);
		const char *last = newline == NULL ? end : newline;

		while (last > text && is_blank(last[-1]))
			last--;
		traits->has_writes = last > text && *text != '#' &&
				     (last[-1] == 'w' || last[-1] == 'r');
		text = newline == NULL ? end : newline + 1;
	}
}

const struct import_parser import_pages = {
	.name = "pages",
	.records = "PAGE [r|w]",
	.look = pages_look,
	.line = pages_line,
};
