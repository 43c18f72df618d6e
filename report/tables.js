'use strict';
/* Tables that sort by a click on a column's head. */

const TABLE_ROWS = 100;	/* shown until all are asked for */

/* Numbers by value, then texts; what is empty comes last either way. */
function compareCells(a, b, direction)
{
	const numbers = [a, b].map((value) => typeof value === 'number');

	if (a == null || b == null)
		return (a == null) - (b == null);
	if (numbers[0] && numbers[1])
		return direction * (a - b);
	if (numbers[0] !== numbers[1])
		return direction * (numbers[1] - numbers[0]);
	return direction * (a < b ? -1 : a > b ? 1 : 0);
}

function makeCell(column, value)
{
	const cell = element('td', !column.text ? {} :
		{class: value?.length > 60 ? 'text long' : 'text'},
		value == null ? '' : typeof value === 'number' ?
			exactly(value) : value);

	if (value != null)
		cell.dataset.value = value;
	return cell;
}

/* ROWS are objects; COLUMNS are {name, text, title, about}. */
function makeTable({caption, columns, rows})
{
	const body = element('tbody');
	const heads = columns.map((column) => makeHead(column));
	const more = element('button', {type: 'button', class: 'more'},
		`all ${exactly(rows.length)} rows`);
	let sorted = rows, most = TABLE_ROWS;

	function fill()
	{
		body.replaceChildren(...sorted.slice(0, most).map((row) =>
			element('tr', {}, ...columns.map((column) =>
				makeCell(column, row[column.name])))));
		more.hidden = rows.length <= most;
	}

	/* A second click turns the order around; rows that are equal stay in
	 * the order they had. */
	function sortBy(i)
	{
		const up = heads[i].getAttribute('aria-sort') !== 'ascending';
		const {name} = columns[i];

		heads.forEach((head) => head.removeAttribute('aria-sort'));
		heads[i].setAttribute('aria-sort',
			up ? 'ascending' : 'descending');
		sorted = [...sorted].sort((a, b) =>
			compareCells(a[name], b[name], up ? 1 : -1));
		fill();
	}

	heads.forEach((head, i) => head.firstChild
		.addEventListener('click', () => sortBy(i)));
	more.addEventListener('click', () => {
		most = Infinity;
		fill();
	});
	fill();
	return element('div', {},
		element('div', {class: 'scroll', tabindex: '0', role: 'region',
			'aria-label': caption},
		element('table', {}, element('caption', {}, caption),
			element('thead', {}, element('tr', {}, ...heads)),
			body)), more);
}

function makeHead(column)
{
	const known = report.columns[column.name];
	const about = column.about ?? (known ? [known.about, known.unit]
		.filter((text) => text).join(', in ') : '');

	return element('th', {scope: 'col', ...column.text ?
		{class: 'text'} : {}}, element('button', {type: 'button',
		...about ? {title: about} : {}}, column.title ??
		column.name.replaceAll('_', ' ')));
}

/* The columns of ROWS that hold anything: FIRST's, then the others. */
function columnsOf(rows, first)
{
	const names = new Set([...first, ...rows.flatMap((row) =>
		Object.keys(row))]);

	return [...names].filter((name) => rows.some((row) =>
		row[name] != null)).map((name) => ({name,
		text: rows.every((row) => typeof row[name] !== 'number')}));
}

/* All columns of rows that programs made; SERIES is only ours. */
function drawRows(id, caption, rows, first)
{
	const holder = document.getElementById(`${id}-table`);
	const columns = columnsOf(rows, first)
		.filter((column) => column.name !== 'series');

	holder.closest('section').hidden = !rows.length;
	holder.replaceChildren(...rows.length ?
		[makeTable({caption, columns, rows})] : []);
}
