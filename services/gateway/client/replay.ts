import { html, type TemplateResult } from 'lit-html';
import type { SiteNow } from './api-types.ts';
import { siteOfRow } from './rows.ts';
import type { RunWatch } from './run-watch.ts';
import type { Row, Series } from './series-store.ts';
import { Calendar, span } from './words.ts';

/** A replay shows a run in so many seconds, in so many pieces that are asked for. */
const SECONDS = 40;
const PIECES = 16;
const TICK_MS = 100;

/** A run that has ended, shown again from its folder: at a moment that the reader chooses, or one after the other. */
export class Replay {
	/** Seconds since the start of the run. */
	atS = 0;
	private readonly watch: RunWatch;
	private readonly redraw: () => void;
	private timer: ReturnType<typeof setInterval> | null = null;
	private piece: {
		readonly site: string;
		readonly from: number;
		readonly to: number;
		readonly rows: Series;
	} | null = null;
	private asking = '';

	constructor(watch: RunWatch, redraw: () => void) {
		this.watch = watch;
		this.redraw = redraw;
	}

	get isPlaying(): boolean {
		return this.timer !== null;
	}

	template(): TemplateResult {
		const endS = this.endS;
		return html`<div class="replay" role="group" aria-label="Replay">
			<button type="button" class="main" @click=${() => this.toggle()}>${this.isPlaying ? '❚❚ Pause' : '▶ Replay'}</button>
			<input type="range" min="0" max=${endS} step="1" .value=${String(Math.min(this.atS, endS))} aria-label="Moment of the replay" aria-valuetext=${this.moment()}
				@input=${(event: Event) => this.moveTo(Number((event.target as HTMLInputElement).value))} />
			<span class="clock">${this.moment()}</span>
		</div>`;
	}

	toggle(): void {
		if (this.timer !== null) {
			this.stop();
			return;
		}
		if (this.atS >= this.endS) this.atS = 0;
		this.timer = setInterval(() => {
			this.moveTo(this.atS + (this.endS / SECONDS) * (TICK_MS / 1000));
			if (this.atS >= this.endS) this.stop();
		}, TICK_MS);
		this.redraw();
	}

	stop(): void {
		if (this.timer !== null) clearInterval(this.timer);
		this.timer = null;
		this.redraw();
	}

	moveTo(atS: number): void {
		this.atS = Math.max(0, Math.min(atS, this.endS));
		this.redraw();
	}

	/** The site at the moment; null until its rows are here. */
	siteAt(site: string): SiteNow | null {
		const { piece, atS } = this;
		if (piece === null || piece.site !== site || atS < piece.from || atS > piece.to) this.ask(site);
		if (this.piece?.site !== site) return null;
		const { times, columns } = this.piece.rows;
		const after = times.findIndex((time) => time > atS);
		const i = Math.max(0, (after < 0 ? times.length : after) - 1);
		if (times.length === 0) return null;
		const row: Row = Object.fromEntries(
			[...columns].map(([key, values]) => [key, values[i] ?? null]),
		);
		return siteOfRow(site, row);
	}

	private get endS(): number {
		return Math.max(1, Math.floor(this.watch.simUs / 1e6));
	}

	private moment(): string {
		const start = Date.parse(this.watch.info?.simStart ?? '');
		if (Number.isNaN(start)) return span(this.atS * 1e6);
		return new Calendar(this.watch.info?.timezone ?? 'UTC').moment(start + this.atS * 1000);
	}

	/** Rows around the moment, as fine as the folder has them. */
	private ask(site: string): void {
		const length = this.endS / PIECES;
		const from = Math.max(0, Math.floor(this.atS / length) * length);
		const name = `${site} ${from}`;
		if (this.asking === name) return;
		this.asking = name;
		const to = from + length;
		this.watch
			.steps(site, [from, to])
			.then((rows) => {
				this.piece = { site, from, to, rows };
				this.redraw();
			})
			.catch(() => {})
			.finally(() => {
				if (this.asking === name) this.asking = '';
			});
	}
}
