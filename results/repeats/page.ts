import type { Figure } from '../report/figure.ts';
import { formatNumber } from '../report/format.ts';
import {
	escapeHtml,
	figureHtml,
	page,
	partFigureHtml,
	scrollHtml,
	tileHtml,
} from '../report/html.ts';
import { zoomHtml } from '../report/page-parts.ts';
import { rangesOfMeans, rangeText, repeatsAnswer } from './answer.ts';
import { type Headline, headlinesOf, readable, readableText, scaleOf } from './headlines.ts';
import type { RepeatedFigure } from './repeated-figures.ts';
import type { RepeatsFile } from './repeats-file.ts';
import { countText, type Repeats, remarksOf } from './show.ts';

/** More repeats than this have no name of their own on an axis. */
const NAMED_MAX = 12;
/** Rows of the table of runs. */
const RUNS_SHOWN = 100;
/** The tiles on top. */
const TILES = [
	'serving.completed',
	'serving.ttftS.p50',
	'serving.ttftS.p99',
	'serving.e2eS.p99',
	'energy.loadKwh',
	'energy.importKwh',
	'energy.renewableShare',
	'energy.initialShare',
	'emissions.importG',
	'emissions.perRequestG',
	'bill.energyUsd',
];

/** report.html of repeated runs: figures with their intervals; one page that needs no other file. */
export function repeatsPage(repeats: Repeats, file: RepeatsFile, bands: readonly Figure[]): string {
	const headlines = headlinesOf(repeats.figures);
	const drawn = headlines.flatMap((headline) =>
		headline.isDrawn && headline.figure.least < headline.figure.most
			? [valuesFigure(headline, repeats)]
			: [],
	);
	const remarks = remarksOf(repeats);
	const lead = [countText(repeats), file.summary, `Gridbeat ${file.program}`];
	return page({
		title: `Gridbeat: ${repeats.title}, ${repeats.runs.length} repeats`,
		answer: repeatsAnswer(repeats),
		head: `<p class="lead">${escapeHtml(lead.join(' · '))}</p>
${remarks.length === 0 ? '' : `<p class="banner" role="status">${remarks.map(escapeHtml).join('<br>')}</p>`}`,
		tiles: tilesHtml(headlines, repeats.figures),
		body: `<noscript><p class="banner">The figures need JavaScript; the tables below do not.</p></noscript>
${zoomHtml(bands)}
<section class="figures" aria-label="Figures over time">
${bands.map(figureHtml).join('\n')}
</section>
${drawn.length === 0 ? '' : `<section><h2>Each repeat, the mean and its interval</h2><div class="small-multiples">\n${drawn.map(partFigureHtml).join('\n')}\n</div></section>`}
<section class="panel results"><h2>Figures</h2>
${figuresHtml(headlines, repeats.figures)}
</section>
<section class="panel results"><h2>Runs</h2>
${runsHtml(repeats)}
</section>
<section class="panel results"><h2>To repeat it</h2><p class="note">The same command gives the same bytes; repeat 1 is the run that it gives without --repeats.</p><pre>${escapeHtml(file.command)}</pre></section>`,
		figures: [...bands, ...drawn],
		timezone: file.timezone,
	});
}

/** Means with their intervals; behind them, in brackets, what those may be by the error of the power curve. */
function tilesHtml(headlines: readonly Headline[], figures: readonly RepeatedFigure[]): string[] {
	const ranges = rangesOfMeans(figures);
	return headlines
		.filter(({ figure }) => TILES.includes(figure.metric))
		.map(({ label, figure, group }) => {
			const of = group === 'Emissions' ? `CO₂eq ${label}` : label;
			return tileHtml(readableText(figure) + rangeText(figure, ranges), of);
		});
}

