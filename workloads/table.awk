# Replay's rows as a table for people: a block a trace, a line a size; for
# each policy its faults, how many times OPT's, and its cycles a fault.
#
#	awk -f table.awk ROWS.csv...
BEGIN {
	FS = ","
	policies_count = split("opt lru clock fifo", policies, " ")
}

FNR == 1 {
	for (i = 1; i <= NF; i++)
		column[$i] = i
	next
}

{
	trace = $column["trace"]
	sub(/.*\//, "", trace)
	sub(/\.spt$/, "", trace)
	frames = $column["frames"]
	if (!(trace in references))
		traces[++traces_count] = trace
	if (!((trace, frames) in seen))
		sizes[trace, ++sizes_count[trace]] = frames
	seen[trace, frames] = 1
	references[trace] = $column["references"]
	pages[trace] = $column["pages"]
	key = trace SUBSEP frames SUBSEP $column["policy"]
	faults[key] = $column["faults"]
	cycles[key] = $column["cycles_per_fault_p50"]
	sources[$column["counter_source"]] = 1
}

function thousands(n,    text)
{
	text = sprintf("%d", n)
	while (match(text, /[0-9][0-9][0-9][0-9]($|,)/))
		text = substr(text, 1, RSTART) "," substr(text, RSTART + 1)
	return text
}

function print_head(trace,    p)
{
	printf "\n%s: %.1f million references to %s pages (%.1f MiB)\n",
		trace, references[trace] / 1e6, thousands(pages[trace]),
		pages[trace] / 256
	printf "%14s |", "memory"
	for (p = 1; p <= policies_count; p++)
		printf "%10s %5s", policies[p], p == 1 ? "" : "x OPT"
	printf " | cycles a fault\n%7s %6s |", "frames", "share"
	printf "%*s |", 16 * policies_count, ""
	for (p = 1; p <= policies_count; p++)
		printf "%6s", policies[p]
	printf "\n"
}

function print_line(trace, frames,    p, key, best)
{
	printf "%7d %5.0f%% |", frames, 100 * frames / pages[trace]
	best = faults[trace, frames, "opt"]
	for (p = 1; p <= policies_count; p++) {
		key = trace SUBSEP frames SUBSEP policies[p]
		printf "%10s", key in faults ? thousands(faults[key]) : "-"
		if (p == 1 || !(key in faults) || !best)
			printf " %5s", ""
		else
			printf " %5.2f", faults[key] / best
	}
	printf " |"
	for (p = 1; p <= policies_count; p++) {
		key = trace SUBSEP frames SUBSEP policies[p]
		printf "%6s", cycles[key] == "" ? "-" : \
			sprintf("%.0f", cycles[key])
	}
	printf "\n"
}

END {
	for (t = 1; t <= traces_count; t++) {
		print_head(traces[t])
		for (s = 1; s <= sizes_count[traces[t]]; s++)
			print_line(traces[t], sizes[traces[t], s])
	}
	names = ""
	for (source in sources)
		names = names (names == "" ? "" : ", ") source
	printf "\ncycles a fault: the median, eviction included; counter: %s\n",
		names
}
