/* What a set has of a sweep.  See done.h. */
#include "config.h"

#include "sweep/done.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sweep/jobs.h"
#include "sweep/measured.h"

enum { CELLS_MAX = 256 };

int done_open(struct done *done, struct set *set, struct measured *measured,
	struct message *message)
{
	bool is_read = set->lock < 0;

	*done = (struct done){.set = set, .measured = measured, .folder = -1};
	if (is_read && set->folder < 0)
		return 0;
	if (is_read || !mkdirat(set->folder, "sweep", 0777) || errno == EEXIST)
		done->folder = openat(set->folder, "sweep",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (done->folder < 0 && !(is_read && errno == ENOENT))
		return message_set(message, -errno, "%s/sweep: cannot make: %s",
			set->path, strerror(errno));
	return done_update(done, message);
}

void done_close(struct done *done)
{
	if (done->folder >= 0)
		close(done->folder);
	table_free(&done->faults);
}

/* ---- lines and cells ---- */

/* Cuts LINE into its cells, in place; how many there are. */
static size_t split(char *line, char *cells[CELLS_MAX])
{
	size_t count = 0;

	while (count < CELLS_MAX) {
		char *to = line;
		bool quoted = *line == '"';

		cells[count++] = line;
		line += quoted;
		for (; *line && (quoted || *line != ','); line++) {
			if (quoted && *line == '"' && line[1] != '"')
				quoted = false;
			else if (quoted && *line == '"')
				*to++ = *line++;
			else
				*to++ = *line;
		}
		if (!*line) {
			*to = '\0';
			return count;
		}
		line++;
		*to = '\0';
	}
	return count;
}

static int64_t find(char *const *cells, size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(cells[i], name))
			return i;
	return -1;
}

static int read_header(struct done *done, char *line, struct message *message)
{
	char *cells[CELLS_MAX];
	size_t count = split(line, cells);

	done->job = find(cells, count, "job");
	done->fault_column = find(cells, count, "faults");
	done->policy = find(cells, count, "policy");
	done->trace = find(cells, count, "trace");
	done->references = find(cells, count, "references");
	done->rate = find(cells, count, "refs_per_second");
	done->pages = find(cells, count, "pages");
	done->pass_bytes = find(cells, count, "pass_bytes");
	done->peak_bytes = find(cells, count, "peak_rss_bytes");
	done->columns = count;
	if (done->job >= 0 && done->fault_column >= 0 && done->policy >= 0 &&
		done->trace >= 0 && done->references >= 0 && done->rate >= 0)
		return 0;
	return message_set(message, -EINVAL,
		"%s/rows.csv: its rows are not those of a sweep: there is no "
		"column job; choose another set",
		done->set->path);
}

/* A cell's number; 0 where there is no such column. */
static uint64_t count_in(char *const *cells, int64_t column)
{
	return column < 0 ? 0 : strtoull(cells[column], NULL, 10);
}

static void measure(struct done *done, char *const *cells)
{
	const struct measured_row row = {
		.trace = cells[done->trace],
		.policy = cells[done->policy],
		.references = strtod(cells[done->references], NULL),
		.rate = strtod(cells[done->rate], NULL),
		.pages = count_in(cells, done->pages),
		.pass_bytes = count_in(cells, done->pass_bytes),
		.peak_bytes = count_in(cells, done->peak_bytes),
	};

	if (done->measured)
		measured_add(done->measured, &row);
}

static int read_row(struct done *done, char *line)
{
	char *cells[CELLS_MAX];
	size_t count = split(line, cells);
	struct table_entry *entry;
	uint64_t key;

	if (count != done->columns)
		return 0; /* of nobody's that is known */
	measure(done, cells);
	key = job_key_read(cells[done->job]);
	if (!key)
		return 0; /* a row that was kept, of no sweep */
	entry = table_add(&done->faults, key);
	if (!entry)
		return -ENOMEM;
	entry->value = strtoull(cells[done->fault_column], NULL, 10);
	return 0;
}

/* Whole lines of NAME in FOLDER, if they are there, from *END on to EACH. */
static int read_lines(struct done *done, int folder, const char *name,
	uint64_t *end,
	int (*each)(struct done *done, char *line, struct message *message),
	struct message *message)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC), error = 0;
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t bytes;

	if (!stream && (folder < 0 || errno == ENOENT))
		return 0;
	if (!stream || fseeko(stream, *end, SEEK_SET))
		error = -errno;
	while (!error && (bytes = getline(&line, &room, stream)) > 0 &&
		line[bytes - 1] == '\n') {
		line[bytes - 1] = '\0';
		*end += bytes;
		error = each(done, line, message);
	}
	if (!error && ferror(stream))
		error = -EIO;
	free(line);
	if (stream)
		fclose(stream);
	if (error && error != -EINVAL)
		message_set(message, error, "%s/%s: cannot read: %s",
			done->set->path, name, strerror(-error));
	return error;
}

