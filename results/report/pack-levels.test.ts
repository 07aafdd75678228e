import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Figure } from './figure.ts';
import { withLevels } from './pack-levels.ts';
import { overTime } from './time-levels.ts';

/** A figure of minutes without any order: what takes most room. */
function noise(id: string, days: number): Figure {
	let state = days;
	const random = () => {
		state = (state * 16_807) % 2_147_483_647;
		return state;
	};
	const x = Float64Array.from({ length: days * 1440 }, (_, k) => 1_780_000_000 + 60 * k);
	return {
		...{ id, title: id, yLabel: '', unit: '', note: '', x: 'time', logY: false, yRange: null },
		...{ curves: [{ label: id, color: 'load' }], shades: [], marks: [] },
		...overTime({ x, ys: [x.map(random)] }, { stepS: 60, timezone: 'UTC' }),
	};
}

const sizeOf = (figures: ReturnType<typeof withLevels>) =>
	figures
		.flatMap(({ levels = [] }) => levels.flatMap(({ pieces }) => pieces))
		.reduce((sum, { data }) => sum + data.length, 0);

test('withLevels() packs what a reader sees who zooms in, and leaves functions out of JSON', () => {
	const [short, long] = withLevels([noise('short', 2), noise('long', 10)]);
	assert.is(short?.levels, undefined);
	assert.equal(
		long?.levels?.map(({ spanS, count, hasBounds }) => [spanS, count, hasBounds]),
		[
			[900, 960, true],
			[null, 14_400, false],
		].slice(1),
	);
	const pieces = long?.levels?.at(-1)?.pieces ?? [];
	assert.is(pieces.length, 2);
	assert.is(pieces[0]?.untilS, pieces[1]?.fromS);
	assert.not.match(Object.keys(long ?? {}).join(), /finer/);
});

test('withLevels() lets the finest levels go where a page would be too large, largest first', () => {
	const figures = [noise('long', 60), noise('less', 20)];
	const whole = withLevels(figures);
	const bytes = sizeOf(whole);
	const cut = withLevels(figures, bytes - 1);
	assert.is(cut[0]?.levels?.at(-1)?.spanS, 900);
	assert.is(cut[1]?.levels?.at(-1)?.spanS, null);
	assert.ok(sizeOf(cut) < bytes);
	assert.is(sizeOf(withLevels(figures, 0)), 0);
});

test.run();
