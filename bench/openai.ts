import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Exchange } from '../services/gateway/openai/exchange.ts';
import { serveOpenAi } from '../tests/openai.test-support.ts';

const REQUESTS = 300;
const PER_SECOND = 10;
/** Beside what a round trip takes that simulates nothing. */
const GOAL_MS = 5;

/**
 * Prints how much later tokens come over HTTP than the simulator says: the time to the first one and between two, of the same
 * arrivals, beside a round trip that simulates nothing. Only on request: it takes a minute, in real time.
 */
export async function benchOpenAi(): Promise<void> {
	for (const mode of ['in-process', 'processes']) {
		const server = await serveOpenAi({ serving: { replicas: 4 }, placement: { mode } });
		const simulated = simulatedTimes(server.exchange);
		const { streams, trips } = await askedBy(server.url);
		const streamed = { first: [...simulated.first], between: [...simulated.between] };
		simulated.whole.length = 0;
		const load = await wholeAnswers(server.url);
		const cpuS = process.cpuUsage().user / 1e6;
		await server.stop();
		const real = { first: streams.map(([ms = 0]) => ms), between: streams.flatMap(gaps) };
		const trip = quantile(trips, 0.5);
		const parts = (['first', 'between'] as const).map((what) => {
			const later = [0.5, 0.9, 0.99].map((q) => {
				const [got, own] = [quantile(real[what], q), quantile(streamed[what], q)];
				return `${got.toFixed(1)} ms for ${own.toFixed(1)}`;
			});
			return `${what === 'first' ? 'to the first token' : 'between tokens'} ${later.join(', ')}`;
		});
		console.log(
			`openai: ${REQUESTS} streams at ${PER_SECOND}/s, ${mode}, at the median, 90 % and 99 %: ${parts.join('; ')}; ` +
				`a round trip takes ${trip.toFixed(1)} ms, ${quantile(trips, 0.99).toFixed(1)} at 99 %; ${load}, for ${quantile(simulated.whole, 0.5).toFixed(0)} and ${quantile(simulated.whole, 0.99).toFixed(0)} simulated (goal: later by ${GOAL_MS} ms beside it); ${cpuS.toFixed(0)} CPU s of this process so far`,
		);
	}
}

/** Notes what the simulator says of each request that comes, ms. */
function simulatedTimes(exchange: Exchange) {
	const times = { first: [] as number[], between: [] as number[], whole: [] as number[] };
	const submit = exchange.submit.bind(exchange);
	exchange.submit = (asked, listener) => {
		let [firstUs, lastUs] = [0, 0];
		const submitted = submit(asked, {
			...listener,
			tokens(count, atUs) {
				if (count === 1) times.first.push((atUs - lastUs) / 1000);
				else times.between.push((atUs - lastUs) / 1000);
				lastUs = atUs;
				listener.tokens(count, atUs);
			},
			served(how) {
				times.whole.push((lastUs - firstUs) / 1000);
				listener.served(how);
			},
			failed: (reason) => listener.failed(reason),
		});
		if (submitted.type === 'taken') [firstUs, lastUs] = [submitted.atUs, submitted.atUs];
		return submitted;
	};
	return times;
}

const CONNECTIONS = 50;
const WHOLE_REQUESTS = 500;

/** Whole answers to as many at a time as there are connections, by autocannon: how long they took. */
async function wholeAnswers(url: string): Promise<string> {
	const script = fileURLToPath(import.meta.resolve('autocannon'));
	const body = JSON.stringify({ prompt: 'word '.repeat(200), max_tokens: 50 });
	const args = [
		...[script, '--json', '--no-progress', '--connections', String(CONNECTIONS)],
		...['--amount', String(WHOLE_REQUESTS), '--timeout', '60', '--method', 'POST'],
		...['--headers', 'content-type=application/json', '--body', body, `${url}/completions`],
	];
	const { latency, non2xx, errors, ...found } = Loaded.parse(JSON.parse(await outputOf(args)));
	const refused = non2xx + errors;
	return (
		`${found['2xx']} whole answers at ${CONNECTIONS} a time, ${refused} refused, ` +
		`${latency.p50.toFixed(0)} ms at the median and ${latency.p99.toFixed(0)} at 99 %`
	);
}

const Loaded = z.object({
	latency: z.object({ p50: z.number(), p99: z.number() }),
	...{ '2xx': z.number(), non2xx: z.number(), errors: z.number() },
});

/** A client in a process of its own. */
async function askedBy(url: string): Promise<{ streams: number[][]; trips: number[] }> {
	const script = fileURLToPath(new URL('./openai-client.js', import.meta.url));
	return JSON.parse(await outputOf([script, url, String(REQUESTS), String(PER_SECOND)]));
}

/** What a program in a process of its own prints. */
function outputOf(args: readonly string[]): Promise<string> {
	const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	let said = '';
	child.stdout.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	return new Promise((resolve, reject) => {
		child.on('close', (code) =>
			code === 0 ? resolve(said) : reject(new Error(`the client ended with ${code}`)),
		);
	});
}

function gaps(times: readonly number[]): number[] {
	return times.slice(1).map((ms, i) => ms - (times[i] as number));
}

function quantile(values: readonly number[], q: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
