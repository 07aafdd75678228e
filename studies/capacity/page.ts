import { formatNumber, withUnit } from '../../results/report/format.ts';
import { escapeHtml, page, partFigureHtml, scrollHtml } from '../../results/report/html.ts';
import { shortKey, valueText } from '../sweep/design.ts';
import type { CapacityFile } from './capacity-file.ts';
import type { Economics } from './economics.ts';
import { frontFigure, latencyFigure } from './figures.ts';
import {
	type Answer,
	bestBy,
	type Front,
	frontsOf,
	GAINS,
	type OperatingPoint,
} from './results.ts';
import { type LatencyName, type Objective, objectivesOf, objectiveText } from './slo.ts';

export interface CapacityPage {
	readonly file: CapacityFile;
	readonly answers: readonly Answer[];
	/** Keys that vary. */
	readonly keys: readonly string[];
	/** One line each on where prices and carbon come from. */
	readonly sources: readonly string[];
	readonly program: string;
}

/** index.html: the best configurations, the fronts, the curves and a table of all; one page that needs no other file. */
export function capacityPage(parts: CapacityPage): string {
	const { file, answers } = parts;
	const objectives = objectivesOf(file.slo);
	const fronts = frontsOf(answers, objectives);
	const hasPoints = ({ points }: Front) => points.length > 0;
	const frontFigures = fronts
		.filter(hasPoints)
		.map((front) => frontFigure(front, answers, objectives));
	const latencies = [...new Map(fronts.map(({ latency }) => [JSON.stringify(latency), latency]))];
	const rateFigures = answers.some(({ best }) => best !== null)
		? latencies.map(([, latency]) => latencyFigure(latency, answers, objectives))
		: [];
	const feasible = answers.filter(({ best }) => best !== null).length;
	const lead = [
		`${answers.length} configurations, ${feasible} feasible`,
		objectives.map(objectiveText).join(', ') || 'no objective but keeping up',
		`to ${formatNumber(100 * file.search.tolerance)} %`,
		`Gridbeat ${parts.program}`,
	];
	return page({
		title: `Capacity: ${file.name}`,
		answer: capacityAnswer(answers),
		head: `<p class="lead">${escapeHtml(lead.join(' · '))}</p>`,
		tiles: tilesHtml(answers),
		body: `<noscript><p class="banner">The figures need JavaScript; the table below does not.</p></noscript>
<section class="panel results"><h2>Configurations at their capacity</h2>
${resultsHtml(parts, objectives)}
</section>
<section><h2>Fronts</h2><div class="figures">
${frontFigures.map(partFigureHtml).join('\n')}
</div></section>
<section><h2>Latency by rate</h2><div class="figures">
${rateFigures.map(partFigureHtml).join('\n')}
</div></section>
${notesHtml(parts)}`,
		figures: [...frontFigures, ...rateFigures],
		timezone: 'UTC',
	});
}

/** Which configuration bears the most, and which the most for a GPU. */
function capacityAnswer(answers: readonly Answer[]): string {
	const able = answers.flatMap(({ label, best, configuration }) =>
		best === null ? [] : [{ label, qps: best.qps, perGpu: best.qps / (configuration?.gpus ?? 1) }],
	);
	if (able.length === 0)
		return `None of ${answers.length} configurations holds the objectives at any rate that was tried.`;
	const most = able.reduce((a, b) => (b.qps > a.qps ? b : a));
	const dense = able.reduce((a, b) => (b.perGpu > a.perGpu ? b : a));
	const second =
		dense.label === most.label
			? 'also the most for each GPU'
			: `the most for each GPU, ${withUnit(dense.perGpu, 'requests/s')}, bears ${dense.label}`;
	return `The most within the objectives, ${withUnit(most.qps, 'requests/s')}, bears ${most.label}, ${second}. ${able.length} of ${answers.length} configurations hold the objectives.`;
}

function tilesHtml(answers: readonly Answer[]): string[] {
	return GAINS.flatMap(({ name, per, unit }) => {
		const best = bestBy(answers, name);
		if (best?.best === null || best === null) return [];
		const value = `${formatNumber(best.best.economics[name])}`;
		return [
			`<div class="tile"><b>${escapeHtml(best.label)}</b><span>best per ${escapeHtml(per)}: ${value} ${escapeHtml(unit)}, at ${formatNumber(best.best.qps)} requests/s</span></div>`,
		];
	});
}

