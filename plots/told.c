/* Which lines are told apart.  See told.h. */
#include "config.h"

#include "plots/told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int told_start(struct told *told, unsigned policies)
{
	*told = (struct told){.count = policies};
	told->lines = calloc((size_t)policies + 1, sizeof(*told->lines));
	if (!told->lines)
		return -ENOMEM;
	for (unsigned i = 0; i < policies; i++)
		told->lines[i].policy = i;
	return 0;
}

void told_free(struct told *told)
{
	free(told->lines);
	*told = (struct told){0};
}

void told_add(struct told *told, unsigned policy, double height)
{
	told->lines[policy].sum += height;
	told->lines[policy].count++;
}

static double height_of(const struct told_line *line)
{
	return line->sum / line->count;
}

static int compare_lines(const void *left, const void *right)
{
	const struct told_line *a = left, *b = right;

	if (height_of(a) != height_of(b))
		return height_of(a) > height_of(b) ? -1 : 1;
	return (a->policy > b->policy) - (a->policy < b->policy);
}

/* Those that the others are measured by. */
static bool is_looked_for(const char *policy)
{
	static const char *const looked_for[] = {
		"opt", "lru", "lru-hints", "clock", "fifo", "arc"};

	for (unsigned i = 0; i < sizeof(looked_for) / sizeof(*looked_for); i++)
		if (strcmp(policy, looked_for[i]) == 0)
			return true;
	return false;
}

/* The worst, then the best, until there are MOST. */
static void tell_ends(struct told *told, unsigned most, unsigned already)
{
	if (already < most && told->count && !told->lines[0].apart) {
		told->lines[0].apart = true;
		already++;
	}
	for (unsigned i = told->count; i-- > 0 && already < most;)
		if (!told->lines[i].apart) {
			told->lines[i].apart = true;
			already++;
		}
}

void told_settle(struct told *told, unsigned most, const struct names *names)
{
	unsigned kept = 0, already = 0;

	for (unsigned i = 0; i < told->count; i++)
		if (told->lines[i].count)
			told->lines[kept++] = told->lines[i];
	told->count = kept;
	if (kept)
		qsort(told->lines, kept, sizeof(*told->lines), compare_lines);
	for (unsigned i = 0; i < kept; i++) {
		struct told_line *line = &told->lines[i];

		line->apart = kept <= most ||
			      is_looked_for(names->name[line->policy]);
		already += line->apart;
	}
	tell_ends(told, most, already);
}

static void write_list(
	const struct told *told, const char *name, bool apart, FILE *stream)
{
	fprintf(stream, "%s = '", name);
	for (unsigned i = 0; i < told->count; i++)
		if (told->lines[i].apart == apart)
			fprintf(stream, " %u", told->lines[i].policy + 1);
	fputs("'\n", stream);
}

void told_write(const struct told *told, FILE *stream)
{
	write_list(told, "told", true, stream);
	write_list(told, "behind", false, stream);
}
