import type { Summary } from '../../protocol/run-folder/summary.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import { answerOf } from './answer.ts';
import { togetherPercent } from './battery-capacity.ts';
import { emittedKg } from './carbon-figures.ts';
import type { Figure, FigureData } from './figure.ts';
import { drawable } from './figure-values.ts';
import { groupsOf } from './figures-list.ts';
import { formatGrams, formatSpan, withUnit } from './format.ts';
import { escapeHtml, figureHtml, groupHtml, page, scrollHtml, tilesOf } from './html.ts';
import { repeatHtml, sourcesHtml, zoomHtml } from './page-parts.ts';
import { SITE_COLUMNS } from './site-columns.ts';
import type { SiteRun, SitesRun } from './sites.ts';
import { type OverTime, overTime } from './time-levels.ts';
import { toldHtml } from './told-html.ts';

/** Colours of the page's style, one a site; they come again when all were used. */
const COLORS = [
	...['load', 'grid', 'battery', 'carbon'],
	...DECLARED_KINDS.map(({ shown }) => shown.color),
];

/** The report of a run with several sites: the whole first, then each site. */
export function sitesPage(whole: SitesRun, total: Summary): string {
	const { gridbeat } = whole.metadata;
	const figures = sitesFigures(whole.sites);
	const timezone = gridbeat.timezone ?? 'UTC';
	const seed = gridbeat.seed ? `seed ${gridbeat.seed}` : null;
	const lead = [gridbeat.summary, seed, `times of ${timezone}`];
	return page({
		title: `Gridbeat: ${whole.sites.map(({ name }) => name).join(', ')}`,
		answer: [answerOf(total, 'The sites together'), emittersText(whole.sites, total)]
			.filter(Boolean)
			.join(' '),
		head: `<p class="lead">${escapeHtml(lead.filter((part) => part).join(' · '))}</p>
${endedHtml(total)}${mixedHtml(total)}${remarksHtml(whole.sites)}`,
		tiles: tilesOf(total),
		body: `<section class="whole">
${sitesTable(whole.sites)}
</section>
<noscript><p class="banner">The figures need JavaScript; the tables do not.</p></noscript>
${zoomHtml(figures)}
<section class="figures" aria-label="Figures">
${figures.map(figureHtml).join('\n')}
</section>
<section class="panels">
${groupsOf(total).map(groupHtml).join('\n')}
${toldHtml(whole.sites[0]?.run.told ?? [])}
${sourcesHtml(whole.sites.map(({ name, run }) => ({ of: name, sources: run.metadata.gridbeat.sources ?? [] })))}
${repeatHtml(whole.metadata, whole.folder, whole.sites[0]?.run.heardIn ?? null)}
</section>`,
		figures,
		timezone,
	});
}

function endedHtml({ status, ended }: Summary): string {
	if (ended === undefined) return '';
	const why = ended.reason === null ? '' : `: ${escapeHtml(ended.reason)}`;
	return `<p class="banner" role="status"><b>This run is ${status}</b>${why}; simulated up to ${formatSpan(ended.untilS)}.</p>`;
}

function mixedHtml({ emissions }: Summary): string {
	if (emissions?.kind.endsWith('mixed') !== true) return '';
	return `<p class="banner" role="status">The sites’ carbon signals are ${escapeHtml(emissions.kind)}: their sums and comparisons mean little. Give all sites signals of one kind.</p>`;
}

/** What was found odd in the files of a site. */
function remarksHtml(sites: readonly SiteRun[]): string {
	const lines = sites.flatMap(({ name, run }) => run.remarks.map((remark) => `${name}: ${remark}`));
	if (lines.length === 0) return '';
	return `<p class="banner" role="status">${lines.map(escapeHtml).join('<br>')}</p>`;
}

/** Which site emitted the most, where sites may be compared by that. */
function emittersText(sites: readonly SiteRun[], { emissions }: Summary): string {
	if (emissions === null || emissions.kind.endsWith('mixed') || !(emissions.importG > 0)) return '';
	const most = [...sites].sort((a, b) => gramsOf(b) - gramsOf(a))[0];
	if (most === undefined || sites.length < 2) return '';
	const percent = (100 * gramsOf(most)) / emissions.importG;
	return `Of the sites, ${most.name} emitted the most: ${formatGrams(gramsOf(most))}, ${withUnit(percent, '%')} of all.`;
}

function gramsOf({ summary }: SiteRun): number {
	return summary.emissions?.importG ?? 0;
}

