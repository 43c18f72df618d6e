/* Result sets.  See set.h. */
#include "config.h"

#include "results/set.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { COPY_BYTES = 1 << 16, HEADER_MAX = 1 << 14 };

int set_open(const char *path, struct set *out, struct message *message)
{
	if (mkdir(path, 0777) && errno != EEXIST)
		return message_set(message, -errno, "%s: cannot make: %s", path,
			strerror(errno));
	out->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->folder < 0)
		return message_set(message, -errno, "%s: cannot open: %s", path,
			strerror(errno));
	out->lock = openat(
		out->folder, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (out->lock < 0) {
		message_set(message, -errno, "%s/.lock: cannot open: %s", path,
			strerror(errno));
		close(out->folder);
		return -errno;
	}
	out->path = strdup(path);
	if (out->path)
		return 0;
	close(out->lock);
	close(out->folder);
	return message_set(message, -ENOMEM, "%s: too little memory", path);
}

int set_open_to_read(const char *path, struct set *out, struct message *message)
{
	out->lock = -1;
	out->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->folder < 0 && errno != ENOENT)
		return message_set(message, -errno, "%s: cannot open: %s", path,
			strerror(errno));
	out->path = strdup(path);
	if (out->path)
		return 0;
	if (out->folder >= 0)
		close(out->folder);
	return message_set(message, -ENOMEM, "%s: too little memory", path);
}

void set_close(struct set *set)
{
	if (set->lock >= 0)
		close(set->lock);
	if (set->folder >= 0)
		close(set->folder);
	free(set->path);
}

int set_lock(struct set *set, struct message *message)
{
	while (flock(set->lock, LOCK_EX))
		if (errno != EINTR)
			return message_set(message, -errno,
				"%s: cannot lock: %s", set->path,
				strerror(errno));
	return 0;
}

void set_unlock(struct set *set)
{
	flock(set->lock, LOCK_UN);
}

/* Where the last whole line of FD ends; it is looked for from the end on. */
static int find_end(int fd, off_t *end_out)
{
	char buffer[COPY_BYTES];
	struct stat status;
	off_t start;

	if (fstat(fd, &status))
		return -errno;
	*end_out = 0;
	for (start = status.st_size; start > 0 && !*end_out;) {
		size_t bytes = start < COPY_BYTES ? (size_t)start : COPY_BYTES;
		ssize_t got;
		const char *last;

		start -= bytes;
		got = file_read_most(fd, buffer, bytes, start);
		if (got < 0)
			return got;
		last = memrchr(buffer, '\n', got);
		if (last)
			*end_out = start + (last + 1 - buffer);
	}
	return 0;
}

/* How many lines end before END. */
static int64_t count_lines(int fd, off_t end)
{
	char buffer[COPY_BYTES];
	off_t offset = 0;
	int64_t lines = 0;

	while (offset < end) {
		ssize_t got = file_read_most(
				fd, buffer, sizeof(buffer), offset),
			i;

		if (got <= 0)
			return got ? got : -EIO;
		for (i = 0; i < got && offset + i < end; i++)
			lines += buffer[i] == '\n';
		offset += got;
	}
	return lines;
}

/* The bytes of FD's first line, with its end; 0: there is none. */
static ssize_t read_header(int fd, char header[HEADER_MAX])
{
	ssize_t got = file_read_most(fd, header, HEADER_MAX, 0);
	const char *end = got > 0 ? memchr(header, '\n', got) : NULL;

	if (got < 0)
		return got;
	if (got == HEADER_MAX && !end)
		return -EINVAL;
	return end ? end + 1 - header : 0;
}

static int copy(int from, off_t start, off_t end, int to, off_t at)
{
	char buffer[COPY_BYTES];

	while (start < end) {
		size_t bytes = end - start < COPY_BYTES ? (size_t)(end - start)
							: COPY_BYTES;
		ssize_t got = file_read_most(from, buffer, bytes, start);
		int error = got < 0 ? got : file_write(to, buffer, got, at);

		if (error)
			return error;
		if (!got)
			return -EIO; /* it was cut short meanwhile */
		start += got;
		at += got;
	}
	return fsync(to) ? -errno : 0;
}

/* What is to be added: [start, end) of FD. */
struct addition {
	int fd;
	off_t start, end;
	int64_t rows;
};

static int64_t append(struct set *set, int rows, struct addition *addition,
	struct message *message)
{
	char ours[HEADER_MAX], theirs[HEADER_MAX];
	ssize_t ours_bytes = read_header(rows, ours);
	ssize_t theirs_bytes = read_header(addition->fd, theirs);
	off_t end;
	int error = find_end(rows, &end);

	if (!error && ours_bytes < 0)
		error = ours_bytes;
	if (!error && ours_bytes &&
		(ours_bytes != theirs_bytes ||
			memcmp(ours, theirs, ours_bytes) != 0))
		return message_set(message, -EINVAL,
			"%s/rows.csv: it has rows with other columns; a set is "
			"of one kind of rows and one version",
			set->path);
	if (ours_bytes > 0)
		addition->start = theirs_bytes;
	/* half a row of somebody who was killed */
	if (!error && ftruncate(rows, end))
		error = -errno;
	if (!error)
		error = copy(addition->fd, addition->start, addition->end, rows,
			end);
	if (error) {
		(void)!ftruncate(rows, end);
		return message_set(message, error, "%s/rows.csv: %s", set->path,
			strerror(-error));
	}
	return addition->rows;
}

int64_t set_append_rows(struct set *set, int fd, struct message *message)
{
	struct addition addition = {.fd = fd};
	int error = find_end(fd, &addition.end);
	int64_t lines = error ? error : count_lines(fd, addition.end);
	int rows;

	if (lines < 0)
		return message_set(message, lines, "rows to be added: %s",
			strerror(-lines));
	addition.rows = lines - 1;
	if (lines < 2) /* a header at most */
		return 0;
	rows = openat(
		set->folder, "rows.csv", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (rows < 0)
		return message_set(message, -errno, "%s/rows.csv: %s",
			set->path, strerror(errno));
	lines = append(set, rows, &addition, message);
	close(rows);
	return lines;
}

int64_t set_add_rows(struct set *set, int fd, struct message *message)
{
	int64_t result = set_lock(set, message);

	if (result)
		return result;
	result = set_append_rows(set, fd, message);
	set_unlock(set);
	return result;
}
