"""Holds doc/findings.md against the rows that it speaks of.

	findings.py FINDINGS.md SET

1. Each comment <!-- ... --> of the page is a line or more of Python that must
   be true, with the functions below.
2. Each line of a table "| program | LRU -> hints (OPT) | closed | ..." is what
   tune.csv has for that program with input A and input B.
3. Each line of a table "| policy | N % | ... | least | most |" is the means of
   its faults over LRU's, and the least and the most of all traces and sizes.
4. Each number of 1,000 and more in the text stands in a comment of the same
   section, or in its table.
"""
import csv
import re
import statistics
import sys

SHARES = (5, 10, 20, 25, 35, 50, 65, 80)
# Programs that walk their data.
WALKING = ('matrix-rows', 'matrix-blocks', 'player', 'sqlite3-scan', 'columns',
           'collector')


def nearest_share(row):
    share = 100 * int(row['frames']) / int(row['pages'])
    return min(SHARES, key=lambda known: abs(known - share))


class Set:
    def __init__(self, folder):
        self.rows = {}
        with open(folder + '/rows.csv') as file:
            for row in csv.DictReader(file):
                policy = row['policy'] + (' + hints' if row['hints'] else '')
                self.rows[row['trace'], policy, nearest_share(row)] = row
        with open(folder + '/tune.csv') as file:
            self.tuned = {(row['trace'], round(100 * float(row['share']))): row
                          for row in csv.DictReader(file)}
        self.traces = sorted({trace for trace, _, _ in self.rows})
        self.policies = sorted({policy for _, policy, _ in self.rows
                                if 'hints' not in policy})

    # ---- what comments say ----

    def faults(self, trace, policy, share):
        """Faults with SHARE % of the trace's pages in memory."""
        return int(self.rows[trace, policy, share]['faults'])

    def closed(self, trace, share):
        """Of the way from LRU to OPT, in %, with tuned hints."""
        return 100 * float(self.tuned[trace, share]['gap_closed'])

    def ratios(self, policy, share, base, traces=None):
        """Faults over those of another policy, of each trace."""
        return [self.faults(trace, policy, share) /
                self.faults(trace, base, share)
                for trace in traces or self.traces]

    def mean(self, *of):
        """Their geometric mean, to two decimals."""
        return round(statistics.geometric_mean(self.ratios(*of)), 2)

    def of_all(self, policy, base):
        """Geometric mean of all traces and sizes."""
        return statistics.geometric_mean(
            ratio for share in SHARES
            for ratio in self.ratios(policy, share, base))

    def gap(self, policy, trace, share):
        """Of the way from LRU to OPT, in %."""
        lru, opt, own = (self.faults(trace, of, share)
                         for of in ('lru', 'opt', policy))
        return 100 * (lru - own) / (lru - opt)

    def ticks(self, policy):
        """Of a fault: the median of all replays' medians."""
        return statistics.median(
            float(row['cycles_per_fault_p50'])
            for (_, of, _), row in self.rows.items() if of == policy)

    def best(self, trace, share, but=('opt',)):
        """The policy of fewest faults."""
        return min((policy for policy in self.policies if policy not in but),
                   key=lambda policy: self.faults(trace, policy, share))

    # ---- the page ----

    def says(self):
        return {name: getattr(self, name) for name in dir(self)
                if name[0] != '_' and name != 'says'} | {
                    'median': statistics.median, 'SHARES': SHARES,
                    'walking': WALKING}


def comment_errors(text, says):
    for comment in re.findall(r'<!--(.*?)-->', text, re.S):
        for line in filter(None, map(str.strip, comment.splitlines())):
            try:
                if not eval(line, says):
                    yield 'not so: ' + line
            except (KeyError, NameError, SyntaxError, TypeError) as error:
                yield '%s: %r' % (line, error)


def table_errors(text, tuned):
    lines = iter(text.splitlines())
    share = None
    for line in lines:
        cells = [cell.strip() for cell in line.strip('| ').split('|')]
        if heading := re.match(r'\*\*at (\d+) %', cells[0]):
            share = int(heading[1])
        elif len(cells) == 5 and '->' in cells[1] and share and \
                (cells[0] + '-A', share) in tuned:
            for at, side in ((1, 'A'), (3, 'B')):
                row = tuned[cells[0] + '-' + side, share]
                want = '{:,} -> {:,} ({:,})'.format(
                    *(int(row[name + '_faults'])
                      for name in ('lru', 'hint', 'opt')))
                part = '%.0f %%' % (100 * float(row['gap_closed']))
                if cells[at:at + 2] != [want, part]:
                    yield '%s at %d %%: expected %s | %s' % (
                        cells[0], share, want, part)
    expected = len(tuned)
    found = 2 * len(re.findall(r'^\|.* -> .*\|.* -> .*\(\d.*\)', text, re.M))
    if found != expected:
        yield 'the table has %d figures, tune.csv %d rows' % (found, expected)


def means_errors(text, rows):
    shares = ()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip('| ').split('|')]
        if cells[0] == 'policy':
            shares = [int(cell[:-2]) for cell in cells[1:-2]]
        elif shares and cells[0] in rows.policies:
            every = [ratio for share in SHARES
                     for ratio in rows.ratios(cells[0], share, 'lru')]
            want = ['%.2f' % figure for figure in (
                *(rows.mean(cells[0], share, 'lru') for share in shares),
                min(every), max(every))]
            if cells[1:] != want:
                yield '%s: expected %s' % (cells[0], ' | '.join(want))
    if not shares:
        yield 'no table of policies'


def number_errors(text):
    for section in re.split(r'^## ', text, flags=re.M):
        said = re.sub(r'<!--.*?-->', '', section, flags=re.S)
        prose = '\n'.join(line for line in said.splitlines()
                          if not line.startswith('|'))
        backed = ''.join(re.findall(r'<!--.*?-->', section, re.S)) + \
            '\n'.join(line.replace(',', '') for line in said.splitlines()
                      if line.startswith('|'))
        for number in re.findall(r'\d{1,3}(?:,\d{3})+', prose):
            if not re.search(r'\b%s\b' % number.replace(',', ''), backed):
                yield '%s: without a row' % number


def main():
    with open(sys.argv[1]) as file:
        text = file.read()
    rows = Set(sys.argv[2])
    errors = [*comment_errors(text, rows.says()),
              *table_errors(text, rows.tuned), *means_errors(text, rows),
              *number_errors(text)]
    for error in errors:
        print(sys.argv[1] + ': ' + error)
    sys.exit(bool(errors))


main()
