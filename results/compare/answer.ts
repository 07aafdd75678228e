import type { Case } from './cases.ts';
import type { PlainRow } from './differences.ts';

/** What a figure is called within a sentence, and how it is less or more. */
type Subject = readonly [metric: string, name: string, less: string, more: string];

/** The figures that a comparison is about, in the order in which they are said. */
const SUBJECTS: readonly Subject[] = [
	['serving.ttftS.p99', 'TTFT p99', 'shorter', 'longer'],
	['serving.e2eS.p99', 'end to end p99', 'shorter', 'longer'],
	['serving.completed', 'requests completed', 'fewer', 'more'],
	['energy.loadKwh', 'demand', 'lower', 'higher'],
	['energy.importKwh', 'grid import', 'lower', 'higher'],
	['emissions.importG', 'emissions of imports', 'lower', 'higher'],
	['bill.energyUsd', 'cost of imports', 'lower', 'higher'],
];

/** The answer of a comparison: a paragraph for each case but the first, of sentences. */
export interface Answer {
	readonly label: string;
	/** `TTFT p99 41.6 % shorter (316.2 instead of 541.5 ms)`. */
	readonly sentences: readonly string[];
}

/** What each case does to what people ask for, against the first. */
export function answersOf(cases: readonly Case[], rows: readonly PlainRow[]): Answer[] {
	const [, ...others] = cases;
	const byMetric = new Map(rows.map((row) => [row.metric, row] as const));
	return others.map(({ label }, i) => {
		const said: string[] = [];
		const [same, unclear]: [string[], string[]] = [[], []];
		for (const subject of SUBJECTS) {
			const row = byMetric.get(subject[0]);
			const verdict = row?.differences[i]?.verdict;
			if (row === undefined || verdict === undefined) continue;
			if (verdict === 'same' || verdict === 'little') same.push(subject[1]);
			else if (verdict === 'unclear') unclear.push(subject[1]);
			else said.push(sentence(subject, row, i));
		}
		if (unclear.length > 0)
			said.push(`no difference beyond chance in ${listText(unclear)} (95 %, over repeats)`);
		if (same.length > 0) said.push(`no difference in ${listText(same)}`);
		return { label, sentences: said };
	});
}

function sentence([, name, less, more]: Subject, row: PlainRow, i: number): string {
	const { percent, percentValue, text } = row.differences[i] as PlainRow['differences'][number];
	const [base, own] = [row.values[0] ?? '', row.values[i + 1] ?? ''];
	const unit = row.unit === '' ? '' : ` ${row.unit}`;
	const values = `${own} instead of ${base}${unit}`;
	// A figure that only one of the two has is no difference.
	if (text === '–') return `${name} ${values}`;
	const isMore = text.startsWith('+');
	const how = Number.isNaN(percentValue)
		? isMore
			? more
			: less
		: `${percent.replace(/^[+-]/, '')} ${isMore ? more : less}`;
	return `${name} ${how} (${values})`;
}

function listText(names: readonly string[]): string {
	const last = names.at(-1) ?? '';
	return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
