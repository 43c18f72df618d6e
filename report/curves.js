'use strict';
/* Faults over memory: a figure a trace, a line a policy, the gap shaded. */

const hiddenSeries = new Set(seriesNames.filter((name) =>
	rankOf(name) === STYLED.length));

/* If nothing would be left but OPT and LRU's likes, all are shown. */
if (seriesNames.length - hiddenSeries.size < 3)
	hiddenSeries.clear();

function rate(trace, faults)
{
	return 1e6 * faults / trace.references;
}

/* The path of points: as steps where a count holds up to the next point. */
function pathOf(points, x, y, holds)
{
	return points.map((point, i) => {
		const to = `${x(point.size).toFixed(1)}`;
		const height = y(point.faults).toFixed(1);

		if (i === 0)
			return `M${to} ${height}`;
		return holds ? `H${to}V${height}` : `L${to} ${height}`;
	}).join('');
}

function within(number, one, other)
{
	return Math.min(Math.max(number, Math.min(one, other)),
		Math.max(one, other));
}

/*
 * Between two sizes that were replayed a line goes as OPT's curve does, as far
 * above it as its ends are and no higher or lower than they: a straight one
 * would cross the curve where that is steep, and no policy is below OPT.
 */
function guideOf(trace, points)
{
	const opt = trace.series.get('opt');

	if (!opt?.holds)
		return points;
	const above = (point) => Math.log(point.faults /
		pointAt(opt, point.size)?.faults);

	return points.flatMap((point, i) => {
		const next = points[i + 1];
		const [from, to] = next ? [above(point), above(next)] : [];

		if (!Number.isFinite(from) || !Number.isFinite(to))
			return [point];
		const share = linearScale(Math.log(point.size),
			Math.log(next.size), from, to);
		const steps = opt.points.slice(
			findBelow(opt, point.size) + 1,
			findBelow(opt, next.size) + 1);

		/* before and after each step of OPT's */
		return [point, ...steps.flatMap(({size}) =>
			[pointAt(opt, size - 1), pointAt(opt, size)]
				.map(({faults}) => ({size, faults: within(
					faults * Math.exp(share(Math.log(size))),
					point.faults, next.faults)})))];
	});
}

/* The points of SERIES from the size LOW on, with the one that holds there. */
function pointsFrom(series, low)
{
	const below = findBelow(series, low);
	const first = series.points[below];
	const rest = series.points.slice(below + 1);

	if (!first || !(series.holds || first.size === low))
		return rest;
	return [{...first, size: Math.max(first.size, low)}, ...rest];
}

/* The smallest size that is drawn: with less than a hundredth of its pages a
 * program does nothing but fault. */
function lowestSize(trace, shown)
{
	const sizes = shown.flatMap((series) => series.points);
	const replayed = sizes.filter((point) => point.row)
		.map((point) => point.size);

	return Math.max(Math.min(...sizes.map((point) => point.size)),
		Math.min(framesOfShare(trace, 1), ...replayed));
}

/* Between LRU and OPT, at the sizes from LOW on that both have. */
function gapPath(trace, low, x, y)
{
	const lru = trace.series.get('lru'), opt = trace.series.get('opt');

	if (!lru || !opt)
		return '';
	const sizes = [...new Set([...pointsFrom(lru, low),
		...pointsFrom(opt, low)].map((point) => point.size))]
		.filter((size) => pointAt(lru, size) && pointAt(opt, size))
		.sort((a, b) => a - b);
	const both = [lru, opt].map((series) => sizes.map((size) =>
		({size, faults: pointAt(series, size).faults})));
	const upper = pathOf(both[0], x, y, lru.holds);
	/* backwards a step goes up or down first */
	const lower = both[1].reverse().map((point, i, all) => {
		const to = `${x(point.size).toFixed(1)} ` +
			y(point.faults).toFixed(1);
		const before = i && opt.holds ?
			`L${x(all[i - 1].size).toFixed(1)} ` +
			y(point.faults).toFixed(1) : '';

		return `${before}L${to}`;
	}).join('');

	return sizes.length > 1 ? `${upper}${lower}Z` : '';
}

/* The largest count that is drawn where it is: hints at a size that they are
 * not for can have hundreds of times LRU's, and would press all else flat. */
