/*
 * Starts the tool, which lies beside this program: what `valgrind --tool=`
 * does for Valgrind's own tools, which it looks for in one folder.  Valgrind
 * calls it again for a program that it follows over an exec.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOOL "pagetrace-amd64-linux"

int main(int argc, char **argv)
{
	char self[4096], tool[sizeof(self) + sizeof(TOOL)];
	ssize_t bytes = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	(void)argc;
	if (bytes < 0) {
		perror("pagetrace: /proc/self/exe");
		return 127;
	}
	self[bytes] = '\0';
	snprintf(tool, sizeof(tool), "%s", self);
	slash = strrchr(tool, '/');
	memcpy(slash + 1, TOOL, sizeof(TOOL));
	/* Set by Valgrind for this program, not for the recorded one. */
	unsetenv("VALGRIND_LIB");
	setenv("VALGRIND_LAUNCHER", self, 1);
	execv(tool, argv);
	perror(tool);
	return 127;
}
