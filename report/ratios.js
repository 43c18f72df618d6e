'use strict';
/* Policies beside OPT: a line a policy, a dot a trace, by memory share. */

const CLASSES = [['realisable', 'realisable'],
	['sees-every-reference', 'sees every reference'], ['oracle', 'oracle']];

/* The shares of memory that replays of CHOSEN were run at. */
function sharesOf(chosen)
{
	const names = new Set(chosen.map((trace) => trace.name));

	return [...new Set(replayRows.filter((row) => names.has(row.trace))
		.map((row) => shareOf(row.frames, row.pages)))]
		.sort((a, b) => a - b);
}

/* {name, knows, dots: [{trace, ratio, faults, opt, frames}]} of each policy,
 * the nearest to OPT first. */
function ratiosAt(chosen, share)
{
	const names = new Set(chosen.map((trace) => trace.name));
	const dots = replayRows.filter((row) => names.has(row.trace) &&
		row.policy !== 'opt' &&
		shareOf(row.frames, row.pages) === share).map((row) => {
		const opt = faultsAt(traces.get(row.trace), 'opt', row.frames);

		return {name: row.series, knows: row.class, trace: row.trace,
			faults: row.faults, opt, frames: row.frames,
			ratio: row.faults / opt};
	}).filter((dot) => Number.isFinite(dot.ratio));
	const groups = [...groupBy(dots, (dot) => dot.name).entries()];

	return groups.map(([name, own]) => {
		const ratios = own.map((dot) => dot.ratio);

		return {name, knows: own[0].knows, dots: own,
			low: quantile(ratios, 0.25), median: median(ratios),
			high: quantile(ratios, 0.75), most: Math.max(...ratios)};
	}).sort((a, b) => a.median - b.median);
}

/* Where the axis ends: a policy that is far worse than the others (MRU, where
 * nothing loops) would press them together, and is cut. */
function ratioEnd(policies)
{
	const most = Math.max(...policies.map((policy) => policy.most), 1.2);
	const usual = quantile(policies.map((policy) => policy.high), 0.75);

	return most > 4 * usual ? 2 * usual : most;
}

/* Those whose labels do not meet. */
function ratioTicks(high, x)
{
	return [1, 2, 5, 10, 100, 1000, 10000, 1.5, 3, 1.2, 7, 20, 50, 4, 200,
		500, 1.1, 1.3, 2.5].filter((tick) => tick <= high)
		.reduce((kept, tick) => kept.some((other) =>
			Math.abs(x(other) - x(tick)) < 48) ? kept :
			[...kept, tick], []);
}

function drawRatio(chart, policy, at, x, end, spots)
{
	const {colour} = styles.get(policy.name);

	chart.drawing.append(
		svgText(142, at + 4, policyTitle(policy.name),
			{'text-anchor': 'end', class: 'name'}),
		svg('path', {class: 'middle', style: `stroke:${colour}`,
			d: `M${x(Math.min(policy.low, end))} ${at
			}H${x(Math.min(policy.high, end))}`}));
	for (const dot of policy.dots) {
		if (dot.ratio > end)
			continue;

		chart.drawing.append(markAt(x(dot.ratio), at, policy.name, 0.8));
		spots.push({x: x(dot.ratio), y: at, show: () => [
			element('strong', {}, `${policyTitle(policy.name)} on ${
				dot.trace}`),
			tipTable([['faults', exactly(dot.faults)],
				["OPT's", exactly(dot.opt)],
				['ratio', dot.ratio.toFixed(3)],
				['memory', plural(dot.frames, 'page')]])]});
	}
	chart.drawing.append(policy.median > end ?
		svgText(x(end), at + 4, `median ${digits(policy.median, 3)
		} \u2192`, {'text-anchor': 'end'}) :
		svg('path', {class: 'median', style: `stroke:${colour}`,
			d: `M${x(policy.median)} ${at - 9}v18`}));
}

function drawRatioFigure(policies, share, width)
{
	const groups = CLASSES.map(([knows, title]) => ({title, policies:
		policies.filter((policy) => policy.knows === knows)}))
		.concat({title: 'other', policies: policies.filter((policy) =>
			!CLASSES.some(([knows]) => knows === policy.knows))})
		.filter((group) => group.policies.length);
	const lines = policies.length + groups.length;
	const line = lineHeight(22, lines), top = 8;
	const height = top + line * lines + 40;
	const end = ratioEnd(policies);
	const x = logScale(1, end * 1.03, 154, width - 18);
	const bottom = top + line * lines;
	const chart = makeFigure([element('strong', {}, `With ${percent(share)
	} of the pages in memory`)], `Faults beside OPT's with ${percent(share)
	} of the pages in memory; the table below says the same.`,
	width, height);
	const spots = [];
	let at = top + line / 2;

	for (const tick of ratioTicks(end * 1.03, x))
		chart.drawing.append(svg('path', {class: 'grid',
			d: `M${x(tick)} ${top}V${bottom}`}),
		svgText(x(tick), bottom + 15, `${exactly(tick)} \u00d7`,
			{'text-anchor': 'middle'}));
	for (const group of groups) {
		chart.drawing.append(svgText(0, at + 4, group.title,
			{class: 'strong'}));
		at += line;
		for (const policy of group.policies) {
			drawRatio(chart, policy, at, x, end, spots);
			at += line;
		}
	}
	chart.drawing.append(svg('path', {class: 'axis',
		d: `M154 ${bottom}H${width - 12}`}),
	svgText((154 + width) / 2, height - 6,
		"faults, as a multiple of OPT's", {'text-anchor': 'middle'}));
	inspectDots(chart, spots);
	return chart.figure;
}

function drawRatios(chosen)
{
	const select = document.getElementById('ratio-share');
	const shares = sharesOf(chosen).filter((share) =>
		ratiosAt(chosen, share).length);

	fillSelect(select, shares, shares.map((share) => percent(share)),
		[25, 50, shares[shares.length >> 1]]);
	document.getElementById('ratios').hidden = !shares.length;
	if (!shares.length)
		return;
	const share = Number(select.value);
	const holder = document.getElementById('ratio-figure');
	const policies = ratiosAt(chosen, share);

	holder.replaceChildren(drawRatioFigure(policies, share,
		Math.max(300, holder.clientWidth)));
	document.getElementById('ratio-table').replaceChildren(makeTable({
		caption: `Faults as a multiple of OPT's, ${percent(share)
		} of the pages in memory`,
		columns: [{name: 'policy', text: true}, {name: 'class',
			text: true}, {name: 'traces'}, {name: 'least'},
		{name: 'quartile'}, {name: 'median'},
		{name: 'upper quartile'}, {name: 'most'}],
		rows: policies.map((policy) => ({policy: policy.name,
			class: policy.knows, traces: policy.dots.length,
			least: round(Math.min(...policy.dots.map(
				(dot) => dot.ratio))),
			quartile: round(policy.low),
			median: round(policy.median),
			'upper quartile': round(policy.high),
			most: round(policy.most)})),
	}));
}

function round(number)
{
	return Number(number.toFixed(3));
}
