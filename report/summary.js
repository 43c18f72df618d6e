'use strict';
/* What the rows say, in words, and what was run to have them. */

const TOLD_TRACES = 8;	/* more in words are read one by one, on demand */
const SHARES = [[25, 'a quarter'], [50, 'half']];

/* The realisable policy with the fewest faults at SIZE. */
function nearestReal(trace, size)
{
	const faults = (series) => pointAt(series, size)?.faults;

	return [...trace.series.values()].filter((series) =>
		series.knows === 'realisable' && faults(series) !== undefined)
		.sort((a, b) => faults(a) - faults(b))[0];
}

function times(faults, opt)
{
	return opt ? `${digits(faults / opt, 3)} times` : '';
}

/* The figures of TRACE at a share of its pages; undefined: not known. */
function figuresAt(trace, share)
{
	const size = framesOfShare(trace, share);
	const lru = faultsAt(trace, 'lru', size);
	const opt = faultsAt(trace, 'opt', size);
	const real = nearestReal(trace, size);

	return {size, lru, opt, ratio: opt ? lru / opt : undefined,
		real: real?.name, realFaults: real && pointAt(real, size).faults};
}

/* "With a quarter of them in memory LRU has ..." */
function tellLru(trace)
{
	const told = SHARES.map(([share, words]) =>
		[words, figuresAt(trace, share)])
		.filter(([, {lru, opt}]) => lru !== undefined &&
			opt !== undefined)
		.map(([words, {lru, opt}]) => lru === opt ?
			`with ${words} of them in memory LRU has ${
				plural(lru, 'fault')}, as few as OPT` :
			`with ${words} of them in memory LRU has ${
				plural(lru, 'fault')}, ${times(lru, opt)
			} OPT\u2019s ${exactly(opt)}`);

	return told.length ? ` ${capital(told.join('; '))}.` : '';
}

/* "Of the policies that a real pager can run ..." */
function tellReal(trace)
{
	const told = SHARES.map(([share, words]) =>
		[words, figuresAt(trace, share)])
		.filter(([, {real, opt}]) => real && opt)
		.map(([words, {real, realFaults, opt}]) => `${policyTitle(real)
		} with ${words} (${times(realFaults, opt)} OPT\u2019s)`);

	return told.length ? ` The nearest to OPT that a real pager can run ` +
		`is ${inWords(told)}.` : '';
}

function tellHints(trace)
{
	const items = hintItems([trace], tuneRows.filter((row) =>
		row.trace === trace.name))
		.filter((item) => item.closed !== undefined);
	const told = items.map(({closed, share}, i) => {
		const [now, before] = [closed, items[i - 1]?.closed].map(
			(part) => part < 0 ? 'widen' : 'close');
		const text = `${percent(Math.abs(100 * closed))} at ${
			percent(share)}`;

		return i && now === before ? text : i ? `${now} it by ${text}` :
			`${now} the gap between LRU and OPT by ${text}`;
	});
	const learnt = items.some((item) => item.role === 'judge') ?
		'learnt on the other input ' : '';

	return told.length ? ` Hints ${learnt}${inWords(told)}.` : '';
}

/* Where hints are worse than none: they are for the sizes that they were
 * learnt for. */
function tellHarm(trace)
{
	const worse = [...trace.series.values()]
		.filter((series) => series.policy === 'lru-hints')
		.flatMap((series) => series.points.filter((point) => point.row)
			.map(({size, faults}) => ({size, times: faults /
				faultsAt(trace, 'lru', size)})))
		.filter((point) => point.times > 1.01);

	return worse.length ? ` They hurt at ${inWords(worse.map(({size}) =>
		percent(shareOf(size, trace.pages))))}, with up to ${digits(
		Math.max(...worse.map((point) => point.times)), 3)
	} times LRU\u2019s faults.` : '';
}

