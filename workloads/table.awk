# Replay's rows as a table for people: a block a trace, a line a size; for
# each policy its faults, how many times OPT's, and its cycles a fault.
#
#	awk -f table.awk ROWS.csv...
BEGIN {
	FS = ","
	# the first is what the others are compared with
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
	printf "%14s |%10s", "memory", policies[1]
	for (p = 2; p <= policies_count; p++)
		printf "%10s x OPT", policies[p]
	printf " |%*s\n", 6 * policies_count, unit " a fault"
	printf "%7s %6s |%*s |", "frames", "share", 16 * policies_count - 6, ""
	for (p = 1; p <= policies_count; p++)
		printf "%6s", policies[p]
	printf "\n"
}

function print_line(trace, frames,    p, key, best)
{
	printf "%7d %5.0f%% |", frames, 100 * frames / pages[trace]
	best = faults[trace, frames, policies[1]]
	for (p = 1; p <= policies_count; p++) {
		key = trace SUBSEP frames SUBSEP policies[p]
		printf "%10s", key in faults ? thousands(faults[key]) : "-"
		if (p > 1)
			printf " %5s", key in faults && best ? \
				sprintf("%.2f", faults[key] / best) : "-"
	}
	printf " |"
	for (p = 1; p <= policies_count; p++) {
		key = trace SUBSEP frames SUBSEP policies[p]
		printf "%6s", cycles[key] == "" ? "-" : \
			sprintf("%.0f", cycles[key])
	}
	printf "\n"
}

# Only the processor's own counter (pmu) counts its cycles.
function unit_of(names)
{
	return names == "pmu" ? "cycles" : names == "tsc" ? "TSC ticks" : \
		names == "clock" ? "ns" : "time"
}

END {
	names = ""
	for (source in sources)
		names = names (names == "" ? "" : ", ") source
	unit = unit_of(names)
	for (t = 1; t <= traces_count; t++) {
		print_head(traces[t])
		for (s = 1; s <= sizes_count[traces[t]]; s++)
			print_line(traces[t], sizes[traces[t], s])
	}
	printf "\n%s a fault: the median, eviction included; counter: %s.  A "\
		"replay\nknows what comes next and starts look-ups early, but "\
		"never those of a fault\nthat is timed: these are those "\
		"of a live pager, which cannot know.\n", unit, names
}