function largestCount(shown, lowest)
{
	const most = (list) => Math.max(...list.flatMap((series) =>
		pointsFrom(series, lowest).map((point) => point.faults)), 0);
	const usual = most(shown.filter((series) =>
		['lru', 'opt'].includes(series.name)));

	return usual > 0 ? Math.min(most(shown), 4 * usual) : most(shown);
}

/* Both axes of TRACE's figure, drawn; the scales. */
function drawAxes(chart, trace, shown, lowest)
{
	const points = shown.flatMap((series) => pointsFrom(series, lowest));
	const sizes = points.map((point) => point.size);
	const counts = [...points.map((point) => point.faults), trace.pages]
		.filter((count) => count > 0);
	const box = {left: 74, right: chart.width - 18, top: 26,
		bottom: chart.height - 42};
	const low = Math.min(...sizes) / 1.08, high = Math.max(...sizes) * 1.08;
	const bottom = Math.min(...counts) / 1.5;
	const top = Math.max(largestCount(shown, lowest), trace.pages) * 1.5;
	const x = logScale(low, high, box.left, box.right);
	const log = logScale(bottom, top, box.bottom, box.top);
	/* a count of 0 stands on the axis, one off the figure at its edge */
	const y = (faults) => faults > 0 ?
		Math.max(log(faults), box.top) : box.bottom;
	const {drawing} = chart;

	for (const tick of decadeTicks(rate(trace, bottom), rate(trace, top),
		Math.floor((box.bottom - box.top) / 26))) {
		const at = y(tick * trace.references / 1e6);

		drawing.append(svg('path', {class: 'grid',
			d: `M${box.left} ${at}H${box.right}`}),
			svgText(box.left - 6, at + 4, digits(tick, 3),
				{'text-anchor': 'end'}));
	}
	for (const tick of powerTicks(low * trace.pageBytes,
		high * trace.pageBytes, (box.right - box.left) / 62)) {
		const at = x(tick / trace.pageBytes);

		drawing.append(svg('path', {class: 'grid',
			d: `M${at} ${box.top}V${box.bottom}`}),
			svgText(at, box.bottom + 15, memory(tick),
				{'text-anchor': 'middle'}));
	}
	drawShares(drawing, trace, x, box, low, high);
	drawing.append(svg('path', {class: 'axis',
		d: `M${box.left} ${box.top}V${box.bottom}H${box.right}`}),
		svgText((box.left + box.right) / 2, chart.height - 6, 'memory',
			{'text-anchor': 'middle'}),
		svgText(0, 0, 'faults per million references', {
			'text-anchor': 'middle', transform: `translate(12 ${
				(box.top + box.bottom) / 2}) rotate(-90)`}));
	return {x, y, box};
}

/* Shares of the program's pages, above the figure. */
function drawShares(drawing, trace, x, box, low, high)
{
	let last = Infinity;

	for (const share of [100, 50, 25, 10, 5, 2, 1, 0.1]) {
		const size = trace.pages * share / 100;
		const at = x(size);

		if (size < low || size > high || last - at < 34)
			continue;
		last = at;
		drawing.append(svg('path', {class: 'axis',
			d: `M${at} ${box.top}v-4`}),
			svgText(at, box.top - 8, percent(share),
				{'text-anchor': 'middle'}));
	}
}

function drawSeries(chart, trace, series, lowest, {x, y})
{
	const {colour, dash} = styles.get(series.name);
	const points = pointsFrom(series, lowest);
	const guided = series.holds ? points : guideOf(trace, points);

	chart.drawing.append(svg('path', {class: 'line',
		'stroke-dasharray': DASHES[dash], style: `stroke:${colour}`,
		d: pathOf(guided, x, y, series.holds)}));
	/* a curve has too many points to mark each */
	if (points.length < 24)
		for (const point of points)
			chart.drawing.append(markAt(x(point.size).toFixed(1),
				y(point.faults).toFixed(1), series.name));
}

