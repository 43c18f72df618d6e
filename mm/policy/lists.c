/* Lists of nodes: see lists.h. */
#include "mm/policy/lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int lists_init(struct lists *lists, uint32_t nodes, unsigned count)
{
	uint32_t head;

	*lists = (struct lists){
		.links = calloc((size_t)nodes + count, sizeof(*lists->links)),
		.in = calloc((size_t)nodes + 1, 1),
		.nodes = nodes,
		.count = count,
	};
	if (!lists->links || !lists->in) {
		lists_fini(lists);
		return -ENOMEM;
	}
	for (head = nodes; head < nodes + count; head++)
		lists->links[head] = (struct lists_link){head, head};
	return 0;
}

void lists_fini(struct lists *lists)
{
	free(lists->links);
	free(lists->in);
	memset(lists, 0, sizeof(*lists));
}

uint32_t lists_upcoming(const struct lists *lists, unsigned list,
	uint32_t *nodes, uint32_t most)
{
	uint32_t count = 0, node = lists_oldest(lists, list);

	for (; count < most && node != FRAME_NONE;
		node = lists_newer(lists, node))
		nodes[count++] = node;
	return count;
}

static const char *check_list(const struct lists *lists, unsigned list)
{
	uint32_t head = lists_head(lists, list), at = head;
	uint32_t count = 0, older;

	while ((older = lists->links[at].older) != head) {
		if (older >= lists->nodes || lists->links[older].newer != at)
			return "lists: not linked both ways";
		if (!lists_has(lists, list, older))
			return "lists: a node in a list it does not know of";
		if (++count > lists->size[list])
			break;
		at = older;
	}
	if (count != lists->size[list])
		return "lists: a size is wrong";
	return NULL;
}

const char *lists_check(const struct lists *lists)
{
	const char *why = NULL;
	unsigned list;

	for (list = 0; list < lists->count && !why; list++)
		why = check_list(lists, list);
	return why;
}

const char *lists_check_members(
	const struct lists *lists, const uint8_t *member)
{
	uint32_t node;

	for (node = 0; node < lists->nodes; node++)
		if (!!member[node] != !!lists->in[node])
			return "lists: frames held are not the frames given";
	return lists_check(lists);
}
