import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { overlaysOf } from './overlays.ts';
import type { CaseSeries } from './series.ts';

const HOUR = 3600;

function series(stepS: number, loadW: readonly number[], more: Partial<CaseSeries> = {}) {
	const values = Float64Array.from(loadW);
	const none = { soc: null, emittedKg: null, costUsd: null, carbon: null, sketches: null };
	return {
		...{ startS: 0, stepS, count: loadW.length, timezone: 'UTC', latencies: null, ...none },
		...{ loadW: values, gridW: values.map((watts) => -watts) },
		capW: new Float64Array(loadW.length).fill(Number.NaN),
		...more,
	};
}

const drawn = (figures: ReturnType<typeof overlaysOf>, id: string) => {
	const found = figures.find((figure) => figure.id === id);
	if (found === undefined) throw new Error(`no figure ${id}`);
	return found;
};

test('overlaysOf() draws means over steps that all cases share, and sums at their ends', () => {
	const emittedKg = (values: readonly number[]) => ({ emittedKg: Float64Array.from(values) });
	const cases = [
		{
			label: 'a',
			series: series(60, [1000, 3000, 5000, 7000, 9000, 11000], emittedKg([1, 2, 3, 4, 5, 6])),
		},
		{ label: 'b', series: series(120, [2000, 4000, 6000], emittedKg([2, 4, 6])) },
	];
	const figures = overlaysOf(cases, true);
	assert.equal(drawn(figures, 'demand').data, [
		[0, 120, 240],
		[2, 6, 10],
		[2, 4, 6],
	]);
	assert.equal(drawn(figures, 'emissions').data.slice(1), [
		[2, 4, 6],
		[2, 4, 6],
	]);
	assert.match(drawn(figures, 'demand').note, /^Means of each 2 min\.$/);
	assert.equal(
		figures.map(({ id }) => id),
		['demand', 'grid', 'emissions'],
	);
	assert.not.ok(overlaysOf(cases, false).some(({ id }) => id === 'emissions'));
});

test('overlaysOf() draws a year within bounds, and its own steps for who looks closer', () => {
	const count = 365 * 24 * 60;
	const loadW = Array.from({ length: count }, (_, i) => (i % 2) * 2000);
	const demand = drawn(overlaysOf([{ label: 'a', series: series(60, loadW) }], true), 'demand');
	const [x, values] = demand.data as [number[], number[]];
	assert.ok(x.length <= 1001 && x.length > 300, String(x.length));
	assert.ok(values.every((value) => Math.abs(value - 1) < 0.01));
	const finest = demand.finer?.().at(-1);
	assert.is(finest?.spanS, null);
	assert.equal(finest?.ys[0]?.slice(0, 4), Float64Array.from([0, 2, 0, 2]));
});

test('overlaysOf() puts cases that begin at different times over the time since their starts', () => {
	const cases = [
		{ label: 'a', series: series(HOUR, [1, 2]) },
		{ label: 'b', series: series(HOUR, [3, 4, 5], { startS: 86_400 }) },
	];
	const demand = drawn(overlaysOf(cases, true), 'demand');
	assert.is(demand.x, 'value');
	assert.equal(demand.data, [
		[0, 1, 2],
		[0.001, 0.002, null],
		[0.003, 0.004, 0.005],
	]);
});

test('overlaysOf() has quantiles of the requests that arrived in a span, one case as the other', () => {
	const arrivedS = Float64Array.from({ length: 200 }, (_, i) => i * 36);
	const latencies = (scale: number) => {
		const ttftS = arrivedS.map((time) => (time < HOUR ? scale : 2 * scale));
		const none = new Float64Array(200).fill(Number.NaN);
		return { latencies: { arrivedS, ttftS, e2eS: none, tbtS: none } };
	};
	const figures = overlaysOf(
		[
			{ label: 'a', series: series(HOUR, [1, 1], latencies(1)) },
			{ label: 'b', series: series(HOUR, [1, 1], latencies(3)) },
		],
		true,
	);
	const { data, curves } = drawn(figures, 'ttft-over-time');
	assert.equal(
		curves.map(({ label }) => label),
		['a p50', 'a p99', 'b p50', 'b p99'],
	);
	assert.equal(data, [
		[0, HOUR],
		[1, 2],
		[1, 2],
		[3, 6],
		[3, 6],
	]);
	assert.is(curves[2]?.color, curves[3]?.color);
	assert.is.not(curves[0]?.color, curves[2]?.color);
	assert.ok(figures.some(({ id }) => id === 'ttft-distribution'));
	assert.not.ok(figures.some(({ id }) => id === 'tbt-over-time'));
});

test.run();
