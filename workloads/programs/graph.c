/*
 * Who links to whom: a graph is built from a list of links, searched by
 * breadth, and its vertices are ranked.
 *
 *	graph SEED VERTICES
 *
 * The graph lies in two arrays: the targets of vertex v are
 * targets[first[v]] to targets[first[v + 1] - 1].
 *
 *	build	counts, then scatters the list over the targets
 *	search	levels[v]: the fewest links from vertex 0
 *	rank	PageRank: by turns from one array of ranks into the other
 *
 * It fails if a link leads further than one level, or if ranks don't add up
 * to 1.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "workloads/programs/workload.h"

enum { LINKS_A_VERTEX = 6, ROUNDS = 3 };

#define DAMPING 0.85

struct link {
	uint32_t from, to;
};

struct graph {
	uint32_t vertices, links;
	uint32_t *first;   /* [vertices + 1] */
	uint32_t *targets; /* [links] */
};

/* Half of the links lead to few vertices, as in the web; the numbers of these
 * say nothing. */
static void make_links(
	struct link *links, const struct graph *graph, uint64_t *random)
{
	SELFPAGE_MARK("links");
	for (uint32_t i = 0; i < graph->links; i++) {
		uint32_t to = draw_below(random, graph->vertices);

		if (i % 2)
			to = draw_zipf(random, graph->vertices) *
			     2654435761ull % graph->vertices;
		links[i].from = draw_below(random, graph->vertices);
		links[i].to = to;
	}
}

static void build(struct graph *graph, const struct link *links)
{
	uint32_t *next =
		map_named((graph->vertices + 1) * sizeof(*next), "next");

	SELFPAGE_MARK("build");
	for (uint32_t i = 0; i < graph->links; i++)
		graph->first[links[i].from + 1]++;
	for (uint32_t v = 0; v < graph->vertices; v++)
		graph->first[v + 1] += graph->first[v];
	memcpy(next, graph->first, graph->vertices * sizeof(*next));
	for (uint32_t i = 0; i < graph->links; i++)
		graph->targets[next[links[i].from]++] = links[i].to;
	munmap(next, (graph->vertices + 1) * sizeof(*next));
}

/* Levels from 1 on, 0: never reached.  Returns how many were. */
static uint32_t search(const struct graph *graph, uint32_t *levels)
{
	uint32_t *queue = map_named(graph->vertices * sizeof(*queue), "queue");
	uint32_t head = 0, tail = 0;

	SELFPAGE_MARK("search");
	queue[tail++] = 0;
	levels[0] = 1;
	while (head < tail) {
		uint32_t v = queue[head++];

		for (uint32_t i = graph->first[v]; i < graph->first[v + 1];
			i++) {
			uint32_t to = graph->targets[i];

			if (levels[to])
				continue;
			levels[to] = levels[v] + 1;
			queue[tail++] = to;
		}
	}
	munmap(queue, graph->vertices * sizeof(*queue));
	return tail;
}

static bool verify_levels(const struct graph *graph, const uint32_t *levels)
{
	for (uint32_t v = 0; v < graph->vertices; v++)
		for (uint32_t i = graph->first[v];
			levels[v] && i < graph->first[v + 1]; i++) {
			uint32_t level = levels[graph->targets[i]];

			if (!level || level > levels[v] + 1)
				return false;
		}
	return true;
}

/* One round, from FROM into TO. */
static void pass_on(const struct graph *graph, const double *from, double *to)
{
	double lost = 0;

	memset(to, 0, graph->vertices * sizeof(*to));
	for (uint32_t v = 0; v < graph->vertices; v++) {
		uint32_t first = graph->first[v], end = graph->first[v + 1];
		double share = from[v] / (end - first);

		if (first == end)
			lost += from[v];
		for (uint32_t i = first; i < end; i++)
			to[graph->targets[i]] += share;
	}
	for (uint32_t v = 0; v < graph->vertices; v++)
		to[v] = (1 - DAMPING + DAMPING * lost) / graph->vertices +
			DAMPING * to[v];
}

/* The ranks after ROUNDS. */
static double *rank(const struct graph *graph)
{
	double *from = map_named(graph->vertices * sizeof(*from), "ranks");
	double *to = map_named(graph->vertices * sizeof(*to), "ranks_next");

	SELFPAGE_MARK("rank");
	for (uint32_t v = 0; v < graph->vertices; v++)
		from[v] = 1.0 / graph->vertices;
	for (unsigned round = 0; round < ROUNDS; round++) {
		double *free = from;

		pass_on(graph, from, to);
		from = to;
		to = free;
	}
	return from;
}

int main(int argc, char **argv)
{
	uint64_t random = read_argument(argc, argv, 1);
	struct graph graph = {.vertices = read_argument(argc, argv, 2)};
	uint32_t *levels, reached, best = 0;
	struct link *links;
	double *ranks, sum = 0;
	bool right;

	graph.links = graph.vertices * LINKS_A_VERTEX;
	graph.first =
		map_named((graph.vertices + 1) * sizeof(*graph.first), "first");
	graph.targets =
		map_named(graph.links * sizeof(*graph.targets), "targets");
	levels = map_named(graph.vertices * sizeof(*levels), "levels");
	links = map_named(graph.links * sizeof(*links), "links");
	make_links(links, &graph, &random);
	build(&graph, links);
	munmap(links, graph.links * sizeof(*links));
	reached = search(&graph, levels);
	right = verify_levels(&graph, levels);
	ranks = rank(&graph);
	for (uint32_t v = 0; v < graph.vertices; v++) {
		sum += ranks[v];
		best = ranks[v] > ranks[best] ? v : best;
	}
	right &= fabs(sum - 1) < 1e-9;
	printf("%u vertices, %u reached, first is %u with %.9f: %s\n",
		graph.vertices, reached, best, ranks[best],
		right ? "right" : "WRONG");
	return !right;
}
