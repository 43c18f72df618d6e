/*
 * A database that answers queries from an index while it scans a table.
 *
 * A query looks at two pages of the index, and somebody waits for it.  The
 * scan looks at each page of the table once and nobody waits, but it looks at
 * many, and what is used once drives out what is used often.  So the index is
 * pinned, and the table is `read-once`.
 */
#include "examples/compare.h"

enum {
	PAGE = 4096,
	FRAMES = 80,
	ENTRIES = PAGE / 16, /* of a page of the index */
	LEAVES = 64,
	KEYS = LEAVES * ENTRIES,
	TABLE = 4000,	  /* pages */
	PAGES_A_QUERY = 2 /* that are scanned between two queries */
};

/* Keys are odd and rise; the root has the first key of each leaf. */
struct entry {
	uint64_t key;
	uint64_t value;
};

static const uint64_t index_at = 0;
static const uint64_t table_at = UINT64_C(1) << 32;

struct database {
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *index, *table;
	FILE *table_file;
};

static FILE *make_table(void)
{
	FILE *file = tmpfile();
	uint64_t page[PAGE / 8];
	unsigned i, at;

	if (!file)
		exit(EXIT_FAILURE);
	for (i = 0; i < TABLE; i++) {
		for (at = 0; at < PAGE / 8; at++)
			page[at] = i + at;
		if (fwrite(page, PAGE, 1, file) != 1)
			exit(EXIT_FAILURE);
	}
	fflush(file);
	return file;
}

/* Page 0 is the root, the leaves follow. */
static void make_index(struct database *database)
{
	struct entry entry;
	unsigned i;

	for (i = 0; i < KEYS; i++) {
		entry = (struct entry){2 * i + 1, i * 3};
		need(selfpage_write(database->space,
			     index_at + PAGE + i * sizeof(entry), &entry,
			     sizeof(entry)),
			"leaf");
		if (i % ENTRIES)
			continue;
		entry.value = i / ENTRIES + 1;
		need(selfpage_write(database->space,
			     index_at + i / ENTRIES * sizeof(entry), &entry,
			     sizeof(entry)),
			"root");
	}
}

/* The last of COUNT entries on PAGE with a key that is not above KEY. */
static struct entry search(
	struct database *database, uint64_t page, unsigned count, uint64_t key)
{
	unsigned low = 0, middle;
	struct entry entry, *entries;
	void *data;

	need(selfpage_borrow(database->space, index_at + page * PAGE,
		     SELFPAGE_READ, &data),
		"borrow");
	entries = data;
	while (count > 1) {
		middle = low + count / 2;
		if (entries[middle].key <= key)
			low = middle;
		count -= count / 2;
	}
	entry = entries[low];
	need(selfpage_give_back(database->space, data), "give back");
	return entry;
}

static uint64_t query(struct database *database, uint64_t key)
{
	uint64_t leaf = search(database, 0, LEAVES, key).value;

	return search(database, leaf, ENTRIES, key).value;
}

static uint64_t scan(struct database *database, uint64_t page)
{
	uint64_t row[PAGE / 8], sum = 0;
	unsigned i;

	need(selfpage_read(database->space, table_at + page * PAGE, row, PAGE),
		"scan");
	for (i = 0; i < PAGE / 8; i++)
		sum += row[i];
	return sum;
}

static void open_database(struct database *database)
{
	start(FRAMES, &database->pager, &database->space);
	database->table_file = make_table();
	need(selfpage_store_open_anonymous(database->pager, -1,
		     (LEAVES + 1) * PAGE, &database->index),
		"index");
	need(selfpage_store_open_file(database->pager,
		     fileno(database->table_file), &database->table),
		"table");
	need(selfpage_map(database->space, index_at, (LEAVES + 1) * PAGE,
		     database->index, 0, SELFPAGE_READ | SELFPAGE_WRITE),
		"map");
	need(selfpage_map(database->space, table_at, TABLE * PAGE,
		     database->table, 0, SELFPAGE_READ),
		"map");
}

static void close_database(struct database *database)
{
	need(selfpage_space_destroy(database->space), "space");
	need(selfpage_store_discard(database->index), "index");
	need(selfpage_store_close(database->table), "table");
	need(selfpage_destroy(database->pager), "pager");
	fclose(database->table_file);
}

static struct result run(bool hints)
{
	struct database database;
	struct result result = {0};
	uint64_t key = 12345, before;
	unsigned page;

	open_database(&database);
	if (hints) {
		need(selfpage_advise(database.space, index_at,
			     (LEAVES + 1) * PAGE, SELFPAGE_PIN, 0),
			"pin");
		need(selfpage_advise(database.space, table_at, TABLE * PAGE,
			     SELFPAGE_READ_ONCE, 0),
			"read-once");
	}
	make_index(&database);
	for (page = 0; page < TABLE; page++) {
		result.answer += scan(&database, page);
		if (page % PAGES_A_QUERY)
			continue;
		key = key * UINT64_C(6364136223846793005) + 1442695040888963407;
		before = faults_of(database.pager);
		result.answer += query(&database, (key >> 33) % (2 * KEYS));
		result.measure += faults_of(database.pager) - before;
	}
	result.counts = counts_of(database.pager);
	close_database(&database);
	return result;
}

int main(void)
{
	return compare("faults in queries", 100, run);
}
