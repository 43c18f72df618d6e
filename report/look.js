'use strict';
/*
 * How things look and are written: a style a policy, the same in every figure
 * and that of the figures on paper (colours in look.css), numbers, elements.
 */
const STYLED = ['opt', 'lru', 'clock', 'fifo', 'arc', 'lru-hints', 'lirs',
	'sfifo'];
const STYLES_COUNT = 15;	/* the others share what is left */
const DASHES = {solid: '', dashed: '7 3', dotted: '2 3', dotdash: '9 3 2 3',
	dotdotdash: '9 3 2 3 2 3', long: '14 3'};
const STYLED_DASHES = ['solid', 'long', 'dashed', 'dotdash', 'dotdotdash',
	'dotted', 'dashed', 'dotdash'];
const STYLED_MARKS = ['disc', 'square', 'up', 'down', 'diamond', 'box', 'ring',
	'up'];
/* Around 0, 0. */
const MARKS = {
	disc: {d: 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z'},
	square: {d: 'M-3-3h6v6h-6z'},
	up: {d: 'M0-4L4 3H-4z'},
	down: {d: 'M0 4L4-3H-4z'},
	diamond: {d: 'M0-4.5L4 0L0 4.5L-4 0z'},
	ring: {d: 'M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z', open: true},
	box: {d: 'M-3-3h6v6h-6z', open: true},
	kite: {d: 'M0-4L3.5 0L0 4L-3.5 0z', open: true},
	cross: {d: 'M-3-3L3 3M-3 3L3-3', open: true},
	plus: {d: 'M0-4V4M-4 0H4', open: true},
};

/* The policy without its parameters: "clock(1)" is drawn as clock. */
function policyBase(policy)
{
	return policy.split(/[(:,]/)[0];
}

const seriesNames = [...new Set([...traces.values()].flatMap(
	(trace) => [...trace.series.keys()]))].sort((a, b) =>
	rankOf(a) - rankOf(b) || (a < b ? -1 : 1));

function rankOf(name)
{
	const rank = STYLED.indexOf(policyBase(name));

	return rank < 0 ? STYLED.length : rank;
}

/* By name: policies with a style of their own first, variants of one policy
 * in its colour. */
const styles = new Map();
let others = 0;
for (const name of new Set([...seriesNames, 'opt', 'lru', 'lru-hints'])) {
	const rank = rankOf(name);
	const dashes = Object.keys(DASHES), marks = Object.keys(MARKS);
	const own = rank < STYLED.length;
	const variants = seriesNames.filter((other) => own &&
		policyBase(other) === STYLED[rank]).indexOf(name);
	const number = own ? rank : STYLED.length +
		others % (STYLES_COUNT - STYLED.length);

	styles.set(name, {
		colour: `var(--style-${number + 1})`,
		dash: own && variants < 1 ? STYLED_DASHES[rank] :
			dashes[(own ? variants : others + 1) % dashes.length],
		mark: own && variants < 1 ? STYLED_MARKS[rank] :
			marks[(own ? variants + 5 : others + 5) % marks.length],
	});
	others += !own;
}

/* As people write them. */
function policyTitle(name)
{
	const base = policyBase(name);

	return (base === 'lru-hints' ? 'LRU + hints' : base.toUpperCase()) +
		name.slice(base.length);
}

/* ---- numbers ---- */

function exactly(number)
{
	return number.toLocaleString('en-US', {maximumFractionDigits: 20});
}

function digits(number, count)
{
	return Number(number.toPrecision(count))
		.toLocaleString('en-US', {maximumFractionDigits: 20});
}

/* 31234567 -> "31.2 million" */
function roughly(number)
{
	for (const [unit, name] of [[1e9, 'billion'], [1e6, 'million']])
		if (number >= unit)
			return `${digits(number / unit, 3)} ${name}`;
	return exactly(number);
}

/* 65536 -> "64 KiB" */
function memory(bytes)
{
	let unit = 0;

	while (bytes >= 1024 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	return `${digits(bytes, 3)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit]}`;
}

function percent(share, count = 2)
{
	return `${digits(share, count)}\u00a0%`;
}

function plural(count, noun)
{
	return `${exactly(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/* a, b and c */
function inWords(list)
{
	return list.length < 2 ? list.join('') :
		`${list.slice(0, -1).join(', ')} and ${list.at(-1)}`;
}

/* ---- elements; text is text, and never read as HTML ---- */

function element(tag, attributes = {}, ...children)
{
	const made = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes))
		made.setAttribute(name, value);
	made.append(...children);
	return made;
}

function svg(tag, attributes = {}, ...children)
{
	const made = document.createElementNS(
		'http://www.w3.org/2000/svg', tag);

	for (const [name, value] of Object.entries(attributes))
		made.setAttribute(name, value);
	made.append(...children);
	return made;
}

function svgText(x, y, text, attributes = {})
{
	return svg('text', {x, y, ...attributes}, text);
}

function markAt(x, y, name, size = 1)
{
	const {colour, mark} = styles.get(name);
	const {d, open} = MARKS[mark];

	return svg('path', {d, class: 'mark',
		transform: `translate(${x} ${y}) scale(${size})`,
		style: `stroke:${colour};fill:${open ? 'var(--paper)' : colour}`});
}

/* A line and a point as the policy is drawn. */
function sample(name)
{
	const {colour, dash} = styles.get(name);

	return svg('svg', {width: 34, height: 12, viewBox: '0 0 34 12',
		class: 'sample', 'aria-hidden': 'true'},
		svg('path', {d: 'M1 6H33', class: 'line',
			style: `stroke:${colour}`,
			'stroke-dasharray': DASHES[dash]}),
		markAt(17, 6, name));
}
