import { html, type TemplateResult } from 'lit-html';
import { figure } from './words.ts';

/** What the gateway answers to `/api/compare`: as `gridbeat compare --json`. */
export interface Comparison {
	readonly cases: readonly { readonly label: string }[];
	/** Values of each case by the dotted path of a key. */
	readonly differingKeys: Readonly<Record<string, readonly (string | null)[]>>;
	readonly figures: readonly {
		readonly name: string;
		readonly unit: string;
		readonly cases: readonly {
			readonly mean: number | null;
			readonly difference: number | null;
			readonly percent: number | null;
		}[];
	}[];
}

/** The keys in which runs differ, and their figures beside each other. */
export function comparisonTables({ cases, differingKeys, figures }: Comparison): TemplateResult {
	const keys = Object.entries(differingKeys);
	const [first, ...others] = cases;
	return html`${
		keys.length === 0
			? ''
			: html`<section class="panel" aria-labelledby="keys-title"><h2 id="keys-title">Keys that differ</h2>
			<div class="scroll" tabindex="0" role="region" aria-label="Keys that differ"><table>
				<thead><tr><th scope="col">key</th>${cases.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
				<tbody>${keys.map(([key, values]) => html`<tr><th scope="row">${key}</th>${values.map((value) => html`<td>${value ?? '–'}</td>`)}</tr>`)}</tbody>
			</table></div></section>`
	}
	<section class="panel" aria-labelledby="figures-title"><h2 id="figures-title">Figures</h2>
		<div class="scroll" tabindex="0" role="region" aria-label="Figures"><table>
			<thead><tr><th scope="col">figure</th><th scope="col" class="number">${first?.label ?? ''}</th>
				${others.map(({ label }) => html`<th scope="col" class="number">${label}</th><th scope="col" class="number">difference</th>`)}</tr></thead>
			<tbody>${figures.map(row)}</tbody>
		</table></div></section>`;
}

function row({ name, unit, cases }: Comparison['figures'][number]): TemplateResult {
	const [first, ...others] = cases;
	return html`<tr><th scope="row">${name}${unit === '1' || unit === '' ? '' : html` <small>${unit}</small>`}</th>
		<td class="number">${figure(first?.mean, 4)}</td>
		${others.map(({ mean, difference, percent }) => html`<td class="number">${figure(mean, 4)}</td><td class="number">${differenceText(difference, percent)}</td>`)}</tr>`;
}

function differenceText(difference: number | null, percent: number | null): string {
	if (difference === 0) return 'the same';
	if (difference === null) return '–';
	const sign = (value: number) => `${value > 0 ? '+' : ''}${figure(value)}`;
	return percent === null ? sign(difference) : `${sign(difference)} (${sign(percent)} %)`;
}
