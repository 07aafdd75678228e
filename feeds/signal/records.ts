import { parse } from 'csv-parse/sync';
import { messageOf } from '../../protocol/errors.ts';
import type { Lines } from './lines.ts';

/** What stands before the text of a comment. */
const COMMENT = '#';

/** The next record of a file as it is written: a line, or several where a quoted cell goes on. Comments are passed over. */
export function nextRecord(lines: Lines): string | null {
	let line = lines.next();
	while (line?.startsWith(COMMENT) === true) line = lines.next();
	if (line === null || !line.includes('"')) return line;
	let record = line;
	while ((record.match(/"/g)?.length ?? 0) % 2 === 1) {
		const more = lines.next();
		if (more === null) throw new RecordError(`line ${lines.line} has a quote that does not end`);
		record += `\n${more}`;
	}
	return record;
}

/** Says what is wrong with a record, by line. */
export class RecordError extends Error {}

/**
 * The cells of a record, trimmed.
 *
 * @throws RecordError
 */
export function cellsOf(record: string, delimiter: string, line: number): string[] {
	if (!record.includes('"')) return record.split(delimiter).map((cell) => cell.trim());
	try {
		const cells = parse(record, { delimiter, relax_column_count: true, trim: true })[0] ?? [];
		return cells.map((cell) => cell.trim());
	} catch (error) {
		throw new RecordError(`line ${line}: ${messageOf(error).replace(/\.$/, '')}`);
	}
}

/** In the order of how sure a sign is that separates cells. */
const DELIMITERS = [';', '\t', ',', '|'];

/**
 * What separates the cells of a file: that which makes as many cells of its first row as of its header.
 *
 * @param records the first ones
 */
export function delimiterOf(records: readonly string[]): string {
	const [header = '', ...rows] = records;
	const count = (record: string, delimiter: string) => {
		try {
			return cellsOf(record, delimiter, 0).length;
		} catch {
			return 0;
		}
	};
	const fits = (delimiter: string) => {
		const columns = count(header, delimiter);
		return columns > 1 && rows.slice(0, 3).every((row) => count(row, delimiter) === columns);
	};
	return (
		DELIMITERS.find(fits) ?? DELIMITERS.find((delimiter) => count(header, delimiter) > 1) ?? ','
	);
}
