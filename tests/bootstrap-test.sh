#!/bin/sh
# bootstrap's options, and its way with packages, with stand-ins for the
# programs that would change the machine.  It never gets as far as a build.
. "${srcdir:-.}/tests/sources.sh"
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
failures=0

# A tree with nothing to build, and no programs but those named.
mkdir "$folder/tree" "$folder/bin"
cp "$srcdir/bootstrap" "$folder/tree/bootstrap"
for program in awk cat cut date dirname env find grep head mkdir rm sed sh \
	sort tail tee touch tr wc; do
	ln -s "$(command -v $program)" "$folder/bin/$program"
done

# stand_in NAME: a program with the script on standard input.
stand_in()
{
	{ echo "#!/bin/sh"; cat; } >"$folder/bin/$1"
	chmod +x "$folder/bin/$1"
}

# run STATUS ARGUMENT...
run()
{
	expected=$1
	shift
	rm -f "$folder/calls"
	PATH=$folder/bin CALLS=$folder/calls "$folder/tree/bootstrap" "$@" \
		>"$folder/out" 2>&1 </dev/null
	status=$?
	[ $status -eq "$expected" ] ||
		fail "bootstrap $*: status $status, not $expected"
}

fail()
{
	echo "FAILED: $*"
	sed 's/^/  /' "$folder/out"
	failures=$((failures + 1))
}

# says TEXT
says()
{
	grep -qF -e "$1" "$folder/out" || fail "does not say '$1'"
}

# calls TEXT: one of the stand-ins was called like this.
calls()
{
	grep -qF -e "$1" "$folder/calls" 2>/dev/null || fail "no call '$1'"
}

run 0 --help
says "Usage: ./bootstrap"
run 0 --list
says "libzstd-dev"
run 2 --no-such-option
says "unknown argument '--no-such-option'"
run 2 dmeo
run 2 --jobs
run 2 --jobs=0
says "--jobs needs a number"
run 2 -jx

# Not Debian, and no autoconf either.
run 1
says "this is not Debian"
says "there is no autoreconf"

# Debian with all but two packages.
stand_in dpkg-query <<'END'
"$BOOTSTRAP_TREE" --list | awk '{ print $1 }' | tr '|' '\n' |
	grep -vxE 'libcjson-dev|valgrind' | sed 's/$/ installed/'
END
BOOTSTRAP_TREE=$folder/tree/bootstrap
export BOOTSTRAP_TREE
stand_in id <<'END'
echo 1000
END
run 1 --no-install
says "missing packages: apt-get install libcjson-dev valgrind"
run 1
says "there is no apt-get; install by hand: libcjson-dev valgrind"

stand_in apt-get <<'END'
echo "apt-get $*" >>"$CALLS"
echo "E: as the test wants it"
exit 100
END
stand_in apt-cache <<'END'
exit 0
END
run 1
says "neither root nor sudo; as root, run: apt-get install libcjson-dev"

# With sudo, lists that are too old, and no network.
stand_in sudo <<'END'
echo "sudo $*" >>"$CALLS"
exec "$@"
END
run 1
calls "sudo env DEBIAN_FRONTEND=noninteractive"
calls "install -y --no-install-recommends libcjson-dev valgrind"
calls "update"
says "E: as the test wants it"
says "cannot fetch the package lists: is there a network?"

# All goes well, as root, with the lists in place: they are not fetched.
stand_in id <<'END'
echo 0
END
stand_in apt-get <<'END'
echo "apt-get $*" >>"$CALLS"
END
run 1
calls "install -y --no-install-recommends libcjson-dev valgrind"
if grep -qE 'sudo|update' "$folder/calls"; then
	fail "calls: $(cat "$folder/calls")"
fi

# Nothing missing: apt is left alone.
stand_in dpkg-query <<'END'
"$BOOTSTRAP_TREE" --list | awk '{ print $1 }' | cut -d '|' -f 1 |
	sed 's/$/ installed/'
END
run 1
says "Packages: nothing is missing"
[ ! -e "$folder/calls" ] || fail "apt is called with nothing to install"

exit $((failures > 0))
