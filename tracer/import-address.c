/* "l|s 0xADDRESS N": a load or a store; N is not looked at. */
#include <config.h>

#include <errno.h>

#include "tracer/import-parser.h"

static int address_line(struct importer *importer, struct line line)
{
	uint64_t address, ignored;

	if (line_ends(&line))
		return 0;
	importer->expected = "l|s 0xADDRESS N, ADDRESS below 2^64";
	char kind = *line.at++;

	if ((kind != 'l' && kind != 's') || !is_blank(*line.at))
		return -EINVAL;
	line_skip_blanks(&line);
	if (line.at[0] != '0' || (line.at[1] != 'x' && line.at[1] != 'X') ||
		!line_number(&line, &address))
		return -EINVAL;
	if (!line_ends(&line) &&
		(!line_number(&line, &ignored) || !line_ends(&line)))
		return -EINVAL;
	return importer_add(importer, address >> importer->page_shift,
		kind == 's' ? TRACE_WRITE : TRACE_READ);
}

const struct import_parser import_address = {
	.name = "address",
	.records = "l|s 0xADDRESS N",
	.has_writes = true,
	.line = address_line,
};
