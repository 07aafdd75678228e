import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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
		const cpuS = process.cpuUsage().user / 1e6;
		await server.stop();
		const real = { first: streams.map(([ms = 0]) => ms), between: streams.flatMap(gaps) };
		const trip = quantile(trips, 0.5);
		const parts = (['first', 'between'] as const).map((what) => {
			const later = [0.5, 0.9, 0.99].map((q) => {
				const [got, own] = [quantile(real[what], q), quantile(simulated[what], q)];
				return `${got.toFixed(1)} ms for ${own.toFixed(1)}`;
			});
			return `${what === 'first' ? 'to the first token' : 'between tokens'} ${later.join(', ')}`;
		});
		console.log(
			`openai: ${REQUESTS} streams at ${PER_SECOND}/s, ${mode}, at the median, 90 % and 99 %: ${parts.join('; ')}; ` +
				`a round trip takes ${trip.toFixed(1)} ms, ${quantile(trips, 0.99).toFixed(1)} at 99 % (goal: later by ${GOAL_MS} ms beside it); ${cpuS.toFixed(0)} CPU s of this process so far`,
		);
	}
}

/** Notes what the simulator says of each request that comes, ms. */
function simulatedTimes(exchange: Exchange) {
	const times = { first: [] as number[], between: [] as number[] };
	const submit = exchange.submit.bind(exchange);
	exchange.submit = (asked, listener) => {
		let lastUs = 0;
		const submitted = submit(asked, {
			...listener,
			tokens(count, atUs) {
				if (count === 1) times.first.push((atUs - lastUs) / 1000);
				else times.between.push((atUs - lastUs) / 1000);
				lastUs = atUs;
				listener.tokens(count, atUs);
			},
			served: (how) => listener.served(how),
			failed: (reason) => listener.failed(reason),
		});
		if (submitted.type === 'taken') lastUs = submitted.atUs;
		return submitted;
	};
	return times;
}

/** A client in a process of its own. */
function askedBy(url: string): Promise<{ streams: number[][]; trips: number[] }> {
	const script = fileURLToPath(new URL('./openai-client.js', import.meta.url));
	const args = [script, url, String(REQUESTS), String(PER_SECOND)];
	const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
	let said = '';
	child.stdout.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	return new Promise((resolve, reject) => {
		child.on('close', (code) =>
			code === 0 ? resolve(JSON.parse(said)) : reject(new Error(`the client ended with ${code}`)),
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
