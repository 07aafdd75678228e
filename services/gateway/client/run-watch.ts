import { type Api, ApiError } from './api.ts';
import type {
	History,
	LatencyHistory,
	LoggedCommand,
	RunListing,
	SiteAbout,
	SiteNow,
	StateOfRun,
} from './api-types.ts';
import type { Shown } from './charts.ts';
import type { StreamEvent } from './event-stream.ts';
import { columnsOf, latencyColumns, REQUEST_COLUMNS, requestColumns, rowOf } from './rows.ts';
import { type Series, SeriesStore, unionOf } from './series-store.ts';

/** Rows that the charts of a site keep, and that are asked for at once. */
const ROWS_MAX = 2_400;
const ROWS_ASKED = 600;
/** Stretches of requests that are asked for at once. */
const STRETCHES = 150;
/** Since a run folder is some steps behind, its rows are asked for again so long after a page begins to follow. */
const CATCH_UP_MS: readonly number[] = [3_000, 20_000];
const NOTICES_MAX = 50;
const COMMANDS_MAX = 200;
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000] as const;

/** How the page hears of a run. */
export type Connection = 'connecting' | 'live' | 'lost' | 'ended';

/** What the reader wants to see: all, the last seconds, or a span of seconds since the start. */
export type Span = 'all' | number | readonly [number, number];

/** Which part of a table; what it has beside the span and the rows is a word of the query. */
interface PartOf {
	readonly span: readonly [number, number];
	readonly points: number;
	readonly table?: string;
	readonly sum?: string;
	readonly columns?: string;
}

/** A run that a page follows: what it is now, and the rows of its charts. It keeps no more however long that goes on. */
export class RunWatch {
	readonly id: string;
	info: RunListing | null = null;
	now: StateOfRun | null = null;
	about: readonly SiteAbout[] = [];
	connection: Connection = 'connecting';
	/** Why it is not shown; null: it is. */
	problem: string | null = null;
	notices: readonly string[] = [];
	commands: readonly LoggedCommand[] = [];
	span: Span = 'all';
	private readonly api: Api;
	private readonly changed: () => void;
	private readonly leaving = new AbortController();
	private stores = new Map<string, SeriesStore>();

	/** @param changed is called when there is something new to draw, as often as there is */
	constructor(api: Api, id: string, changed: () => void) {
		this.api = api;
		this.id = id;
		this.changed = changed;
	}

	get path(): string {
		return `api/runs/${encodeURIComponent(this.id)}`;
	}

	get sites(): readonly string[] {
		const known = this.about.length > 0 ? this.about : (this.now?.snapshot?.sites ?? []);
		return known.map(({ name }) => name);
	}

	/** Up to where it is simulated, in microseconds since its start. */
	get simUs(): number {
		return this.now?.state?.completedUs ?? this.info?.simulatedUs ?? 0;
	}

