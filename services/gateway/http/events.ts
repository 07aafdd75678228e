import type { ServerResponse } from 'node:http';
import type { App, GatewayContext } from '../context.ts';
import type { RunsHost } from '../runs-host.ts';
import { RunParams } from '../schemas.ts';
import { HttpError, REFUSALS } from './errors.ts';
import { stateOf } from './run-data.ts';
import { recordOf } from './runs.ts';

/** Whoever watches hears of values at most so often. */
const STATE_EVERY_MS = 100;
/** Proxies and browsers take a stream that says nothing for dead. */
const ALIVE_EVERY_MS = 15_000;
/** Watchers at a time. */
const WATCHERS_MAX = 100;
/** A watcher that reads slowly gets no more values until it has read; one that has so much unread is let go. */
const UNREAD_BYTES_MAX = 1 << 20;

/** `GET /api/runs/:id/events`: what happens in a run, as Server-Sent Events. */
export function events(app: App, context: GatewayContext): void {
	const { runs: host } = context;
	let watchers = 0;
	app.get(
		'/api/runs/:id/events',
		{
			schema: {
				tags: ['data'],
				summary:
					'what happens in a run, as Server-Sent Events: state, notice, command, end; of a run that does not go on, state and end',
				params: RunParams,
				response: { ...REFUSALS },
				produces: ['text/event-stream'],
			},
		},
		async ({ params: { id } }, reply) => {
			await recordOf(host, id);
			if (watchers >= WATCHERS_MAX)
				throw new HttpError(503, `Cannot be watched by more than ${WATCHERS_MAX} at a time`);
			watchers++;
			reply.hijack();
			const { raw } = reply;
			raw.once('close', () => {
				watchers--;
			});
			raw.writeHead(200, {
				...plainHeaders(reply.getHeaders()),
				'content-type': 'text/event-stream; charset=utf-8',
				'cache-control': 'no-store',
				'x-accel-buffering': 'no',
			});
			await watch(id, raw, context);
		},
	);
}

function plainHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, String(value)]));
}

/** Writes what happens in a run until it ends, or nobody reads on. */
async function watch(id: string, raw: ServerResponse, context: GatewayContext): Promise<void> {
	const { runs: host, closing } = context;
	const stream = new EventStream(raw, context);
	const run = host.running(id);
	const forget: (() => void)[] = [];
	const end = () => {
		for (const one of forget.splice(0)) one();
		stream.end();
	};
	raw.once('close', end);
	closing.addEventListener('abort', end, { once: true });
	forget.push(() => closing.removeEventListener('abort', end));
	const state = () => stateOf(host, id);
	if (run === null) {
		stream.send('state', await state());
		stream.send('end', await endOf(host, id));
		end();
		return;
	}
	const values = new Conflated(context, async () => {
		if (!stream.isSlow()) stream.send('state', await state());
	});
	forget.push(
		() => values.stop(),
		run.onStep(() => values.changed()),
		run.onEvent((event) => {
			if (event.event === 'notice') stream.send('notice', { text: event.text });
			else if (event.event === 'setback') stream.send('notice', { text: event.text });
			else if (event.event === 'granted' && event.commands !== undefined)
				stream.send('command', { fromUs: event.fromUs, commands: event.commands });
			else if (event.event === 'ended') {
				const { outcome, text, simulatedUntilUs } = event;
				stream.send('end', { outcome, text, simulatedUntilUs });
				end();
				return;
			}
			values.changed();
		}),
	);
	values.changed();
}

async function endOf(host: RunsHost, id: string) {
	const { listing } = await recordOf(host, id);
	const { status: outcome, reason: text, simulatedUs: simulatedUntilUs } = listing;
	return { outcome, text, simulatedUntilUs };
}

/** Does something when things have changed, at once and then at most so often, and never twice at a time. */
class Conflated {
	readonly #clock: GatewayContext['clock'];
	readonly #act: () => Promise<void>;
	#isDue = false;
	#isResting = false;
	#isStopped = false;
	#cancel: () => void = () => {};

	constructor({ clock }: GatewayContext, act: () => Promise<void>) {
		this.#clock = clock;
		this.#act = act;
	}

	changed(): void {
		this.#isDue = true;
		if (!this.#isResting) void this.#run();
	}

	stop(): void {
		this.#isStopped = true;
		this.#cancel();
	}

	async #run(): Promise<void> {
		this.#isResting = true;
		this.#isDue = false;
		// A run may end while it is asked.
		await this.#act().catch(() => {});
		if (this.#isStopped) return;
		this.#cancel = this.#clock.after(STATE_EVERY_MS, () => {
			this.#isResting = false;
			if (this.#isDue) void this.#run();
		});
	}
}

/** A stream of events to one reader. */
class EventStream {
	readonly #raw: ServerResponse;
	readonly #clock: GatewayContext['clock'];
	#isOver = false;
	#cancel: () => void = () => {};

	constructor(raw: ServerResponse, { clock }: GatewayContext) {
		this.#raw = raw;
		this.#clock = clock;
		// A reader whose stream breaks comes back after so long.
		raw.write('retry: 2000\n\n');
		this.#keepAlive();
	}

	isSlow(): boolean {
		return this.#raw.writableNeedDrain;
	}

	/** JSON has no line breaks, so an event is a line. */
	send(event: string, data: unknown): void {
		if (this.#isOver) return;
		this.#raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
		if (this.#raw.writableLength > UNREAD_BYTES_MAX) {
			this.end();
			this.#raw.destroy();
		}
	}

	end(): void {
		if (this.#isOver) return;
		this.#isOver = true;
		this.#cancel();
		this.#raw.end();
	}

	#keepAlive(): void {
		this.#cancel = this.#clock.after(ALIVE_EVERY_MS, () => {
			if (this.#isOver) return;
			this.#raw.write(': alive\n\n');
			this.#keepAlive();
		});
	}
}
