'use strict';
/* What a fault costs: a bar a policy, by phase, with the median of whole
 * faults. */

const PHASES = ['deliver', 'as_lookup', 'store_lookup', 'victim', 'unmap',
	'btree_update', 'map'];
/* Only the processor's own counter counts its cycles. */
const UNITS = {tsc: 'TSC ticks', clock: 'nanoseconds'};

function phasesOf(row)
{
	return PHASES.map((phase) => row[`cycles_${phase}`] ?? 0);
}

function sumOf(numbers)
{
	return numbers.reduce((sum, number) => sum + number, 0);
}

/*
 * Where the axis ends.  A fault in which the machine did something else takes
 * a hundred times as long and spoils the mean of a few hundred: such a bar
 * would press all others flat, and is cut.
 */
function cycleEnd(rows)
{
	const ends = rows.flatMap((row) => [sumOf(phasesOf(row)),
		row.cycles_per_fault_p50 ?? 0]);
	const most = Math.max(...ends), usual = quantile(ends, 0.75);

	return most > 3 * usual && usual > 0 ? 1.5 * usual : most;
}

function describeCycles(row, unit)
{
	return [element('strong', {}, `${policyTitle(row.series)}, ${
		plural(row.frames, 'page')}`),
	tipTable([...PHASES.map((phase) => [phase.replaceAll('_', ' '),
		`${exactly(row[`cycles_${phase}`] ?? 0)} ${unit}`]),
	['all phases, mean', `${exactly(row.cycles_per_fault_mean ??
		round(sumOf(phasesOf(row))))} ${unit}`],
	...['p50', 'p90', 'p99'].filter((name) =>
		row[`cycles_per_fault_${name}`] != null)
		.map((name) => [`whole, ${name}`,
			`${exactly(row[`cycles_per_fault_${name}`])} ${unit}`])])];
}

function drawCycleBar(chart, row, at, x, end)
{
	let sum = 0;

	chart.drawing.append(svgText(142, at + 4, policyTitle(row.series),
		{'text-anchor': 'end', class: 'name'}));
	phasesOf(row).forEach((cycles, i) => {
		const from = Math.min(sum, end), to = Math.min(sum + cycles, end);

		sum += cycles;
		chart.drawing.append(svg('rect', {class: 'part', x: x(from),
			y: at - 7, width: Math.max(0, x(to) - x(from)),
			height: 14, style: `fill:var(--phase-${i + 1})`}));
	});
	if (sum > end)
		chart.drawing.append(svgText(x(end) + 4, at + 4,
			`\u2192 ${digits(sum, 3)}`));
	if (row.cycles_per_fault_p50 <= end)
		chart.drawing.append(svg('path', {class: 'whole',
			d: `M${x(row.cycles_per_fault_p50)} ${at - 10}v20`}));
}

function drawCycleFigure(rows, caption, width)
{
	const unit = UNITS[rows[0].counter_source] ?? 'cycles';
	const line = lineHeight(24, rows.length);
	const top = 6, bottom = top + line * rows.length;
	const end = cycleEnd(rows);
	const x = linearScale(0, end, 154, width - 62);
	const key = element('span', {class: 'key'}, ...PHASES.map((phase, i) =>
		element('span', {}, svg('svg', {class: 'swatch',
			viewBox: '0 0 9 9', 'aria-hidden': 'true'},
		svg('rect', {width: 9, height: 9,
			style: `fill:var(--phase-${i + 1})`})),
		phase.replaceAll('_', ' '))),
	element('span', {}, svg('svg', {class: 'swatch', viewBox: '0 0 9 9',
		'aria-hidden': 'true'}, svg('path', {class: 'whole',
		d: 'M4.5 0V9'})), 'median of whole faults'));
	const chart = makeFigure([element('strong', {}, caption), key], `${caption}: ${unit} per fault by phase`,
		width, bottom + 40);
	const frame = svg('rect', {class: 'axis', display: 'none', width:
		width - 1, height: line - 2});

	for (const tick of linearTicks(end, Math.max(3, width / 130)))
		chart.drawing.append(svg('path', {class: 'grid',
			d: `M${x(tick)} ${top}V${bottom}`}),
		svgText(x(tick), bottom + 15, exactly(tick),
			{'text-anchor': 'middle'}));
	rows.forEach((row, i) => drawCycleBar(chart, row,
		top + line * (i + 0.5), x, end));
	chart.drawing.append(svgText((154 + width) / 2, bottom + 34,
		`${unit} per fault`, {'text-anchor': 'middle'}), frame);
	/* the bar that the pointer is level with */
	inspect(chart, rows.map((row, i) => ({x: 160,
		y: top + line * (i + 0.5),
		show: () => describeCycles(row, unit)})), 'y', (spot) => {
		frame.setAttribute('display', spot ? 'inline' : 'none');
		frame.setAttribute('y', (spot?.y ?? 0) - line / 2 + 1);
	});
	return chart.figure;
}

function drawCycles(rows)
{
	const timed = rows.filter((row) => sumOf(phasesOf(row)) > 0);
	const select = document.getElementById('cycle-trace');
	const sizes = document.getElementById('cycle-share');
	const names = [...new Set(timed.map((row) => row.trace))];

	document.getElementById('cycles').hidden = !timed.length;
	if (!timed.length)
		return;
	fillSelect(select, names, names, [names[0]]);
	const own = timed.filter((row) => row.trace === select.value);
	const shares = [...new Set(own.map((row) =>
		shareOf(row.frames, row.pages)))].sort((a, b) => a - b);

	fillSelect(sizes, shares, shares.map((share) => percent(share)),
		[25, 50, shares[0]]);
	const shown = own.filter((row) => shareOf(row.frames, row.pages) ===
		Number(sizes.value)).sort((a, b) =>
		rankOf(a.series) - rankOf(b.series) ||
		(a.series < b.series ? -1 : 1));
	const holder = document.getElementById('cycle-figure');

	holder.replaceChildren(drawCycleFigure(shown,
		`${select.value} with ${percent(Number(sizes.value))
		} of its pages in memory`,
		Math.max(300, holder.clientWidth)));
}
