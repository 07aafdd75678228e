import { type Region, regions } from '../../results/accounting/regions.ts';
import type { Figure } from '../../results/report/figure.ts';
import { formatGrams, formatNumber, withUnit } from '../../results/report/format.ts';
import { escapeHtml } from '../../results/report/html.ts';
import { figureSvg } from '../../results/report/svg.ts';
import { type EnergyFigures, energyFigures } from './energy.ts';
import type { VidurResults } from './results.ts';

/** Points of a curve; more cannot be distinguished on a page. */
const POINTS = 600;

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2128;--soft:#57606a;--line:#d0d7de;--ground:#fff;--bar:#0072b2;--cost:#e69f00}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#3d444d;--ground:#0d1117;--bar:#56b4e9;--cost:#e69f00}}
body{font:15px/1.5 system-ui,sans-serif;margin:0;color:var(--ink);background:var(--ground)}
main{max-width:960px;margin:0 auto;padding:24px 16px}
h1{font-size:1.5rem;margin:0 0 .2em}h2{font-size:1.1rem;margin:2em 0 .4em}
p{color:var(--soft);margin:.3em 0}table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:500}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
th,td{padding:4px 8px;border-bottom:1px solid var(--line)}
.b{width:30%}.b span{display:block;height:.7em;border-radius:2px;background:var(--bar)}.b .c{background:var(--cost)}
figure{margin:1em 0;background:#fff;border:1px solid var(--line);border-radius:6px;padding:6px}svg{width:100%;height:auto;display:block}
.scroll{overflow-x:auto}
`;

/** energy_report.html: configuration, energy in both definitions, regions, and what the stages did. */
export function energyPage(results: VidurResults, region: Region): string {
	const ours = energyFigures(results, region, 'gridbeat');
	const theirs = energyFigures(results, region, 'vidur-energy');
	const title = `Energy of ${results.model}`;
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(configuration(results, region))}</p>
<h2>Energy, emissions and cost</h2>
<div class="scroll">${comparison(ours, theirs)}</div>
<p>“Vidur-Energy” follows that tool’s definitions with their errors, to be set beside its figures: power at the largest MFU for all GPU-hours, and the making of a whole GPU charged for every hour.</p>
<h2>The same run in other regions</h2>
<div class="scroll">${regionTable(results)}</div>
<p>Annual average intensity and prices; sources in weather-data/README.md. Emissions of use only.</p>
<h2>What the stages did</h2>
${stageFigures(results)
	.map((figure) => `<figure>${figureSvg(figure, 'UTC')}</figure>`)
	.join('\n')}
</main>
</body>
</html>
`;
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
			`<tr><th scope="row">${label}</th><td class="n">${read(ours)}</td><td class="n">${read(theirs)}</td></tr>`,
	);
	return `<table><tr><th></th><th scope="col" style="text-align:right">Gridbeat</th><th scope="col" style="text-align:right">Vidur-Energy</th></tr>${body.join('')}</table>`;
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
			`<tr><th scope="row">${escapeHtml(name)}</th><td class="n">${formatGrams(scope2G)}</td>` +
			`<td class="b"><span style="width:${(100 * scope2G) / mostG}%"></span></td>` +
			`<td class="n">${withUnit(energyUsd, 'USD')}</td>` +
			`<td class="b"><span class="c" style="width:${(100 * energyUsd) / mostUsd}%"></span></td></tr>`,
	);
	return `<table><tr><th scope="col">region</th><th scope="col" colspan="2">emissions</th><th scope="col" colspan="2">cost of energy</th></tr>${rows.join('')}</table>`;
}

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
	return [
		{
			id: 'mfu',
			title: 'Model FLOPS utilisation',
			yLabel: `MFU in %, mean over ${formatNumber(spanS)} s.${more} Time since the start.`,
			unit: '%',
			x: 'time',
			logY: false,
			yRange: null,
			stepped: true,
			curves: shown.map(({ replica, stage }, i) => ({
				label: `replica ${replica}, stage ${stage}`,
				color: colors[i] as string,
			})),
			data: [Array.from({ length: POINTS }, (_, i) => i * spanS), ...data],
			shades: [],
			marks: [],
			note: '',
		},
	];
}
