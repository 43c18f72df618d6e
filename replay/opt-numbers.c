/* OPT's markers by number.  See opt-numbers.h. */
#include "replay/opt-numbers.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"

int opt_numbers_init(struct opt_numbers *numbers, uint32_t count)
{
	uint64_t nodes = count;

	memset(numbers, 0, sizeof(*numbers));
	do {
		unsigned level = numbers->levels++;
		size_t bytes;

		nodes = (nodes + OPT_WIDTH - 1) / OPT_WIDTH;
		bytes = nodes * sizeof(struct opt_node);
		numbers->nodes[level] = nodes;
		numbers->level[level] = memory_map(bytes);
		if (!numbers->level[level]) {
			opt_numbers_fini(numbers);
			return -ENOMEM;
		}
		memset(numbers->level[level], 0xff, bytes);
	} while (nodes > 1);
	return 0;
}

void opt_numbers_fini(struct opt_numbers *numbers)
{
	unsigned level;

	for (level = 0; level < numbers->levels; level++)
		memory_unmap(numbers->level[level],
			numbers->nodes[level] * sizeof(struct opt_node));
	numbers->levels = 0;
}

void opt_numbers_sum_up(struct opt_numbers *numbers)
{
	unsigned level;
	uint32_t node;

	for (level = 1; level < numbers->levels; level++)
		for (node = 0; node < numbers->nodes[level - 1]; node++)
			numbers->level[level]->slot[node] = opt_node_first(
				&numbers->level[level - 1][node]);
}

const char *opt_numbers_check(const struct opt_numbers *numbers)
{
	unsigned level;
	uint32_t node;

	for (level = 1; level < numbers->levels; level++)
		for (node = 0; node < numbers->nodes[level - 1]; node++)
			if (numbers->level[level]->slot[node] !=
				opt_node_first(
					&numbers->level[level - 1][node]))
				return "a node says of another what is not so";
	return NULL;
}
