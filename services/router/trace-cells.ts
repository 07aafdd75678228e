/** The separator of a CSV file, which its header shows. */
export function separatorOf(header: string): string {
	const outside = header.replaceAll(/"[^"]*"/g, '');
	return [',', '\t', ';'].find((mark) => outside.includes(mark)) ?? ',';
}

/** Cells of a CSV line; a quoted cell may hold separators, but no line break. */
export function cellsOf(line: string, separator: string): string[] {
	if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim());
	const cells: string[] = [];
	let [from, isQuoted] = [0, false];
	for (let i = 0; i <= line.length; i++) {
		if (line[i] === '"') isQuoted = !isQuoted;
		if (i < line.length && (isQuoted || line[i] !== separator)) continue;
		const cell = line.slice(from, i).trim();
		cells.push(cell.replace(/^"|"$/g, '').replaceAll('""', '"'));
		from = i + 1;
	}
	return cells;
}