/** A point for each repeat, a line at their mean and a band for its interval. */
function valuesFigure({ label, group, figure }: Headline, { runs }: Repeats): Figure {
	const { metric } = figure;
	const { factor, name: unit } = scaleOf(figure.unit, figure.mean);
	const [mean, halfWidth, least, most] = [
		figure.mean,
		figure.halfWidth,
		figure.least,
		figure.most,
	].map((value) => value * factor) as [number, number, number, number];
	const [low, high] = [Math.min(least, mean - halfWidth), Math.max(most, mean + halfWidth)];
	const room = 0.12 * (high - low || Math.abs(high) || 1);
	const seeds = runs.map(({ seed }) => seed);
	const isNamed = seeds.length <= NAMED_MAX && seeds.every((seed) => seed.length <= 6);
	return {
		id: `repeats-${metric.replaceAll('.', '-')}`,
		title: group === 'Emissions' ? `CO₂eq ${label}` : label,
		yLabel: unit === '' ? 'count' : unit,
		unit,
		x: 'value',
		xAxis: {
			label: isNamed ? 'seed' : 'repeat',
			unit: '',
			log: false,
			...(isNamed ? { categories: seeds } : {}),
			marks: [],
		},
		bands: [{ from: mean - halfWidth, until: mean + halfWidth, color: 'c1', label: '' }],
		logY: false,
		yRange: [low - room, high + room],
		stepped: false,
		small: true,
		curves: [{ label: 'repeats', color: 'c1', points: 'only' }],
		data: [
			seeds.map((_, i) => (isNamed ? i : i + 1)),
			figure.values.map((value) => (value === null ? null : value * factor)),
		],
		names: [seeds.map((seed) => `seed ${seed}`)],
		shades: [],
		marks: [{ value: mean, label: readableText(figure) }],
		note: '',
	};
}

function figuresHtml(headlines: readonly Headline[], figures: readonly RepeatedFigure[]): string {
	const head = (name: string, isNumber: boolean) =>
		`<th scope="col"${isNumber ? ' class="number"' : ''}>${name}</th>`;
	let group = '';
	const rows = headlines.map(({ group: of, label, figure }) => {
		const { unit, mean, halfWidth, least, most } = readable(figure);
		const cells = [mean, halfWidth === '' ? '' : `± ${halfWidth}`, least, most]
			.map((text) => `<td class="number">${escapeHtml(text)}</td>`)
			.join('');
		const before =
			of === group ? '' : `<tr><th scope="rowgroup" colspan="6">${escapeHtml(of)}</th></tr>`;
		group = of;
		return `${before}<tr><td>${escapeHtml(label)}</td>${cells}<td>${escapeHtml(unit)}</td></tr>`;
	});
	const heads = ['figure', 'mean', '± 95 %', 'least', 'most', 'unit'];
	const table = `<table><thead><tr>${heads.map((name, i) => head(name, i > 0 && i < 5)).join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
	return `${scrollHtml('Figures', table)}
<p class="note">± is half the width of the 95 % confidence interval of the mean (Student’s t over seeds): where the mean of ever more repeats lies. A single run lies between least and most rather. How far off the models themselves may be is no part of it; what a mean may be by the error of its power curve stands in brackets behind the key figures. All ${formatNumber(figures.length)} figures are in summary.csv.</p>`;
}

function runsHtml({ runs, figures }: Repeats): string {
	const shown = headlinesOf(figures).filter(({ figure }) => TILES.includes(figure.metric));
	const heads = shown.map(
		({ label, figure }) =>
			`<th scope="col" class="number"><button type="button">${escapeHtml(label)} <span class="unit">${escapeHtml(figure.unit === '1' ? '' : figure.unit)}</span></button></th>`,
	);
	const rows = runs.slice(0, RUNS_SHOWN).map(({ seed, folder, failure }, i) => {
		const name = `seed ${escapeHtml(seed)}`;
		const link = failure === null ? `<a href="${folder}/report.html">${name}</a>` : name;
		const cells = shown.map(({ figure }) => {
			const value = figure.values[i] ?? null;
			return `<td class="number" data-value="${value ?? ''}">${formatNumber(value ?? Number.NaN)}</td>`;
		});
		return `<tr><td>${link}</td>${cells.join('')}</tr>`;
	});
	const more = runs.length > RUNS_SHOWN ? `${runs.length - RUNS_SHOWN} more in summary.csv. ` : '';
	const table = `<table class="sortable"><thead><tr><th scope="col"><button type="button">run</button></th>${heads.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
	return `${scrollHtml('Runs', table)}
<p class="note">${more}Press a heading to order by it.</p>`;
}