static int each_row(struct done *done, char *line, struct message *message)
{
	return done->columns ? read_row(done, line)
			     : read_header(done, line, message);
}

static int each_file(struct done *done, char *line, struct message *message)
{
	uint64_t key = job_key_read(line);

	(void)message;
	return !key || table_add(&done->faults, key) ? 0 : -ENOMEM;
}

int done_update(struct done *done, struct message *message)
{
	int error = read_lines(done, done->set->folder, "rows.csv",
		&done->rows_end, each_row, message);

	if (error)
		return error;
	return read_lines(done, done->folder, "files", &done->files_end,
		each_file, message);
}

/* ---- adding ---- */

/* The lines of FD whose jobs are not there go to OUT; its header, too, if it
 * is the FIRST. */
static int sift(struct done *done, int fd, bool first, FILE *out)
{
	struct table_entry *entry = NULL;
	char *line = NULL, *cells[CELLS_MAX];
	size_t room = 0, number = 0, count;
	int64_t job = -1;
	ssize_t bytes;
	FILE *stream = fdopen(dup(fd), "r");

	if (!stream)
		return -errno;
	rewind(stream);
	while ((bytes = getline(&line, &room, stream)) > 0 &&
		line[bytes - 1] == '\n') {
		char *copy = strndup(line, bytes - 1);

		count = copy ? split(copy, cells) : 0;
		if (!number++)
			job = find(cells, count, "job");
		else if (job >= 0 && (size_t)job < count)
			entry = table_find(
				&done->faults, job_key_read(cells[job]) ?: 1);
		if (number == 1 ? first : !entry)
			fwrite(line, 1, bytes, out);
		free(copy);
	}
	free(line);
	fclose(stream);
	return job >= 0 || !number ? 0 : -EINVAL;
}

static int add_locked(struct done *done, const int *fds, size_t count,
	struct message *message)
{
	int fd = memfd_create("rows", MFD_CLOEXEC), error;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w+");
	int64_t added;
	size_t i;

	if (!out)
		return message_set(
			message, -errno, "rows: %s", strerror(errno));
	error = done_update(done, message);
	for (i = 0; i < count && !error; i++) {
		error = sift(done, fds[i], i == 0, out);
		if (error)
			message_set(message, error, "rows of a job: %s",
				strerror(-error));
	}
	if (!error && fflush(out))
		error = message_set(
			message, -errno, "rows: %s", strerror(errno));
	if (!error) {
		added = set_append_rows(done->set, fd, message);
		done->added += added > 0 ? added : 0;
		error = added < 0 ? added : done_update(done, message);
	}
	fclose(out);
	return error;
}

int done_add(struct done *done, const int *fds, size_t count,
	struct message *message)
{
	int error = set_lock(done->set, message);

	if (error)
		return error;
	error = add_locked(done, fds, count, message);
	set_unlock(done->set);
	return error;
}

/* A whole line at FD's end, in front of which half a line is cut off. */
static int append_line(int fd, off_t whole, const char *line)
{
	size_t bytes = strlen(line);
	ssize_t done;

	if (ftruncate(fd, whole))
		return -errno;
	done = pwrite(fd, line, bytes, whole);
	if (done == (ssize_t)bytes && !fsync(fd))
		return 0;
	done = done < 0 ? -errno : -ENOSPC;
	(void)!ftruncate(fd, whole);
	return done;
}

int done_add_file(struct done *done, uint64_t key, struct message *message)
{
	char line[JOB_KEY_BYTES + 1];
	int fd, error = set_lock(done->set, message);

	if (error)
		return error;
	error = done_update(done, message);
	job_key_write(key, line);
	strcat(line, "\n");
	fd = openat(done->folder, "files", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (!error && fd < 0)
		error = -errno;
	if (!error && !done_has(done, key)) {
		error = append_line(fd, done->files_end, line);
		done->added += !error;
	}
	if (fd >= 0)
		close(fd);
	if (error)
		message_set(message, error, "%s/sweep/files: %s",
			done->set->path, strerror(-error));
	else
		error = done_update(done, message);
	set_unlock(done->set);
	return error;
}
