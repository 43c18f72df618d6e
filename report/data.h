/* The rows of a report as the page reads them.  See README.md for its form. */
#ifndef REPORT_DATA_H
#define REPORT_DATA_H

#include <stdio.h>

#include "base/message.h"
#include "report/sources.h"

/* Writes the JSON of SOURCES.  TITLE is the report's.  -EINVAL or -ENOMEM
 * with a message; the stream keeps errors of writing. */
int data_write(const struct sources *sources, const char *title, FILE *stream,
	struct message *message);

#endif
