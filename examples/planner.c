/*
 * A database that knows which pages it will look at, and in which order.
 *
 * A query goes through an index, which is in memory, and looks at the rows
 * that it names, in the order of their keys.  In the table they lie in no
 * order.  So the pages' uses look random, and no hint says what comes next;
 * but the query's plan does: the page to evict is the one whose next use is
 * furthest away.  The program chooses victims by its plan.  Which pages are in
 * frames it knows from observing faults and evictions.
 */
#include "examples/compare.h"

#include <errno.h>

enum {
	PAGE = 4096,
	TABLE = 1000, /* pages */
	FRAMES = 400,
	ROWS = 20000, /* that the query looks at */
};

struct planner {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *table;
	FILE *table_file;
	unsigned plan[ROWS];	 /* the page of each row */
	unsigned next_use[ROWS]; /* the next row on the same page, or ROWS */
	/* of the pages: */
	bool is_resident[TABLE];
	unsigned needed_at[TABLE]; /* the row for which it will be used next */
	uint64_t chosen, evicted;
};

static void make_plan(struct planner *planner)
{
	unsigned next[TABLE], i;
	uint64_t key = 12345;

	for (i = 0; i < ROWS; i++) {
		key = key * UINT64_C(6364136223846793005) + 1442695040888963407;
		planner->plan[i] = (key >> 33) % TABLE;
	}
	for (i = 0; i < TABLE; i++)
		next[i] = ROWS;
	for (i = ROWS; i--;) {
		planner->next_use[i] = next[planner->plan[i]];
		next[planner->plan[i]] = i;
	}
	memcpy(planner->needed_at, next, sizeof(next));
}

/* The resident page that is not needed for the longest time. */
static int choose(void *context, const struct selfpage_situation *situation,
	struct selfpage_page *victim_out)
{
	struct planner *planner = context;
	unsigned best = TABLE, i;

	(void)situation;
	for (i = 0; i < TABLE; i++)
		if (planner->is_resident[i] &&
			(best == TABLE || planner->needed_at[i] >
						  planner->needed_at[best]))
			best = i;
	if (best == TABLE)
		return 0;
	victim_out->store = planner->table;
	victim_out->offset = (uint64_t)best * PAGE;
	return 1;
}

static void see_fault(void *context, const struct selfpage_fault_event *event)
{
	struct planner *planner = context;

	if (!event->error)
		planner->is_resident[event->page.offset / PAGE] = true;
}

static void see_eviction(
	void *context, const struct selfpage_eviction_event *event)
{
	struct planner *planner = context;

	planner->is_resident[event->page.offset / PAGE] = false;
	planner->chosen += event->chooser == SELFPAGE_BY_PROGRAM;
	planner->evicted++;
}

static FILE *make_table(void)
{
	FILE *file = tmpfile();
	uint64_t page[PAGE / 8];
	unsigned i, at;

	if (!file)
		exit(EXIT_FAILURE);
	for (i = 0; i < TABLE; i++) {
		for (at = 0; at < PAGE / 8; at++)
			page[at] = i * UINT64_C(1000) + at;
		if (fwrite(page, PAGE, 1, file) != 1)
			exit(EXIT_FAILURE);
	}
	fflush(file);
	return file;
}

static void open_planner(struct planner *planner)
{
	start(FRAMES, &planner->pager, &planner->space);
	planner->table_file = make_table();
	need(selfpage_store_open_file(planner->pager,
		     fileno(planner->table_file), &planner->table),
		"table");
	need(selfpage_map(planner->space, 0, TABLE * PAGE, planner->table, 0,
		     SELFPAGE_READ),
		"map");
	make_plan(planner);
}

static void close_planner(struct planner *planner)
{
	need(selfpage_space_destroy(planner->space), "space");
	need(selfpage_set_hooks(planner->pager, NULL), "no hooks");
	need(selfpage_store_close(planner->table), "table");
	need(selfpage_destroy(planner->pager), "pager");
	fclose(planner->table_file);
}

static struct result run(bool hints)
{
	static struct planner planner;
	struct selfpage_hooks hooks = {
		.hooks_bytes = sizeof(hooks),
		.context = &planner,
		.choose = choose,
		.fault = see_fault,
		.evict = see_eviction,
	};
	struct result result = {0};
	uint64_t row;
	unsigned i;

	planner = (struct planner){0};
	open_planner(&planner);
	if (hints)
		need(selfpage_set_hooks(planner.pager, &hooks), "hooks");
	for (i = 0; i < ROWS; i++) {
		planner.needed_at[planner.plan[i]] = planner.next_use[i];
		need(selfpage_read(planner.space,
			     (uint64_t)planner.plan[i] * PAGE +
				     i % PAGE / 8 * 8,
			     &row, sizeof(row)),
			"row");
		result.answer += row;
	}
	result.counts = counts_of(planner.pager);
	result.measure = faults_of(planner.pager);
	/* what was observed is what was counted, and all was chosen here */
	if (hints && (planner.evicted != result.counts.evictions ||
			     planner.chosen != result.counts.evictions))
		need(-EPROTO, "the hooks missed something");
	close_planner(&planner);
	return result;
}

int main(void)
{
	return compare("faults", 2, run);
}
