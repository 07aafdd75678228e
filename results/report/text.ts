import Table from 'cli-table3';
import type { Reported, Summary } from '../../protocol/run-folder/summary.ts';
import { RENEWABLES } from '../../services/declared-kinds.ts';
import { briefGroups } from './brief.ts';
import type { Group } from './figure-group.ts';
import { groupsOf } from './figures-list.ts';
import { formatNumber } from './format.ts';
import { REPLICAS_SHOWN, replicaColumns } from './replica-accounts.ts';
import { SITE_COLUMNS, type SiteFigures } from './site-columns.ts';

/** Blank borders but for the gap between columns. */
const BARE = {
	top: '',
	'top-mid': '',
	'top-left': '',
	'top-right': '',
	bottom: '',
	'bottom-mid': '',
	'bottom-left': '',
	'bottom-right': '',
	left: '',
	'left-mid': '',
	mid: '',
	'mid-mid': '',
	right: '',
	'right-mid': '',
	middle: '  ',
};

/** The sites of a run beside each other: a row a figure, a column a site. */
export function sitesTable(sites: readonly SiteFigures[]): string {
	const table = new Table({
		chars: BARE,
		style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
		colAligns: ['left', ...sites.map(() => 'right' as const)],
	});
	table.push(['Sites', ...sites.map(({ name }) => name)]);
	for (const [label, of] of SITE_COLUMNS)
		table.push([`  ${label}`, ...sites.map(({ summary }) => of(summary))]);
	return trimLines(table.toString());
}

/**
 * What a run ends with in a terminal: its figures, those of its sites ahead if it has several.
 *
 * @param isWhole whether all of them are shown, and not the few that a run comes to
 */
export function reportedTable(reported: Reported, isWhole: boolean): string {
	const sites = Object.entries(reported.sites ?? {}).map(([name, summary]) => ({ name, summary }));
	const replicas = isWhole ? replicasTable(reported) : '';
	return [
		...(sites.length === 0 ? [] : [sitesTable(sites), '']),
		isWhole ? closingTable(reported) : briefTable(reported),
		...(replicas === '' ? [] : ['', replicas]),
	].join('\n');
}

/** What each replica is to answer for: a row a replica; empty where the run does not report it. */
export function replicasTable({ servingEnergy }: Summary): string {
	const replicas = servingEnergy?.replicas ?? [];
	if (replicas.length === 0) return '';
	const shown = replicas.slice(0, REPLICAS_SHOWN);
	const names = ['Replicas', ...shown.map(({ name }) => `${INDENT}${name}`)];
	const columns = replicaColumns(replicas).map(({ title, value }) => [
		title,
		...shown.map((replica) => formatNumber(value(replica))),
	]);
	const rest = replicas.length - REPLICAS_SHOWN;
	return (
		blocksOf(names, columns)
			.map((block) => besideNames(names, block))
			.join('\n\n') + (rest > 0 ? `\n${INDENT}${rest} more in usage.csv` : '')
	);
}

/** The columns of a terminal that nobody made wider. */
const TERMINAL_WIDTH = 80;

/** Columns that fit beside the names in a terminal, one block after the other; each has at least one. */
function blocksOf(names: readonly string[], columns: readonly string[][]): string[][][] {
	const widthOf = (cells: readonly string[]) => Math.max(...cells.map(({ length }) => length));
	const blocks: string[][][] = [];
	let width = Number.POSITIVE_INFINITY;
	for (const column of columns) {
		width += GAP + widthOf(column);
		if (width > TERMINAL_WIDTH) {
			blocks.push([]);
			width = widthOf(names) + GAP + widthOf(column);
		}
		blocks.at(-1)?.push(column);
	}
	return blocks;
}

function besideNames(names: readonly string[], columns: readonly string[][]): string {
	const table = new Table({
		chars: BARE,
		style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
		colAligns: ['left', ...columns.map(() => 'right' as const)],
	});
	table.push(...names.map((name, row) => [name, ...columns.map((cells) => cells[row] ?? '')]));
	return trimLines(table.toString());
}

/**
 * The closing table for a terminal: labels left, figures right, a heading for each group. As wide as its longest row and
 * no wider, so that it fits 80 columns: the longest label need not stand beside the longest figure. Labels that do not fit
 * beside their figure go on over more lines, the figure at their end.
 */
