import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { startTestServer } from '../tests/cli.ts';
import { type DelayedLink, openDelayedLink } from '../tests/delayed-link.ts';

/** One-way delays between any two processes. */
const DELAYS_MS = [0, 1, 10, 50];
const STEPS = 120;

const CASES: Readonly<Record<string, readonly string[]>> = {
	'open loop (no battery, no cap)': ['--cap', 'none', '--battery-capacity', '0'],
	'closed loop (battery, capped replicas)': ['--cap', 'carbon>300:250'],
	'closed loop, least outstanding': ['--cap', 'carbon>300:250', '--policy', 'least_outstanding'],
};

/** Prints how long runs take where every message from process to process takes longer. Only on request: it takes minutes. */
export async function benchDelays(): Promise<void> {
	const binary = await natsBinaryForTests();
	if (binary === null) {
		console.log('delays: skipped, there is no nats-server');
		return;
	}
	const server = await startTestServer(binary);
	const link = await openDelayedLink('127.0.0.1', Number(new URL(server.url).port));
	try {
		for (const [title, args] of Object.entries(CASES)) {
			for (const delayMs of DELAYS_MS) {
				link.delayMs = delayMs;
				const short = await secondsOf(link, [...args, '--until', '1min']);
				const seconds = await secondsOf(link, [...args, '--until', `${STEPS + 1}min`]);
				const perStepMs = (1000 * (seconds - short)) / STEPS;
				console.log(
					`delays: ${title}, ${delayMs} ms one way: ${seconds.toFixed(1)} s, ` +
						`${short.toFixed(1)} s of it to start and end, ${perStepMs.toFixed(1)} ms a step`,
				);
			}
		}
	} finally {
		link.close();
		await server.stop();
	}
}

async function secondsOf({ port }: DelayedLink, args: readonly string[]): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-delays-'));
	const program = process.env['GRIDBEAT_PROGRAM'] ?? programFile('cli/main');
	const startedMs = performance.now();
	const child = spawn(
		process.execPath,
		[program, 'run', '--qps', '0.5', ...args, '--out', folder],
		{
			env: { ...process.env, NATS_URL: `nats://127.0.0.1:${port}` },
			stdio: ['ignore', 'ignore', 'inherit'],
		},
	);
	const [code] = (await once(child, 'close')) as [number | null];
	rmSync(folder, { recursive: true, force: true });
	if (code !== 0) throw new Error(`gridbeat run ended with ${code}`);
	return (performance.now() - startedMs) / 1000;
}
