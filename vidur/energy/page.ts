import { type Region, regions } from '../../results/accounting/regions.ts';
import type { Figure } from '../../results/report/figure.ts';
import { formatGrams, formatNumber, withUnit } from '../../results/report/format.ts';
import { escapeHtml, figureHtml, page, scrollHtml, tileHtml } from '../../results/report/html.ts';
import { type EnergyFigures, energyFigures } from './energy.ts';
import type { VidurResults } from './results.ts';

/** Points of a curve; more cannot be distinguished on a page. */
const POINTS = 600;

/** energy_report.html: configuration, energy in both definitions, regions, and what the stages did. */
export function energyPage(results: VidurResults, region: Region): string {
	const ours = energyFigures(results, region, 'gridbeat');
	const theirs = energyFigures(results, region, 'vidur-energy');
	const figures = stageFigures(results);
	return page({
		title: `Energy of ${results.model}`,
		answer: energyAnswer(ours, theirs, region),
		head: `<p class="lead">${escapeHtml(configuration(results, region))}</p>`,
		tiles: [
			tileHtml(withUnit(ours.totalEnergyKwh, 'kWh'), 'energy with PUE'),
			tileHtml(formatGrams(ours.scope2G), 'CO₂eq of use (scope 2)'),
			tileHtml(formatGrams(ours.scope3G), 'CO₂eq of making the GPUs (scope 3)'),
			tileHtml(withUnit(ours.averagePowerW, 'W'), 'mean power of a GPU'),
			tileHtml(withUnit(ours.meanMfuPercent, '%'), 'mean MFU'),
			tileHtml(withUnit(ours.energyUsd, 'USD'), 'cost of energy'),
		],
		body: `<section class="panel results"><h2>Energy, emissions and cost</h2>
${scrollHtml('Energy, emissions and cost', comparison(ours, theirs))}
<p class="note">“Vidur-Energy” follows that tool’s definitions with their errors, to be set beside its figures: power at the largest MFU for all GPU-hours, and the making of a whole GPU charged for every hour.</p></section>
<noscript><p class="banner">The figures need JavaScript; the tables do not.</p></noscript>
<section class="figures whole" aria-label="What the stages did">
${figures.map(figureHtml).join('\n')}
</section>
<section class="panel results"><h2>The same run in other regions</h2>
${scrollHtml('Other regions', regionTable(results))}
<p class="note">Annual average intensity and prices; sources in weather-data/README.md. Emissions of use only.</p></section>`,
		figures,
		timezone: 'UTC',
	});
}

/** What the run drew, emitted and cost, and where Vidur-Energy’s own count would put it. */
function energyAnswer(ours: EnergyFigures, theirs: EnergyFigures, region: Region): string {
	const name = region.region.replaceAll('_', ' ');
	return `In ${name} the run drew ${withUnit(ours.totalEnergyKwh, 'kWh')} with its facility, emitted ${formatGrams(ours.scope2G)} of CO₂eq by that and cost ${withUnit(ours.energyUsd, 'USD')} of energy; by Vidur-Energy’s definitions it would be ${withUnit(theirs.totalEnergyKwh, 'kWh')} and ${formatGrams(theirs.scope2G)}.`;
}

function configuration(results: VidurResults, region: Region): string {
	const { device, replicas, tensorParallel, pipelineStages, gpus, runtimeS } = results;
	return [
		`${gpus} x ${device.name} (${replicas} replicas, TP ${tensorParallel}, PP ${pipelineStages})`,
		`${formatNumber(runtimeS)} s`,
		`${region.region}: PUE ${region.pue}, ${region.averageGPerKwh} g/kWh, ${region.priceUsdPerKwh} USD/kWh`,
	].join(' · ');
}

