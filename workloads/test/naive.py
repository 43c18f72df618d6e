#!/usr/bin/python3
"""What the programs of workloads/programs should print, worked out plainly.

    naive.py collector|columns|graph|keyvalue|matrix SEED COUNT
    naive.py player STREAM

The same numbers are drawn; all else is done as simply as can be: sorted lists
for trees, dictionaries for hash tables, loops over lists for the rest.
"""

import bisect
import sys

MASK = (1 << 64) - 1


def mix(state):
    z = state & MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31


class Dice:
    def __init__(self, seed):
        self.state = seed

    def draw(self):
        self.state = self.state + 0x9E3779B97F4A7C15 & MASK
        return mix(self.state)

    def below(self, n):
        return (self.draw() >> 32) * n >> 32

    def zipf(self, n):
        octaves = n.bit_length()
        while True:
            bits = self.draw()
            first = 1 << ((bits >> 32) * octaves >> 32)
            value = first + (bits & first - 1) - 1
            if value < n:
                return value


def hashed(number):
    return Dice(number).draw()


def collector(seed, count):
    """What lookups find: the least key that is not less than one drawn."""
    dice = Dice(seed)
    trees = [None] * count
    found = 0

    def replace(number):
        keys = []
        for _ in range(1 + dice.below(64)):
            keys.append(dice.draw() >> 40)
            dice.below(15)
        trees[number] = sorted(keys)

    for number in range(count):
        replace(number)
    for _ in range(3 * count):
        replace(dice.below(count))
        for _ in range(8):
            keys = trees[dice.zipf(count)]
            at = bisect.bisect_left(keys, dice.draw() >> 40)
            found += keys[at] if at < len(keys) else 0
    return f"found {found}: right"


def columns(seed, count):
    dice = Dice(seed)
    customers, rows = count // 8 + 1, []
    for i in range(count):
        bits = dice.draw()
        customer = dice.zipf(customers) * 2654435761 % customers
        rows.append((i // 1500, customer, bits % 10000, (bits >> 32) % 40))
    checksum = 0
    for kind in range(3):
        groups, days = {}, {}
        for day, customer, amount, its in rows:
            if its != kind:
                groups[customer] = groups.get(customer, 0) + amount
        for day, customer, amount, its in rows[count // 2:]:
            if its == kind:
                days[day] = days.get(day, 0) + amount
        for sums in groups, days:
            values = list(sums.values()) or [0]
            checksum = checksum * 31 + sum(values) * 31 + max(values)
    return f"checksum {checksum & MASK:016x}: right"


def graph(seed, count):
    dice = Dice(seed)
    targets = [[] for _ in range(count)]
    for i in range(6 * count):
        to = dice.below(count)
        if i % 2:
            to = dice.zipf(count) * 2654435761 % count
        targets[dice.below(count)].append(to)
    seen, edge = {0}, [0]
    while edge:
        edge = sorted({to for v in edge for to in targets[v]} - seen)
        seen.update(edge)
    ranks = [1 / count] * count
    for _ in range(3):
        after, lost = [0.0] * count, 0.0
        for v in range(count):
            if not targets[v]:
                lost += ranks[v]
            for to in targets[v]:
                after[to] += ranks[v] / len(targets[v])
        ranks = [(0.15 + 0.85 * lost) / count + 0.85 * rank for rank in after]
    best = ranks.index(max(ranks))
    return f"{len(seen)} reached, first is {best} with {ranks[best]:.9f}: right"


def keyvalue(seed, count):
    """A log that only knows its values' sizes."""
    dice = Dice(seed)
    keys = [hashed(i) | 1 for i in range(count)]
    versions, sizes, room = {}, {}, count * 520
    end = changes = compactions = 0

    def put(key, version):
        nonlocal end, compactions
        drawn = hashed(key ^ version << 32) >> 32
        size = 16 + (64 + drawn % 704 & ~7)
        if end + size > room:
            compactions += 1
            end = sum(sizes.values())
        versions[key], sizes[key] = version, size
        end += size

    for key in keys:
        put(key, 0)
    for _ in range(8 * count):
        key = keys[dice.zipf(count)]
        if dice.below(10) == 0:
            put(key, versions[key] + 1)
            changes += 1
    return (f"{changes} changes, {compactions} compactions, "
            f"log ends at {end}: right")


def matrix(seed, inner):
    dice = Dice(seed)

    def fill(count):
        numbers = []
        while len(numbers) < count:
            bits = dice.draw()
            numbers += [bits >> 3 * i & 7 for i in range(16)]
        return numbers[:count]

    a, b, checksum = fill(8 * inner), fill(inner * 2048), 0
    for row in range(8):
        sums = [0] * 2048
        for k in range(inner):
            factor, start = a[row * inner + k], k * 2048
            if factor:
                sums = [was + factor * number for was, number
                        in zip(sums, b[start:start + 2048])]
        for value in sums:
            checksum = checksum * 31 + value & MASK
    return f"checksum {checksum:016x}: right"


def player(path):
    """Whole pictures, as dictionaries of blocks' lines."""
    stream = open(path, "rb").read()
    pictures, at, every = [], 0, 0

    def signed(byte):
        return byte - 256 if byte > 127 else byte

    while at < len(stream):
        lines = [bytearray(640) for _ in range(480)]
        for block in range(1200):
            row, column = block // 40 * 16, block % 40 * 16
            kind = chr(stream[at])
            at += 1
            if kind != "k":
                source = pictures[-stream[at]]
                x = min(max(column + signed(stream[at + 1]), 0), 624)
                y = min(max(row + signed(stream[at + 2]), 0), 464)
                pixels = b"".join(bytes(source[y + i][x:x + 16])
                                  for i in range(16))
                at += 3
            if kind != "c":
                coded = stream[at:at + 256]
                at += 256
                pixels = coded if kind == "k" else bytes(
                    was + more & 255 for was, more in zip(pixels, coded))
            for i in range(16):
                lines[row + i][column:column + 16] = \
                    pixels[16 * i:16 * i + 16]
        pictures.append(lines)
        checksum = 0
        for line in lines:
            checksum = checksum * 31 + sum(line) & 0xFFFFFFFF
        assert checksum == int.from_bytes(stream[at:at + 4], "little")
        at += 4
        every = every * 31 + checksum & 0xFFFFFFFF
    return f"{len(pictures)} pictures, checksum {every:08x}: right"


def main():
    what, *rest = sys.argv[1:]
    if what == "player":
        print(player(*rest))
    else:
        print({"collector": collector, "columns": columns, "graph": graph,
               "keyvalue": keyvalue, "matrix": matrix}[what](*map(int, rest)))


if __name__ == "__main__":
    main()
