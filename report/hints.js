'use strict';
/* Hints, before and after: LRU, LRU with hints and OPT, a line each trace and
 * size. */

const ROLES = {learn: 'learnt on', judge: 'judged on'};

/* {trace, share, frames, role, lru, hints, opt, closed} of rows of tune; where
 * there are none, of replays. */
function hintItems(chosen, tuned)
{
	const items = tuned.length ? tuned.map((row) => ({
		trace: row.trace, frames: row.frames, role: row.role,
		share: shareOf(row.frames, row.pages), lru: row.lru_faults,
		hints: row.hint_faults, opt: row.opt_faults,
	})) : replayedHints(chosen);

	for (const item of items)
		item.closed = gapClosed(item.hints, item.lru, item.opt);
	return items;
}

function replayedHints(chosen)
{
	const names = new Set(chosen.map((trace) => trace.name));

	return replayRows.filter((row) => names.has(row.trace) &&
		row.policy === 'lru-hints').map((row) => {
		const trace = traces.get(row.trace);

		return {trace: row.trace, frames: row.frames,
			role: undefined, hints: row.faults,
			share: shareOf(row.frames, row.pages),
			lru: faultsAt(trace, 'lru', row.frames),
			opt: faultsAt(trace, 'opt', row.frames)};
	}).filter((item) => item.lru !== undefined && item.opt !== undefined);
}

/* "closes 41 % of the gap", or what else there is to say. */
function tellClosed(item)
{
	if (item.closed === undefined)
		return item.hints > item.lru ? 'more faults than LRU' :
			'no gap to close';
	return item.closed < 0 ? `${percent(-100 * item.closed)} of the gap lost`
		: `${percent(100 * item.closed)} of the gap closed`;
}

function drawHint(chart, item, at, x)
{
	const base = item.lru || 1;
	const [lru, hints, opt] = [item.lru, item.hints, item.opt].map(
		(faults) => x(100 * faults / base));

	chart.drawing.append(
		svgText(0, at + 4, `${item.trace}, ${percent(item.share)}`,
			{class: 'name'}),
		svg('path', {class: 'first', d: `M${opt} ${at}H${lru}`}),
		svg('path', {class: 'line', d: `M${lru} ${at}H${hints}`,
			style: `stroke:${styles.get('lru-hints').colour}`}),
		markAt(opt, at, 'opt', 1.1), markAt(lru, at, 'lru', 1.1),
		markAt(hints, at, 'lru-hints', 1.4));
	return {x: hints, y: at, show: () => [
		element('strong', {}, `${item.trace}, ${plural(item.frames,
			'page')} (${percent(item.share)})`),
		tipTable([['LRU', exactly(item.lru)],
			['with hints', exactly(item.hints)],
			['OPT', exactly(item.opt)], [tellClosed(item), ''],
			...item.role ? [[`${ROLES[item.role] ?? item.role
			} this input`, '']] : []])]};
}

function drawHintFigure(items, width)
{
	const line = lineHeight(24, items.length), top = 8;
	const letters = Math.max(...items.map((item) =>
		`${item.trace}, ${percent(item.share)}`.length));
	const left = Math.min(letters * 6.9 + 10, width * 0.45);
	const bottom = top + line * items.length;
	const most = Math.max(100, ...items.filter((item) => item.lru > 0)
		.map((item) => 100 * item.hints / item.lru));
	const x = linearScale(0, most * 1.02, left, width - 14);
	const chart = makeFigure([element('span', {class: 'key'},
		...['opt', 'lru-hints', 'lru'].map((name) =>
			element('span', {}, sample(name),
				policyTitle(name))))],
	"Hints, before and after; the table below says the same.",
	width, bottom + 40);

	for (const tick of linearTicks(most, Math.max(3, width / 110)))
		chart.drawing.append(svg('path', {class: 'grid',
			d: `M${x(tick)} ${top}V${bottom}`}),
		svgText(x(tick), bottom + 15, `${exactly(tick)} %`,
			{'text-anchor': 'middle'}));
	const spots = items.map((item, i) => drawHint(chart, item,
		top + line * (i + 0.5), x));

	chart.drawing.append(svgText((left + width) / 2, bottom + 34,
		"faults, share of plain LRU's", {'text-anchor': 'middle'}));
	inspectDots(chart, spots);
	return chart.figure;
}

function drawHints(chosen, tuned)
{
	const items = hintItems(chosen, tuned).sort((a, b) =>
		compareNames(a.trace, b.trace) || a.frames - b.frames);
	const holder = document.getElementById('hint-figure');
	const table = document.getElementById('hint-table');

	document.getElementById('hints').hidden = !items.length;
	if (!items.length)
		return;
	holder.replaceChildren(drawHintFigure(items,
		Math.max(300, holder.clientWidth)));
	table.replaceChildren(tuned.length ? makeTable({
		caption: 'Rows of tune: role tells whether the hints were ' +
			'learnt or judged on this input',
		columns: columnsOf(tuned, ['trace', 'role', 'frames']),
		rows: tuned,
	}) : '');
}
