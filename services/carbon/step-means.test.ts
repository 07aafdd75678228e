import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadTrace } from '../../feeds/signal/load.ts';
import { TraceOptions, traceMean } from '../../feeds/signal/trace.ts';
import type { ActorEnv, TimeActor } from '../../kernel/actor/contract.ts';
import { HOUR_US, MINUTE_US } from '../../protocol/time.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { carbonKind } from './kind.ts';

const DAY_START_MS = Date.UTC(2023, 5, 8);
const folder = mkdtempSync(join(tmpdir(), 'gridbeat-carbon-'));
test.after(() => rmSync(folder, { recursive: true }));

/** What each port puts out in the first steps. */
async function portsOf(config: object, steps = 1): Promise<number[][]> {
	const { source, ...rest } = config as { source: object };
	const parsed = carbonKind.config.parse({
		...{ forecast: null, ...rest },
		source: { sampling: 'mean', ...source },
	});
	const actor = (await carbonKind.create(parsed, {} as ActorEnv)) as TimeActor<unknown>;
	const ports = actor.outputs.map(() => [] as number[]);
	const outputs = ports.map((values) => ({
		append: (_timeUs: number, row: ArrayLike<number>) => void values.push(...Array.from(row)),
	}));
	for (let i = 0; i < steps; i++)
		actor.step(null, { fromUs: i * actor.stepUs, untilUs: (i + 1) * actor.stepUs }, [], outputs);
	return ports;
}

async function valuesOf(config: object, steps: number): Promise<number[]> {
	return (await portsOf(config, steps))[0] as number[];
}

/** Sources of a random day: samples, points and a profile, changing at any minute, hour or half hour. */
const sourceOfDay = fc
	.record({
		minutes: fc.uniqueArray(fc.integer({ min: 1, max: 1439 }), { maxLength: 40 }),
		values: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 41, maxLength: 41 }),
		type: fc.constantFrom('series', 'trace', 'profile'),
	})
	.map(({ minutes, values, type }) => {
		const times = [0, ...minutes].sort((a, b) => a - b);
		if (type === 'profile')
			return {
				...{ type, kind: 'average', weekday: values.slice(0, 24), weekend: null },
				monthlyFactor: new Array(12).fill(1),
			};
		if (type === 'series')
			return {
				type,
				kind: 'average',
				points: times.map((minute, i) => ({
					epochMs: DAY_START_MS + minute * 60_000,
					value: values[i],
				})),
			};
		const path = join(folder, 'random.csv');
		writeFileSync(
			path,
			`s,v\n${times.map((minute, i) => `${minute * 60},${values[i]}`).join('\n')}\n`,
		);
		return { type, kind: 'average', path, column: null, fill: 'ffill', anchor: null, scale: 1 };
	});

test('the sum over steps of any length is the same: each has the mean of what holds in it', async () => {
	await fc.assert(
		fc.asyncProperty(
			sourceOfDay,
			fc.constantFrom(5, 15, 48, 60, 96, 720, 1440),
			async (source, long) => {
				const base = { startEpochMs: DAY_START_MS, timezone: 'Asia/Kolkata', source };
				const sumOf = async (minutes: number) => {
					const config = { ...base, stepUs: minutes * MINUTE_US };
					const values = await valuesOf(config, (24 * 60) / minutes);
					return values.reduce((sum, value) => sum + value * minutes, 0);
				};
				const [fine, coarse] = [await sumOf(1), await sumOf(long)];
				// Rounding of up to 1,440 summands.
				assert.ok(Math.abs(fine - coarse) <= 1e-9 * Math.max(1, fine), `${fine} ${coarse}`);
			},
		),
		{ seed: 7, numRuns: 60 },
	);
});

