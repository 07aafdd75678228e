import { html, nothing, type TemplateResult } from 'lit-html';
import type { SiteNow } from './api-types.ts';
import { ChartGrid } from './chart-grid.ts';
import { SITE_CHARTS } from './chart-spec.ts';
import type { TimeAxis } from './charts.ts';
import { commandList } from './command-list.ts';
import { ControlPanel } from './controls.ts';
import { flowOf } from './flow.ts';
import { flowDrawing } from './flow-svg.ts';
import { Replay } from './replay.ts';
import { ReplicaTable } from './replica-table.ts';
import { hashOf } from './routes.ts';
import { type RunDeeds, runBar } from './run-bar.ts';
import { RunWatch, type Span } from './run-watch.ts';
import { SiteMap } from './site-map.ts';
import { tiles } from './tiles.ts';
import type { Surroundings, View } from './view.ts';
import { percent } from './words.ts';

/** What charts can show of a run: its last seconds, or all of it. */
const SPANS: readonly (readonly [label: string, span: Span])[] = [
	['10 min', 600],
	['1 h', 3_600],
	['6 h', 21_600],
	['1 d', 86_400],
	['All', 'all'],
];

/** A run: while it goes on as it goes, afterwards as its folder has it. */
export class RunView implements View {
	private readonly around: Surroundings;
	private readonly watch: RunWatch;
	private readonly charts: ChartGrid;
	private readonly table: ReplicaTable;
	private readonly controls: ControlPanel;
	private readonly replay: Replay;
	private readonly map = new SiteMap();
	private chosen = '';

	constructor(id: string, around: Surroundings) {
		this.around = around;
		this.watch = new RunWatch(around.api, id, around.redraw);
		this.charts = new ChartGrid(SITE_CHARTS, 'chart', (shown) => this.show(shown ?? 'all'));
		this.table = new ReplicaTable(around.redraw);
		this.controls = new ControlPanel(this.watch, around);
		this.replay = new Replay(this.watch, around.redraw);
		void this.watch.open();
	}

	get title(): string {
		return this.watch.info?.name ?? this.watch.id;
	}

	template(): TemplateResult {
		const { watch, site } = this;
		if (watch.info === null)
			return html`<p class=${watch.problem === null ? 'empty' : 'banner'} role="status">${watch.problem ?? 'Connecting …'}</p>`;
		const now = this.siteNow;
		const snapshot = watch.now?.snapshot ?? null;
		return html`${runBar(watch, this.deeds)}
			${this.isPast ? this.replay.template() : nothing}
			${tiles(now, this.isPast && this.replay.atS > 0 ? null : snapshot)}
			${this.siteTabs()}
			<div class="split">
				<section class="panel" aria-labelledby="flow-title"><h2 id="flow-title">Energy flow</h2>${this.flow(now)}</section>
				${this.mapPanel()}
			</div>
			<section aria-labelledby="charts-title">
				<div class="section-head"><h2 id="charts-title">Over time</h2>${this.spans()}</div>
				${this.charts.template(watch.seriesOf(site))}
			</section>
			<div class="split">
				<div class="stack">
					<section class="panel" aria-labelledby="replicas-title"><h2 id="replicas-title">Replicas</h2>
						${this.table.template(snapshot?.replicas ?? [], watch.sites.length > 1)}</section>
					${this.isPast ? nothing : this.log()}
				</div>
				${this.isPast ? this.log() : this.controlPanel(site)}
			</div>`;
	}

	drawn(): void {
		this.charts.update(this.watch.seriesOf(this.site), this.watch.shown, this.axis);
	}

	restyled(): void {
		this.charts.restyle();
	}

	key(key: string): boolean {
		if (this.isPast) {
			if (key === ' ') this.replay.toggle();
			return key === ' ';
		}
		const deed = {
			' ': this.isPaused ? this.deeds.resume : this.deeds.pause,
			'.': this.deeds.step,
		}[key];
		deed?.();
		return deed !== undefined;
	}

	close(): void {
		this.watch.close();
		this.replay.stop();
		this.charts.close();
	}

