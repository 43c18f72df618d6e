/* Slurm's own commands.  See slurm-call.h. */
#include "config.h"

#include "sweep/slurm-call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127, OUTPUT_MAX = 1 << 26 };

/* All of FD as a string, to be freed. */
static char *read_back(int fd)
{
	off_t bytes = lseek(fd, 0, SEEK_END);
	char *text;

	if (bytes < 0 || bytes > OUTPUT_MAX)
		return NULL;
	text = malloc(bytes + 1);
	if (text && pread(fd, text, bytes, 0) != bytes)
		bytes = 0;
	if (text)
		text[bytes] = '\0';
	return text;
}

int slurm_call(char *const *argv, const char *input, char **out_out)
{
	int in = memfd_create("input", MFD_CLOEXEC);
	int out = memfd_create("output", MFD_CLOEXEC), status = -EIO;
	ssize_t bytes = input ? (ssize_t)strlen(input) : 0;
	pid_t child;

	*out_out = NULL;
	if (in < 0 || out < 0 || pwrite(in, input, bytes, 0) != bytes)
		goto out;
	child = fork();
	if (!child) {
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		setpgid(0, 0); /* a Ctrl-C is ours */
		execvp(argv[0], argv);
		_exit(NOT_FOUND);
	}
	if (child < 0)
		goto out;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	*out_out = read_back(out);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
	if (status == NOT_FOUND)
		status = -ENOENT;
	else if (!*out_out)
		status = -ENOMEM;
out:
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return status;
}

bool slurm_is_silent(const char *text)
{
	static const char *const words[] = {
		"contact", "onnect", "ommunicat", "imed out", "transmitted"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

int slurm_ids_add(struct slurm_ids *ids, uint64_t id)
{
	uint64_t *more = reallocarray(ids->id, ids->count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	ids->id = more;
	more[ids->count++] = id;
	return 0;
}

bool slurm_ids_have(const struct slurm_ids *ids, uint64_t id)
{
	size_t i;

	for (i = 0; i < ids->count; i++)
		if (ids->id[i] == id)
			return true;
	return false;
}

void slurm_ids_free(struct slurm_ids *ids)
{
	free(ids->id);
	*ids = (struct slurm_ids){0};
}

int slurm_queue(struct slurm_ids *out, struct message *message)
{
	char *argv[] = {(char *)"squeue", (char *)"--noheader", (char *)"--me",
		(char *)"--format=%F %t", NULL};
	char *text, *line, *rest;
	int status = slurm_call(argv, NULL, &text), error = 0;

	*out = (struct slurm_ids){0};
	if (status == -ENOENT)
		error = message_set(message, status,
			"there is no squeue: is Slurm installed here?");
	else if (status)
		error = message_set(message,
			text && slurm_is_silent(text) ? -EAGAIN : -EIO,
			"squeue: %.*s", (int)strcspn(text ? text : "", "\n"),
			text ? text : "");
	rest = error ? NULL : text;
	while (!error && (line = strsep(&rest, "\n"))) {
		unsigned long long id;

		if (sscanf(line, "%llu", &id) == 1 && !slurm_ids_have(out, id))
			error = slurm_ids_add(out, id);
	}
	free(text);
	return error;
}
