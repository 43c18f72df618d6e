/* Names by number.  See names.h. */
#include "config.h"

#include "plots/names.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_there(const struct names *names, const char *name, unsigned *at)
{
	for (*at = 0; *at < names->count; ++*at)
		if (strcmp(names->name[*at], name) == 0)
			return true;
	return false;
}

int names_find(struct names *names, const char *name, unsigned *number_out)
{
	char **more;

	/* rows of a trace come one after the other */
	*number_out = names->last;
	if ((names->last < names->count &&
		    strcmp(names->name[names->last], name) == 0) ||
		is_there(names, name, number_out)) {
		names->last = *number_out;
		return 0;
	}
	more = reallocarray(
		names->name, (size_t)names->count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	names->name = more;
	more[names->count] = strdup(name);
	if (!more[names->count])
		return -ENOMEM;
	names->last = names->count++;
	return 0;
}

void names_free(struct names *names)
{
	for (unsigned i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct names){0};
}

/* "traces/sort.spt" -> "sort", or "sort-2" if there is a "sort" already. */
static int add_short(struct names *names, const char *trace)
{
	const char *slash = strrchr(trace, '/');
	const char *base = slash ? slash + 1 : trace;
	int length = (int)strlen(base);
	unsigned number = 1, at;
	char *name = NULL;
	int error;

	if (length > 4 && strcmp(base + length - 4, ".spt") == 0)
		length -= 4;
	if (asprintf(&name, "%.*s", length, base) < 0)
		return -ENOMEM;
	while (is_there(names, name, &at)) {
		free(name);
		if (asprintf(&name, "%.*s-%u", length, base, ++number) < 0)
			return -ENOMEM;
	}
	error = names_find(names, name, &at);
	free(name);
	return error;
}

int names_shorten(const struct names *names, struct names *out)
{
	int error = 0;

	*out = (struct names){0};
	for (unsigned i = 0; i < names->count && !error; i++)
		error = add_short(out, names->name[i]);
	if (error)
		names_free(out);
	return error;
}
