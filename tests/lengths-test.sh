#!/bin/sh
# No function has more than 70 lines, its braces included, no file more than
# 800, and no line of C, shell and make more than 80 columns.
. "${srcdir:-.}/tests/sources.sh"

# In this layout only a function's body has its braces in the first column.
check_functions()
{
	awk -v most=70 '
		FNR == 1 { start = 0 }
		/^{/ { start = FNR }
		/^}/ && start {
			if (FNR - start + 1 > most) {
				printf "%s:%d: a function of %d lines, " \
					"more than %d\n", FILENAME, start,
					FNR - start + 1, most
				long = 1
			}
			start = 0
		}
		END { exit long }' "$@"
}

check_files()
{
	awk -v most=800 '
		FNR == most + 1 {
			printf "%s: more than %d lines\n", FILENAME, most
			long = 1
		}
		END { exit long }' "$@"
}

# Tabs count to the next of every eight columns, characters of UTF-8 as one.
check_lines()
{
	awk -v most=80 '
		{
			line = $0
			gsub(/[\200-\277]/, "", line)
			while ((tab = index(line, "\t")))
				line = substr(line, 1, tab - 1) \
					substr("        ", 1 + (tab - 1) % 8) \
					substr(line, tab + 1)
			if (length(line) > most) {
				printf "%s:%d: %d columns, more than %d\n",
					FILENAME, FNR, length(line), most
				long = 1
			}
		}
		END { exit long }' "$@"
}

# The checks themselves: a function of 71 lines must be found, one of 70 not.
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
{ echo "int f(void)"; echo "{"; seq -f '	g(%g);' 68; echo "}"; } \
	>"$folder/70.c"
{ echo "int f(void)"; echo "{"; seq -f '	g(%g);' 69; echo "}"; } \
	>"$folder/71.c"
seq 800 >"$folder/800"
seq 801 >"$folder/801"
{ printf '1234567\t\t%063dé\n' 0; seq 9; } >"$folder/80"
printf '1234567\t\t%065d\n' 0 >"$folder/81"
if ! check_functions "$folder/70.c" || ! check_files "$folder/800" ||
	check_functions "$folder/71.c" >/dev/null ||
	check_files "$folder/801" >/dev/null ||
	! check_lines "$folder/80" || check_lines "$folder/81" >/dev/null; then
	echo "the check of lengths does not work"
	exit 1
fi

status=0
# shellcheck disable=SC2046
check_functions $(list_files '*.c' '*.h' '*.js') || status=1
# shellcheck disable=SC2046
check_files "$srcdir/bootstrap" "$srcdir/configure.ac" \
	$(list_files '*.[ch]' '*.sh' '*.py' '*.awk' '*.gp' '*.mk' \
		'*.js' '*.css' '*.html') || status=1
# shellcheck disable=SC2046
check_lines $(list_files '*.[ch]' '*.sh' '*.mk') || status=1
exit $status
