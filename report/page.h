/*
 * The page: page.html with what it names put into it, so that it is one file.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdio.h>

#include "base/message.h"

/*
 * Copies page.html of FOLDER to STREAM.  Of its lines that are nothing but
 *
 *	<link rel="stylesheet" href="NAME">
 *	<script src="NAME"></script>
 *
 * each becomes an element with the text of the file NAME of FOLDER in it, and
 * <script type="application/json" id="data"></script> one with DATA.  -errno
 * with a message that names the file; STREAM keeps errors of writing.
 */
int page_write(const char *folder, const char *data, FILE *stream,
	struct message *message);

#endif
