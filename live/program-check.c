/* Whether a library can be loaded into a program: see program-check.h. */
#include <config.h>

#include "live/program-check.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { SCRIPTS_MAX = 4, LINE_BYTES = 256, HEADERS_MAX = 256 };

static int refuse(const char *path, const char *why, struct message *message)
{
	return message_set(message, -ENOTSUP, "%s %s", path, why);
}

static int read_at(int fd, void *to, size_t bytes, off_t offset)
{
	return pread(fd, to, bytes, offset) == (ssize_t)bytes ? 0 : -1;
}

/* One of the C library that ours is made for. */
static int check_interpreter(const char *path, int fd, const Elf64_Phdr *header,
	struct message *message)
{
	char name[LINE_BYTES] = "";
	size_t bytes = header->p_filesz;

	if (bytes >= sizeof(name))
		bytes = sizeof(name) - 1;
	if (read_at(fd, name, bytes, header->p_offset))
		return refuse(path, "is cut short", message);
	if (strstr(name, "/ld-linux") == NULL)
		return refuse(path,
			"is made for another C library than the GNU one",
			message);
	return 0;
}

static int check_elf(const char *path, int fd, struct message *message)
{
	Elf64_Ehdr file;
	Elf64_Phdr header;

	if (read_at(fd, &file, sizeof(file), 0) ||
		memcmp(file.e_ident, ELFMAG, SELFMAG) != 0)
		return refuse(
			path, "is neither a program nor a script", message);
	if (file.e_ident[EI_CLASS] != ELFCLASS64 ||
		file.e_machine != EM_X86_64 ||
		file.e_phentsize != sizeof(header) ||
		file.e_phnum > HEADERS_MAX)
		return refuse(path, "is no 64-bit x86 program", message);
	for (unsigned i = 0; i < file.e_phnum; i++) {
		if (read_at(fd, &header, sizeof(header),
			    file.e_phoff + i * sizeof(header)))
			return refuse(path, "is cut short", message);
		if (header.p_type == PT_INTERP)
			return check_interpreter(path, fd, &header, message);
	}
	return refuse(path,
		"is statically linked: nothing can be loaded into it", message);
}

/* With other rights than its user's the system loads nothing into it. */
static int check_rights(const char *path, int fd, struct message *message)
{
	struct stat status;

	if (fstat(fd, &status))
		return message_set(
			message, -errno, "%s: %s", path, strerror(errno));
	if (status.st_mode & S_ISUID ||
		(status.st_mode & S_ISGID && status.st_mode & S_IXGRP))
		return refuse(path,
			"is set-user-ID or set-group-ID: the system loads "
			"nothing into it",
			message);
	if (fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return refuse(path,
			"has file capabilities: the system loads nothing into "
			"it",
			message);
	return 0;
}

/* The interpreter of a script into INTERPRETER; false: it is none. */
static int read_script(int fd, char *interpreter, size_t bytes)
{
	char line[LINE_BYTES];
	ssize_t got = pread(fd, line, sizeof(line) - 1, 0);
	char *start;
	size_t length;

	if (got < 3 || line[0] != '#' || line[1] != '!')
		return 0;
	line[got] = '\0';
	start = line + 2 + strspn(line + 2, " \t");
	length = strcspn(start, " \t\r\n");
	if (length >= bytes)
		return 0;
	memcpy(interpreter, start, length);
	interpreter[length] = '\0';
	return 1;
}

int program_check(const char *path, struct message *message)
{
	char interpreter[LINE_BYTES];
	int error = 0, script = 1;

	for (unsigned depth = 0; !error && script; depth++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || depth > SCRIPTS_MAX) {
			error = fd < 0 ? errno : ELOOP;
			if (fd >= 0)
				close(fd);
			return message_set(message, -error, "%s: %s", path,
				strerror(error));
		}
		script = read_script(fd, interpreter, sizeof(interpreter));
		if (!script) {
			error = check_rights(path, fd, message);
			if (!error)
				error = check_elf(path, fd, message);
		}
		close(fd);
		path = interpreter;
	}
	return error;
}
