#!/bin/sh
# What pagetrace records is what Lackey does, event for event, once the
# kernel's accesses are set aside.
. "${srcdir:-.}/pagetrace/test/common.sh"

setarch -R true 2>/dev/null ||
	skip "addresses cannot be fixed here (setarch -R)"
# Debian's valgrind is a script that adds to the environment: not with it.
found=$(command -v valgrind.bin || command -v valgrind) ||
	skip "there is no valgrind (Debian package valgrind)"
mkdir path
ln -s "$found" path/valgrind
cp "$behave" behave

# record ENGINE PROGRAM...
record()
{
	engine=$1
	shift
	env -i PATH="$work/path:/usr/bin:/bin" LC_ALL=C setarch -R \
		"$selfpage" record --engine "$engine" -o "$engine.spt" -- \
		"$@" >out 2>err
}

# same PROGRAM...: the same events of both engines.
same()
{
	record lackey "$@"
	status=$?
	check "$*: status" test $status -lt 2
	record pagetrace "$@"
	check "$*: status, other than $status" test $? -eq $status
	runs lackey.spt >lackey
	runs pagetrace.spt >pagetrace
	check "$*: $(wc -l <pagetrace) events" test "$(wc -l <lackey)" -gt 1000
	check "$*: $(diff lackey pagetrace | head -5)" \
		cmp -s lackey pagetrace
}

# Deterministic ones.
seq 1 300 | sort -R >numbers
same echo hello
same sort -o sorted numbers
same gzip -c numbers
same awk '{ x[$1 % 7] += sqrt($1) } END { for (i in x) print i, x[i] }' numbers
for what in accesses forks maps jit kernel; do
	same ./behave $what
done

# The kinds that are left out are the same as well.
for kinds in r w d i; do
	record lackey echo hello
	env -i PATH="$work/path:/usr/bin:/bin" LC_ALL=C setarch -R "$selfpage" \
		record -q -k $kinds -e lackey -o lackey.spt -- echo hello >out
	env -i PATH="$work/path:/usr/bin:/bin" LC_ALL=C setarch -R "$selfpage" \
		record -q -k $kinds -o pagetrace.spt -- echo hello >out
	runs lackey.spt >lackey
	runs pagetrace.spt >pagetrace
	check "kinds $kinds" cmp -s lackey pagetrace
done

finish
