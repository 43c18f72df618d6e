'use strict';
/*
 * What figures share: scales, axes, and values under the pointer, which the
 * arrow keys show as well.
 */

/* What is logarithmic: from LOW to HIGH onto FROM to TO. */
function logScale(low, high, from, to)
{
	const start = Math.log2(low), length = Math.log2(high) - start || 1;

	return (value) => from + (to - from) *
		(Math.log2(value) - start) / length;
}

function linearScale(low, high, from, to)
{
	return (value) => from + (to - from) *
		(value - low) / (high - low || 1);
}

/* 1, 2, 5, 10 ... within LOW to HIGH: as many as fit, COUNT at most. */
function decadeTicks(low, high, count)
{
	for (const digits of [[1, 2, 5], [1, 3], [1]])
		for (const step of digits.length > 1 ? [1] : [1, 2, 3, 4]) {
			const ticks = [];

			for (let k = Math.floor(Math.log10(low));
				k <= Math.log10(high); k++)
				for (const digit of digits)
					if (k % step === 0)
						ticks.push(Number(
							`${digit}e${k}`));
			const within = ticks.filter(
				(tick) => tick >= low && tick <= high);

			if (within.length <= count)
				return within;
		}
	return [];
}

/* Round numbers from 0 to HIGH. */
function linearTicks(high, count)
{
	const raw = high / count;
	const unit = 10 ** Math.floor(Math.log10(raw));
	const step = [1, 2, 5, 10].find((digit) => digit * unit >= raw) * unit;
	const ticks = [];

	for (let i = 0; i * step <= high * 1.0001; i++)
		ticks.push(i * step);
	return ticks;
}

/* Powers of two within LOW to HIGH, COUNT at most. */
function powerTicks(low, high, count)
{
	const first = Math.ceil(Math.log2(low)), last =
		Math.floor(Math.log2(high));
	const step = Math.max(1, Math.ceil((last - first + 1) / count));
	const ticks = [];

	for (let k = first; k <= last; k += step)
		ticks.push(2 ** k);
	return ticks;
}

/* Of COUNT lines, USUAL high on a screen: on paper they fit a page. */
function lineHeight(usual, count)
{
	return document.body.classList.contains('paper') ?
		Math.min(usual, 920 / count) : usual;
}

/* A figure of WIDTH x HEIGHT in the space that HOLDER has, with its caption
 * and a place for values. */
function makeFigure(caption, label, width, height)
{
	const drawing = svg('svg', {viewBox: `0 0 ${width} ${height}`,
		role: 'img', 'aria-label': label});
	const tip = element('div', {class: 'tip', role: 'status'});
	const plot = element('div', {class: 'plot'}, drawing, tip);
	const figure = element('figure', {},
		element('figcaption', {}, ...caption), plot);

	tip.hidden = true;
	return {figure, drawing, plot, tip, width, height};
}

/* The tip stands beside x, y (of the drawing) and within the plot. */
function showTip(chart, x, y, content)
{
	const scale = chart.plot.clientWidth / chart.width;
	const {tip} = chart;

	tip.replaceChildren(...content);
	tip.hidden = false;
	const room = chart.plot.clientWidth - tip.offsetWidth;
	const right = x * scale + 14;

	tip.style.left = `${Math.max(0, right <= room ? right :
		Math.min(room, x * scale - 14 - tip.offsetWidth))}px`;
	tip.style.top = `${Math.max(0, y * scale)}px`;
}

/*
 * Values under the pointer: SPOTS are {x, y, show()}, where show() gives what
 * the tip says.  The one counts that is nearest along the axis ALONG, 'x' or
 * 'y', where one with a PULL counts as that much nearer; or, if that is null,
 * the nearest, and only nearby.  MARK is called with it, and with null when
 * there is none.
 */
function inspect(chart, spots, along, mark)
{
	let now = -1;

	function leave()
	{
		now = -1;
		chart.tip.hidden = true;
		mark(null);
	}

	function choose(i)
	{
		now = i;
		mark(spots[i]);
		showTip(chart, spots[i].x, along === 'x' ? 8 : spots[i].y + 8,
			spots[i].show());
	}

	function findNearest(event)
	{
		const box = chart.drawing.getBoundingClientRect();
		const scale = chart.width / box.width;
		const at = {x: (event.clientX - box.left) * scale,
			y: (event.clientY - box.top) * scale};
		const far = spots.map((spot) => along ?
			Math.abs(spot[along] - at[along]) - (spot.pull ?? 0) :
			Math.hypot(spot.x - at.x, spot.y - at.y));
		const nearest = far.indexOf(Math.min(...far));

		return along || far[nearest] < 24 ? nearest : -1;
	}

	if (!spots.length)
		return;
	chart.drawing.setAttribute('tabindex', '0');
	chart.drawing.addEventListener('pointermove', (event) => {
		const i = findNearest(event);

		if (i < 0)
			leave();
		else if (i !== now)
			choose(i);
	});
	chart.drawing.addEventListener('pointerleave', leave);
	chart.drawing.addEventListener('blur', leave);
	chart.drawing.addEventListener('keydown', (event) => {
		const last = spots.length - 1;
		const to = {ArrowRight: Math.min(now + 1, last),
			ArrowLeft: Math.max(now - 1, 0), Home: 0, End: last};

		if (event.key === 'Escape')
			leave();
		else if (event.key in to)
			choose(to[event.key]);
		else
			return;
		event.preventDefault();
	});
}

/* The same for dots: a ring around the one that counts. */
function inspectDots(chart, spots)
{
	const ring = svg('circle', {r: 9, class: 'axis', display: 'none'});

	chart.drawing.append(ring);
	inspect(chart, spots, null, (spot) => {
		ring.setAttribute('display', spot ? 'inline' : 'none');
		ring.setAttribute('cx', spot?.x ?? 0);
		ring.setAttribute('cy', spot?.y ?? 0);
	});
}

/* Lines of a tip: [element or text, ...] each, as a table. */
function tipTable(lines)
{
	return element('table', {}, element('tbody', {}, ...lines.map((line) =>
		element('tr', {}, ...line.map((cell) =>
			element('td', {}, cell))))));
}

/* "25, 50": what can be chosen, as it was if that is still there. */
function fillSelect(select, values, names, preferred)
{
	const before = select.value;

	select.replaceChildren(...values.map((value, i) =>
		element('option', {value}, names[i])));
	const wanted = [before, ...preferred.map(String)].find((value) =>
		values.map(String).includes(value));

	if (wanted !== undefined)
		select.value = wanted;
}
