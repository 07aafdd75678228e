import { quoted } from '../../protocol/plain-text.ts';
import { isDate, NUMBER } from './file-times.ts';
import type { Reading } from './reading.ts';

/** What a file has of the columns that a scenario names. */
export interface Asked {
	readonly column: string | null;
	readonly reading: Reading;
	/** Line of the first record. */
	readonly firstLine: number;
}

/** Why a file cannot be read as it is. */
export class LayoutError extends Error {}

const MISSING: ReadonlySet<string> = new Set([
	...['', 'nan', 'na', 'n/a', '#n/a', '#n/v', 'null', 'none', '-', '--', '?'],
	...['missing', 'unavailable', 'unknown', 'no data', 'nodata'],
]);
/** What loggers write where there is no value. Nothing that is read here can be as low and be meant. */
const FILLER = /^-9999(9*)(\.0*)?$/;

/** Whether a cell says that there is no value. */
export function isMissing(cell: string): boolean {
	return FILLER.test(cell) || MISSING.has(cell.toLowerCase());
}

/** Whether a cell may be a time: a date, a number, or so long after the row above. */
export function isTimeText(cell: string): boolean {
	return NUMBER.test(cell) || isDate(cell) || /^\+\d/.test(cell);
}

/** The column of a name or position. Throws a LayoutError where there is none. */
export function indexOf(names: readonly string[], key: string | number): number {
	if (typeof key === 'number') {
		if (key <= names.length) return key - 1;
		throw new LayoutError(`it has ${names.length} columns, and no column ${key}`);
	}
	const index = names.indexOf(key);
	const listed = names.map((name) => quoted(name)).join(', ');
	if (index < 0) throw new LayoutError(`it has no column "${key}"; name one of ${listed}`);
	if (names.lastIndexOf(key) !== index)
		throw new LayoutError(
			`it has two columns "${key}"; give one of them another name, or say its position`,
		);
	return index;
}
