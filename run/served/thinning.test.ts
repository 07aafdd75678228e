import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { Thinning } from './thinning.ts';

test('few rows stay as they are', () => {
	const thinning = new Thinning(1, 4, [0, 3]);
	for (const timeUs of [0, 1, 3]) thinning.add(timeUs, [timeUs * 2]);
	const kept = { rows: 3, perBucket: 1, timeUs: [0, 1, 3], columns: [[0, 2, 6]] };
	assert.equal(thinning.kept(), kept);
});

test('of more, every stretch keeps its least and its greatest value in their order', () => {
	const thinning = new Thinning(1, 4, [0, 7]);
	for (const [timeUs, value] of [1, 9, 3, 2, 7, 5, 5, 6].entries()) thinning.add(timeUs, [value]);
	const { timeUs, columns, rows, perBucket } = thinning.kept();
	assert.equal({ timeUs, columns }, { timeUs: [0, 3, 4, 7], columns: [[1, 9, 7, 5]] });
	assert.equal({ rows, perBucket }, { rows: 8, perBucket: 4 });
});

test('no peak is hidden, there are no more points than wanted, and time never goes back', () => {
	const value = fc.oneof(
		fc.double({ noNaN: true, noDefaultInfinity: true }),
		fc.constant(Number.NaN),
	);
	const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), value), {
		minLength: 1,
		maxLength: 200,
	});
	void fc.assert(
		fc.property(rows, fc.integer({ min: 2, max: 40 }), (list, points) => {
			let timeUs = 0;
			const timed = list.map(([gap, one]) => {
				timeUs += gap;
				return [timeUs, one] as const;
			});
			const thinning = new Thinning(1, points, [timed[0]?.[0] ?? 0, timeUs]);
			for (const [at, one] of timed) thinning.add(at, [one]);
			const kept = thinning.kept();
			const [values = []] = kept.columns;
			const known = timed.map(([, one]) => one).filter((one) => !Number.isNaN(one));
			const found = values.filter((one) => !Number.isNaN(one));
			assert.is(kept.rows, list.length);
			assert.ok(kept.timeUs.length <= points);
			assert.is(Math.max(...found), Math.max(...known));
			assert.is(Math.min(...found), Math.min(...known));
			assert.ok(kept.timeUs.every((at, i) => i === 0 || at >= (kept.timeUs[i - 1] ?? 0)));
		}),
	);
});

test.run();
