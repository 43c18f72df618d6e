#!/usr/bin/python3
"""Makes the inputs of the workloads: the same bytes for the same seed.

    generate.py lines|words|orders|source|tree|points --seed N --count N > FILE

Only Random.random() is used, the one method whose sequence Python promises
to keep from version to version.
"""

import argparse
import random
import sys


class Dice:
    """Random choices, all of them from random()."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def below(self, n):
        return int(self.random() * n)

    def skewed(self, n):
        """0 .. n - 1, low numbers far more often, as words and customers."""
        return int(n * self.random() ** 3)

    def word(self, letters):
        return "".join(chr(97 + self.below(26)) for _ in range(letters))


def lines(dice, count, out):
    """Lines of 99 characters, keyed by eight hexadecimal digits."""
    for number in range(count):
        key = dice.below(1 << 32)
        out.write(f"{key:08x} {number:08d} {dice.word(10) * 8}\n")


def words(dice, count, out):
    """Running text: COUNT words, ten a line, few of them frequent."""
    vocabulary = [dice.word(3 + dice.below(8)) for _ in range(count // 8)]
    for number in range(count):
        out.write(vocabulary[dice.skewed(len(vocabulary))])
        out.write("\n" if number % 10 == 9 else " ")


def orders(dice, count, out):
    """SQL: customers and their COUNT orders, an index, joins."""
    customers = max(1, count // 10)
    out.write("CREATE TABLE customer(id INTEGER PRIMARY KEY, name, town);\n"
              "CREATE TABLE purchase(id INTEGER PRIMARY KEY, customer, day,"
              " amount, note);\nBEGIN;\n")
    for number in range(customers):
        out.write(f"INSERT INTO customer VALUES({number}, '{dice.word(12)}',"
                  f" '{dice.word(1)}');\n")
    for number in range(count):
        out.write(f"INSERT INTO purchase VALUES({number},"
                  f" {dice.skewed(customers)}, {dice.below(365)},"
                  f" {dice.below(10000)}, '{dice.word(8) * 12}');\n")
    out.write("COMMIT;\n"
              "CREATE INDEX purchase_customer ON purchase(customer);\n"
              "SELECT town, count(*), sum(amount) FROM customer JOIN purchase"
              " ON purchase.customer = customer.id GROUP BY town;\n"
              "SELECT name, max(amount) FROM purchase JOIN customer"
              " ON customer.id = purchase.customer WHERE day < 90"
              " GROUP BY name ORDER BY 2 DESC, 1 LIMIT 10;\n")


FUNCTION = """
struct part{n} {{
	int key, weight[{a}];
	struct part{n} *next;
}};

static int weigh{n}(const struct part{n} *part, int limit)
{{
	int sum = {b};

	for (; part && sum < limit; part = part->next) {{
		for (int i = 0; i < {a}; i++)
			sum += part->weight[i] * (part->key ^ i);
		switch (part->key & 3) {{
		case 0:
			sum -= {c};
			break;
		case 1:
			sum = sum * {b} + part->key;
			break;
		default:
			sum ^= sum >> {d};
		}}
	}}
	return sum;
}}

int use{n}(struct part{n} *parts, int count)
{{
	int best = 0;

	for (int i = 0; i < count; i++) {{
		int weight = weigh{n}(parts + i, {c} * i);

		if (weight > best)
			best = weight;
		parts[i].next = weight & 1 ? parts + best % count : 0;
	}}
	return best;
}}
"""


def source(dice, count, out):
    """C, without headers: COUNT structs with two functions each."""
    for number in range(count):
        out.write(FUNCTION.format(n=number, a=2 + dice.below(14),
                                  b=3 + dice.below(90),
                                  c=100 + dice.below(9000),
                                  d=1 + dice.below(15)))


def tree(dice, count, out):
    """COUNT names of files, some thirty in a folder, two folders deep."""
    for _ in range(count):
        above = dice.below(1 + count // 1000)
        folder = dice.below(30)
        out.write(f"tree/{above}/{folder}/{dice.word(4 + dice.below(12))}\n")


def points(dice, count, out):
    """COUNT points of a hilly surface: x, y and height, in ten-thousandths."""
    hills = [(dice.below(10000), dice.below(10000), dice.below(9000))
             for _ in range(5)]
    for _ in range(count):
        x, y = dice.below(10000), dice.below(10000)
        height = sum(top * 1000000 // (1000000 + (x - left) ** 2
                                       + (y - low) ** 2)
                     for left, low, top in hills)
        out.write(f"{x} {y} {height}\n")


def main():
    makers = {maker.__name__: maker for maker in
              (lines, words, orders, source, tree, points)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=sorted(makers))
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    options = parser.parse_args()
    if options.count < 1:
        parser.error("--count must be at least 1")
    makers[options.what](Dice(options.seed), options.count, sys.stdout)


if __name__ == "__main__":
    main()
