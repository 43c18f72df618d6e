/*
 * What anonymous memory is called: [anon:NAME], where NAME is what the program
 * gave it by prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, ...), or else the
 * function that asked for it: the innermost caller that is not of the
 * languages' own libraries.  [anon] if neither is known.
 *
 * The recorder and `selfpage run` both go by this, so that a hint for a name
 * holds in both.  It is used where there is no C library, too.
 *
 * This header is under the licence of the project (BSD-2-Clause), as what else
 * includes it is.
 */
#ifndef PAGETRACE_ANON_NAME_H
#define PAGETRACE_ANON_NAME_H

#include <stdbool.h>

#define ANON_PREFIX "[anon:"
#define ANON_UNKNOWN "[anon]"
enum {
	ANON_NAME_BYTES = 80, /* with its end: the kernel's limit */
	ANON_REGION_BYTES = ANON_NAME_BYTES + sizeof(ANON_PREFIX),
};

/* As <linux/prctl.h> has them. */
#define ANON_PRCTL 0x53564d41 /* PR_SET_VMA */
#define ANON_PRCTL_NAME 0     /* PR_SET_VMA_ANON_NAME */

/* Whether the kernel would take NAME for one. */
static inline bool anon_name_is_good(const char *name)
{
	unsigned length = 0;

	for (; name[length]; length++) {
		char c = name[length];

		if (c < ' ' || c > '~' || c == '\\' || c == '`' || c == '$' ||
			c == '[' || c == ']' || length + 1 == ANON_NAME_BYTES)
			return false;
	}
	return length > 0;
}

/* "[anon:NAME]", or "[anon]" for NULL. */
static inline void anon_region_name(
	const char *name, char out[ANON_REGION_BYTES])
{
	const char *prefix = name ? ANON_PREFIX : "[anon";

	while (*prefix)
		*out++ = *prefix++;
	for (unsigned i = 0; name && name[i] && i < ANON_NAME_BYTES - 1; i++)
		*out++ = name[i];
	*out++ = ']';
	*out = '\0';
}

/* Of a function's symbol that which is not the compiler's: load.part.0 is
 * load. */
static inline void anon_function_name(
	const char *symbol, char out[ANON_NAME_BYTES])
{
	unsigned i = 0;

	for (; symbol[i] && i < ANON_NAME_BYTES - 1; i++) {
		if (i > 0 && symbol[i] == '.')
			break;
		out[i] = symbol[i];
	}
	out[i] = '\0';
}

/* Whether functions of the object at PATH are never the ones that asked: they
 * ask for others. */
static inline bool anon_object_is_runtime(const char *path)
{
	static const char *const beginnings[] = {"libc.so", "libc-2",
		"ld-linux", "ld-2", "libpthread", "libstdc++", "libc++",
		"libgcc_s", "libasan", "libjemalloc", "libtcmalloc",
		"libmimalloc", "libselfpage-run", "vgpreload_"};
	const char *base = path;

	for (; *path; path++)
		if (*path == '/')
			base = path + 1;
	for (unsigned i = 0; i < sizeof(beginnings) / sizeof(*beginnings);
		i++) {
		const char *beginning = beginnings[i];
		unsigned same = 0;

		while (beginning[same] && beginning[same] == base[same])
			same++;
		if (!beginning[same])
			return true;
	}
	return false;
}

#endif
