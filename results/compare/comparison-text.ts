import { answersOf } from './answer.ts';
import { caveatsOf } from './caveats.ts';
import { type Change, changesOf } from './changes.ts';
import {
	type Difference,
	namedRows,
	type PlainRow,
	plainRows,
	sortedRows,
	undrawnLines,
} from './differences.ts';
import type { Comparison } from './show.ts';

/** Lines of a terminal are kept to this where they can be. */
const WIDTH = 80;
/** A column of labels is not made narrower: what does not fit then is wider than the terminal. */
const LABEL_LEAST = 22;
/** Of what changed, a value is not longer. */
const VALUE_MAX = 60;

/** What of a comparison is printed. */
export interface TextOptions {
	/** Every figure under its name for programs, also those that are the same. */
	readonly isWhole: boolean;
	/** Columns of the terminal; default: 80. */
	readonly width?: number;
}

/** A comparison for a terminal: what the cases come to, what changed, and the figures that differ, by name. */
export function comparisonText(comparison: Comparison, options: TextOptions): string {
	const { cases, figures } = comparison;
	const { isWhole, width = WIDTH } = options;
	const rows = isWhole ? namedRows(figures) : plainRows(figures);
	const answers = answersOf(cases, plainRows(figures)).flatMap(({ label, sentences }) => [
		`${label}, against ${cases[0]?.label}:`,
		...sentences.flatMap((sentence) => wrapped(`- ${sentence}`, width, '  ')),
	]);
	const sorted = sortedRows(rows);
	const shown = isWhole ? rows : sorted.different;
	const lines = (texts: readonly string[]) => texts.flatMap((text) => wrapped(text, width, ''));
	const labels = cases.map(({ label }) => label);
	const sections = [
		lines(caveatsOf(cases)),
		answers,
		changesText(changesOf(cases), width),
		tablesOf(shown, labels, { width, hasRepeats: cases.some(({ runs }) => runs.length > 1) }),
		isWhole ? [] : lines(undrawnLines(sorted)),
		lines(repeatLines(comparison)),
	];
	return sections
		.filter((section) => section.length > 0)
		.map((section) => section.join('\n'))
		.join('\n\n');
}

/** What changed, a key after the other, for a terminal. */
export function changesText(changes: readonly Change[], width = WIDTH): string[] {
	if (changes.length === 0) return [];
	const lines = changes.flatMap(({ key, values }) =>
		wrapped(`${key}: ${values.map(shortened).join(' | ')}`, width, '  '),
	);
	return ['What changed in the scenario', ...lines];
}

/** The page and JSON have it whole. */
function shortened(text: string): string {
	return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text;
}

/** How many runs stand behind the figures. */
export function repeatLines({ cases }: Comparison): string[] {
	const counts = cases.map(({ runs }) => runs.length);
	if (counts.every((count) => count === 1))
		return ['One run each, so no intervals: repeats give them (gridbeat run --repeats 5)'];
	return [
		`Repeats: ${cases.map(({ label, runs }) => `${label} ${runs.length}`).join(', ')}; ± is half the 95 % interval; those of differences are in the page, with --csv and with --json`,
	];
}

interface Columns {
	readonly heads: readonly string[];
	readonly cells: (row: PlainRow) => readonly string[];
}

interface Room {
	readonly width: number;
	readonly hasRepeats: boolean;
}

/** Of two cases a table with their difference; of more, a column each, without repeats with the per cent by which it differs. */
function tablesOf(
	rows: readonly PlainRow[],
	labels: readonly string[],
	{ width, hasRepeats }: Room,
): string[] {
	if (rows.length === 0) return ['No figure differs by more than rounding'];
	if (labels.length === 2) {
		const cells = ({ values, differences }: PlainRow) => {
			const [{ text, percent, verdict }] = differences as readonly [Difference];
			return [...values, text, verdict === 'unclear' ? 'chance' : percent];
		};
		return tableOf(rows, { heads: [...labels, 'difference', ''], cells }, width);
	}
	const cellsOf = ({ values, differences }: PlainRow) =>
		values.map((value, i) => {
			const found = differences[i - 1];
			const how = found === undefined || hasRepeats ? '' : found.percent || found.text;
			return how === '' || how === '–' ? value : `${value} (${how})`;
		});
	const blocks: string[][] = [];
	const units = Math.max(...rows.map(({ unit }) => unit.length));
	const per = casesThatFit(rows.map(cellsOf), labels, width - LABEL_LEAST - 2 - units - 2);
	for (let from = 1; from < labels.length; from += per) {
		const part = <T>(all: readonly T[]) => [all[0] as T, ...all.slice(from, from + per)];
		const cells = (row: PlainRow) => part(cellsOf(row));
		blocks.push(tableOf(rows, { heads: part(labels), cells }, width));
	}
	return blocks.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

/** How many cases stand next to the first, at least one; `room` is for the columns of all. */
function casesThatFit(
	cells: readonly (readonly string[])[],
	labels: readonly string[],
	room: number,
): number {
	const widths = labels.map((label, i) =>
		Math.max(label.length, ...cells.map((row) => (row[i] ?? '').length)),
	);
	const [first = 0, ...others] = widths;
	return Math.max(1, Math.floor((room - first) / (2 + Math.max(...others))));
}

function tableOf(rows: readonly PlainRow[], { heads, cells }: Columns, width: number): string[] {
	const lines: string[][] = [];
	let group: string | null = null;
	for (const row of rows) {
		if (row.group !== group) {
			if (group !== null) lines.push([]);
			lines.push([row.group, '', ...(group === null ? heads : [])]);
			group = row.group;
		}
		const indent = row.group === '' ? '' : '  ';
		lines.push([`${indent}${row.label}`, row.unit, ...cells(row)]);
	}
	const widths = Array.from({ length: heads.length + 2 }, (_, i) =>
		Math.max(...lines.map((line) => (line[i] ?? '').length)),
	);
	const others = widths.slice(1).reduce((sum, size) => sum + 2 + size, 0);
	const room = Math.max(LABEL_LEAST, Math.min(widths[0] as number, width - others));
	return lines.flatMap(([label = '', ...rest]) => {
		// The heading of a group has nothing beside it, or what stands there is far to the right.
		if (rest.every((cell) => cell === '')) return [label];
		const parts = wrapped(label, room, label.startsWith(' ') ? '  ' : '');
		const last = parts.pop() ?? '';
		const cells = rest.map((cell, i) => {
			const size = widths[i + 1] as number;
			return i === 0 ? cell.padEnd(size) : cell.padStart(size);
		});
		return [...parts, [last.padEnd(room), ...cells].join('  ').trimEnd()];
	});
}

/** A text in lines of at most so many characters, broken between words; all but the first stand further in. */
function wrapped(text: string, width: number, indent: string): string[] {
	const lines: string[] = [];
	let line = indent;
	for (const word of text.trim().split(' ')) {
		const isFirst = line.trim() === '';
		if (!isFirst && line.length + 1 + word.length > width) {
			lines.push(line);
			line = `${indent}  `;
		}
		line += line.trim() === '' ? word : ` ${word}`;
	}
	return [...lines, line];
}
