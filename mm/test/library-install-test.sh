#!/bin/sh
# The library as a stranger finds it: make install with a DESTDIR, then a
# program outside of the tree that is built against it with pkg-config, shared
# and static; what the library shows to the linker; its manual; the header for
# itself, in C and C++; and what make uninstall leaves.
set -u
LC_ALL=C
export LC_ALL
srcdir=$(cd "${srcdir:-.}" && pwd)
build=$(pwd)
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
destdir=$folder/root
status=0

fail()
{
	echo "FAILED: $*"
	status=1
}

# A make of its own, not a part of the one that runs the tests.
unset MAKEFLAGS MFLAGS MAKELEVEL
make -C "$build" install DESTDIR="$destdir" >"$folder/log" 2>&1 || {
	cat "$folder/log"
	fail "make install"
	exit 1
}
# Where it was configured to go.
header=$(find "$destdir" -name selfpage.h)
more=$(find "$destdir" -name selfpage-physmem.h)
live=$(find "$destdir" -name selfpage-live.h)
shared=$(find "$destdir" -name libselfpage.so)
static=$(find "$destdir" -name libselfpage.a)
pc_file=$(find "$destdir" -name selfpage.pc)
manual=$(dirname "$(find "$destdir" -name selfpage.3)")
for file in "$shared" "$static" "$header" "$more" "$live" "$pc_file"; do
	[ -s "$file" ] || fail "something is not installed"
done
libdir=$(dirname "$shared")

# ---- names: those of the header, with a version, and no other ----

calls=$(sed -nE '/^( \*|\/\*)/!s/.*(selfpage_[a-z_]+)\(.*/\1/p' "$header" \
	"$more" "$live" | sort)
[ "$(echo "$calls" | wc -l)" -ge 20 ] || fail "found too few calls"
nm -D --defined-only "$shared" | awk '$2 != "A" { print $3 }' |
	sort >"$folder/names"
echo "$calls" | sed 's/$/@@SELFPAGE_0.1/' | diff - "$folder/names" ||
	fail "the library's names are not the header's"
for call in $calls; do
	[ -s "$manual/$call.3" ] ||
		fail "no page of the manual for $call"
done
if command -v man >/dev/null; then
	for page in "$manual"/*.3; do
		grep -q '^\.so ' "$page" && continue
		man --warnings -l "$page" 2>&1 >/dev/null | grep . &&
			fail "the manual's $page"
	done
fi

# ---- programs ----

# pc OPTION...: what pkg-config says of the library, as if DESTDIR were /.
pc()
{
	PKG_CONFIG_PATH=$(dirname "$pc_file") PKG_CONFIG_SYSROOT_DIR=$destdir \
		PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config "$@" selfpage
}

# A program with a name of its own that the library has too, inside.
cat >"$folder/program.c" <<'END_OF_PROGRAM'
#include <selfpage.h>

int policy_find(const char *name);
int policy_find(const char *name)
{
	return name != NULL;
}

int main(void)
{
	struct selfpage_config config = {
		.config_bytes = sizeof(config),
		.frames = 4,
	};
	struct selfpage *pager;
	struct selfpage_space *space;
	struct selfpage_store *store;
	char byte = 'x', back = 0;
	unsigned i;

	if (selfpage_create(&config, &pager) ||
		selfpage_space_create(pager, 0, &space) ||
		selfpage_store_open_anonymous(pager, -1, 1 << 20, &store) ||
		selfpage_map(space, 4096, 1 << 20, store, 0,
			SELFPAGE_READ | SELFPAGE_WRITE))
		return 1;
	for (i = 1; i < 10; i++)
		if (selfpage_write(space, i * 4096, &byte, 1))
			return 2;
	if (selfpage_read(space, 4096, &back, 1) || back != 'x')
		return 3;
	if (selfpage_check(pager) || policy_find("x") != 1)
		return 4;
	if (selfpage_space_destroy(space) || selfpage_store_discard(store))
		return 5;
	return selfpage_destroy(pager);
}
END_OF_PROGRAM

# try NAME FLAGS...: compiles the program, runs it.
try()
{
	name=$1
	shift
	# CC has options
	# shellcheck disable=SC2086
	$CC -Wall -Wextra -Werror "$folder/program.c" "$@" \
		-o "$folder/$name" || {
		fail "cannot build the $name program"
		return
	}
	LD_LIBRARY_PATH=$libdir "$folder/$name" ||
		fail "the $name program: status $?"
}

CC=${CC:-cc}
# shellcheck disable=SC2046
try shared $(pc --cflags --libs)
# shellcheck disable=SC2046
try static $(pc --cflags) $(pc --static --libs |
	sed 's/-lselfpage/-Wl,-Bstatic -lselfpage -Wl,-Bdynamic/')
readelf -d "$folder/shared" | grep -q 'NEEDED.*libselfpage\.so\.0' ||
	fail "the shared program does not need libselfpage.so.0"
readelf -d "$folder/static" | grep 'NEEDED.*libselfpage' &&
	fail "the static program needs the shared library"

# The examples, as their README says.
for example in collector player database planner sweep file-server; do
	# shellcheck disable=SC2046,SC2086
	(cd "$srcdir" && $CC -I. "examples/$example.c" \
		$(pc --cflags --libs) -o "$folder/$example") ||
		fail "cannot build $example outside of the tree"
done

# ---- the header for itself ----

$CC -x c -std=c99 -pedantic -Wall -Wextra -Werror -c -o "$folder/c.o" \
	-I"$(dirname "$header")" "$header" || fail "the header in C99"
if [ -n "${CXX-}" ]; then
	echo '#include <selfpage.h>
	static void see(void *, const selfpage_eviction_event *) {}
	int main()
	{
		selfpage_hooks hooks = selfpage_hooks();
		hooks.hooks_bytes = sizeof(hooks);
		hooks.evict = see;
		return selfpage_set_hooks(nullptr, &hooks) == 0 ||
			selfpage_destroy(nullptr) == 0;
	}' \
		>"$folder/program.cc"
	# shellcheck disable=SC2046
	$CXX -std=c++11 -pedantic -Wall -Wextra -Werror -c \
		-o "$folder/cc.o" "$folder/program.cc" $(pc --cflags) ||
		fail "the header in C++"
	nm "$folder/cc.o" | grep -q 'U selfpage_destroy$' ||
		fail "the header's names in C++"
else
	echo "no C++ compiler: the header was not tried in C++"
fi

make -C "$build" uninstall DESTDIR="$destdir" >"$folder/log" 2>&1 ||
	fail "make uninstall"
[ -z "$(find "$destdir" -type f)" ] || {
	find "$destdir" -type f
	fail "make uninstall leaves these"
}
exit $status
