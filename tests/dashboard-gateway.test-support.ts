import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { historyOf, type Recording, snapshotAt } from './dashboard-recording.test-support.ts';

const TYPES: Readonly<Record<string, string>> = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.css': 'text/css; charset=utf-8',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
};

/** Nothing but what stands beside the page: no inline script, no inline style. */
const STRICT =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

interface RunOf {
	readonly recording: Recording;
	status: string;
	isLive: boolean;
	phase: string;
	pace: number | null;
	step: number;
	readonly commands: unknown[];
	readonly watchers: Set<ServerResponse>;
}

/** What was asked, beside what is only read. */
export interface Deed {
	readonly method: string;
	readonly path: string;
	readonly body: unknown;
}

/**
 * A gateway of the tests: it serves the dashboard as it was built, and the API from recordings, step by step as a test says.
 * The real one simulates, so what it shows at a moment is not a test's to choose.
 */
export class FakeGateway {
	readonly deeds: Deed[] = [];
	/** The command that is refused, by its words. */
	refusal: string | null = null;
	private readonly page: string;
	private readonly runs = new Map<string, RunOf>();
	private readonly server: Server = createServer((request, response) => {
		void this.answer(request, response).catch((error: unknown) => {
			response.writeHead(500).end(String(error));
		});
	});

	/** @param page folder of the dashboard */
	constructor(page: string) {
		this.page = page;
	}