	private get site(): string {
		const { sites } = this.watch;
		return sites.includes(this.chosen) ? this.chosen : (sites[0] ?? '');
	}

	private get isPast(): boolean {
		return this.watch.info?.isLive === false;
	}

	private get isPaused(): boolean {
		return this.watch.now?.state?.phase === 'paused';
	}

	private get siteNow(): SiteNow | null {
		if (this.isPast && this.replay.atS > 0)
			return this.replay.siteAt(this.site) ?? this.watch.siteNow(this.site);
		return this.watch.siteNow(this.site);
	}

	private get axis(): TimeAxis {
		const { info } = this.watch;
		const start = Date.parse(info?.simStart ?? '');
		return { startEpochMs: Number.isNaN(start) ? null : start, timezone: info?.timezone ?? 'UTC' };
	}

	private flow(now: SiteNow | null): TemplateResult {
		if (now === null) return html`<p class="empty">No step has been simulated yet.</p>`;
		const isNarrow = innerWidth < 600;
		return flowDrawing(flowOf(now, { percent }), { isNarrow, site: now.name });
	}

	private siteTabs(): TemplateResult | typeof nothing {
		const { sites } = this.watch;
		if (sites.length < 2) return nothing;
		return html`<div class="tabs" role="group" aria-label="Site">${sites.map(
			(name) =>
				html`<button type="button" aria-pressed=${name === this.site} @click=${() => this.choose(name)}>${name}</button>`,
		)}</div>`;
	}

	private mapPanel(): TemplateResult | typeof nothing {
		const { about } = this.watch;
		if (!about.some(({ latitude }) => latitude !== null)) return nothing;
		const now = (name: string) => this.watch.siteNow(name);
		const choose = (name: string) => this.choose(name);
		return html`<section class="panel" aria-labelledby="map-title"><h2 id="map-title">Sites</h2>
			${this.map.template(about, { now, chosen: this.site, choose, isNarrow: innerWidth < 600 })}</section>`;
	}

	private spans(): TemplateResult {
		const { span } = this.watch;
		return html`<div class="spans" role="group" aria-label="Span of the charts">${SPANS.map(
			([label, one]) =>
				html`<button type="button" aria-pressed=${span === one} @click=${() => this.show(one)}>${label}</button>`,
		)}${typeof span === 'object' ? html`<button type="button" aria-pressed="true" @click=${() => this.show('all')}>chosen span ×</button>` : nothing}</div>`;
	}

	private controlPanel(site: string): TemplateResult {
		return html`<section class="panel" aria-labelledby="controls-title">
			<div class="section-head"><h2 id="controls-title">Controls</h2>
				<a class="button" href=${hashOf({ view: 'new', from: this.watch.id })}>What if …</a></div>
			${this.controls.template(site)}</section>`;
	}

	private log(): TemplateResult {
		const { commands, notices } = this.watch;
		return html`<section class="panel" aria-labelledby="log-title"><h2 id="log-title">Commands</h2>${commandList(commands)}
			${
				notices.length === 0
					? nothing
					: html`<h3>Notices</h3><ul class="log">${notices.slice(-5).map((text) => html`<li>${text}</li>`)}</ul>`
			}</section>`;
	}

	private choose(name: string): void {
		this.chosen = name;
		this.around.redraw();
	}

	private show(span: Span): void {
		this.watch.show(span).catch((error: unknown) => this.around.say(this.around.explain(error)));
	}

	private readonly deeds: RunDeeds = {
		pause: () => this.act('POST', 'pause', 'The run pauses after its window.'),
		resume: () => this.act('POST', 'resume', 'The run goes on.'),
		step: () => this.act('POST', 'step', 'One step, then a pause.', { count: 1 }),
		stop: () => this.act('POST', 'stop', 'The run ends after its window.'),
		setSpeed: (factor) => this.act('PUT', 'speed', 'The speed is set.', { factor }),
	};

	private act(method: 'POST' | 'PUT', what: string, done: string, body: unknown = {}): void {
		const { api, say, explain } = this.around;
		api.send(method, `${this.watch.path}/${what}`, body).then(
			() => say(done),
			(error: unknown) => say(explain(error)),
		);
	}
}
