import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { paretoFront } from './pareto.ts';
import { type SearchOptions, searchCapacity } from './search.ts';

const OPTIONS: SearchOptions = {
	startQps: 1,
	tolerance: 0.01,
	minQps: 1e-4,
	curve: [0.5, 0.9],
	maxTrials: 60,
};

function searching(passes: (qps: number) => boolean, options: Partial<SearchOptions> = {}) {
	const asked: number[] = [];
	const tryAt = async (qps: number) => {
		asked.push(qps);
		return { qps, passes: passes(qps) };
	};
	return searchCapacity(tryAt, { ...OPTIONS, ...options }).then((found) => ({ found, asked }));
}

test('searchCapacity() brackets any threshold to the tolerance, from any start, and asks for no rate twice', () =>
	fc.assert(
		fc.asyncProperty(
			fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
			fc.double({ min: 1e-2, max: 1e3, noNaN: true }),
			fc.constantFrom(0.001, 0.01, 0.1),
			async (threshold, startQps, tolerance) => {
				const { found, asked } = await searching((qps) => qps <= threshold, {
					startQps,
					tolerance,
				});
				const { best, worst } = found;
				assert.ok(best !== null && worst !== null);
				assert.ok(best.qps <= threshold && threshold < worst.qps);
				assert.ok(worst.qps <= best.qps * (1 + tolerance));
				assert.ok(found.isConverged && found.isMonotone);
				assert.is(new Set(asked).size, asked.length);
				assert.equal(
					found.tried.map(({ qps }) => qps),
					[...asked].sort((a, b) => a - b),
				);
				// Doublings to the threshold, halvings of the logarithm of 2, and the curve.
				const most =
					Math.abs(Math.log2(threshold / startQps)) + Math.log2(Math.log(2) / tolerance) + 8;
				assert.ok(asked.length <= most, `${asked.length} of ${most}`);
			},
		),
	));

test('searchCapacity() says so when nothing passes, and when it runs out of trials', async () => {
	const nothing = await searching(() => false);
	assert.is(nothing.found.best, null);
	assert.ok((nothing.found.tried[0]?.qps ?? 0) >= OPTIONS.minQps);
	const all = await searching(() => true, { maxTrials: 5 });
	assert.is(all.found.worst, null);
	assert.not.ok(all.found.isConverged);
	// Half of the last was tried on the way.
	assert.equal(all.asked, [1, 2, 4, 8, 16, 0.9 * 16]);
});

test('searchCapacity() goes below a hole that its curve finds, and says that the answer is not monotone', async () => {
	// Passes up to 8 but for a hole that holds half of what is found first.
	const { found } = await searching((qps) => qps <= 8 && !(qps > 3.5 && qps < 4.5), {
		startQps: 5,
	});
	assert.not.ok(found.isMonotone);
	assert.ok(found.best !== null && found.best.qps <= 3.5 && found.best.qps > 3.4);
	assert.ok(found.worst !== null && found.worst.qps > 3.5 && found.worst.qps < 4.5);
});

test('searchCapacity() of any verdicts ends with a best below which nothing tried fails', () =>
	fc.assert(
		fc.asyncProperty(fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }), async (verdicts) => {
			const { found } = await searching(
				(qps) => qps < 1e6 && (verdicts[Math.floor(qps * 7) % 64] as boolean),
			);
			const { best, worst, tried } = found;
			if (best === null) return;
			assert.ok(tried.every(({ qps, passes }) => passes || qps > best.qps));
			assert.ok(worst === null || worst.qps > best.qps);
		}),
	));

test('paretoFront() is what comparing every pair gives', () => {
	const point = fc.record({
		cost: fc.integer({ min: 0, max: 9 }),
		gain: fc.integer({ min: 0, max: 9 }),
	});
	fc.assert(
		fc.property(fc.array(point), (points) => {
			const isBeaten = (one: (typeof points)[number]) =>
				points.some(
					({ cost, gain }) =>
						cost <= one.cost && gain >= one.gain && (cost < one.cost || gain > one.gain),
				);
			const front = new Set(paretoFront(points));
			assert.equal(front, new Set(points.filter((one) => !isBeaten(one))));
			const costs = paretoFront(points).map(({ cost }) => cost);
			assert.equal(
				costs,
				[...costs].sort((a, b) => a - b),
			);
		}),
	);
});

test.run();