/* What the tip says at SIZE. */
function describeSize(trace, shown, size)
{
	const opt = faultsAt(trace, 'opt', size);
	const lines = shown.map((series) => {
		const point = pointAt(series, size);

		if (!point)
			return null;
		const elsewhere = series.thinned && point.size !== size ?
			` (from ${exactly(point.size)})` : '';
		const near = point.error ? ` \u00b1 ${exactly(point.error)}` : '';

		return [element('span', {}, sample(series.name),
			` ${policyTitle(series.name)}`),
		`${exactly(point.faults)}${near}${elsewhere}`,
		`${digits(rate(trace, point.faults), 3)} /M`,
		opt ? `${(point.faults / opt).toFixed(2)} \u00d7 OPT` : ''];
	}).filter((line) => line);

	return [element('strong', {}, `${plural(size, 'page')} \u00b7 ${
		memory(size * trace.pageBytes)} \u00b7 ${
		percent(100 * size / trace.pages, 3)}`), tipTable(lines)];
}

/* Said for those who do not see the figure. */
function describeTrace(trace)
{
	const told = [25, 50].map((share) => {
		const size = framesOfShare(trace, share);
		const lru = faultsAt(trace, 'lru', size);
		const opt = faultsAt(trace, 'opt', size);

		return lru === undefined || opt === undefined ? '' :
			` With ${share} % of its pages LRU has ${
				plural(lru, 'fault')}, OPT ${exactly(opt)}.`;
	});

	return `Faults of ${trace.name} over memory.${told.join('')}`;
}

function drawCurve(trace, width)
{
	const shown = [...trace.series.values()].filter((series) =>
		!hiddenSeries.has(series.name))
		.sort((a, b) => rankOf(a.name) - rankOf(b.name));
	const chart = makeFigure([element('strong', {}, trace.name),
		element('span', {}, `${roughly(trace.references)} references to ${
			plural(trace.pages, 'page')} (${
			memory(trace.pages * trace.pageBytes)})`)],
	describeTrace(trace), width, Math.round(Math.max(width * 0.62, 280)));

	chart.figure.dataset.trace = trace.name;
	if (!shown.length)
		return chart.figure;
	const lowest = lowestSize(trace, shown);
	const axes = drawAxes(chart, trace, shown, lowest);
	const {x, y, box} = axes;
	const cursor = svg('path', {class: 'cursor'});
	const gap = hiddenSeries.has('lru') || hiddenSeries.has('opt') ?
		'' : gapPath(trace, lowest, x, y);

	/* behind everything */
	chart.drawing.prepend(svg('path', {class: 'gap', d: gap}));
	chart.drawing.append(svg('path', {class: 'first',
		d: `M${box.left} ${y(trace.pages)}H${box.right}`}),
	svgText(box.left + 6, y(trace.pages) - 4, 'first touches'));
	for (const series of [...shown].reverse())
		drawSeries(chart, trace, series, lowest, axes);
	chart.drawing.append(cursor);
	const points = shown.flatMap((series) => pointsFrom(series, lowest));
	const sizes = [...new Set(points.map((point) => point.size))];
	const replayed = new Set(points.filter((point) => point.row)
		.map((point) => point.size));

	inspect(chart, sizes.sort((a, b) => a - b).map((size) => ({
		x: x(size), y: box.top, pull: replayed.has(size) ? 5 : 0,
		show: () => describeSize(trace, shown, size),
	})), 'x', (spot) => cursor.setAttribute('d', spot ?
		`M${spot.x} ${box.top}V${box.bottom}` : ''));
	return chart.figure;
}

function drawCurves(chosen)
{
	const holder = document.getElementById('curve-figures');
	/* of the columns that the style sheet has made */
	const width = Math.max(300, Math.floor(parseFloat(
		getComputedStyle(holder).gridTemplateColumns)) || 0);

	holder.replaceChildren(...chosen.map((trace) =>
		drawCurve(trace, width)));
}

/* A button a policy: drawn or not. */
function makeLegend(redraw)
{
	document.getElementById('legend').append(...seriesNames.map((name) => {
		const button = element('button', {type: 'button',
			'aria-pressed': !hiddenSeries.has(name)},
		sample(name), policyTitle(name));

		button.addEventListener('click', () => {
			if (!hiddenSeries.delete(name))
				hiddenSeries.add(name);
			button.setAttribute('aria-pressed',
				!hiddenSeries.has(name));
			redraw();
		});
		return button;
	}));
}
