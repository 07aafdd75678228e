import type { Metric } from '../../results/compare/metrics.ts';
import type { Figure } from '../../results/report/figure.ts';
import { formatNumber, withUnit } from '../../results/report/format.ts';
import {
	escapeHtml,
	figureHtml,
	page,
	partFigureHtml,
	scrollHtml,
} from '../../results/report/html.ts';
import { shortKey, valueText } from './design.ts';
import { multiplesOf } from './sweep-figures.ts';
import type { SweepFile } from './sweep-file.ts';
import type { SweepPoint, SweepRun } from './sweep-results.ts';

export interface SweepPage {
	readonly file: SweepFile;
	readonly runs: readonly SweepRun[];
	readonly points: readonly SweepPoint[];
	/** Keys that vary. */
	readonly keys: readonly string[];
	readonly metrics: readonly Metric[];
	readonly program: string;
	/** What was done to inputs, a line each. */
	readonly remarks: readonly string[];
}

/** index.html: small multiples of each metric, a table of all points and the failures; one page that needs no other file. */
export function sweepPage(parts: SweepPage): string {
	const { file, runs, points, keys, metrics, program, remarks } = parts;
	const failed = runs.filter(({ failure }) => failure !== null);
	const shown = metrics.map((metric) => ({ metric, figures: multiplesOf(metric, points, keys) }));
	const lead = [
		`${points.length} points, ${runs.length} runs`,
		failed.length === 0 ? '' : `${failed.length} failed`,
		`Gridbeat ${program}`,
	];
	return page({
		title: `Sweep: ${file.name}`,
		answer: sweepAnswer(parts),
		head: `<p class="lead">${escapeHtml(lead.filter(Boolean).join(' · '))}</p>
${failuresHtml(failed)}${
	remarks.length === 0
		? ''
		: `
<p class="banner"><b>Inputs</b><br>${remarks.map(escapeHtml).join('<br>')}</p>`
}`,
		body: `<noscript><p class="banner">The figures need JavaScript; the table below does not.</p></noscript>
${multiplesHtml(shown)}
<section class="panel results"><h2>Points</h2>
${pointsHtml(parts)}
</section>`,
		figures: shown.flatMap(({ figures }) => figures),
		timezone: 'UTC',
	});
}

/** Between which points each metric lies, of the first few. */
const METRICS_SAID = 3;

/** Where each of the first metrics is least and where it is greatest. */
function sweepAnswer({ points, metrics }: SweepPage): string {
	const said = metrics.flatMap(({ name, unit }) => {
		const known = points
			.filter(({ estimates }) => Number.isFinite(estimates[name]?.mean))
			.map((point) => ({ label: point.label, mean: point.estimates[name]?.mean ?? Number.NaN }))
			.sort((a, b) => a.mean - b.mean);
		const [least, most] = [known[0], known.at(-1)];
		if (least === undefined || most === undefined) return [];
		const text = (mean: number) => (unit === '1' ? formatNumber(mean) : withUnit(mean, unit));
		if (least.mean === most.mean) return [`${name} is ${text(least.mean)} at every point`];
		return [
			`${name} goes from ${text(least.mean)} (${least.label}) to ${text(most.mean)} (${most.label})`,
		];
	});
	if (said.length === 0) return 'No point has figures.';
	const rest = said.length - METRICS_SAID;
	const more = rest > 0 ? `; ${rest} more below` : '';
	return `Over ${points.length} points, ${said.slice(0, METRICS_SAID).join('; ')}${more}.`;
}

/** One figure per metric: all side by side; several: a row for each metric. */
function multiplesHtml(shown: readonly { metric: Metric; figures: readonly Figure[] }[]): string {
	const grid = (places: readonly string[]) =>
		`<div class="small-multiples">\n${places.join('\n')}\n</div>`;
	if (shown.every(({ figures }) => figures.length <= 1))
		return `<section>${grid(shown.flatMap(({ figures }) => figures.map(figureHtml)))}</section>`;
	return shown
		.filter(({ figures }) => figures.length > 0)
		.map(({ metric: { name, unit }, figures }) => {
			const inUnit = unit === '1' ? '' : ` <span class="unit">${escapeHtml(unit)}</span>`;
			return `<section><h2>${escapeHtml(name)}${inUnit}</h2>${grid(figures.map(partFigureHtml))}</section>`;
		})
		.join('\n');
}

/** More of them stand in failures.csv. */
const FAILURES_SHOWN = 20;

function failuresHtml(failed: readonly SweepRun[]): string {
	if (failed.length === 0) return '';
	const lines = failed
		.slice(0, FAILURES_SHOWN)
		.map(({ label, seed, failure }) => `${label}, seed ${seed}: ${failure ?? ''}`);
	if (failed.length > FAILURES_SHOWN)
		lines.push(`${failed.length - FAILURES_SHOWN} more in failures.csv`);
	return `<p class="banner" role="status"><b>Runs that failed</b><br>${lines.map(escapeHtml).join('<br>')}</p>`;
}

function pointsHtml({ points, keys, metrics, runs }: SweepPage): string {
	const head = (name: string, unit: string, isNumber: boolean) => {
		const sub = unit === '' || unit === '1' ? '' : ` <span class="unit">${escapeHtml(unit)}</span>`;
		return `<th scope="col"${isNumber ? ' class="number"' : ''}><button type="button">${escapeHtml(name).replaceAll('.', '.<wbr>')}${sub}</button></th>`;
	};
	const heads = [
		...keys.map((key) => head(shortKey(key, keys), '', false)),
		...metrics.map(({ name, unit }) => head(name, unit, true)),
	];
	const rows = points.map(({ point, estimates }) => {
		const names = keys.map((key) => (key in point ? valueText(point[key] ?? null) : '–'));
		const cells = metrics.map(({ name }) => {
			const { mean = Number.NaN, halfWidth = Number.NaN } = estimates[name] ?? {};
			const data = Number.isFinite(mean) ? String(mean) : '';
			const width = Number.isFinite(halfWidth) ? ` ± ${formatNumber(halfWidth)}` : '';
			return `<td class="number" data-value="${data}">${formatNumber(mean)}${width}</td>`;
		});
		return `<tr>${names.map((name) => `<td>${escapeHtml(name)}</td>`).join('')}${cells.join('')}</tr>`;
	});
	const repeats = runs.length / Math.max(1, points.length);
	const interval =
		repeats > 1
			? `Mean of ${formatNumber(repeats)} seeds ± half the width of its 95 % interval (Student’s t), also drawn as whiskers. `
			: '';
	const table = `<table class="sortable"><thead><tr>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
	return `${scrollHtml('Points', table)}
<p class="note">${interval}Press a heading to order by it. Drag in a figure to zoom, double-click to go back.</p>`;
}
