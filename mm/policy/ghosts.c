/* Ghosts: see ghosts.h. */
#include "mm/policy/ghosts.h"

#include <errno.h>

int ghosts_init(struct ghosts *ghosts, uint32_t capacity, unsigned count)
{
	*ghosts = (struct ghosts){0};
	if (!keys_init(&ghosts->keys, capacity) &&
		!lists_init(&ghosts->lists, capacity, count))
		return 0;
	ghosts_fini(ghosts);
	return -ENOMEM;
}

void ghosts_fini(struct ghosts *ghosts)
{
	keys_fini(&ghosts->keys);
	lists_fini(&ghosts->lists);
}

const char *ghosts_check(const struct ghosts *ghosts)
{
	const char *why = keys_check(&ghosts->keys);
	uint32_t listed = 0;
	unsigned list;

	for (list = 0; list < ghosts->lists.count; list++)
		listed += ghosts->lists.size[list];
	if (!why && listed != ghosts->keys.size)
		why = "ghosts: a key that is in no list";
	return why ? why : lists_check(&ghosts->lists);
}
