import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ActorEnv, TimeActor } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { MINUTE_US } from '../../protocol/time.ts';
import { LoadConfig, loadKind } from './kind.ts';

const ENV: ActorEnv = {
	name: 'building',
	random: (purpose) => namedPrng(`1/building/${purpose}`),
	announce: () => {},
};

/** The rows `[time, W]` of the first steps. */
function rowsOf(config: unknown, steps: number): number[][] {
	const actor = loadKind.create(LoadConfig.parse(config), ENV) as TimeActor;
	const rows: number[][] = [];
	const outputs = [
		{ append: (t: number, row: ArrayLike<number>) => void rows.push([t, ...Array.from(row)]) },
	];
	let state = actor.init();
	for (let k = 0; k < steps; k++) {
		const span = { fromUs: k * actor.stepUs, untilUs: (k + 1) * actor.stepUs };
		state = actor.step(state, span, [], outputs);
	}
	return rows;
}

function withTrace(use: (path: string) => void): void {
	const folder = mkdtempSync(join(tmpdir(), 'load-'));
	try {
		const path = join(folder, 'trace.csv');
		writeFileSync(path, 'time,share\n0,0.5\n60,1\n90,0.25\n');
		use(path);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

test("loadKind's constant consumer is negative, its producer positive", () => {
	const config = { stepUs: MINUTE_US, source: { type: 'constant', powerW: 700 } };
	assert.equal(rowsOf({ ...config, sign: 'consumer' }, 2), [
		[0, -700],
		[MINUTE_US, -700],
	]);
	assert.equal(rowsOf({ ...config, sign: 'producer' }, 1), [[0, 700]]);
});

test('loadKind averages a trace over each step, or takes its value at the start as Vessim does', () => {
	withTrace((path) => {
		const options = { path, column: null, fill: 'ffill', anchor: null, scale: 400 };
		const source = { type: 'trace', ...options };
		const config = { stepUs: MINUTE_US, sign: 'consumer' };
		const powersOf = (sampling: string) =>
			rowsOf({ ...config, source: { ...source, sampling } }, 3).map(([, powerW]) => powerW);
		assert.equal(powersOf('mean'), [-200, -250, -100]);
		assert.equal(powersOf('start'), [-200, -400, -100]);
	});
});

test('loadKind names a trace that is not there', () => {
	const source = {
		type: 'trace',
		sampling: 'mean',
		path: 'no/such.csv',
		column: null,
		fill: 'ffill',
		anchor: null,
		scale: 1,
	};
	assert.throws(
		() => rowsOf({ stepUs: MINUTE_US, sign: 'producer', source }, 1),
		(error: unknown) => error instanceof ConfigError && error.message.includes('"no/such.csv"'),
	);
});

test('LoadConfig refuses a negative power: the sign gives the direction', () => {
	const parsed = LoadConfig.safeParse({
		stepUs: MINUTE_US,
		sign: 'consumer',
		source: { type: 'constant', powerW: -5 },
	});
	assert.equal(
		parsed.error?.issues.map(({ message }) => message),
		['a power is at least 0 W; the sign says its direction'],
	);
});

test.run();
