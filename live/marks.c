/* What the program says of its course: see marks.h. */
#include <config.h>

#include "live/marks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "live/copy.h"
#include "live/live.h"
#include "live/names.h"

enum { PART = 256 };

static struct {
	char path[LIVE_PATH_BYTES]; /* "": there is none */
	char line[LIVE_NAME_BYTES]; /* [length] so far */
	unsigned length;
} marks;

void marks_start(void)
{
	const char *path = getenv("SELFPAGE_MARKS");

	if (path != NULL)
		snprintf(marks.path, sizeof(marks.path), "%s", path);
}

static bool is_marks(int fd)
{
	struct stat file, ours;

	return fstat(fd, &file) == 0 && stat(marks.path, &ours) == 0 &&
	       file.st_dev == ours.st_dev && file.st_ino == ours.st_ino;
}

static void take_letter(char letter)
{
	if (letter != '\n') {
		if (marks.length < sizeof(marks.line) - 1)
			marks.line[marks.length++] = letter;
		return;
	}
	marks.line[marks.length] = '\0';
	if (marks.length > 0)
		names_mark(marks.line);
	marks.length = 0;
}

void marks_written(int fd, uint64_t address, uint64_t bytes)
{
	char part[PART];

	if (marks.path[0] == '\0' || !is_marks(fd))
		return;
	for (uint64_t at = 0; at < bytes; at += PART) {
		uint64_t length = bytes - at < PART ? bytes - at : PART;

		if (copy_in(part, address + at, length))
			return;
		for (uint64_t i = 0; i < length; i++)
			take_letter(part[i]);
	}
}

/* SELFPAGE_MARK calls it where it is there. */
__attribute__((visibility("default"))) void selfpage_mark_heard(
	const char *name);

void selfpage_mark_heard(const char *name)
{
	char mark[LIVE_NAME_BYTES];
	long length;

	if (live.heap == NULL || live_thread.inside > 0)
		return;
	live_enter();
	length = copy_length((uint64_t)name, sizeof(mark));
	if (length > 0 && copy_in(mark, (uint64_t)name, (size_t)length) == 0)
		names_mark(mark);
	live_leave();
}
