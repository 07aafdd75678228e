import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { SECOND_US } from '../protocol/time.ts';
import { type RunProgress, simulate } from '../run/gridbeat.ts';
import { eventually, startGridbeat, tempFolder } from './cli.ts';
import { sameTables } from './steered-runs.test-support.ts';

/** Whole runs by the clock of this machine. It may be slow: what is asserted is that nothing comes before its time. */

const STEPS = 4;
const SITE = { name: 'now', until: `${STEPS}s`, step: '1s', serving: { replicas: 1 } } as const;
/** A timer of Node may be so much early. */
const EARLY_MS = 2;

const hasNats = (await natsBinaryForTests()) !== null;

for (const placement of ['in-process', 'processes'] as const) {
	if (placement === 'processes' && !hasNats) continue;
	test(`a run that begins now at speed 1 goes no faster than time, ${placement}, and has the bytes of one at any speed`, async () => {
		const out = join(tempFolder(), 'run');
		const grants: { readonly fromS: number; readonly atMs: number }[] = [];
		const lags: RunProgress['lagMs'][] = [];
		const beforeMs = Date.now();
		const { folder } = await simulate(
			{ ...SITE, start: 'now', pace: 1 },
			{
				...{ out, placement, report: false },
				onEvent(event) {
					if (event.event === 'granted')
						grants.push({ fromS: event.fromUs / SECOND_US, atMs: performance.now() });
				},
				onProgress: ({ phase, lagMs }) => void (phase === 'running' && lags.push(lagMs)),
			},
		);
		const afterMs = Date.now();
		const { gridbeat } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
		const { start } = gridbeat.scenario;
		// Written with its zone, to the second.
		const startMs = Date.parse(start);
		assert.ok(startMs >= beforeMs - 1000 && startMs <= afterMs, `${start}`);
		assert.equal(new Set(grants.map(({ fromS }) => fromS)).size, STEPS);
		const [first] = grants;
		for (const { fromS, atMs } of grants) {
			const sinceMs = atMs - (first?.atMs ?? 0);
			assert.ok(sinceMs >= fromS * 1000 - EARLY_MS, `${fromS} s after ${sinceMs} ms`);
		}
		assert.ok(lags.length >= STEPS);
		assert.ok(
			lags.every((lagMs) => lagMs !== null && lagMs >= 0),
			`${lags}`,
		);

		const quick = join(tempFolder(), 'quick');
		await simulate({ ...SITE, start }, { out: quick, placement: 'in-process', report: false });
		sameTables(quick, folder);
	});
}

test('a run that stood still says in its progress how far it is behind', async () => {
	const folder = join(tempFolder(), 'run');
	const run = startGridbeat([
		...['run', '--until', '1h', '--step', '1s', '--pace', '1', '--replicas', '1'],
		...['--in-process', '--out', folder],
	]);
	await eventually('a line of progress', () => (/x real time/.test(run.said()) ? true : null));
	run.signal('SIGSTOP');
	await sleep(4_000);
	run.signal('SIGCONT');
	await eventually('a line that says so', () =>
		/ x real time, \d+\.\d s behind(, .* left)? {2}load/.test(run.said()) ? true : null,
	);
	run.signal('SIGINT');
	assert.is((await run.ended).code, 130);
});

test.run();