	/** @returns the address, with a slash at its end */
	listen(): Promise<string> {
		return new Promise((resolve) => {
			this.server.listen(0, '127.0.0.1', () =>
				resolve(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`),
			);
		});
	}

	close(): void {
		this.server.close();
		this.server.closeAllConnections();
	}

	/** @param step up to which it is; one that goes on is live */
	add(id: string, recording: Recording, step: number, isLive: boolean): void {
		const [status, phase] = isLive ? ['running', 'running'] : ['complete', 'ended'];
		this.runs.set(id, {
			...{ recording, status, isLive, phase, pace: 60, step },
			...{ commands: [], watchers: new Set() },
		});
	}

	/** Simulates a step and tells who watches. */
	advance(id: string): void {
		const run = this.run(id);
		run.step = Math.min(run.step + 1, run.recording.steps - 1);
		this.tell(run, 'state', this.state(id));
	}

	/** Says something to who watches. */
	notice(id: string, text: string): void {
		this.tell(this.run(id), 'notice', { text });
	}

	end(id: string): void {
		const run = this.run(id);
		Object.assign(run, { status: 'complete', isLive: false, phase: 'ended' });
		this.tell(run, 'end', { outcome: 'complete', text: '', simulatedUntilUs: 0 });
		for (const watcher of run.watchers) watcher.end();
	}

	/** Cuts all streams, as a network does. */
	cut(): void {
		for (const { watchers } of this.runs.values()) for (const one of watchers) one.destroy();
	}

	/** How far it is, as the page says it: hours and minutes, or days and hours. */
	simulated(id: string): string {
		const { recording, step } = this.run(id);
		const minutes = Math.floor(((step + 1) * recording.stepUs) / 60e6);
		const two = (value: number) => String(value).padStart(2, '0');
		const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
		return days > 0 ? `${days} d ${two(hours)} h` : `${hours} h ${two(minutes % 60)} min`;
	}

	private run(id: string): RunOf {
		const run = this.runs.get(id);
		if (run === undefined) throw new Error(`no run ${id}`);
		return run;
	}

	private tell({ watchers }: RunOf, event: string, data: unknown): void {
		for (const one of watchers) one.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
	}

	private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway');
		if (!pathname.startsWith('/api/')) return this.asset(pathname, response);
		const [, , , id = '', what = ''] = pathname.split('/').map(decodeURIComponent);
		const json = (body: unknown, status = 200) => {
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		};
		if (request.method !== 'GET') return this.deed(request, { id, what, json });
		if (pathname === '/api/runs')
			return json([...this.runs.keys()].map((one) => this.listing(one)));
		if (pathname.startsWith('/api/compare')) return json(COMPARISON);
		const run = this.runs.get(id);
		if (run === undefined)
			return json({ error: { message: `Cannot find the run "${id}": there is none here` } }, 404);
		if (what === 'events') return this.watch(run, id, response);
		if (what === 'history') {
			const number = (name: string, otherwise: number) =>
				Number(searchParams.get(name) ?? otherwise);
			const query = {
				from: number('from', 0),
				to: number('to', 1e15),
				points: number('points', 1000),
				table: searchParams.get('table') ?? 'timeseries',
			};
			return json(
				historyOf(run.recording, searchParams.get('site'), { ...query, upTo: run.step + 1 }),
			);
		}
		if (what === 'latency') return json(LATENCY);
		if (what === 'controls') return json(CONTROLS);
		const answers: Readonly<Record<string, () => unknown>> = {
			'': () => this.listing(id),
			sites: () => run.recording.sites.map(({ about }) => about),
			state: () => this.state(id),
			commands: () => run.commands,
			scenario: () => run.recording.scenario,
		};
		json(answers[what]?.() ?? { error: { message: `no ${what}` } });
	}

	private asset(path: string, response: ServerResponse): void {
		const name = path === '/' ? '/index.html' : path;
		const headers = {
			'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
			'content-security-policy': STRICT,
		};
		response.writeHead(200, headers).end(readFileSync(join(this.page, name)));
	}

	private watch(run: RunOf, id: string, response: ServerResponse): void {
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		run.watchers.add(response);
		response.on('close', () => run.watchers.delete(response));
		response.write('retry: 2000\n\n: hello\n\n');
		response.write(`event: state\ndata: ${JSON.stringify(this.state(id))}\n\n`);
	}

	private async deed(
		request: IncomingMessage,
		{
			id,
			what,
			json,
		}: { id: string; what: string; json: (body: unknown, status?: number) => void },
	): Promise<void> {
		const pieces: Buffer[] = [];
		for await (const piece of request) pieces.push(piece as Buffer);
		const body = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
		this.deeds.push({ method: request.method ?? '', path: request.url ?? '', body });
		if (this.refusal !== null) return json({ error: { message: this.refusal } }, 409);
		if (id === '') return this.start(body, json);
		const run = this.run(id);
		if (what === 'pause' || what === 'step') run.phase = 'paused';
		if (what === 'resume') run.phase = 'running';
		if (what === 'speed') run.pace = body['factor'] as number | null;
		if (what === 'commands') {
			const command = body['command'] as Record<string, unknown>;
			run.commands.push({ fromUs: run.step * run.recording.stepUs, by: 'api', ...command });
			this.tell(run, 'command', { fromUs: 0, commands: [command] });
		}
		this.tell(run, 'state', this.state(id));
		json({ status: 'ok' });
	}

	private start(body: Record<string, unknown>, json: (body: unknown, status?: number) => void) {
		const { options = {} } = body as { options?: { id?: string } };
		const id = options.id ?? 'started';
		const [first] = this.runs.values();
		if (first === undefined) throw new Error('no recording');
		this.add(id, first.recording, 3, true);
		json(this.listing(id), 201);
	}

	private listing(id: string) {
		const { recording, status, isLive, step } = this.run(id);
		const { stepUs, steps, timezone } = recording;
		return {
			...{ id, status, isLive, name: 'day', location: recording.sites[0]?.about.name ?? null },
			...{
				startedAt: '2026-11-30T10:00:00Z',
				endedAt: null,
				simStart: '2024-06-20T00:00:00-07:00',
			},
			...{
				timezone,
				stepUs,
				simulatedUs: (step + 1) * stepUs,
				untilUs: steps * stepUs,
				reason: null,
			},
		};
	}

	private state(id: string) {
		const { recording, isLive, phase, pace, step } = this.run(id);
		const { stepUs, steps } = recording;
		const known = {
			phase,
			pace,
			lagMs: 4,
			completedUs: (step + 1) * stepUs,
			untilUs: steps * stepUs,
		};
		return {
			run: this.listing(id),
			state: isLive ? known : null,
			snapshot: snapshotAt(recording, step),
		};
	}
}

const number = (min: number, max: number | null) => ({ type: 'number', min, max });
const CONTROLS = [
	{ key: 'capW', unit: 'W', takes: number(1, 1e12), meaning: 'The most that each GPU may draw' },
	{ key: 'minSoc', unit: '', takes: number(0, 1), meaning: 'It is not discharged below this' },
	{
		key: 'island',
		unit: '',
		takes: { type: 'boolean' },
		meaning: 'The site leaves the grid alone',
	},
].flatMap((control) =>
	['berlin', 'oslo'].map((site) => ({ ...control, actor: `${site}-controller` })),
);

/** Of two stretches. */
const LATENCY = {
	...{ site: 'berlin', timeUs: [900e6, 1800e6], requests: [40, 40] },
	...{ ttftP50S: [0.2, 0.25], ttftP99S: [0.9, 1], e2eP50S: [5, 6], e2eP99S: [14, 15] },
};

const COMPARISON = {
	cases: [{ label: 'base' }, { label: 'other' }],
	differingKeys: { 'batteries.0.capacityWh': ['3000', '6000'] },
	figures: [
		{
			...{ name: 'import', unit: 'kWh' },
			cases: [
				{ mean: 3.2, difference: null, percent: null },
				{ mean: 2.4, difference: -0.8, percent: -25 },
			],
		},
	],
};
