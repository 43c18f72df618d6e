'use strict';
/* The page: what is shown of it, light or dark, drawn and drawn again. */

const chosenPrograms = new Set();	/* none: all are shown */

function isChosen(program)
{
	return !chosenPrograms.size || chosenPrograms.has(program);
}

function draw()
{
	const chosen = [...traces.values()].filter((trace) =>
		isChosen(trace.program))
		.sort((a, b) => compareNames(a.name, b.name));
	const tuned = tuneRows.filter((row) =>
		isChosen(programOf(row.trace)));
	const rows = replayRows.filter((row) =>
		isChosen(programOf(row.trace)));

	document.getElementById('curves').hidden = !chosen.length;
	drawSummary(chosen);
	drawCurves(chosen);
	drawRatios(chosen);
	drawHints(chosen, tuned);
	drawCycles(rows);
	drawRows('live', 'Rows of programs run live', liveRows.filter((row) =>
		isChosen(row.program)), ['program', 'policy', 'frames']);
	drawRows('row', 'Rows of replays', rows,
		['trace', 'policy', 'frames', 'faults', 'opt_ratio',
			'gap_closed', 'hard_faults', 'zero_faults',
			'soft_faults', 'writebacks', 'fault_rate',
			'cycles_per_fault_p50', 'refs_per_second']);
}

/* A button a program; none pressed shows all. */
function makeFilter()
{
	const all = element('button', {type: 'button', 'aria-pressed': true},
		'all programs');
	const names = [...new Set([...programs,
		...liveRows.map((row) => row.program)])];
	const buttons = names.map((program) => {
		const button = element('button', {type: 'button'}, program);

		button.addEventListener('click', () => {
			if (!chosenPrograms.delete(program))
				chosenPrograms.add(program);
			update();
		});
		return button;
	});

	function update()
	{
		all.setAttribute('aria-pressed', !chosenPrograms.size);
		buttons.forEach((button, i) => button.setAttribute(
			'aria-pressed', chosenPrograms.has(names[i])));
		draw();
	}

	all.addEventListener('click', () => {
		chosenPrograms.clear();
		update();
	});
	document.getElementById('filter').append(all, ...buttons);
	update();
}

/* As the system has it, until the button is pressed. */
function makeTheme()
{
	const button = document.getElementById('theme');
	const dark = matchMedia('(prefers-color-scheme: dark)');

	function isDark()
	{
		return (document.documentElement.dataset.theme ??
			(dark.matches ? 'dark' : 'light')) === 'dark';
	}

	function update()
	{
		button.textContent = isDark() ? 'light' : 'dark';
		button.setAttribute('aria-label', isDark() ?
			'show the page light' : 'show the page dark');
	}

	button.addEventListener('click', () => {
		document.documentElement.dataset.theme =
			isDark() ? 'light' : 'dark';
		update();
	});
	dark.addEventListener('change', update);
	update();
}

/* Figures are drawn for the width they have: letters keep their size. */
function followWidth()
{
	let width = innerWidth, timer;

	addEventListener('resize', () => {
		clearTimeout(timer);
		if (innerWidth !== width)
			timer = setTimeout(() => {
				width = innerWidth;
				draw();
			}, 100);
	});
}

/* On paper, too, whatever the window has. */
function followPaper()
{
	for (const [event, onPaper] of [['beforeprint', true],
		['afterprint', false]])
		addEventListener(event, () => {
			document.body.classList.toggle('paper', onPaper);
			draw();
		});
}

document.title = `${report.title}: selfpage report`;
document.getElementById('title').textContent = report.title;
drawMade();
makeLegend(draw);
makeTheme();
makeFilter();
for (const id of ['ratio-share', 'cycle-trace', 'cycle-share'])
	document.getElementById(id).addEventListener('change', draw);
followWidth();
followPaper();
