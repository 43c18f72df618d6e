/*
 * Analysis of sales: a table stored by columns, scanned for sums by group.
 *
 *	columns SEED ROWS
 *
 * A query reads some of the columns from end to end, and adds up amounts by
 * customer in a hash table, or by day in a small array.  Days come in order,
 * as sales do; customers by Zipf's law.
 *
 * Each sum over groups is compared with one that knows no groups.
 */
#include <stdbool.h>
#include <string.h>

#include "workloads/programs/workload.h"

enum { ROWS_A_DAY = 1500, ROWS_A_CUSTOMER = 8, KINDS = 40, QUERIES = 3 };

struct table {
	uint32_t rows, days, customers;
	uint16_t *day;	    /* [rows], and so are all */
	uint32_t *customer; /* from 1 on */
	uint32_t *amount;
	uint8_t *kind;
};

struct group {
	uint32_t customer; /* 0: free */
	uint32_t sales;
	uint64_t amount;
};

struct groups {
	struct group *slots;
	uint32_t mask;
};

static void load(struct table *table, uint64_t *random)
{
	SELFPAGE_MARK("load");
	for (uint32_t i = 0; i < table->rows; i++) {
		uint64_t bits = draw(random);

		table->day[i] = i / ROWS_A_DAY;
		/* a number that says nothing of how often it comes */
		table->customer[i] = 1 + draw_zipf(random, table->customers) *
						 2654435761ull %
						 table->customers;
		table->amount[i] = bits % 10000;
		table->kind[i] = (bits >> 32) % KINDS;
	}
}

static struct group *find_group(const struct groups *groups, uint32_t customer)
{
	uint32_t at = customer * 2654435761u >> 7;

	while (groups->slots[at & groups->mask].customer &&
		groups->slots[at & groups->mask].customer != customer)
		at++;
	return &groups->slots[at & groups->mask];
}

/* What was sold of all kinds but KIND, by customer; returns the checksum. */
static uint64_t by_customer(const struct table *table,
	const struct groups *groups, uint8_t kind, bool *right)
{
	uint64_t whole = 0, sum = 0, best = 0;

	SELFPAGE_MARK("by-customer");
	memset(groups->slots, 0, (groups->mask + 1ul) * sizeof(*groups->slots));
	for (uint32_t i = 0; i < table->rows; i++) {
		struct group *group;

		if (table->kind[i] == kind)
			continue;
		group = find_group(groups, table->customer[i]);
		group->customer = table->customer[i];
		group->sales++;
		group->amount += table->amount[i];
	}
	for (uint32_t i = 0; i <= groups->mask; i++) {
		const struct group *group = &groups->slots[i];

		sum += group->amount;
		if (group->amount > best)
			best = group->amount;
	}
	for (uint32_t i = 0; i < table->rows; i++)
		whole += table->kind[i] == kind ? 0 : table->amount[i];
	*right &= sum == whole;
	return sum * 31 + best;
}

/* What was sold of KIND in the last half of the time, by day. */
static uint64_t by_day(
	const struct table *table, uint64_t *days, uint8_t kind, bool *right)
{
	uint64_t whole = 0, sum = 0, best = 0;
	uint32_t begin = table->rows / 2;

	SELFPAGE_MARK("by-day");
	memset(days, 0, table->days * sizeof(*days));
	for (uint32_t i = begin; i < table->rows; i++)
		if (table->kind[i] == kind)
			days[table->day[i]] += table->amount[i];
	for (uint32_t day = 0; day < table->days; day++) {
		sum += days[day];
		if (days[day] > best)
			best = days[day];
	}
	for (uint32_t i = begin; i < table->rows; i++)
		whole += table->kind[i] == kind ? table->amount[i] : 0;
	*right &= sum == whole;
	return sum * 31 + best;
}

int main(int argc, char **argv)
{
	uint64_t random = read_argument(argc, argv, 1), sum = 0, *days;
	struct table table = {.rows = read_argument(argc, argv, 2)};
	struct groups groups = {.mask = 1};
	bool right = true;

	table.days = table.rows / ROWS_A_DAY + 1;
	table.customers = table.rows / ROWS_A_CUSTOMER + 1;
	while (groups.mask < table.customers + table.customers / 2)
		groups.mask = groups.mask * 2 + 1;
	table.day = map_named(table.rows * sizeof(*table.day), "column_day");
	table.customer = map_named(
		table.rows * sizeof(*table.customer), "column_customer");
	table.amount =
		map_named(table.rows * sizeof(*table.amount), "column_amount");
	table.kind = map_named(table.rows * sizeof(*table.kind), "column_kind");
	groups.slots = map_named(
		(groups.mask + 1ul) * sizeof(*groups.slots), "groups");
	days = map_named(table.days * sizeof(*days), "days");
	load(&table, &random);
	for (uint8_t query = 0; query < QUERIES; query++) {
		sum = sum * 31 + by_customer(&table, &groups, query, &right);
		sum = sum * 31 + by_day(&table, days, query, &right);
	}
	printf("%u rows, %u customers, checksum %016llx: %s\n", table.rows,
		table.customers, (unsigned long long)sum,
		right ? "right" : "WRONG");
	return !right;
}
