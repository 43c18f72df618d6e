'use strict';
/*
 * The rows of the page, as the other parts ask for them.
 *
 *	tables of rows --> objects --> repetitions as one --> traces, series
 *
 * A series is what one policy does on one trace: points by size.  Its points
 * come from a curve, which has each size where the count changes, from rows of
 * replays, or both.
 */
const report = JSON.parse(document.getElementById('data').textContent);

/* Policies whose count at a size holds up to the next point of a curve. */
const STACK_POLICIES = ['lru', 'opt', 'lru-hints', 'mru'];

function readTables(kind)
{
	return report.tables.filter((table) => table.kind === kind)
		.flatMap((table) => table.rows.map((cells) =>
			Object.fromEntries(table.columns.map(
				(name, i) => [name, cells[i]]))));
}

/* b2 before b10. */
const compareNames = new Intl.Collator('en', {numeric: true}).compare;

function median(numbers)
{
	return quantile(numbers, 0.5);
}

/* Between the two nearest, as most programs do it. */
function quantile(numbers, share)
{
	const sorted = [...numbers].sort((a, b) => a - b);
	const at = share * (sorted.length - 1);
	const low = sorted[Math.floor(at)], high = sorted[Math.ceil(at)];

	return low + (high - low) * (at - Math.floor(at));
}

function groupBy(items, key)
{
	const groups = new Map();

	for (const item of items) {
		const name = key(item);

		if (!groups.has(name))
			groups.set(name, []);
		groups.get(name).push(item);
	}
	return groups;
}

/* sort-A -> sort: A and B are two inputs of one program. */
function programOf(trace)
{
	return trace.replace(/-[AB]$/, '');
}

/* In frames, rounded as `selfpage replay --frames 25%` does. */
function framesOfShare({pages}, share)
{
	return Math.max(1, Math.floor(pages * share / 100 + 0.5));
}

/* Per cent: what was most likely asked for before it was rounded to frames, or
 * else to two digits. */
function shareOf(frames, pages)
{
	const exact = 100 * frames / pages;

	return [5 * Math.round(exact / 5), Math.round(exact)].find((share) =>
		share > 0 && framesOfShare({pages}, share) === frames) ??
		Number(exact.toPrecision(2));
}

/* The columns that tell rows of one trace, policy and size apart. */
function variantColumns(rows)
{
	const usual = ['trace', 'policy', 'frames', 'window', 'page_bytes'];
	const names = new Set(rows.flatMap((row) => Object.keys(row)));

	return [...names].filter((name) => !usual.includes(name) &&
		(name === 'hints' || report.columns[name]?.kind === 'key'));
}

/*
 * What each row's series is called: the policy, with what tells it from other
 * rows of the policy on this trace: "fifo, batch 8".
 */
function nameSeries(rows)
{
	const columns = variantColumns(rows);

	for (const alike of groupBy(rows, (row) =>
		JSON.stringify([row.trace, row.policy])).values()) {
		const telling = columns.filter((name) => new Set(
			alike.map((row) => row[name] ?? null)).size > 1);

		for (const row of alike)
			row.series = [row.policy, ...telling
				.filter((name) => row[name] != null)
				.map((name) => `${name} ${row[name]}`)]
				.join(', ');
	}
}

/* Repetitions as one row, with the median of each time. */
function joinRepetitions(rows)
{
	const groups = groupBy(rows, (row) =>
		JSON.stringify([row.trace, row.series, row.frames]));

	return [...groups.values()].map((runs) => {
		const row = {...runs[0]};

		if (runs.length === 1)
			return row;
		row.repetitions = runs.length;
		for (const name in row) {
			const times = runs.map((run) => run[name])
				.filter((value) => typeof value === 'number');

			if (report.columns[name]?.kind === 'time' &&
				times.length)
				row[name] = median(times);
		}
		return row;
	});
}

const replayRows = (() => {
	const rows = readTables('replay');

	nameSeries(rows);
	return joinRepetitions(rows);
})();
const tuneRows = readTables('tune');
const liveRows = readTables('run');

/* ---- traces and their series ---- */

const traces = new Map();

function findTrace(name, row)
{
	if (!traces.has(name))
		traces.set(name, {
			name, program: programOf(row.trace),
			pages: row.pages, references: row.references,
			pageBytes: row.page_bytes ?? 4096, series: new Map(),
		});
	return traces.get(name);
}

function findSeries(trace, name, row)
{
	if (!trace.series.has(name))
		trace.series.set(name, {
			name, policy: row.policy, knows: row.class,
			holds: false, thinned: false, points: [],
		});
	return trace.series.get(name);
}

/* A curve's points; the parts of a trace are traces of their own. */
function addCurve(curve, parts)
{
	const name = parts > 1 ? `${curve.trace}, part ${curve.window} of ` +
		parts : curve.trace;
	const series = findSeries(findTrace(name, curve), curve.policy, curve);
	const {frames, mean_frames: means, faults, writebacks, faults_error} =
		curve.points;
	const sizes = means ?? frames;

	sizes.forEach((size, i) => series.points.push({
		size, faults: faults[i], writebacks: writebacks?.[i],
		error: faults_error?.[i],
	}));
	/* a list of a few sizes is no curve of every size */
	series.holds = STACK_POLICIES.includes(curve.policy) && sizes[0] === 1;
	series.thinned = curve.rows > sizes.length;
}

for (const curves of groupBy(report.curves, (curve) => curve.trace).values()) {
	const parts = new Set(curves.map((curve) => curve.window)).size;

	for (const curve of curves)
		addCurve(curve, parts);
}
for (const row of replayRows) {
	const trace = findTrace(row.trace, row);
	const series = findSeries(trace, row.series, row);
	const point = {size: row.frames, faults: row.faults,
		writebacks: row.writebacks, row};
	const there = series.points.findIndex((p) => p.size === row.frames);

	if (there < 0)
		series.points.push(point);
	else
		series.points[there] = point;
}
for (const trace of traces.values())
	for (const series of trace.series.values())
		series.points.sort((a, b) => a.size - b.size);

/* The point of SERIES at or below SIZE, by halving; -1: there is none. */
function findBelow(series, size)
{
	let low = 0, high = series.points.length;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (series.points[middle].size <= size)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

/* What SERIES does with SIZE frames; undefined where that is not known. */
function pointAt(series, size)
{
	const point = series?.points[findBelow(series, size)];

	return point && (point.size === size || series.holds) ?
		point : undefined;
}

function faultsAt(trace, policy, size)
{
	return pointAt(trace.series.get(policy), size)?.faults;
}

/* Of LRU's way to OPT, what FAULTS has gone; undefined: there is no way. */
function gapClosed(faults, lru, opt)
{
	return lru > opt ? (lru - faults) / (lru - opt) : undefined;
}

const programs = [...new Set([
	...[...traces.values()].map((trace) => trace.program),
	...tuneRows.map((row) => programOf(row.trace)),
])].sort(compareNames);
