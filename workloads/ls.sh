# Listing a tree of files: the kernel's answers are taken apart, sorted by
# name, formatted.
about='ls -lR, a tree of files'
needs='ls:coreutils'
seed=7
case $size in
small) count=100 ;;
real) count=3000 ;;
full) count=100000 ;;
esac
make_input()
{
	generate tree --seed $seed --count $count >names.txt
	sed 's|/[^/]*$||' names.txt | sort -u | xargs mkdir -p
	xargs touch -d @1000000000 <names.txt
}
run() { "$@" ls -lR tree >listing.txt; }
