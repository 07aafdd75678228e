/** A table of class "sortable" is ordered by the column whose heading is pressed, and the other way round the next time. */
export function bindTables(): void {
	for (const button of document.querySelectorAll('table.sortable th button'))
		button.addEventListener('click', () => {
			const heading = button.closest('th');
			if (heading !== null) orderBy(heading);
		});
}

function orderBy(heading: HTMLTableCellElement): void {
	const body = heading.closest('table')?.tBodies[0];
	if (body === undefined) return;
	const isUp = heading.getAttribute('aria-sort') === 'descending';
	for (const other of heading.parentElement?.children ?? []) other.removeAttribute('aria-sort');
	heading.setAttribute('aria-sort', isUp ? 'ascending' : 'descending');
	const column = heading.cellIndex;
	const rows = [...body.rows].map((row) => ({ row, value: cellValue(row, column) }));
	body.append(...rows.sort((a, b) => compare(a.value, b.value, isUp)).map(({ row }) => row));
}

function cellValue(row: HTMLTableRowElement, column: number): number | string {
	const cell = row.cells[column];
	const text = cell?.dataset['value'] ?? cell?.textContent ?? '';
	return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

/** What has no number comes last, either way. */
function compare(a: number | string, b: number | string, isUp: boolean): number {
	if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
	const order = a < b ? -1 : a > b ? 1 : 0;
	return isUp ? order : -order;
}

/** Narrower pages are those of phones. */
const PHONE_PX = 600;

/** On a phone, a table that is wider than the page has a line for each of its cells, with the heading of its column. */
export function stackTables(): void {
	for (const scroll of document.querySelectorAll<HTMLElement>('.scroll')) {
		const table = scroll.querySelector('table');
		if (table === null) continue;
		table.classList.remove('stacked');
		if (innerWidth >= PHONE_PX || scroll.scrollWidth <= scroll.clientWidth) continue;
		nameCells(table);
		table.classList.add('stacked');
	}
}

function nameCells(table: HTMLTableElement): void {
	const names = [...(table.tHead?.rows[0]?.cells ?? [])].map(({ textContent }) => textContent);
	for (const body of table.tBodies)
		for (const row of body.rows)
			for (const [i, cell] of [...row.cells].entries())
				cell.dataset['label'] = (names[i] ?? '').replace(/\s+/g, ' ').trim();
}
