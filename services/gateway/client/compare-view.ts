import { html, nothing, type TemplateResult } from 'lit-html';
import { ChartGrid } from './chart-grid.ts';
import { type Comparison, comparisonTables } from './comparison.ts';
import { flowOf } from './flow.ts';
import { flowDrawing } from './flow-svg.ts';
import { colorOf, overlaid, overlayCharts, RUNS_MAX } from './overlay.ts';
import { hashOf } from './routes.ts';
import { badge } from './run-bar.ts';
import { RunWatch, type Span } from './run-watch.ts';
import type { Surroundings, View } from './view.ts';
import { count, percent, span } from './words.ts';

/** Runs beside each other, as they go or as they went: their flow now, their curves over each other, their figures. */
export class CompareView implements View {
	readonly title = 'Compare';
	private readonly around: Surroundings;
	private readonly watches: readonly RunWatch[];
	private readonly charts: ChartGrid;
	private readonly left: number;
	private site = '';
	private comparison: Comparison | null = null;
	/** States of the runs when figures were asked for. */
	private asked = '';
	private problem = '';

	constructor(ids: readonly string[], around: Surroundings) {
		this.around = around;
		const shown = ids.slice(0, RUNS_MAX);
		this.left = ids.length - shown.length;
		this.watches = shown.map((id) => new RunWatch(around.api, id, () => this.changed()));
		this.charts = new ChartGrid(overlayCharts(shown), 'overlay', (chosen) =>
			this.show(chosen ?? 'all'),
		);
		for (const watch of this.watches) void watch.open();
	}

	template(): TemplateResult {
		if (this.watches.length === 0)
			return html`<h1>Compare</h1><p class="empty">Choose two or more in the <a href=${hashOf({ view: 'runs' })}>list of runs</a>.</p>`;
		return html`<div class="section-head"><h1>Compare</h1>${this.siteTabs()}</div>
			${this.left > 0 ? html`<p class="note">${this.left} more are not shown.</p>` : nothing}
			<div class="beside">${this.watches.map((watch, i) => this.card(watch, i))}</div>
			<section aria-labelledby="overlay-title"><div class="section-head"><h2 id="overlay-title">Over each other, by the time since the start</h2>
				${typeof this.watches[0]?.span === 'object' ? html`<button type="button" @click=${() => this.show('all')}>chosen span ×</button>` : nothing}</div>
				${this.charts.template(this.series)}</section>
			${this.problem === '' ? nothing : html`<p class="banner" role="status">${this.problem}</p>`}
			${this.comparison === null ? nothing : comparisonTables(this.comparison)}`;
	}

	drawn(): void {
		const shown = this.watches[0]?.shown ?? null;
		this.charts.update(this.series, shown, { startEpochMs: null, timezone: 'UTC' });
	}

	restyled(): void {
		this.charts.restyle();
	}

	close(): void {
		for (const watch of this.watches) watch.close();
		this.charts.close();
	}

	private get sites(): readonly string[] {
		return [...new Set(this.watches.flatMap(({ sites }) => sites))];
	}

	/** The site of a run that is shown: the chosen one, or its first. */
	private siteOf({ sites }: RunWatch): string {
		return sites.includes(this.site) ? this.site : (sites[0] ?? '');
	}

	private get series() {
		return overlaid(this.watches.map((watch) => watch.seriesOf(this.siteOf(watch))));
	}

	private siteTabs(): TemplateResult | typeof nothing {
		if (this.watches.every(({ sites }) => sites.length < 2)) return nothing;
		return html`<div class="tabs" role="group" aria-label="Site">${this.sites.map(
			(name) =>
				html`<button type="button" aria-pressed=${name === this.site} @click=${() => {
					this.site = name;
					this.around.redraw();
				}}>${name}</button>`,
		)}</div>`;
	}

	private card(watch: RunWatch, place: number): TemplateResult {
		const now = watch.siteNow(this.siteOf(watch));
		const replicas = watch.now?.snapshot?.replicas ?? [];
		const sum = (key: 'running' | 'waiting' | 'completed') =>
			replicas.reduce((all, replica) => all + (replica[key] ?? 0), 0);
		return html`<section class="panel case ${colorOf(place)}" aria-label=${watch.id}>
			<div class="section-head"><h2><a href=${hashOf({ view: 'run', id: watch.id })}>${watch.id}</a></h2>${badge(watch)}</div>
			<p class="soft">${span(watch.simUs)} simulated, ${count(sum('completed'))} requests completed, ${count(sum('running'))} running, ${count(sum('waiting'))} waiting</p>
			${watch.problem === null ? nothing : html`<p class="banner" role="alert">${watch.problem}</p>`}
			${now === null ? html`<p class="empty">No step yet.</p>` : flowDrawing(flowOf(now, { percent }), { isNarrow: innerWidth < 1100, site: now.name })}
		</section>`;
	}

	private show(chosen: Span): void {
		for (const watch of this.watches)
			watch.show(chosen).catch((error: unknown) => this.around.say(this.around.explain(error)));
	}

	private changed(): void {
		this.around.redraw();
		const states = this.watches.map(({ connection, problem }) => `${connection} ${problem ?? ''}`);
		const isOver = this.watches.every(
			({ connection, problem }) => connection === 'ended' && problem === null,
		);
		if (!isOver || this.watches.length < 2 || this.asked === states.join()) return;
		this.asked = states.join();
		const ids = this.watches.map(({ id }) => encodeURIComponent(id)).join(',');
		this.around.api.get<Comparison>(`api/compare?runs=${ids}`).then(
			(comparison) => {
				this.comparison = comparison;
				this.around.redraw();
			},
			(error: unknown) => {
				this.problem = this.around.explain(error);
				this.around.redraw();
			},
		);
	}
}