export function closingTable(summary: Summary): string {
	return tableOf(groupsOf(summary));
}

/** The same of what a run comes to, in some twelve lines. */
export function briefTable(summary: Summary): string {
	return tableOf(briefGroups(summary));
}

function tableOf(all: readonly Group[]): string {
	const groups = all.map(({ title, lines }) => ({
		title,
		rows: lines.map(({ label, value }) => ({ labels: folded(label, value), value })),
	}));
	const lengthOf = ({ labels, value }: Row) =>
		Math.max(
			...labels.slice(0, -1).map(({ length }) => length),
			(labels.at(-1) ?? '').length + (value === '' ? 0 : GAP + value.length),
		);
	const width = Math.max(...groups.flatMap(({ rows }) => rows.map(lengthOf)));
	return groups
		.map(({ title, rows }) => [title, ...rows.flatMap((row) => rowLines(row, width))].join('\n'))
		.join('\n\n');
}

interface Row {
	/** The lines of its label, indented. */
	readonly labels: readonly string[];
	readonly value: string;
}

/** A label in lines that leave room for its figure. */
function folded(label: string, value: string): string[] {
	const room = TERMINAL_WIDTH - (value === '' ? 0 : GAP + value.length);
	const lines: string[] = [];
	let line = INDENT.slice(1);
	for (const word of label.split(' ')) {
		if (line.length + 1 + word.length > room && line.trim() !== '') {
			lines.push(line);
			line = `${INDENT}${INDENT}`.slice(1);
		}
		line += ` ${word}`;
	}
	return [...lines, line];
}

function rowLines({ labels, value }: Row, width: number): string[] {
	const last = labels.at(-1) ?? '';
	return [...labels.slice(0, -1), value === '' ? last : last.padEnd(width - value.length) + value];
}

const INDENT = '  ';
/** Least distance between a label and its figure. */
const GAP = 2;

/** simulation_metrics.txt: the same figures with what they mean, for files that outlive the terminal. */
export function metricsText(summary: Summary): string {
	const { energy } = summary;
	const notes = [
		`renewable share = demand served by ${RENEWABLES}, at once or through the battery / demand served`,
		'initial charge = what batteries held at the start, from wherever: neither renewable nor grid; it emits nothing but accounting.openingGPerKwh',
		'emissions of imports = sum over steps of import x carbon intensity of that step; exports earn no credit',
		'of the demand = imports used at once + what batteries gave, at the intensity at which they were charged',
		'scope 3 = GPUs x emissions of making one x run / life of the hardware (profiling-data/hardware.json)',
		'avoided by solar = min(demand, solar) x intensity; by the initial charge = demand served by it x intensity; by the battery = the rest of what was not imported',
		'error of the power curve = the least and the most that published measurements of GPUs lie from it, on the demand; in brackets',
		'what figures would be with it, had production and caps been as they were: batteries and then the grid give or take the rest',
		'TTFT = arrival to first token; time between tokens = (end to end - TTFT) / (output tokens - 1)',
		'full cycles = half the sum of changes of the state of charge',
		...(energy.generatorKwh > 0 || energy.unservedKwh > 0
			? [
					'with load not served, shares are of the rest; self-sufficiency = 1 - (import + generators) / demand served',
				]
			: []),
		...hindsightNotes(summary),
	];
	const replicas = replicasTable(summary);
	const lines = [
		`Status: ${summary.status}`,
		'',
		closingTable(summary),
		'',
		...(replicas === '' ? [] : [replicas, '']),
		'How these are computed',
	];
	return `${[...lines, ...notes.map((note) => `  ${note}`)].join('\n')}\n`;
}

function hindsightNotes({ hindsight }: Summary): string[] {
	const sentences = hindsight
		.filter(({ reached }) => Number.isFinite(reached))
		.map(
			({ goal, reached }) =>
				`${goal}: your policy reached ${formatNumber(reached)} % of what was possible`,
		);
	if (sentences.length === 0) return [];
	return [
		...sentences,
		'reached = (without a battery - this run) / (without a battery - least possible); the least possible is the optimum of',
		'a linear program that knows the whole run, serves the same load and leaves as much stored (docs/dispatch.md)',
	];
}

function trimLines(text: string): string {
	return text
		.split('\n')
		.map((line) => line.trimEnd())
		.join('\n');
}
