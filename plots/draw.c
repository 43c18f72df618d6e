/*
 * Runs gnuplot on a program in a nameless file and looks at what it left: a
 * picture that is not whole (a full disk, a gnuplot without the terminal)
 * does not take its name.
 */
#include "config.h"

#include "plots/figures.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* What is at the end of a file that is whole. */
static const char *const whole_ends[FIGURE_FORMATS] = {
	[FIGURE_PNG] = "IEND\xae\x42\x60\x82",
	[FIGURE_SVG] = "</svg>",
	[FIGURE_PDF] = "%%EOF",
};

/* The program, in a nameless file that starts at its beginning. */
static int write_script(const struct figures *figures, const char *scripts,
	FILE **out, struct message *message)
{
	int file = memfd_create("gnuplot program", MFD_CLOEXEC);
	FILE *stream = file >= 0 ? fdopen(file, "w+") : NULL;
	int error = stream ? figures_write_script(figures, scripts, stream)
			   : -errno;

	if (!error) {
		rewind(stream);
		*out = stream;
		return 0;
	}
	if (stream)
		fclose(stream);
	else if (file >= 0)
		close(file);
	return message_set(message, error,
		"cannot write the program for gnuplot: %s", strerror(-error));
}

/* -d: without the user's own settings, which would change the look. */
static int start_gnuplot(int program, pid_t *out)
{
	char name[] = "gnuplot", defaults[] = "-d", standard[] = "-";
	char *arguments[] = {name, defaults, standard, NULL};
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return -error;
	error = posix_spawn_file_actions_adddup2(&actions, program, 0);
	if (!error)
		error = posix_spawnp(
			out, name, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

static int run_gnuplot(int program, struct message *message)
{
	pid_t child;
	int status;
	int error = start_gnuplot(program, &child);

	if (error == -ENOENT)
		return message_set(message, error,
			"no gnuplot: install the package gnuplot-nox");
	if (error)
		return message_set(message, error, "cannot start gnuplot: %s",
			strerror(-error));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return message_set(message, -errno,
				"cannot wait for gnuplot: %s", strerror(errno));
	if (WIFSIGNALED(status))
		return message_set(message, -EIO,
			"gnuplot was killed by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return message_set(message, -EIO,
			"gnuplot failed with status %d", WEXITSTATUS(status));
	return 0;
}

static bool is_whole(const char *path, const char *mark)
{
	char end[32] = {0};
	size_t mark_bytes = strlen(mark);
	FILE *stream = fopen(path, "re");
	size_t got;

	if (!stream)
		return false;
	if (fseek(stream, -(long)sizeof(end), SEEK_END) != 0) {
		fclose(stream);
		return false;
	}
	got = fread(end, 1, sizeof(end), stream);
	fclose(stream);
	return got == sizeof(end) &&
	       memmem(end, sizeof(end), mark, mark_bytes) != NULL;
}

/* Gives a picture its name, or with KEEP false removes what there is of it. */
static int take_picture(const struct figure *figure, unsigned format, bool keep,
	struct message *message)
{
	const char *ending = figure_format_name(format);
	char *part = NULL, *whole = NULL;
	int error = 0;

	if (asprintf(&part, "%s.%s" FIGURES_PART, figure->path, ending) < 0 ||
		asprintf(&whole, "%s.%s", figure->path, ending) < 0)
		error = message_set(message, -ENOMEM, "not enough memory");
	else if (!keep)
		unlink(part);
	else if (!is_whole(part, whole_ends[format]))
		error = message_set(message, -EIO,
			"%s: gnuplot did not finish the picture (is the disk "
			"full?)",
			part);
	else if (rename(part, whole) != 0)
		error = message_set(message, -errno, "%s: cannot rename: %s",
			part, strerror(errno));
	free(part);
	free(whole);
	return error;
}

static int take_pictures(
	const struct figures *figures, bool keep, struct message *message)
{
	int error = 0;

	for (unsigned i = 0; i < figures->count && !error; i++)
		for (unsigned k = 0; k < FIGURE_FORMATS && !error; k++)
			if (figures->formats & 1u << k)
				error = take_picture(
					&figures->figures[i], k, keep, message);
	return error;
}

int figures_draw(const struct figures *figures, const char *scripts,
	struct message *message)
{
	FILE *program = NULL;
	int error = write_script(figures, scripts, &program, message);

	if (error)
		return error;
	error = run_gnuplot(fileno(program), message);
	fclose(program);
	if (!error)
		error = take_pictures(figures, true, message);
	if (error)
		take_pictures(figures, false, NULL);
	return error;
}
