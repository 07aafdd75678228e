import Table from 'cli-table3';
import { type Table as Columns, csvText, tableOf } from '../compare/table.ts';
import { headlinesOf, readable } from './headlines.ts';
import { areAllTheSame, type RepeatedFigure, type RepeatRun } from './repeated-figures.ts';

/** What is shown, in every form. */
export interface Repeats {
	readonly title: string;
	readonly runs: readonly RepeatRun[];
	readonly figures: readonly RepeatedFigure[];
}

/** How many repeats of which seeds. */
export function countText({ runs }: Repeats): string {
	const seeds = runs.map(({ seed }) => seed);
	const isRow = seeds.every((seed, i) => Number(seed) === Number(seeds[0]) + i);
	const named =
		isRow && seeds.length > 2 ? `${seeds[0]} to ${seeds.at(-1)}` : seeds.slice(0, 8).join(', ');
	const more = !isRow && seeds.length > 8 ? ', …' : '';
	return `${seeds.length} repeats, seed${seeds.length > 1 ? 's' : ''} ${named}${more}`;
}

/** What whoever reads the figures must know. */
export function remarksOf({ runs, figures }: Repeats): string[] {
	const failed = runs.filter(({ failure }) => failure !== null);
	return [
		...failed.map(({ seed, failure }) => `Seed ${seed}: ${failure}`),
		...(failed.length > 0 && failed.length < runs.length
			? [`Means are over the other ${runs.length - failed.length}`]
			: []),
		...(areAllTheSame(figures)
			? ['All repeats came out the same: nothing in this scenario is drawn at random']
			: []),
	];
}

/** Borders that show nothing but the gap between columns. */
const BARE = Object.fromEntries(
	['top', 'bottom', 'left', 'mid', 'right']
		.flatMap((side) => ['', '-mid', '-left', '-right'].map((end) => [`${side}${end}`, '']))
		.concat([['middle', '  ']]),
);

/** The closing table with intervals. */
export function repeatsText(repeats: Repeats): string {
	const table = new Table({
		chars: BARE,
		style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
		colAligns: ['left', 'right', 'left', 'right', 'right', 'left'],
	});
	let group = '';
	for (const headline of headlinesOf(repeats.figures)) {
		if (headline.group !== group) {
			const heads = group === '' ? ['mean', '± 95 %', 'least', 'most'] : ['', '', '', ''];
			if (group !== '') table.push(['', '', '', '', '', '']);
			group = headline.group;
			table.push([group, ...heads, '']);
		}
		const { unit, mean, halfWidth, least, most } = readable(headline.figure);
		const half = halfWidth === '' ? '' : `± ${halfWidth}`;
		table.push([`  ${headline.label}`, mean, half, least, most, unit]);
	}
	const lines = [
		`${repeats.title}: ${countText(repeats)}`,
		table.toString(),
		...remarksOf(repeats),
	];
	return lines
		.filter((line) => line !== '')
		.join('\n')
		.split('\n')
		.map((line) => line.trimEnd())
		.join('\n');
}

/** summary.csv: a row for each figure. */
export function repeatsTable({ figures, runs }: Repeats): Columns {
	return tableOf(figures, [
		{ name: 'metric', unit: null, cell: ({ metric }) => metric },
		{ name: 'unit', unit: null, cell: ({ unit }) => unit },
		{ name: 'runs', unit: '1', cell: ({ count }) => count },
		{ name: 'mean', unit: null, cell: ({ mean }) => mean },
		{ name: 'halfWidth95', unit: null, cell: ({ halfWidth }) => halfWidth },
		{ name: 'low95', unit: null, cell: ({ mean, halfWidth }) => mean - halfWidth },
		{ name: 'high95', unit: null, cell: ({ mean, halfWidth }) => mean + halfWidth },
		{ name: 'least', unit: null, cell: ({ least }) => least },
		{ name: 'most', unit: null, cell: ({ most }) => most },
		...runs.map(({ seed }, i) => ({
			name: `seed ${seed}`,
			unit: null,
			cell: ({ values }: RepeatedFigure) => values[i] ?? null,
		})),
	]);
}

/** The table of the figures as summary.csv has it. */
export function repeatsCsv(repeats: Repeats): string {
	return csvText(repeatsTable(repeats));
}

/** One object for programs. */
export function repeatsObject(repeats: Repeats, folder: string) {
	const { runs, figures } = repeats;
	return {
		folder,
		repeats: runs.length,
		failed: runs.filter(({ failure }) => failure !== null).length,
		runs: runs.map(({ seed, folder: own, failure }) => ({ seed, folder: own, failure })),
		figures: Object.fromEntries(
			figures.map(({ metric, unit, count, mean, halfWidth, least, most, values }) => [
				metric,
				{
					...{ unit, runs: count, mean, halfWidth95: halfWidth },
					...{ low95: mean - halfWidth, high95: mean + halfWidth, least, most, values },
				},
			]),
		),
	};
}
