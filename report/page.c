/* See page.h. */
#include "config.h"

#include "report/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Elements that name a file, and what stands around its text instead. */
static const struct {
	const char *before, *after; /* the name, on a line of the page */
	const char *start, *end;    /* its text */
} elements[] = {
	{"<link rel=\"stylesheet\" href=\"", "\">\n", "<style>\n",
		"</style>\n"},
	{"<script src=\"", "\"></script>\n", "<script>\n", "</script>\n"},
};

#define DATA_START "<script type=\"application/json\" id=\"data\">"
#define DATA_END "</script>\n"

/* The file NAME of FOLDER, opened; NULL: *ERROR has why. */
static FILE *open_part(const char *folder, const char *name, int *error,
	struct message *message)
{
	FILE *stream = NULL;
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		*error = message_set(message, -ENOMEM, "not enough memory");
		return NULL;
	}
	stream = fopen(path, "re");
	if (!stream)
		*error = message_set(message, -errno,
			"%s: %s: expected the page's parts there; run "
			"'make install', or set SELFPAGE_REPORT",
			path, strerror(errno));
	free(path);
	return stream;
}

static int copy_part(const char *folder, const char *name, FILE *stream,
	struct message *message)
{
	int error = 0;
	FILE *part = open_part(folder, name, &error, message);
	char *line = NULL;
	size_t bytes = 0;

	if (!part)
		return error;
	while (getline(&line, &bytes, part) >= 0)
		fputs(line, stream);
	if (ferror(part))
		error = message_set(
			message, -EIO, "%s/%s: cannot read", folder, name);
	free(line);
	fclose(part);
	return error;
}

/* The name of the file that the element at number I gives on LINE, which is
 * cut for it; NULL: that is none. */
static char *find_name(char *line, size_t i)
{
	size_t before = strlen(elements[i].before);
	char *end;

	line += strspn(line, " \t");
	if (strncmp(line, elements[i].before, before) != 0)
		return NULL;
	end = strstr(line + before, elements[i].after);
	if (!end)
		return NULL;
	*end = '\0';
	return line + before;
}

static int write_line(const char *folder, char *line, const char *data,
	FILE *stream, struct message *message)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
		char *name = find_name(line, i);
		int error;

		if (!name)
			continue;
		fputs(elements[i].start, stream);
		error = copy_part(folder, name, stream, message);
		fputs(elements[i].end, stream);
		return error;
	}
	if (strcmp(line, DATA_START DATA_END) == 0)
		fprintf(stream, "%s%s%s", DATA_START, data, DATA_END);
	else
		fputs(line, stream);
	return 0;
}

int page_write(const char *folder, const char *data, FILE *stream,
	struct message *message)
{
	int error = 0;
	FILE *page = open_part(folder, "page.html", &error, message);
	char *line = NULL;
	size_t bytes = 0;

	if (!page)
		return error;
	while (!error && getline(&line, &bytes, page) >= 0)
		error = write_line(folder, line, data, stream, message);
	if (!error && ferror(page))
		error = message_set(
			message, -EIO, "%s/page.html: cannot read", folder);
	free(line);
	fclose(page);
	return error;
}
