# Sourced by the tests here: the folders with code, and lists of files.
set -u
LC_ALL=C
export LC_ALL
srcdir=${srcdir:-.}
folders=$(cd "$srcdir" && dirname */local.mk)

# list_files PATTERN...: the folders' files with names like these, without
# what is made: the published results.
list_files()
{
	for pattern in "$@"; do
		for folder in $folders; do
			find "$srcdir/$folder" -name "$pattern" -type f \
				! -path '*/results/suite/*'
		done
	done | sort
}
