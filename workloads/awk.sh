# Counting words in one big hash table: few pages are hot, the rest are
# touched in no order at all.
about='awk, word count in a hash table'
needs='awk:mawk'
seed=6
case $size in
small) count=5000 ;;
real) count=25000 ;;
full) count=1000000 ;;
esac
make_input() { generate words --seed $seed --count $count >words.txt; }
run()
{
	"$@" awk '{ for (i = 1; i <= NF; i++) seen[$i]++ }
		END { for (word in seen) print seen[word], word }' words.txt
}
