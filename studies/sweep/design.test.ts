import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { Design, expandDesign, pointLabel, varyingKeys } from './design.ts';

function points(design: object, seed = '1') {
	return expandDesign(Design.parse(design), seed);
}

test('expandDesign() gives each point of the list every combination of the grid, in order', () => {
	const list = [
		{ 'serving.scheduler': 'vllm' },
		{ 'serving.scheduler': 'orca', 'requests.qps': 9 },
	];
	const grid = { 'serving.replicas': [1, 2], 'serving.device': ['a100', 'h100'] };
	assert.equal(
		points({ list, grid }).map((point) => Object.values(point).join(' ')),
		[
			'vllm 1 a100',
			'vllm 1 h100',
			'vllm 2 a100',
			'vllm 2 h100',
			'orca 9 1 a100',
			'orca 9 1 h100',
			'orca 9 2 a100',
			'orca 9 2 h100',
		],
	);
	assert.equal(points({}), [{}]);
});

test('expandDesign() with latin draws once from each equal part of each range, within it', () => {
	const draw = { min: 2, max: 50 };
	fc.assert(
		fc.property(
			fc.integer({ min: 1, max: 40 }),
			fc.string(),
			fc.boolean(),
			(samples, seed, log) => {
				const keys = {
					a: { ...draw, scale: log ? 'log' : 'linear' },
					b: { ...draw, integer: true },
				};
				const drawn = points({ random: { samples, keys } }, seed);
				const part = (value: number) =>
					log ? Math.log(value / 2) / Math.log(25) : (value - 2) / (50 - 2);
				const strata = drawn.map(({ a }) => Math.floor(part(a as number) * samples + 1e-9));
				assert.equal(
					strata.sort((x, y) => x - y),
					Array.from({ length: samples }, (_, i) => i),
				);
				for (const { b } of drawn)
					assert.ok(Number.isInteger(b) && (b as number) >= 2 && (b as number) <= 50);
				assert.equal(points({ random: { samples, keys } }, seed), drawn);
			},
		),
		{ numRuns: 60 },
	);
});

test('expandDesign() draws choices about equally often, and other numbers with another seed', () => {
	const keys = { x: { choices: ['a', 'b', 'c'] } };
	const uniform = points({ random: { samples: 300, method: 'uniform', keys } });
	for (const choice of ['a', 'b', 'c']) {
		const count = uniform.filter(({ x }) => x === choice).length;
		// Binomial(300, 1/3): 100 with a standard deviation of 8.2.
		assert.ok(count > 60 && count < 140, `${choice}: ${count}`);
	}
	assert.not.equal(points({ random: { samples: 300, method: 'uniform', keys } }, '2'), uniform);
	const latin = points({ random: { samples: 300, keys } });
	assert.is(latin.filter(({ x }) => x === 'b').length, 100);
});

test('expandDesign() refuses a key in two parts', () => {
	assert.throws(
		() => points({ grid: { 'requests.qps': [1] }, list: [{ 'requests.qps': 2 }] }),
		/Cannot vary "requests.qps" twice: /,
	);
});

test('pointLabel() names keys by their last part, or whole where two end alike', () => {
	const grid = {
		'serving.model': ['meta-llama/Llama-2-7b-hf'],
		'solar.0.name': ['x'],
		'b.name': ['y', 'z'],
	};
	const [first = {}, second = {}] = points({ grid });
	assert.equal(varyingKeys([first, second]), ['b.name']);
	const keys = Object.keys(grid);
	assert.is(pointLabel(first, keys), 'model Llama-2-7b-hf, solar.0.name x, b.name y');
	assert.is(pointLabel(second, ['b.name']), 'name z');
	assert.is(pointLabel({}, []), 'base');
});

test('pointLabel() tells points apart by their whole values', () => {
	const keys = ['serving.maxTokens'];
	const labels = [16384, 16385, 0.123456789].map((value) =>
		pointLabel({ 'serving.maxTokens': value }, keys),
	);
	assert.equal(labels, ['maxTokens 16384', 'maxTokens 16385', 'maxTokens 0.123456789']);
});

test.run();
