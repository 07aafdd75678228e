import { html, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { ReplicaNow } from './api-types.ts';
import { count, percent, power } from './words.ts';

/** Rows that are shown before somebody wants all. */
const ROWS_FIRST = 25;

type Column = 'name' | 'waiting' | 'running' | 'kvUsed' | 'powerW' | 'completed';

const COLUMNS: readonly (readonly [Column, string, string])[] = [
	['name', 'replica', 'its name and site'],
	['waiting', 'queue', 'requests that wait'],
	['running', 'batch', 'requests in its batches'],
	['kvUsed', 'KV use', 'share of its KV cache that is taken'],
	['powerW', 'power', 'that its GPUs and their servers take'],
	['completed', 'completed', 'requests since the start of the run'],
];

/** The replicas of a run, in an order that the reader chooses. */
export class ReplicaTable {
	private by: Column = 'name';
	private isDescending = false;
	private showsAll = false;
	private readonly redraw: () => void;

	constructor(redraw: () => void) {
		this.redraw = redraw;
	}

	template(replicas: readonly ReplicaNow[], hasSites: boolean): TemplateResult {
		if (replicas.length === 0) return html`<p class="empty">No replica has reported yet.</p>`;
		const inOrder = [...replicas].sort((a, b) => this.order(a, b));
		const shown = this.showsAll ? inOrder : inOrder.slice(0, ROWS_FIRST);
		return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of replicas">
			<table>
				<thead><tr>${COLUMNS.map((column) => this.head(column))}</tr></thead>
				<tbody>${repeat(
					shown,
					({ name, site }) => `${site}/${name}`,
					(replica) => row(replica, hasSites),
				)}</tbody>
			</table></div>
			${
				replicas.length <= ROWS_FIRST
					? ''
					: html`<button type="button" @click=${() => this.toggleAll()}>${this.showsAll ? `Show ${ROWS_FIRST}` : `Show all ${replicas.length}`}</button>`
			}`;
	}

	private head([column, label, meaning]: (typeof COLUMNS)[number]): TemplateResult {
		const isSorted = this.by === column;
		const order = isSorted ? (this.isDescending ? 'descending' : 'ascending') : 'none';
		const mark = isSorted ? (this.isDescending ? '▾' : '▴') : '';
		return html`<th scope="col" class=${column === 'name' ? '' : 'number'} aria-sort=${order}>
			<button type="button" class="plain" title=${meaning} @click=${() => this.sort(column)}>${label} ${mark}</button>
		</th>`;
	}

	private sort(column: Column): void {
		this.isDescending = this.by === column ? !this.isDescending : column !== 'name';
		this.by = column;
		this.redraw();
	}

	private toggleAll(): void {
		this.showsAll = !this.showsAll;
		this.redraw();
	}

	private order(a: ReplicaNow, b: ReplicaNow): number {
		const sign = this.isDescending ? -1 : 1;
		const byName = `${a.site}/${a.name}`.localeCompare(`${b.site}/${b.name}`, 'en', {
			numeric: true,
		});
		if (this.by === 'name') return sign * byName;
		return sign * (Math.abs(a[this.by] ?? 0) - Math.abs(b[this.by] ?? 0)) || byName;
	}
}

function row(replica: ReplicaNow, hasSites: boolean): TemplateResult {
	const { name, site, model, waiting, running, kvUsed, powerW, completed } = replica;
	const beside = [...(hasSites ? [site] : []), ...(model ? [model.replace(/^.*\//, '')] : [])].join(
		', ',
	);
	return html`<tr>
		<th scope="row">${name}${beside === '' ? '' : html`<small>${beside}</small>`}</th>
		<td class="number">${count(waiting)}</td>
		<td class="number">${count(running)}</td>
		<td class="number"><meter min="0" max="1" .value=${kvUsed ?? 0} aria-label="KV use of ${name}"></meter> ${percent(kvUsed)}</td>
		<td class="number">${power(powerW === null ? null : -powerW)}</td>
		<td class="number">${count(completed)}</td>
	</tr>`;
}
