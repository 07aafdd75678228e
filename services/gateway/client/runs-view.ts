import { html, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { RunListing } from './api-types.ts';
import { hashOf } from './routes.ts';
import { statusBadge } from './run-bar.ts';
import type { Surroundings, View } from './view.ts';
import { span } from './words.ts';

/** The list is asked for again so often. */
const EVERY_MS = 3_000;
const ROWS_FIRST = 50;

/** All runs: those that go on and those that have ended. */
export class RunsView implements View {
	readonly title = 'Runs';
	private readonly around: Surroundings;
	private readonly timer: ReturnType<typeof setInterval>;
	private runs: readonly RunListing[] | null = null;
	private problem = '';
	private filter = '';
	private showsAll = false;
	private chosen: readonly string[] = [];

	constructor(around: Surroundings) {
		this.around = around;
		void this.load();
		this.timer = setInterval(() => {
			if (!document.hidden) void this.load();
		}, EVERY_MS);
	}

	template(): TemplateResult {
		const { runs, chosen } = this;
		const compare = hashOf({ view: 'compare', ids: chosen });
		return html`<div class="section-head">
				<h1>Runs</h1>
				<div class="buttons">
					<input type="search" id="filter" placeholder="Filter" aria-label="Filter runs" .value=${this.filter} @input=${(
						event: Event,
					) => {
						this.filter = (event.target as HTMLInputElement).value;
						this.around.redraw();
					}} />
					${
						chosen.length < 2
							? html`<button type="button" disabled>Compare (choose two)</button>`
							: html`<a class="button main" href=${compare}>Compare ${chosen.length}</a>`
					}
					<a class="button" href=${hashOf({ view: 'new', from: null })}>New run</a>
				</div>
			</div>
			${this.problem === '' ? '' : html`<p class="banner" role="alert">${this.problem}</p>`}
			${runs === null ? html`<p class="empty">${this.problem === '' ? 'Asking for the runs …' : ''}</p>` : this.list(runs)}`;
	}

	close(): void {
		clearInterval(this.timer);
	}

	private list(runs: readonly RunListing[]): TemplateResult {
		const words = this.filter.toLowerCase().split(/\s+/);
		const fits = ({ id, name, location, status }: RunListing) => {
			const text = `${id} ${name} ${location ?? ''} ${status}`.toLowerCase();
			return words.every((word) => text.includes(word));
		};
		const found = runs.filter(fits);
		if (found.length === 0)
			return html`<p class="empty">${runs.length === 0 ? 'There is no run yet.' : 'No run has these words.'}</p>`;
		const shown = this.showsAll ? found : found.slice(0, ROWS_FIRST);
		return html`<div class="panel scroll" tabindex="0" role="region" aria-label="Runs"><table class="runs">
				<thead><tr><th scope="col"><span class="hidden">Compare</span></th><th scope="col">run</th><th scope="col">state</th>
					<th scope="col" class="number">simulated</th><th scope="col">started</th><th scope="col"><span class="hidden">What if</span></th></tr></thead>
				<tbody>${repeat(
					shown,
					({ id }) => id,
					(run) => this.row(run),
				)}</tbody>
			</table></div>
			${shown.length === found.length ? '' : html`<button type="button" @click=${() => this.all()}>Show all ${found.length}</button>`}`;
	}

	private row(run: RunListing): TemplateResult {
		const { id, name, location, status, simulatedUs, untilUs, startedAt } = run;
		const beside = [location, name === '' || name === id ? null : id]
			.filter((text) => text)
			.join(' · ');
		return html`<tr>
			<td><input type="checkbox" aria-label="Compare ${id}" .checked=${this.chosen.includes(id)} @change=${() => this.choose(id)} /></td>
			<th scope="row"><a href=${hashOf({ view: 'run', id })}>${name === '' ? id : name}</a><small>${beside}</small></th>
			<td>${statusBadge(status)}</td>
			<td class="number">${simulatedUs === null ? '–' : span(simulatedUs)}${untilUs === null || untilUs === simulatedUs ? '' : html` <small>of ${span(untilUs)}</small>`}</td>
			<td>${startedAt === null ? '–' : startedAt.slice(0, 16).replace('T', ' ')}</td>
			<td><a href=${hashOf({ view: 'new', from: id })} aria-label="What if, from ${id}">what if</a></td>
		</tr>`;
	}

	private choose(id: string): void {
		this.chosen = this.chosen.includes(id)
			? this.chosen.filter((one) => one !== id)
			: [...this.chosen, id];
		this.around.redraw();
	}

	private all(): void {
		this.showsAll = true;
		this.around.redraw();
	}

	private async load(): Promise<void> {
		try {
			this.runs = await this.around.api.get<RunListing[]>('api/runs');
			this.problem = '';
		} catch (error) {
			this.problem = this.around.explain(error);
		}
		this.around.redraw();
	}
}
