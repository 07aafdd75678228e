// Runs in the reader's browser, as a module.
// A table of class "sortable" is ordered by the column whose heading is pressed, and the other way round the next time.
const cellValue = (row, column) => {
	const text = row.cells[column].dataset.value ?? row.cells[column].textContent;
	return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
};
const compare = (a, b) => {
	if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
	// What has no number comes last.
	return typeof a === 'number' ? -1 : 1;
};
for (const button of document.querySelectorAll('table.sortable th button'))
	button.addEventListener('click', () => {
		const heading = button.closest('th');
		const body = heading.closest('table').tBodies[0];
		const sign = heading.getAttribute('aria-sort') === 'descending' ? 1 : -1;
		for (const other of heading.parentElement.cells) other.removeAttribute('aria-sort');
		heading.setAttribute('aria-sort', sign > 0 ? 'ascending' : 'descending');
		const column = heading.cellIndex;
		const order = (a, b) => {
			const [x, y] = [cellValue(a, column), cellValue(b, column)];
			return typeof x === typeof y ? sign * compare(x, y) : compare(x, y);
		};
		body.append(...[...body.rows].sort(order));
	});
