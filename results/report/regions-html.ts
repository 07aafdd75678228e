import type { Summary } from '../../protocol/run-folder/summary.ts';
import { regions } from '../accounting/regions.ts';
import { formatGrams, formatNumber } from './format.ts';
import { escapeHtml, scrollHtml } from './html.ts';

/**
 * What the imports of the run would emit and cost in other regions, at their annual averages; empty where nothing
 * was imported. Only the signals change: sun, weather and dispatch stay those of the run.
 */
export function regionsHtml({ energy, emissions, bill }: Summary): string {
	const { importKwh } = energy;
	if (!(importKwh > 0)) return '';
	// The regions' are average intensities; a run's marginal one answers another question.
	const isAlike = emissions !== null && emissions.kind === 'average';
	const here = {
		name: 'this run',
		gPerKwh: isAlike ? emissions.importG / importKwh : Number.NaN,
		usdPerKwh: bill.energyUsd / importKwh,
	};
	const others = regions().map(({ region, averageGPerKwh, priceUsdPerKwh }) => ({
		name: region.replaceAll('_', ' '),
		gPerKwh: averageGPerKwh,
		usdPerKwh: priceUsdPerKwh,
	}));
	const rows = [here, ...others].map(({ name, gPerKwh, usdPerKwh }, i) => {
		const cells = [
			{ value: gPerKwh, text: formatNumber(gPerKwh) },
			{
				value: gPerKwh * importKwh,
				text: Number.isNaN(gPerKwh) ? '–' : formatGrams(gPerKwh * importKwh),
			},
			{ value: usdPerKwh, text: formatNumber(usdPerKwh) },
			{ value: usdPerKwh * importKwh, text: formatNumber(usdPerKwh * importKwh) },
		];
		const numbers = cells.map(
			({ value, text }) =>
				`<td class="number" data-value="${Number.isNaN(value) ? '' : value}">${text}</td>`,
		);
		const words = i === 0 ? `<b>${name}</b>` : `<span class="region">${name}</span>`;
		return `<tr><th scope="row">${words}</th>${numbers.join('')}</tr>`;
	});
	const heads = [
		['region', ''],
		['intensity', 'g/kWh'],
		['emissions', ''],
		['price', 'USD/kWh'],
		['cost', 'USD'],
	].map(
		([name, unit], i) =>
			`<th scope="col"${i === 0 ? '' : ' class="number"'}><button type="button">${name}${unit === '' ? '' : ` <span class="unit">${unit}</span>`}</button></th>`,
	);
	const table = `<table class="sortable"><thead><tr>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
	return `<div class="panel"><h2>The same imports in other regions</h2>${scrollHtml('Other regions', table)}<p class="note">${formatNumber(importKwh)} kWh at the annual average intensity and price of each region (weather-data/regions.json: carbon of US states from EPA eGRID 2021, elsewhere IEA 2022; prices from EIA 2023, Eurostat 2023 and local suppliers); this run at its own, step by step${emissions === null || isAlike ? '' : `, without its intensity, which is ${escapeHtml(emissions.kind)} and no average`}. Sun, weather, PUE and dispatch stay those of the run.</p></div>`;
}
