import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { rounded } from './figure-values.ts';
import { SPANS_DRAWN_MAX, VALUES_DRAWN_MAX } from './level.ts';
import { overTime } from './time-levels.ts';

const UTC = { stepS: 60, timezone: 'UTC' };
const START_S = Date.parse('2026-01-01T00:00:00Z') / 1000;
const DAY_S = 86_400;

function minutes(count: number, startS = START_S): Float64Array {
	return Float64Array.from({ length: count }, (_, k) => startS + 60 * k);
}

test('overTime() draws each value where there are few enough', () => {
	const x = minutes(VALUES_DRAWN_MAX);
	const drawn = overTime({ x, ys: [x.map((_, k) => k)] }, UTC);
	assert.is(drawn.spans, undefined);
	assert.is(drawn.finer, undefined);
	assert.equal(drawn.data[1]?.slice(0, 3), [0, 1, 2]);
	assert.is(drawn.data[0].length, VALUES_DRAWN_MAX);
});

test('overTime() draws a year as days, each with its mean, least and greatest value, and finer ones down to each value', () => {
	const x = minutes(365 * 1440);
	const y = x.map((_, k) => (k % 1440) + Math.floor(k / 1440));
	const { data, spans, stepped, finer } = overTime({ x, ys: [y] }, UTC);
	assert.is(spans?.spanS, DAY_S);
	assert.ok(stepped);
	// And the end of the last one.
	assert.is(data[0].length, 366);
	assert.is(data[0].at(-1), START_S + 365 * DAY_S);
	for (const day of [0, 1, 364]) {
		assert.is(data[0][day], START_S + day * DAY_S);
		assert.is(data[1]?.[day], rounded(719.5 + day));
		assert.is(spans?.lows[0]?.[day], day);
		assert.is(spans?.highs[0]?.[day], rounded(1439 + day));
	}
	const levels = finer?.() ?? [];
	assert.equal(
		levels.map(({ spanS, x: { length } }) => [spanS, length]),
		[
			[21_600, 1460],
			[3600, 8760],
			[900, 35_040],
			[null, 365 * 1440],
		],
	);
	assert.is(levels.at(-1)?.ys[0], y);
});

test('overTime() has the days of the calendar, also where clocks change', () => {
	const zone = 'Europe/Berlin';
	const startS = Date.parse('2025-12-31T23:00:00Z') / 1000;
	const x = minutes(365 * 1440, startS);
	const { data } = overTime({ x, ys: [x] }, { stepS: 60, timezone: zone });
	const hours = data[0].slice(0, 365).map((at) => new Date(at * 1000).toISOString().slice(11, 13));
	assert.equal([...new Set(hours)], ['23', '22']);
	// Summer time begins on 29 March: that day has 23 hours.
	assert.is((data[0][88] as number) - (data[0][87] as number), 23 * 3600);
});

test('overTime() draws nothing that the values have not: means within, bounds among them, no point too many', () => {
	const lists = fc.array(
		fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constant(NaN)),
		{
			minLength: 1,
			maxLength: 40,
		},
	);
	const shape = fc.tuple(
		lists,
		fc.integer({ min: VALUES_DRAWN_MAX + 1, max: 20_000 }),
		fc.constantFrom(1, 7, 60, 3600),
	);
	void fc.assert(
		fc.property(shape, ([list, count, stepS]) => {
			const x = Float64Array.from({ length: count }, (_, k) => START_S + stepS * k);
			const y = x.map((_, k) => list[k % list.length] as number);
			const { data, spans, finer } = overTime(
				{ x, ys: [y] },
				{ stepS, timezone: 'America/New_York' },
			);
			assert.ok(spans !== undefined && data[0].length <= SPANS_DRAWN_MAX + 2);
			const all = new Set([...y].map((one) => rounded(one)));
			for (const [i, mean] of (data[1] ?? []).entries()) {
				const [low, high] = [spans?.lows[0]?.[i], spans?.highs[0]?.[i]];
				if (mean === null) continue;
				assert.ok(all.has(Number(low)) && all.has(Number(high)));
				const slack = 1e-4 * Math.max(Math.abs(Number(low)), Math.abs(Number(high)));
				assert.ok(mean >= Number(low) - slack && mean <= Number(high) + slack);
			}
			const drawnLows = (spans?.lows[0] ?? []).filter((one) => one !== null);
			if (drawnLows.length > 0)
				assert.is(
					Math.min(...drawnLows.map(Number)),
					rounded(y.filter((one) => !Number.isNaN(one)).reduce((a, b) => Math.min(a, b))),
				);
			const times = new Set(x);
			for (const level of finer?.() ?? []) assert.ok(level.x.every((at) => times.has(at)));
		}),
		{ numRuns: 30 },
	);
});

test.run();