	/** Follows the run until it ends or `close`. */
	async open(): Promise<void> {
		for (let tries = 0; !this.leaving.signal.aborted; tries++) {
			try {
				await this.load();
				if (this.info?.isLive !== true) return this.become('ended');
				await this.stream(() => {
					tries = 0;
				});
			} catch (error) {
				if (this.leaving.signal.aborted) return;
				if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
					this.problem = error.message;
					return this.become('ended');
				}
				this.become('lost');
			}
			await this.pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 0);
		}
	}

	close(): void {
		this.leaving.abort();
	}

	/** The rows of a site's charts. */
	seriesOf(site: string): Series {
		return this.storeOf(site).series;
	}

	siteNow(site: string): SiteNow | null {
		return this.now?.snapshot?.sites.find(({ name }) => name === site) ?? null;
	}

	/** What charts show: null is all that there is. */
	get shown(): Shown {
		return typeof this.span === 'object' ? this.span : null;
	}

	/** Shows another span, as finely as the folder of the run has it. */
	async show(span: Span): Promise<void> {
		this.span = span;
		this.changed();
		await this.loadHistories(true);
		this.changed();
	}

	/** The steps of a span, in seconds since the start of the run. */
	async steps(site: string, span: readonly [number, number], points = ROWS_MAX): Promise<Series> {
		const history = await this.part<History>('history', site, { span, points });
		if (history === null) return { times: [], columns: new Map() };
		const actors = this.about.find(({ name }) => name === site)?.actors ?? [];
		return { times: secondsOf(history), columns: columnsOf(history, actors) };
	}

	/** The same, and how long requests took. */
	private async rows(site: string, span: readonly [number, number]): Promise<Series> {
		const steps = await this.steps(site, span, ROWS_ASKED);
		const latency = await this.part<LatencyHistory>('latency', site, { span, points: STRETCHES });
		const others =
			latency === null ? [] : [{ times: secondsOf(latency), columns: latencyColumns(latency) }];
		return unionOf([steps, ...(await this.requests(site, span)), ...others]);
	}

	/** How many requests its replicas had; empty where they have recorded nothing. */
	private async requests(site: string, span: readonly [number, number]): Promise<Series[]> {
		const sums = { table: 'usage', sum: 'true', columns: REQUEST_COLUMNS.join(',') };
		const usage = await this.part<History>('history', site, { span, points: ROWS_ASKED, ...sums });
		return usage === null ? [] : [{ times: secondsOf(usage), columns: requestColumns(usage) }];
	}

	private async load(): Promise<void> {
		const { signal } = this.leaving;
		this.info = await this.api.get<RunListing>(this.path, signal);
		await this.askSites();
		this.commands = await this.api.get<LoggedCommand[]>(`${this.path}/commands`, signal);
		this.takeState(await this.api.get<StateOfRun>(`${this.path}/state`, signal));
		await this.loadHistories(false);
		this.changed();
	}

	/** A run that has only begun says its sites a little later. */
	private async askSites(): Promise<void> {
		this.about = await this.api.get<SiteAbout[]>(`${this.path}/sites`, this.leaving.signal);
	}

	/** @param anew whether what was kept is of another span */
	private async loadHistories(anew: boolean): Promise<void> {
		const { span } = this;
		const endS = this.simUs / 1e6;
		const [from, to] =
			typeof span === 'object'
				? span
				: span === 'all'
					? [0, endS]
					: [Math.max(0, endS - span), endS];
		const stores = new Map<string, SeriesStore>();
		for (const site of this.sites) {
			const series = await this.rows(site, [from, to]);
			const store = anew ? this.newStore() : this.storeOf(site);
			store.fill(series);
			stores.set(site, store);
		}
		// Somebody chose another one meanwhile.
		if (this.span === span) this.stores = stores;
	}

	/** @returns null where there is nothing yet, or the run records none */
	private async part<T>(
		what: 'history' | 'latency',
		site: string,
		{ span: [from, to], points, ...more }: PartOf,
	): Promise<T | null> {
		const us = (seconds: number) => String(Math.max(0, Math.round(seconds * 1e6)));
		const parts = { site, from: us(from), to: us(to), points: String(points), ...more };
		const query = new URLSearchParams(parts);
		try {
			return await this.api.get<T>(`${this.path}/${what}?${query}`, this.leaving.signal);
		} catch (error) {
			if (error instanceof ApiError && error.status === 400) return null;
			throw error;
		}
	}

	private storeOf(site: string): SeriesStore {
		const store = this.stores.get(site) ?? this.newStore();
		this.stores.set(site, store);
		return store;
	}

	private newStore(): SeriesStore {
		return new SeriesStore(ROWS_MAX, typeof this.span === 'number' ? this.span : null);
	}

	private async stream(heard: () => void): Promise<void> {
		const take = (event: StreamEvent) => {
			heard();
			this.connection = 'live';
			this.take(event);
		};
		const timers = CATCH_UP_MS.map((ms) => setTimeout(() => this.catchUp(), ms));
		try {
			await this.api.follow(`${this.path}/events`, take, this.leaving.signal);
		} finally {
			for (const timer of timers) clearTimeout(timer);
		}
		if (this.connection === 'live') this.become('lost');
	}

	private catchUp(): void {
		this.loadHistories(false).then(this.changed, () => {});
	}

	private take({ event, data }: StreamEvent): void {
		const said: unknown = JSON.parse(data);
		if (event === 'state') this.takeState(said as StateOfRun);
		else if (event === 'notice') this.note((said as { text: string }).text);
		else if (event === 'command') void this.takeCommands().catch(() => {});
		else if (event === 'end') this.connection = 'connecting';
		this.changed();
	}

	private takeState(now: StateOfRun): void {
		this.now = now;
		this.info = now.run;
		const { snapshot } = now;
		if (snapshot !== null && this.about.length === 0) void this.askSites().catch(() => {});
		if (snapshot === null || typeof this.span === 'object') return;
		for (const site of snapshot.sites)
			this.storeOf(site.name).push(snapshot.simUs / 1e6, rowOf(snapshot, site));
	}

	/** A run that goes back to a checkpoint says its commands again: the log has each once. */
	private async takeCommands(): Promise<void> {
		const all = await this.api.get<LoggedCommand[]>(`${this.path}/commands`, this.leaving.signal);
		this.commands = all.slice(-COMMANDS_MAX);
		this.changed();
	}

	private note(text: string): void {
		this.notices = [...this.notices, text].slice(-NOTICES_MAX);
	}

	private become(connection: Connection): void {
		this.connection = connection;
		this.changed();
	}

	private pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			setTimeout(resolve, ms);
			this.leaving.signal.addEventListener('abort', () => resolve(), { once: true });
		});
	}
}

function secondsOf({ timeUs }: { readonly timeUs: readonly number[] }): readonly number[] {
	return timeUs.map((us) => us / 1e6);
}
