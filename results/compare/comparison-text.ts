import { answersOf } from './answer.ts';
import { caveatsOf } from './caveats.ts';
import { changesOf } from './changes.ts';
import {
	type Difference,
	isDifferent,
	namedRows,
	type PlainRow,
	plainRows,
} from './differences.ts';
import type { Comparison } from './show.ts';

/** Lines of a terminal are kept to this where they can be. */
const WIDTH = 80;
/** A column of labels is not made narrower: what does not fit then is wider than the terminal. */
const LABEL_LEAST = 22;

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
	const changes = changesOf(cases).flatMap(({ key, values }) =>
		wrapped(`${key}: ${values.join(' | ')}`, width, '  '),
	);
	const shown = isWhole ? rows : rows.filter(isDifferent);
	const same = isWhole ? [] : rows.filter((row) => !isDifferent(row)).map(({ label }) => label);
	const sections = [
		caveatsOf(cases).flatMap((line) => wrapped(line, width, '')),
		answers,
		changes.length === 0 ? [] : ['What changed in the scenario', ...changes],
		tablesOf(
			shown,
			cases.map(({ label }) => label),
			width,
		),
		same.length === 0 ? [] : wrapped(`The same, or within 0.01 %: ${same.join(', ')}`, width, ''),
		repeatLines(comparison).flatMap((line) => wrapped(line, width, '')),
	];
	return sections
		.filter((lines) => lines.length > 0)
		.map((lines) => lines.join('\n'))
		.join('\n\n');
}

/** How many runs stand behind the figures. */
export function repeatLines({ cases }: Comparison): string[] {
	const counts = cases.map(({ runs }) => runs.length);
	if (counts.every((count) => count === 1))
		return ['One run each, so no intervals: repeats give them (gridbeat run --repeats 5)'];
	return [
		`Repeats: ${cases.map(({ label, runs }) => `${label} ${runs.length}`).join(', ')}; ± is half the 95 % interval`,
	];
}

interface Columns {
	readonly heads: readonly string[];
	readonly cells: (row: PlainRow) => readonly string[];
}

/** Of two cases a table with their difference; of more, each beside the per cent by which it differs. */
function tablesOf(rows: readonly PlainRow[], labels: readonly string[], width: number): string[] {
	if (rows.length === 0) return ['No figure differs by more than rounding'];
	if (labels.length === 2) {
		const cells = ({ values, differences }: PlainRow) => {
			const [difference] = differences as readonly [Difference];
			return [...values, difference.text, difference.percent];
		};
		return tableOf(rows, { heads: [...labels, 'difference', ''], cells }, width);
	}
	const per = columnsThatFit(rows, width);
	const blocks: string[][] = [];
	for (let from = 1; from < labels.length; from += per) {
		const until = Math.min(labels.length, from + per);
		const heads = [labels[0] as string, ...labels.slice(from, until)];
		const cells = ({ values, differences }: PlainRow) => [
			values[0] as string,
			...values.slice(from, until).map((value, i) => {
				const { percent, text, verdict } = differences[from - 1 + i] as Difference;
				if (verdict === 'same') return `${value} (same)`;
				return text === '–' ? value : `${value} (${percent === '' ? text : percent})`;
			}),
		];
		blocks.push(tableOf(rows, { heads, cells }, width));
	}
	return blocks.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

/** How many cases beside the first stand next to each other. */
function columnsThatFit(rows: readonly PlainRow[], width: number): number {
	const value = Math.max(...rows.flatMap(({ values }) => values.map(({ length }) => length)));
	const left = width - LABEL_LEAST - 9 - value;
	return Math.max(1, Math.floor(left / (value + 12)));
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