function capital(text)
{
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function tellTrace(trace)
{
	const cold = trace.pages * 1e6 / trace.references;

	return element('p', {'data-trace': trace.name},
		element('strong', {}, trace.name),
		` touches ${plural(trace.pages, 'page')} (${
			memory(trace.pages * trace.pageBytes)}) in ${
			roughly(trace.references)} references, ${
			digits(cold, 2)} first touches a million.` +
		tellLru(trace) + tellReal(trace) + tellHints(trace) +
		tellHarm(trace));
}

/* What holds of all of CHOSEN together. */
function tellAll(chosen)
{
	const sentences = SHARES.map(([share, words]) => {
		const ratios = chosen.map((trace) =>
			figuresAt(trace, share).ratio)
			.filter((ratio) => ratio !== undefined);
		const [best] = ratiosAt(chosen, share).filter((policy) =>
			policy.knows === 'realisable' &&
			policy.dots.length > 1);

		return ratios.length < 2 ? '' : `With ${words
		} of a program\u2019s pages in memory LRU has a median of ${
			digits(median(ratios), 3)} times OPT\u2019s faults (${
			digits(Math.min(...ratios), 3)} to ${
			digits(Math.max(...ratios), 3)})${best ?
			`; the realisable policy nearest to OPT is ${
				policyTitle(best.name)} with a median of ${
				digits(best.median, 3)}` : ''}. `;
	});
	const judged = hintItems(chosen, tuneRows.filter((row) =>
		chosen.some((trace) => trace.name === row.trace)))
		.filter((item) => item.role !== 'learn' &&
			item.closed !== undefined);

	return sentences.join('') + (judged.length < 2 ? '' :
		`Hints close a median of ${percent(100 * median(judged.map(
			(item) => item.closed)))} of the gap between LRU and OPT${
			judged[0].role ? ' on inputs that they were not learnt on'
				: ''}.`);
}

function summaryRow(trace)
{
	const row = {trace: trace.name, pages: trace.pages,
		KiB: trace.pages * trace.pageBytes / 1024,
		references: trace.references};

	for (const [share] of SHARES) {
		const {lru, opt, ratio, real, realFaults} =
			figuresAt(trace, share);

		row[`LRU, ${share} %`] = lru;
		row[`OPT, ${share} %`] = opt;
		row[`LRU / OPT, ${share} %`] = ratio && round(ratio);
		row[`nearest, ${share} %`] = real;
		row[`its / OPT, ${share} %`] = real && opt &&
			round(realFaults / opt);
	}
	return row;
}

function drawSummary(chosen)
{
	const rows = chosen.map(summaryRow);
	const all = tellAll(chosen);

	const told = element('div', {class: 'told'}, ...chosen.map(tellTrace));

	document.getElementById('words').replaceChildren(
		...all ? [element('p', {class: 'all'}, all)] : [],
		chosen.length <= TOLD_TRACES ? told : element('details', {},
			element('summary', {}, `Each of ${plural(chosen.length,
				'trace')} in words`), told));
	document.getElementById('summary-table').replaceChildren(...rows.length
		? [makeTable({caption: 'The same as a table: faults with a ' +
			'quarter and half of the pages; nearest is the ' +
			'realisable policy with the fewest',
		columns: columnsOf(rows, []), rows})] : []);
	document.getElementById('summary').hidden = !chosen.length;
}

/* ---- what was run ---- */

function unique(values)
{
	return [...new Set(values.filter((value) => value))];
}

function tellBuild(build)
{
	return `selfpage ${build.version}, commit ${build.commit}, ${
		build.compiler} with ${build.flags}`;
}

function tellMachine(machine)
{
	return [machine.processor, machine.processors &&
		plural(machine.processors, 'processor'),
	machine.memory_bytes && memory(machine.memory_bytes),
	machine.kernel && `Linux ${machine.kernel}`]
		.filter((text) => text).join(', ');
}

function listed(title, texts)
{
	return texts.length ? [element('dt', {}, title),
		...texts.map((text) => element('dd', {}, text))] : [];
}

function runRows(runs)
{
	return runs.map((run) => ({
		command: `selfpage ${(run.command ?? []).join(' ')}`,
		date: run.date, rows: run.rows, repeat: run.repeat,
		status: run.status, folder: run.folder}));
}

function fileRows(runs)
{
	const files = runs.flatMap((run) => run.files ?? []);

	return [...new Map(files.map((file) =>
		[JSON.stringify(file), file])).values()];
}

function drawMade()
{
	const runs = report.manifests.flatMap((manifest) =>
		manifest.runs ?? []);
	const dates = unique(runs.map((run) => run.date)).sort();
	const sources = unique(replayRows.map((row) => row.counter_source));
	const tables = [['Commands', runRows(runs)],
		['Files that they read', fileRows(runs)]];

	document.getElementById('lead').textContent = [
		programs.length && plural(programs.length, 'program'),
		traces.size && plural(traces.size, 'trace'),
		replayRows.length && plural(replayRows.length, 'row') +
			' of replays',
		report.curves.length && plural(report.curves.length, 'curve'),
		tuneRows.length && plural(tuneRows.length, 'row') + ' of tune',
		liveRows.length && plural(liveRows.length, 'row') + ' of run',
		dates.at(-1)?.slice(0, 10)].filter((text) => text)
		.join(' \u00b7 ');
	document.getElementById('made-of').append(element('dl', {},
		...listed('build', unique(runs.map((run) => run.build &&
			tellBuild(run.build)))),
		...listed('machine', unique(runs.map((run) => run.machine &&
			tellMachine(run.machine)))),
		...listed('when', dates.length > 1 ?
			[`${dates[0]} to ${dates.at(-1)}`] : dates),
		...listed('time counted by', sources),
		...listed('rows of', unique(report.tables.map(
			(table) => table.file))),
		...listed('passed over', report.passed)),
	...tables.filter(([, rows]) => rows.length).map(([caption, rows]) =>
		makeTable({caption, rows, columns: columnsOf(rows, [])})));
	if (!runs.length)
		document.getElementById('made-of').prepend(element('p', {},
			'There is no manifest with these rows; selfpage keep ' +
			'leaves one.'));
	document.getElementById('foot').textContent = `selfpage ${
		report.version}. Of a curve the page holds what a screen can ` +
		'show: of each 48th of an octave of memory the first row, ' +
		'and the rows that hold at each hundredth of the pages.';
}
