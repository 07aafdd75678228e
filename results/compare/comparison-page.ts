import { dirname } from 'node:path';
import type { Figure } from '../report/figure.ts';
import { escapeHtml, page, partFigureHtml, scrollHtml, tileHtml } from '../report/html.ts';
import { zoomHtml } from '../report/page-parts.ts';
import { answersOf } from './answer.ts';
import type { Case } from './cases.ts';
import { caveatsOf, hasOneKindOfCarbon } from './caveats.ts';
import { type Change, changesOf } from './changes.ts';
import { repeatLines } from './comparison-text.ts';
import { namedRows, type PlainRow, plainRows, sortedRows, undrawnLines } from './differences.ts';
import type { DrawnCase } from './overlay-frame.ts';
import { overlaysOf } from './overlays.ts';
import { readSeries } from './series.ts';
import type { Comparison } from './show.ts';

/** What a page of a comparison says beside its figures. */
interface About {
	/** The command that gives it again. */
	readonly command: string;
	/** Where the page will lie, to which its links are relative; null: it has none. */
	readonly linkTo: ((folder: string) => string) | null;
}

/** The figures of a comparison over time, read from its run folders. */
async function comparisonFigures(cases: readonly Case[]): Promise<Figure[]> {
	const drawn: DrawnCase[] = [];
	for (const one of cases) {
		const series = await readSeries(one);
		if (series !== null) drawn.push({ label: one.label, series });
	}
	return overlaysOf(drawn, hasOneKindOfCarbon(cases));
}

/** A comparison as one page that asks nothing of the network: the answer, what changed, the cases over one another. */
export async function comparisonPage(comparison: Comparison, about: About): Promise<string> {
	const { cases, figures: compared } = comparison;
	const figures = await comparisonFigures(cases);
	const changes = changesOf(cases);
	const rows = plainRows(compared);
	const sorted = sortedRows(rows);
	const labels = cases.map(({ label }) => label);
	const first = cases[0]?.runs[0]?.scenario as { name?: unknown } | undefined;
	const name = typeof first?.name === 'string' ? `${first.name}: ` : '';
	return page({
		tiles: cases.length === 2 ? tilesOf(sorted.different) : [],
		title: `${name}${labels.join(' · ')}`,
		head: `${answerHtml(comparison, rows)}
<p class="lead">${escapeHtml(`${cases.length} cases, differences from ${labels[0] ?? ''}`)}</p>
${caveatsHtml(cases)}`,
		body: `${changes.length === 0 ? '' : changesHtml(labels, changes)}
<section class="panel results" id="figures"><h2>Figures that differ</h2>
${rowsHtml('Figures that differ', labels, sorted.different)}
${undrawnLines(sorted)
	.map((line) => `<p class="note">${escapeHtml(line)}.</p>`)
	.join('\n')}
<p class="note">${repeatLines(comparison).map(escapeHtml).join(' ')} Differences are from ${escapeHtml(labels[0] ?? '')}, taken seed by seed where cases have the same seeds (paired Student’s t), else by Welch’s test. Differences that rounding leaves are none. Cases on the same GPUs err alike by the curve of their power, so a difference is known better than the figures themselves.</p></section>
<noscript><p class="banner">The figures need JavaScript; the tables do not.</p></noscript>
${figures.length === 0 ? '' : `<section id="over-time"><h2>The cases over one another</h2>${zoomHtml(figures)}<div class="figures">\n${figures.map(partFigureHtml).join('\n')}\n</div></section>`}
<section class="panel results" id="all"><h2>All figures</h2><details><summary>All ${compared.length} figures</summary>
${rowsHtml('All figures', labels, namedRows(compared))}</details></section>
<section class="panel results" id="runs"><h2>Runs</h2>
${runsHtml(cases, about)}
</section>
<section class="panel results"><h2>To repeat it</h2><pre>${escapeHtml(about.command)}</pre></section>`,
		figures,
		timezone: timezoneOf(cases),
	});
}

function timezoneOf(cases: readonly Case[]): string {
	return cases[0]?.runs[0]?.timezone ?? 'UTC';
}

function caveatsHtml(cases: readonly Case[]): string {
	const lines = caveatsOf(cases);
	if (lines.length === 0) return '';
	return `<p class="banner" role="status">${lines.map(escapeHtml).join('<br>')}</p>`;
}