function sitesTable(sites: readonly SiteRun[]): string {
	const head = SITE_COLUMNS.map(
		([label]) => `<th scope="col" class="number">${escapeHtml(label)}</th>`,
	);
	const rows = sites.map((site) => {
		const link = `<a href="sites/${escapeHtml(site.name)}/report.html">${escapeHtml(site.name)}</a>`;
		const cells = SITE_COLUMNS.map(
			([, of]) => `<td class="number">${escapeHtml(of(site.summary))}</td>`,
		);
		return `<tr><th scope="row">${link}</th>${cells.join('')}</tr>`;
	});
	const table = `<table><thead><tr><th scope="col">site</th>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
	return `<div class="panel"><h2>Sites</h2>${scrollHtml('Sites', table)}</div>`;
}

/** Where requests went, and what each site took from its grid and emitted with it, over time. */
export function sitesFigures(sites: readonly SiteRun[]): Figure[] {
	const share = sharesOf(sites);
	const figure = (id: string, about: Pick<Figure, 'title' | 'yLabel' | 'unit' | 'note'>) => ({
		...({ id, ...about, x: 'time', logY: false, yRange: null, stepped: true } as const),
		...{ shades: [], marks: [] },
		curves: sites.map(({ name }, i) => ({
			label: name,
			color: COLORS[i % COLORS.length] as string,
		})),
	});
	const steps = sites[0]?.run.steps;
	const series = (of: (site: SiteRun) => Float64Array): OverTime =>
		steps === undefined
			? { data: [[]], stepped: true }
			: overTime({ x: steps.startS, ys: sites.map(of) }, steps);
	return [
		...(share === null
			? []
			: [
					{
						...figure('shares', {
							title: 'Where requests went',
							yLabel: 'Share of the requests that arrived in %',
							unit: '%',
							note: 'By the quarter of an hour of their arrival; requests that completed.',
						}),
						data: share,
					},
				]),
		{
			...figure('site-grid', {
				title: 'Grid power by site',
				yLabel: 'Power in kW',
				unit: 'kW',
				note: 'Export is positive, import negative.',
			}),
			...series(({ run }) => run.steps.gridW.map((value) => value / 1000)),
		},
		{
			...figure('site-load', {
				title: 'Demand by site',
				yLabel: 'Power in kW',
				unit: 'kW',
				note: 'Replicas and other loads.',
			}),
			...series(({ run }) => run.steps.loadW.map((value) => value / 1000)),
		},
		...(sites.some(({ run }) => run.steps.batteries.length > 0)
			? [
					{
						...figure('site-soc', {
							title: 'State of charge by site',
							yLabel: 'State of charge in %',
							unit: '%',
							note: 'All batteries of a site as one, at the start of each step.',
						}),
						yRange: [0, 100] as const,
						...series(({ run: { steps } }) =>
							steps.batteries.length > 0
								? togetherPercent(steps)
								: new Float64Array(steps.count).fill(Number.NaN),
						),
					},
				]
			: []),
		...(sites.every(({ run }) => run.steps.carbon !== null)
			? [
					{
						...figure('site-carbon', {
							title: 'Carbon intensity by site',
							yLabel: 'Carbon intensity in g/kWh',
							unit: 'g/kWh',
							note: 'Of what each grid would deliver.',
						}),
						...series(({ run }) => run.steps.carbon ?? new Float64Array(0)),
					},
					{
						...figure('site-emissions', {
							title: 'Emissions by site, added up',
							yLabel: 'kg CO₂eq, running sum',
							unit: 'kg',
							note: 'Of imports at the time of import and of generators, from the start of the run.',
						}),
						...series(({ run }) => emittedKg(run, run.steps.carbon ?? new Float64Array(0))),
					},
				]
			: []),
	];
}

const SHARE_S = 900;

/** Starts of quarters of an hour, then each site's share of the requests in percent; null without any. */
function sharesOf(sites: readonly SiteRun[]): FigureData | null {
	const steps = sites[0]?.run.steps;
	if (steps === undefined || sites.every(({ run }) => (run.requests?.count ?? 0) === 0))
		return null;
	const spans = Math.max(1, Math.ceil((steps.count * steps.stepS) / SHARE_S));
	const counts = sites.map(({ run }) => {
		const count = new Float64Array(spans);
		for (const arrivedS of run.requests?.arrivedS.subarray(0, run.requests.count) ?? []) {
			const span = Math.min(spans - 1, Math.floor(arrivedS / SHARE_S));
			count[span] = (count[span] as number) + 1;
		}
		return count;
	});
	const startS = steps.startS[0] as number;
	const totals = Array.from({ length: spans }, (_, i) =>
		counts.reduce((sum, count) => sum + (count[i] as number), 0),
	);
	return [
		totals.map((_, i) => startS + i * SHARE_S),
		...counts.map((count) =>
			totals.map((total, i) => drawable((100 * (count[i] as number)) / total)),
		),
	];
}
