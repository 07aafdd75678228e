import type { RunEvent } from '../../protocol/run-events.ts';
import type { RunState } from '../../protocol/status-messages.ts';
import type { GatewayClock } from './context.ts';
import { type GatewayOptions, makeGateway } from './gateway.ts';
import { loopbackNames } from './http/guard.ts';
import { MonitorView } from './monitor/view.ts';
import { Exchange } from './openai/exchange.ts';
import type { RunListing, RunRecord, RunsHost, ServedRun, StartOptions } from './runs-host.ts';
import type { Snapshot } from './snapshot.ts';

/** Runs that are made up, for tests of the server alone; tests/serve.test.ts has whole runs. */

const LISTING: RunListing = {
	...{ id: 'past', status: 'complete', isLive: false, name: 'day', location: 'Berlin' },
	...{ startedAt: '2026-06-01T00:00:00.000Z', endedAt: '2026-06-01T00:01:00.000Z' },
	...{ simStart: '2024-06-20T00:00:00+02:00', timezone: 'Europe/Berlin', stepUs: 60_000_000 },
	...{ simulatedUs: 120_000_000, untilUs: 120_000_000, reason: null },
};

const SNAPSHOT: Snapshot = {
	simUs: 60_000_000,
	sites: [
		{
			...{ name: 'Berlin', gridW: -100, carbonGPerKwh: 300, priceUsdPerKwh: null, capW: null },
			actors: [{ name: 'solar', kind: 'solar', powerW: 20 }],
			batteries: [{ name: 'battery', soc: 0.5, powerW: 0 }],
		},
	],
	replicas: [],
};

const STATE: RunState = {
	...{ type: 'run-state', run: 'live', phase: 'running', pace: 1, lagMs: 0 },
	...{ attempt: 0, window: 0 },
	...{ completedUs: 0, windowUntilUs: 60_000_000, untilUs: 120_000_000, fromUs: 0, elapsedMs: 1 },
	...{ setbacks: 0, checkpoints: 0, checkpointUs: 0, refused: 0, duplicates: 0, hosts: [] },
};

function recordOf(listing: RunListing): RunRecord {
	const actors = [
		{ name: 'solar', kind: 'solar', about: {} },
		{ name: 'battery', kind: 'battery', about: {} },
	];
	const site = { name: 'Berlin', location: 'Berlin', latitude: 52.5, longitude: 13.4, actors };
	return {
		listing,
		sites: async () => [site],
		snapshot: async () => SNAPSHOT,
		latency: async ({ points }) => ({
			...{ site: 'home', timeUs: [60e6], requests: [points] },
			...{ ttftP50S: [0.2], ttftP99S: [0.9], e2eP50S: [4], e2eP99S: [9] },
		}),
		history: async ({ table }) => ({
			...{ site: 'Berlin', table, rows: 2, perBucket: 1, timeUs: [0, 60_000_000] },
			...{ columns: { p_grid: [-1, null] }, units: { p_grid: 'W' } },
		}),
		lastRows: async (_site, count) =>
			[
				{ microgrid: 'Berlin', time: '2024-06-20 00:00:00', p_delta: 1, p_grid: 1 },
				{ microgrid: 'Berlin', time: '2024-06-20 00:01:00', p_delta: 2, p_grid: 2 },
			].slice(-count),
		commands: async () => [{ fromUs: 0, replicas: 2 }],
		scenario: async () => ({ name: 'day' }),
		summary: async () => ({ status: 'complete' }),
		microgrid: async (name) => ({ name, actors, dispatch: [], policy: {}, coords: null }),
	};
}

/** What was asked of the runs, in words. */
export class FakeRuns implements RunsHost {
	readonly asked: string[] = [];
	readonly listeners = new Set<(event: RunEvent) => void>();
	readonly steps = new Set<() => void>();
	isLive = true;
	readonly exchange = new Exchange(() => () => {});
	/** Makes snapshots large. */
	padding = '';
	/** How often somebody looked at the values. */
	states = 0;

	async list() {
		return [{ ...LISTING, id: 'live', status: 'running' as const, isLive: true }, LISTING];
	}

	async start(_scenario: unknown, options: StartOptions) {
		this.asked.push(`start ${JSON.stringify(options)}`);
		return { ...LISTING, id: options.id ?? 'made', status: 'starting' as const, isLive: true };
	}

	running(id: string): ServedRun | null {
		if (id !== 'live' || !this.isLive) return null;
		const said = (text: string) => void this.asked.push(text);
		return {
			...{ id, folder: `/runs/${id}`, monitor: new MonitorView(), exchange: this.exchange },
			pause: () => said('pause'),
			resume: () => said('resume'),
			stop: () => said('stop'),
			step: async (count = 1) => {
				said(`step ${count}`);
				// More than anybody waits for.
				if (count > 1_000) await new Promise(() => {});
			},
			setSpeed: (factor) => said(`speed ${factor}`),
			state: async () => STATE,
			onEvent: (listener) => added(this.listeners, listener),
			onStep: (listener) => added(this.steps, listener),
			snapshot: () => {
				this.states++;
				return { ...SNAPSHOT, padding: this.padding };
			},
			controls: () => [],
			command: async (command) => {
				said(`command ${JSON.stringify(command)}`);
				return command.type === 'replicas' ? 'it has none' : null;
			},
		};
	}

	live(): readonly ServedRun[] {
		return [this.running('live') ?? []].flat();
	}

	async open(id: string) {
		const listing = (await this.list()).find((one) => one.id === id);
		return listing === undefined ? null : recordOf(listing);
	}

	async compare(ids: readonly string[]) {
		return { cases: ids };
	}

	tell(event: RunEvent): void {
		for (const listener of [...this.listeners]) listener(event);
	}
}

function added<T>(set: Set<T>, one: T): () => void {
	set.add(one);
	return () => void set.delete(one);
}

/** A clock that goes on when it is told to. */
class FakeClock implements GatewayClock {
	#nowMs = 0;
	readonly #due = new Set<{ atMs: number; callBack: () => void }>();

	nowMs(): number {
		return this.#nowMs;
	}

	epochMs(): number {
		return 1_700_000_000_000 + this.#nowMs;
	}

	after(ms: number, callBack: () => void): () => void {
		return added(this.#due, { atMs: this.#nowMs + ms, callBack });
	}

	/** How many wait for it. */
	get waiting(): number {
		return this.#due.size;
	}

	goOn(ms: number): void {
		this.#nowMs += ms;
		for (const one of [...this.#due]) {
			if (one.atMs > this.#nowMs) continue;
			this.#due.delete(one);
			one.callBack();
		}
	}
}

/** A server in front of made-up runs. */
export async function fakeGateway(options: Partial<GatewayOptions> = {}) {
	const runs = new FakeRuns();
	const clock = new FakeClock();
	const guard = { token: null, hosts: [...loopbackNames('127.0.0.1'), 'localhost'] };
	const made = { runs, clock, guard, version: '1.2.3', assets: null, requestsPerMinute: 10_000 };
	return { app: await makeGateway({ ...made, ...options }), runs, clock };
}

const WAIT_MS = 60_000;

/** Waits until there is something. */
export async function eventually<T>(what: string, find: () => T | null): Promise<T> {
	for (const deadlineMs = performance.now() + WAIT_MS; ; ) {
		const found = find();
		if (found !== null) return found;
		if (performance.now() > deadlineMs) throw new Error(`waited in vain for ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}
