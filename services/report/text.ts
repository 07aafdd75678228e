import Table from 'cli-table3';
import { groupsOf } from './figures-list.ts';
import type { Summary } from './summary.ts';

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

/** The closing table for a terminal: labels left, figures right, a heading for each group. */
export function closingTable(summary: Summary): string {
	const table = new Table({
		chars: BARE,
		style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
		colAligns: ['left', 'right'],
	});
	for (const [i, group] of groupsOf(summary).entries()) {
		if (i > 0) table.push(['', '']);
		table.push([group.title, '']);
		for (const { label, value } of group.lines) table.push([`  ${label}`, value]);
	}
	return trimLines(table.toString());
}

/** simulation_metrics.txt: the same figures with what they mean, for files that outlive the terminal. */
export function metricsText(summary: Summary): string {
	const notes = [
		'renewable share = 1 - import / demand; a battery that was full at the start counts as renewable',
		'emissions of imports = sum over steps of import x carbon intensity of that step; exports earn no credit',
		'of the demand = imports used at once + what batteries gave, at the intensity at which they were charged',
		'scope 3 = GPUs x emissions of making one x run / life of the hardware (profiling-data/hardware.json)',
		'avoided by solar = min(demand, solar) x intensity; by the battery = the rest of what was not imported',
		'TTFT = arrival to first token; time between tokens = (end to end - TTFT) / (output tokens - 1)',
		'full cycles = half the sum of changes of the state of charge',
	];
	const lines = [
		`Status: ${summary.status}`,
		'',
		closingTable(summary),
		'',
		'How these are computed',
	];
	return `${[...lines, ...notes.map((note) => `  ${note}`)].join('\n')}\n`;
}

function trimLines(text: string): string {
	return text
		.split('\n')
		.map((line) => line.trimEnd())
		.join('\n');
}