/** The answer, before anything else. */
function answerHtml({ cases }: Comparison, rows: readonly PlainRow[]): string {
	const base = escapeHtml(cases[0]?.label ?? '');
	return answersOf(cases, rows)
		.map(
			({ label, sentences }) =>
				`<p class="answer"><b>${escapeHtml(label)}</b>, against ${base}: ${escapeHtml(sentences.join('; '))}.</p>`,
		)
		.join('\n');
}

/** What a comparison of two comes to: each figure of the second, and by how much it is another. */
const TILES: ReadonlySet<string> = new Set([
	...['serving.ttftS.p50', 'serving.ttftS.p99', 'serving.e2eS.p99', 'energy.loadKwh'],
	...['energy.importKwh', 'energy.renewableShare', 'emissions.importG', 'bill.energyUsd'],
]);

function tilesOf(rows: readonly PlainRow[]): string[] {
	return rows
		.filter(({ metric }) => TILES.has(metric))
		.map(({ label, group, unit, values, differences: [difference] }) => {
			const of = group === 'Emissions' ? `CO₂eq ${label}` : label;
			const [before = '', after = ''] = values;
			const by = difference?.percent || `${difference?.text ?? ''} points`;
			return tileHtml(by, `${of}: ${before} → ${after} ${unit}`);
		});
}

const th = (text: string, isNumber: boolean): string =>
	`<th scope="col"${isNumber ? ' class="number"' : ''}>${escapeHtml(text)}</th>`;

/** @param kind how its rows are set, see compare.css */
function scroll(label: string, head: string, rows: readonly string[], kind = ''): string {
	const table = `<table${kind === '' ? '' : ` class="${kind}"`}><thead><tr>${head}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
	return scrollHtml(label, table);
}

function changesHtml(labels: readonly string[], changes: readonly Change[]): string {
	const rows = changes.map(
		({ key, values }) =>
			`<tr><th scope="row">${escapeHtml(key)}</th>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`,
	);
	const head = th('key', false) + labels.map((label) => th(label, false)).join('');
	return `<section class="panel results" id="changed"><h2>What changed in the scenario</h2>
${scroll('What changed in the scenario', head, rows, 'changed')}</section>`;
}

/** A row for each figure; the first case's value, then value and difference of each other one. */
function rowsHtml(name: string, labels: readonly string[], rows: readonly PlainRow[]): string {
	if (rows.length === 0) return '<p class="note">No figure differs by more than rounding.</p>';
	const [first = '', ...others] = labels;
	const head = [
		th('figure', false),
		th(first, true),
		...others.flatMap((label) => [th(label, true), th('difference', true), th('%', true)]),
	].join('');
	const td = (text: string): string => `<td class="number">${escapeHtml(text)}</td>`;
	const width = 2 + 3 * others.length;
	let group = '';
	const lines = rows.map((row) => {
		const before =
			row.group === group
				? ''
				: `<tr><th scope="rowgroup" colspan="${width}">${escapeHtml(row.group)}</th></tr>`;
		group = row.group;
		const cells = row.differences.flatMap(({ text, percent, verdict }, i) => [
			td(row.values[i + 1] ?? ''),
			td(text),
			td(verdict === 'unclear' ? 'chance' : percent),
		]);
		const unit = row.unit === '' ? '' : ` <span class="unit">${escapeHtml(row.unit)}</span>`;
		return `${before}<tr><th scope="row">${escapeHtml(row.label)}${unit}</th>${td(row.values[0] ?? '')}${cells.join('')}</tr>`;
	});
	return scroll(name, head, lines, 'compared');
}

function runsHtml(cases: readonly Case[], { linkTo }: About): string {
	const rows = cases.flatMap(({ label, runs }) =>
		runs.map(({ folder, seed, status }) => {
			const name =
				linkTo === null
					? escapeHtml(folder)
					: `<a href="${escapeHtml(linkTo(folder))}">${escapeHtml(decodeURI(dirname(linkTo(folder))))}</a>`;
			const cells = [label, seed, status].map((cell) => `<td>${escapeHtml(cell)}</td>`);
			return `<tr>${cells.join('')}<td>${name}</td></tr>`;
		}),
	);
	const head = ['case', 'seed', 'status', 'folder'].map((text) => th(text, false)).join('');
	return scroll('Runs', head, rows);
}