test('means that loads weigh give the same emissions at any step: signal times power within it', async () => {
	const loadOfDay = fc
		.record({
			minutes: fc.uniqueArray(fc.integer({ min: 1, max: 1439 }), { maxLength: 30 }),
			values: fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 31, maxLength: 31 }),
			fill: fc.constantFrom('ffill', 'bfill'),
		})
		.map(({ minutes, values, fill }) => ({
			fill,
			rows: [0, ...minutes, 1440]
				.sort((a, b) => a - b)
				.map((minute, i) => `${minute * 60},${values[i % values.length]}`),
		}));
	await fc.assert(
		fc.asyncProperty(
			sourceOfDay,
			fc.array(loadOfDay, { minLength: 1, maxLength: 2 }),
			fc.constantFrom(5, 15, 48, 60, 96, 720, 1440),
			async (source, loads, long) => {
				const traces = loads.map(({ fill, rows }, i) => {
					const path = join(folder, `drawn-${i}.csv`);
					writeFileSync(path, `s,W\n${rows.join('\n')}\n`);
					return { path, column: null, fill, anchor: null, scale: 1 };
				});
				const drawn = { constantW: 100, traces };
				const read = drawn.traces.map((trace) => loadTrace(TraceOptions.parse(trace)));
				const base = { startEpochMs: DAY_START_MS, timezone: 'Asia/Kolkata', source, drawn };
				const emitted = async (minutes: number) => {
					const stepUs = minutes * MINUTE_US;
					const values = await valuesOf({ ...base, stepUs }, (24 * 60) / minutes);
					return values.reduce((sum, value, i) => {
						const [from, until] = [i * stepUs, (i + 1) * stepUs];
						const powerW = read.reduce((all, trace) => all + traceMean(trace, from, until), 100);
						return sum + value * powerW * minutes;
					}, 0);
				};
				const [fine, coarse] = [await emitted(1), await emitted(long)];
				// Rounding of up to 1,440 summands.
				assert.ok(Math.abs(fine - coarse) <= 1e-9 * Math.max(1, fine), `${fine} ${coarse}`);
			},
		),
		{ numRuns: 60 },
	);
});

test('a mean is that of the time alone where the power does not change, and where something is fed in', async () => {
	const points = [0, 30].map((minute, i) => ({
		epochMs: DAY_START_MS + minute * 60_000,
		value: [0.1, 0.7][i] as number,
	}));
	const source = { type: 'series', kind: 'average', points };
	const config = { stepUs: HOUR_US, startEpochMs: DAY_START_MS, timezone: 'UTC', source };
	const path = join(folder, 'even.csv');
	const about = { path, column: null, fill: 'ffill', anchor: null, scale: 1 };
	const weighing = (rows: string) => {
		writeFileSync(path, `s,W\n${rows}\n`);
		return valuesOf({ ...config, drawn: { constantW: 0, traces: [about] } }, 1);
	};
	const alone = await valuesOf(config, 1);
	for (const rows of ['0,70', '0,70\n1800,-1', '0,0\n1800,0'])
		assert.equal(await weighing(rows), alone, rows);
	assert.not.equal(await weighing('0,70\n1800,71'), alone);
});

test('sampling: start takes what holds at the start of a step, as Vessim does', async () => {
	const points = [0, 5, 60, 65].map((minute, i) => ({
		epochMs: DAY_START_MS + minute * 60_000,
		value: i % 2 === 0 ? 1000 : 0,
	}));
	const source = { type: 'series', kind: 'marginal', points };
	const config = { stepUs: HOUR_US, startEpochMs: DAY_START_MS, timezone: 'UTC', source };
	const rounded = (values: readonly number[]) =>
		values.map((value) => Math.round(value * 1e9) / 1e9);
	assert.equal(rounded(await valuesOf(config, 2)), [83.333333333, 83.333333333]);
	assert.equal(
		await valuesOf({ ...config, source: { ...source, sampling: 'start' } }, 2),
		[1000, 1000],
	);
});

test('a forecast tells nothing of the signal within the step that begins', async () => {
	const points = [0, 30, 60].map((minute, i) => ({
		epochMs: DAY_START_MS + minute * 60_000,
		value: [100, 900, 100][i] as number,
	}));
	const config = {
		...{ stepUs: HOUR_US, startEpochMs: DAY_START_MS, timezone: 'UTC' },
		forecast: { hours: 2, source: { type: 'persistence' } },
		source: { type: 'series', kind: 'average', points },
	};
	// The row's own value is the mean, 500; what is expected of the hour is the value known when it begins.
	const [actual, forecast] = await portsOf(config);
	assert.equal(actual, [500]);
	assert.equal(forecast, [100, 100]);
});

test.run();
