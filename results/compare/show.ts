import Table from 'cli-table3';
import { formatNumber } from '../report/format.ts';
import { escapeHtml, page } from '../report/html.ts';
import { type Case, differingKeys } from './cases.ts';
import type { CaseFigure, ComparedFigure } from './comparison.ts';
import { type Column, csvText } from './table.ts';

/** What is shown, in every form. */
export interface Comparison {
	readonly cases: readonly Case[];
	readonly figures: readonly ComparedFigure[];
}

const EXACT = 'the same';

/** The value, with half its 95 % interval where there are repeats. */
function valueText({ mean, halfWidth }: CaseFigure): string {
	return Number.isNaN(halfWidth)
		? formatNumber(mean)
		: `${formatNumber(mean)} ± ${formatNumber(halfWidth)}`;
}

function differenceText({ difference, differenceHalfWidth: half }: CaseFigure): string {
	if (difference === 0) return EXACT;
	const signed = `${difference > 0 ? '+' : ''}${formatNumber(difference)}`;
	return Number.isNaN(half) ? signed : `${signed} ± ${formatNumber(half)}`;
}

function percentText({ difference, percent }: CaseFigure): string {
	if (difference === 0 || Number.isNaN(percent)) return '';
	return `${percent > 0 ? '+' : ''}${formatNumber(percent)} %`;
}

const withUnitName = ({ name, unit }: ComparedFigure): string =>
	unit === '1' ? name : `${name} (${unit})`;

/** How many runs stand behind a case, and those that did not come to their end. */
function remarks({ label, runs }: Case): string[] {
	const seeds = runs.length > 1 ? [`${label}: ${runs.length} repeats`] : [];
	const unfinished = runs.filter(({ status }) => status !== 'complete');
	return [...seeds, ...unfinished.map(({ folder, status }) => `${folder}: ${status}`)];
}

/** Tables for a terminal. */
export function comparisonText({ cases, figures }: Comparison): string {
	const [first, ...others] = cases;
	const table = new Table({
		head: ['', first?.label ?? '', ...others.flatMap(({ label }) => [label, 'difference', '%'])],
		style: { head: [], border: [] },
		colAligns: ['left', ...cases.flatMap(() => ['right', 'right', 'right'] as const)],
		chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
	});
	for (const figure of figures) {
		const [base, ...rest] = figure.cases;
		table.push([
			withUnitName(figure),
			...(base === undefined ? [] : [valueText(base)]),
			...rest.flatMap((one) => [valueText(one), differenceText(one), percentText(one)]),
		]);
	}
	const keys = [...differingKeys(cases)].map(
		([key, values]) => `  ${key}: ${values.map((value) => value ?? '–').join(' | ')}`,
	);
	const lines = [
		...(keys.length === 0 ? [] : ['Keys that differ', ...keys, '']),
		table.toString(),
		...cases.flatMap(remarks),
	];
	return lines.join('\n');
}

/** One object for programs. */
export function comparisonObject({ cases, figures }: Comparison) {
	return {
		cases: cases.map(({ label, runs }) => ({
			label,
			runs: runs.map(({ folder, seed, status }) => ({ folder, seed, status })),
		})),
		differingKeys: Object.fromEntries(differingKeys(cases)),
		figures,
	};
}

/** A row for each figure. */
export function comparisonCsv({ cases, figures }: Comparison): string {
	const columns: Column[] = [
		{ name: 'figure', unit: null, cells: figures.map(({ name }) => name) },
		{ name: 'unit', unit: null, cells: figures.map(({ unit }) => unit) },
	];
	cases.forEach(({ label }, i) => {
		const column = (name: string, of: (figure: CaseFigure) => number): void => {
			const cells = figures.map((figure) => {
				const value = of(figure.cases[i] as CaseFigure);
				return Number.isFinite(value) ? value : null;
			});
			columns.push({ name, unit: null, cells });
		};
		column(label, ({ mean }) => mean);
		column(`${label}.halfWidth95`, ({ halfWidth }) => halfWidth);
		if (i === 0) return;
		column(`${label}.difference`, ({ difference }) => difference);
		column(`${label}.difference.halfWidth95`, ({ differenceHalfWidth }) => differenceHalfWidth);
		column(`${label}.percent`, ({ percent }) => percent);
	});
	return csvText(columns);
}

/** A page that needs no other file. */
export function comparisonPage(comparison: Comparison): string {
	const { cases, figures } = comparison;
	const keys = [...differingKeys(cases)];
	return page({
		title: `Comparison of ${cases.length} runs`,
		head: `<p class="lead">${escapeHtml(cases.map(({ label }) => label).join(' · '))}</p>
${remarksHtml(cases)}`,
		body: `${keys.length === 0 ? '' : keysHtml(cases, keys)}
<section class="panel results"><h2>Figures</h2>
${figuresHtml(cases, figures)}
</section>`,
		figures: [],
		timezone: 'UTC',
	});
}

function remarksHtml(cases: readonly Case[]): string {
	const lines = cases.flatMap(remarks);
	return lines.length === 0 ? '' : `<p class="banner">${lines.map(escapeHtml).join('<br>')}</p>`;
}

const th = (text: string, isNumber: boolean): string =>
	`<th scope="col"${isNumber ? ' class="number"' : ''}>${escapeHtml(text)}</th>`;

function keysHtml(
	cases: readonly Case[],
	keys: readonly (readonly [string, readonly (string | null)[]])[],
): string {
	const rows = keys.map(
		([key, values]) =>
			`<tr><td>${escapeHtml(key)}</td>${values.map((value) => `<td>${escapeHtml(value ?? '–')}</td>`).join('')}</tr>`,
	);
	return `<section class="panel results"><h2>Keys that differ</h2>
<div class="scroll"><table><thead><tr>${th('key', false)}${cases.map(({ label }) => th(label, false)).join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div></section>`;
}

function figuresHtml(cases: readonly Case[], figures: readonly ComparedFigure[]): string {
	const [first, ...others] = cases;
	const heads = [
		th('figure', false),
		th(first?.label ?? '', true),
		...others.flatMap(({ label }) => [th(label, true), th('difference', true), th('%', true)]),
	];
	const td = (text: string): string => `<td class="number">${escapeHtml(text)}</td>`;
	const rows = figures.map((figure) => {
		const cells = figure.cases.flatMap((one, i) =>
			i === 0 ? [valueText(one)] : [valueText(one), differenceText(one), percentText(one)],
		);
		return `<tr><td>${escapeHtml(withUnitName(figure))}</td>${cells.map(td).join('')}</tr>`;
	});
	return `<div class="scroll"><table><thead><tr>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div>
<p class="note">Differences are from ${escapeHtml(first?.label ?? '')}; ± is half the width of the 95 % interval (Student’s t over seeds; paired where the seeds are the same).</p>`;
}
