# A database that scans a table once, a page after the other, and looks up
# each of its rows in another one, of which it needs some pages again and
# again.  Both lie in files that it maps.
about='sqlite3, a table scanned once beside one that is hot'
needs='sqlite3:sqlite3'
made_of=
seed=0
case $size in
small) count=8000 entries=2500 ;;
real) count=15000 entries=10000 ;;
full) count=150000 entries=300000 ;;
esac

make_input()
{
	rm -f items.db log.db
	sqlite3 items.db "
create table item (id integer primary key, price integer, name text);
with recursive n (i) as
	(select 1 union all select i + 1 from n where i < $count)
insert into item select i, i * 7919 % 1000, printf('%.*c', 200, 'x') from n;"
	# low numbers more often than high ones
	sqlite3 log.db "
create table entry (item integer, pieces integer, note text);
with recursive n (i) as
	(select 1 union all select i + 1 from n where i < $entries),
	seeded (i, s) as (select i, i + $seed from n),
	draw (i, x) as (select i,
		(s * s * 7919 + s * 104729) % 999983 % $count from seeded)
insert into entry
	select 1 + x * x / $count, i % 9, printf('%.*c', 400, 'y') from draw;"
	cat >scan.sql <<-END
	pragma mmap_size = 268435456;
	attach 'log.db' as log;
	pragma log.mmap_size = 268435456;
	select sum(pieces * price) from log.entry
		cross join item on item.id = entry.item;
	END
}
run() { "$@" sqlite3 -batch items.db '.read scan.sql'; }
