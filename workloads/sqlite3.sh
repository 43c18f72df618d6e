# A small database: insert orders, build an index, join two tables.
# B-trees in a page cache of the program's own.
about='sqlite3, two tables, an index, two joins'
needs='sqlite3:sqlite3'
seed=2
case $size in
small) count=100 ;;
real) count=600 ;;
full) count=100000 ;;
esac
make_input()
{
	generate orders --seed $seed --count $count >orders.sql
	rm -f orders.db orders.db-journal
}
run() { "$@" sqlite3 -batch orders.db '.read orders.sql'; }