function comparison(ours: EnergyFigures, theirs: EnergyFigures): string {
	const rows: [string, (figures: EnergyFigures) => string][] = [
		['energy of the GPUs', (f) => withUnit(f.gpuEnergyKwh, 'kWh')],
		['energy with PUE', (f) => withUnit(f.totalEnergyKwh, 'kWh')],
		['emissions of use (scope 2)', (f) => formatGrams(f.scope2G)],
		['share of making the GPUs (scope 3)', (f) => formatGrams(f.scope3G)],
		['mean power of a GPU', (f) => withUnit(f.averagePowerW, 'W')],
		['peak power of a GPU', (f) => withUnit(f.peakPowerW, 'W')],
		['mean MFU', (f) => withUnit(f.meanMfuPercent, '%')],
		['cost of energy', (f) => withUnit(f.energyUsd, 'USD')],
		['cost of GPU-hours', (f) => withUnit(f.gpuUsd, 'USD')],
	];
	const body = rows.map(
		([label, read]) =>
			`<tr><th scope="row">${label}</th><td class="number">${read(ours)}</td><td class="number">${read(theirs)}</td></tr>`,
	);
	return `<table><thead><tr><th scope="col">figure</th><th scope="col" class="number">Gridbeat</th><th scope="col" class="number">Vidur-Energy</th></tr></thead><tbody>${body.join('')}</tbody></table>`;
}

function regionTable(results: VidurResults): string {
	const all = regions().map((region) => ({
		name: region.region.replaceAll('_', ' '),
		...energyFigures(results, region, 'gridbeat'),
	}));
	const mostG = Math.max(...all.map(({ scope2G }) => scope2G));
	const mostUsd = Math.max(...all.map(({ energyUsd }) => energyUsd));
	const rows = all.map(
		({ name, scope2G, energyUsd }) =>
			`<tr><th scope="row">${escapeHtml(name)}</th><td class="number">${formatGrams(scope2G)}</td>` +
			`<td class="bar"><span style="width:${(100 * scope2G) / mostG}%"></span></td>` +
			`<td class="number">${withUnit(energyUsd, 'USD')}</td>` +
			`<td class="bar cost"><span style="width:${(100 * energyUsd) / mostUsd}%"></span></td></tr>`,
	);
	return `<table><thead><tr><th scope="col">region</th><th scope="col" colspan="2">emissions</th><th scope="col" colspan="2">cost of energy</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

/** What a time since the start is said in. */
const UNITS = [
	{ name: 'h', seconds: 3600 },
	{ name: 'min', seconds: 60 },
] as const;

/** MFU of each stage over time, as means over equal spans. */
function stageFigures(results: VidurResults): Figure[] {
	const { stages, runtimeS } = results;
	const spanS = runtimeS / POINTS;
	const shown = stages.slice(0, 4);
	const data = shown.map(({ timeS, mfuPercent }) => {
		const sums = new Float64Array(POINTS);
		for (let i = 0; i < timeS.length; i++) {
			let fromS = timeS[i] as number;
			const untilS = Math.min(timeS[i + 1] ?? runtimeS, runtimeS);
			while (fromS < untilS) {
				const bucket = Math.min(POINTS - 1, Math.floor(fromS / spanS));
				const endS = bucket === POINTS - 1 ? untilS : Math.min(untilS, (bucket + 1) * spanS);
				if (endS <= fromS) break;
				sums[bucket] = (sums[bucket] as number) + (mfuPercent[i] as number) * (endS - fromS);
				fromS = endS;
			}
		}
		return Array.from(sums, (value) => Number((value / spanS).toPrecision(5)));
	});
	const colors = ['ttft', 'e2e', 'battery', 'solar'];
	const more = stages.length > shown.length ? ` ${stages.length - shown.length} more stages.` : '';
	const unit = UNITS.find(({ seconds }) => runtimeS >= 2 * seconds) ?? { name: 's', seconds: 1 };
	return [
		{
			id: 'mfu',
			title: 'Model FLOPS utilisation',
			yLabel: 'MFU in %',
			unit: '%',
			x: 'value',
			xAxis: { label: 'time since the start', unit: unit.name, log: false, marks: [] },
			logY: false,
			yRange: null,
			stepped: true,
			curves: shown.map(({ replica, stage }, i) => ({
				label: `replica ${replica}, stage ${stage}`,
				color: colors[i] as string,
			})),
			data: [
				Array.from({ length: POINTS }, (_, i) =>
					Number(((i * spanS) / unit.seconds).toPrecision(6)),
				),
				...data,
			],
			shades: [],
			marks: [],
			note: `Each value is the mean over ${formatNumber(spanS)} s.${more}`,
		},
	];
}
