# Sourced by the tests here, after tests/common.sh: how long is waited,
# sets of rows, and how they are compared.

# Nothing is waited for without an end: after $limit seconds it has failed, and
# what `show` prints is shown.
limit=${limit-600}
show()
{
	ps -eo pid,ppid,stat,etime,args | grep '[s]elfpage'
}

stuck()
{
	failed "after $limit seconds it has not ended: $*"
	show >&2
	limit=10 # enough was waited
}

# limited COMMAND...: its status, or 124.
limited()
{
	timeout -k 5 "$limit" "$@"
	set -- $? "$@"
	[ "$1" -ne 124 ] || { shift; stuck "$*"; return 124; }
	return "$1"
}

sweep()
{
	limited "$selfpage" sweep "$@"
}

# Has the process $1 ended within a second?
gone()
{
	timeout 1 tail --pid="$1" -s 0.1 -f /dev/null
}

# ended PID [COMMAND...]: the status of this child, which is waited for; what
# COMMAND does is done each second meanwhile.
ended()
{
	child=$1
	shift
	tries=0
	until gone "$child"; do
		tries=$((tries + 1))
		[ $tries -lt "$limit" ] || {
			stuck "process $child"
			kill -KILL "$child"
		}
		"${@:-:}"
	done
	wait "$child"
}

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
         'refs_per_second', 'peak_rss', 'pass_bytes', 'faults_interrupted',
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

# memory PLAN SET: MiB that are foretold of the largest job, and by what.
memory()
{
	what='\([0-9]*\) MiB for the largest job, by \(.*\)'
	sweep "$1" --set "$2" --dry-run |
		sed -n "s/^memory *$what, .*/\1 \2/p"
}

# plant SET FORMULA PEAK: as many rows again, of passes of FORMULA MiB whose
# processes took PEAK MiB.
plant()
{
	python3 - "$@" <<'END'
import csv, sys
path = sys.argv[1] + '/rows.csv'
formula, peak = (int(mib) << 20 for mib in sys.argv[2:])
rows = list(csv.DictReader(open(path)))
with open(path, 'a') as file:
    for row in rows:
        row.update(job='', pass_bytes=formula, peak_rss_bytes=peak)
        csv.DictWriter(file, row, lineterminator='\n').writerow(row)
END
}

# counts SET: "DONE RUNNING FAILED WAITING", by --status.
counts()
{
	n='([0-9]+)'
	what="$n done, $n running, $n failed, $n waiting"
	sweep --status "$1" 2>&1 | sed -n -E "s/.*: $what.*/\1 \2 \3 \4/p"
}

# pause: up to 0.9 seconds, by the seed.
pause()
{
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	sleep "0.$((seed / 65536 % 9))$((seed / 1024 % 10))"
}
