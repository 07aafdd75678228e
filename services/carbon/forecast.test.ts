import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { type Actual, type KnownForecast, makeForecaster } from './forecast.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2024, 5, 20);
const DAYS = 4;

type Source = KnownForecast['source'];

/** A signal of hourly values from START_MS on. */
function hourly(values: readonly number[]): Actual {
	const at = (ms: number) => values[Math.floor((ms - START_MS) / HOUR_MS)] ?? Number.NaN;
	return {
		at,
		mean: (fromMs) => at(fromMs),
		firstMs: START_MS,
		untilMs: START_MS + values.length * HOUR_MS,
	};
}

function expected(source: Source, values: readonly number[], nowMs: number, hours = 24): number[] {
	const room = new Float64Array(hours);
	const start = { startEpochMs: START_MS, timezone: 'Europe/Berlin' };
	makeForecaster({ hours, source }, hourly(values), start)(nowMs, room);
	return Array.from(room);
}

const RISING = Array.from({ length: DAYS * 24 }, (_, hour) => hour);

test('persistence expects yesterday’s same hour, and the present value where that is not known', () => {
	const now = START_MS + 30.5 * HOUR_MS;
	const near = expected({ type: 'persistence' }, RISING, now);
	for (const [k, value] of near.entries())
		assert.ok(Math.abs(value - (6 + k)) < 1e-9, `${k}: ${value}`);
	// The hour that runs is not over: 48 hours ahead two days back are the latest.
	const far = expected({ type: 'persistence' }, RISING, now, 30);
	assert.ok(Math.abs((far[24] as number) - 6) < 1e-9);
	assert.equal(expected({ type: 'persistence' }, RISING, START_MS + 5.5 * HOUR_MS, 3), [5, 5, 5]);
});

test('issued forecasts hold from when they were made, as means of the clock’s hours', () => {
	const points = (from: number, values: number[]) =>
		values.map((value, i) => ({ epochMs: START_MS + from * HOUR_MS + (i * HOUR_MS) / 2, value }));
	const source: Source = {
		type: 'issued',
		made: [
			{ madeAtMs: START_MS + 25 * HOUR_MS, points: points(25, [10, 20, 30, 50]) },
			{ madeAtMs: START_MS + 26 * HOUR_MS, points: points(26, [100, 200]) },
		],
		stepMs: HOUR_MS / 2,
		otherwise: 'none',
	};
	const at = (hour: number) => expected(source, RISING, START_MS + hour * HOUR_MS, 3);
	assert.equal(at(24.99), [Number.NaN, Number.NaN, Number.NaN]);
	assert.equal(at(25.4), [15, 40, Number.NaN]);
	assert.equal(at(26), [150, Number.NaN, Number.NaN]);
	const filled = expected(
		{ ...source, otherwise: 'persistence' },
		RISING,
		START_MS + 26 * HOUR_MS,
		3,
	);
	for (const [k, value] of filled.entries())
		assert.ok(Math.abs(value - ([150, 3, 4][k] as number)) < 1e-9, `${value}`);
});

test('day-ahead values are known to the end of the day, and from the hour of publication a day further', () => {
	const source: Source = { type: 'day-ahead', publishedHour: 13 };
	// Berlin is two hours ahead of UTC: its day ends at 22:00 UTC.
	const ahead = (utcHour: number) => {
		const now = START_MS + (24 + utcHour) * HOUR_MS;
		return expected(source, RISING, now, 40).findIndex(
			(value, k) => Math.abs(value - (24 + Math.floor(utcHour) + k)) > 1e-9,
		);
	};
	assert.is(ahead(10.9), 12);
	assert.is(ahead(11), 35);
});

test('nothing that comes after the present changes a forecast, but where the future is asked for', () => {
	const values = fc.array(fc.integer({ min: 0, max: 500 }), {
		minLength: DAYS * 24,
		maxLength: DAYS * 24,
	});
	const issue = fc
		.record({
			madeHour: fc.integer({ min: 0, max: 95 }),
			values: fc.array(fc.integer(), { minLength: 1, maxLength: 30 }),
		})
		.map(({ madeHour, values: list }) => ({
			madeAtMs: START_MS + madeHour * HOUR_MS,
			points: list.map((value, i) => ({ epochMs: START_MS + (madeHour + i) * HOUR_MS, value })),
		}));
	const issues = fc
		.array(issue, { maxLength: 5 })
		.map((list) => list.toSorted((a, b) => a.madeAtMs - b.madeAtMs));
	let seen = 0;
	void fc.assert(
		fc.property(
			fc.record({ one: values, other: values, made: issues, otherMade: issues }),
			fc.double({ min: 0, max: 95, noNaN: true }),
			({ one, other, made, otherMade }, nowHour) => {
				const nowMs = START_MS + Math.floor(nowHour * 3600) * 1000;
				const past = Math.floor((nowMs - START_MS) / HOUR_MS) + 1;
				const changed = [...one.slice(0, past), ...other.slice(past)];
				const until = (list: typeof made) => list.filter(({ madeAtMs }) => madeAtMs <= nowMs);
				const after = (list: typeof made) => list.filter(({ madeAtMs }) => madeAtMs > nowMs);
				const sources = (list: typeof made): Source[] => [
					{ type: 'persistence' },
					{ type: 'issued', made: list, stepMs: HOUR_MS, otherwise: 'persistence' },
					{ type: 'issued', made: list, stepMs: HOUR_MS, otherwise: 'none' },
				];
				const changedMade = [...until(made), ...after(otherMade)];
				for (const [i, source] of sources(changedMade).entries()) {
					const before = sources(made)[i] as Source;
					assert.equal(expected(source, changed, nowMs, 30), expected(before, one, nowMs, 30));
				}
				const perfect = [one, changed].map((list) => expected({ type: 'future' }, list, nowMs, 30));
				if (String(perfect[0]) !== String(perfect[1])) seen++;
			},
		),
	);
	assert.ok(seen > 10, 'the test would see it if the future counted');
});

test.run();
