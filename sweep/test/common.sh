# Sourced by the tests here, after results/test/common.sh: sets of rows, and
# how they are compared.

# jobs SET: how many rows it has, or "twice" if one is there twice.
jobs()
{
	python3 - "$1/rows.csv" <<'END'
import csv, os, sys
if not os.path.exists(sys.argv[1]):
    print(0)
    sys.exit()
with open(sys.argv[1]) as file:
    keys = [row['job'] for row in csv.DictReader(file)]
print(len(keys) if len(set(keys)) == len(keys) else 'twice')
END
}

# same A B: the same rows in some order, times aside.
same()
{
	python3 - "$1/rows.csv" "$2/rows.csv" <<'END'
import csv, sys
times = ('cycles_', 'instructions_', 'llc_', 'dtlb_', 'branch_',
         'refs_per_second', 'peak_rss', 'faults_interrupted',
         'faults_measured', 'counter_')

def read(path):
    with open(path) as file:
        return sorted(tuple(value for name, value in row.items()
                            if not name.startswith(times))
                      for row in csv.DictReader(file))

a, b = read(sys.argv[1]), read(sys.argv[2])
for row in sorted(set(a) ^ set(b))[:4]:
    print('differs:', row)
sys.exit(a != b or len(a) == 0)
END
}

# counts SET: "DONE RUNNING FAILED WAITING", by --status.
counts()
{
	"$selfpage" sweep --status "$1" 2>&1 | sed -n -E \
		's/.*: ([0-9]+) done, ([0-9]+) running, ([0-9]+) failed, ([0-9]+) waiting.*/\1 \2 \3 \4/p'
}

# pause: up to 0.9 seconds, by the seed.
pause()
{
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	sleep "0.$((seed / 65536 % 9))$((seed / 1024 % 10))"
}