/** The words for latencies where there is little room. */
const SHORT_WORDS: Readonly<Record<LatencyName, string>> = {
	schedulingDelayS: 'delay',
	ttftS: 'TTFT',
	tbtS: 'TBT',
	tpotS: 'TPOT',
	e2eS: 'end to end',
};

interface TableColumn {
	readonly head: string;
	readonly unit: string;
	value(point: OperatingPoint, answer: Answer): number;
}

function columnsOf(objectives: readonly Objective[]): TableColumn[] {
	const economic = (head: string, unit: string, name: keyof Economics): TableColumn => ({
		head,
		unit,
		value: ({ economics }) => economics[name],
	});
	return [
		{ head: 'capacity', unit: 'requests/s', value: ({ qps }) => qps },
		{
			head: 'per GPU',
			unit: 'requests/s',
			value: ({ qps }, { configuration }) => qps / (configuration?.gpus ?? Number.NaN),
		},
		{
			head: 'GPUs',
			unit: '',
			value: (_point, { configuration }) => configuration?.gpus ?? Number.NaN,
		},
		...objectives.map(({ latency, statistic }) => ({
			head: `${SHORT_WORDS[latency]} ${statistic}`,
			unit: 's',
			value: ({ evaluation }: OperatingPoint) =>
				evaluation.latencies[latency][statistic] ?? Number.NaN,
		})),
		economic('power', 'W', 'powerW'),
		economic('per USD/h', 'requests/s', 'qpsPerUsdPerHour'),
		economic('per kW', 'requests/s', 'qpsPerKw'),
		economic('per g CO₂eq', 'requests', 'requestsPerG'),
		economic('10⁶ tokens', 'USD', 'usdPerMillionTokens'),
	];
}

function resultsHtml({ answers, keys }: CapacityPage, objectives: readonly Objective[]): string {
	const columns = columnsOf(objectives);
	const heads = [
		...(keys.length === 0 ? ['configuration'] : keys.map((key) => shortKey(key, keys))).map((key) =>
			headHtml(key, '', false),
		),
		...columns.map(({ head, unit }) => headHtml(head, unit, true)),
		headHtml('limited by', '', false),
	];
	const rows = answers.map((answer) => {
		const { best, point, label, limitedBy, remark } = answer;
		const names =
			keys.length === 0
				? [label]
				: keys.map((key) => (key in point ? valueText(point[key] ?? null) : '–'));
		const limit = best === null ? 'not feasible' : limitedBy.join(', ');
		const cells = columns.map((column) => {
			const value = best === null ? Number.NaN : column.value(best, answer);
			const data = Number.isFinite(value) ? ` data-value="${value}"` : ' data-value=""';
			return `<td class="number"${data}>${formatNumber(value)}</td>`;
		});
		return `<tr>${names.map((name) => `<td>${escapeHtml(name)}</td>`).join('')}${cells.join('')}<td class="remark">${escapeHtml(limit)}${remark === '' ? '' : `<span class="unit">${escapeHtml(remark)}</span>`}</td></tr>`;
	});
	const table = `<table class="sortable"><thead><tr>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
	return `${scrollHtml('Configurations at their capacity', table)}
<p class="note">Press a heading to order by it.</p>`;
}

function headHtml(head: string, unit: string, isNumber: boolean): string {
	const sub = unit === '' ? '' : ` <span class="unit">${escapeHtml(unit)}</span>`;
	return `<th scope="col"${isNumber ? ' class="number"' : ''}><button type="button">${escapeHtml(head)}${sub}</button></th>`;
}

function notesHtml({ file, sources }: CapacityPage): string {
	const { search } = file;
	const notes = [
		`Capacity: the largest rate tried at which all objectives hold and the replicas keep up, and below which no rate tried fails; known to ${withUnit(100 * search.tolerance, '%')}.`,
		`Keeping up: while measuring, at least ${formatNumber(100 * search.keepUp)} % as many requests are completed as arrive.`,
		`Measured are the requests between the first ${formatNumber(100 * search.warmup)} % and the last ${formatNumber(100 * search.cooldown)} % of each trial, each to its end. Every rate has the same lengths and the same pattern of arrivals, scaled.`,
		'Time between tokens: from each output token of a request to its next, all gaps of all measured requests together.',
		'Power: all GPUs, idle time included, times PUE. Carbon: of operation at the mean intensity, and of making the GPUs, shared out over their life, where accounting.embodied counts it.',
		'Drag in a figure to zoom, double-click to go back.',
		...sources,
	];
	const items = notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('');
	return `<section class="panel results"><h2>How to read this</h2><ul>${items}</ul></section>`;
}
