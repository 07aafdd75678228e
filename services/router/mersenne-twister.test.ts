import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
	copyStream,
	nextDouble,
	nextUint32,
	numpyPermutation,
	numpyStream,
	pythonBelow,
	pythonStream,
} from './mersenne-twister.ts';

// Expected numbers were printed by CPython 3.11.7, numpy 1.24.2 and pandas 1.5.3.

test('nextUint32() gives the ten-thousandth number that the C++ standard names for MT19937', () => {
	// std::mt19937 default-constructed (seed 5489); ISO C++ [rand.predef].
	const stream = numpyStream(5489);
	for (let i = 1; i < 10_000; i++) nextUint32(stream);
	assert.is(nextUint32(stream), 4123659995);
});

test('pythonStream() draws what random.seed() and random.random() do', () => {
	const stream = pythonStream(42);
	assert.equal(
		[nextDouble(stream), nextDouble(stream), nextDouble(stream)],
		[0.6394267984578837, 0.025010755222666936, 0.27502931836911926],
	);
	assert.is(nextDouble(pythonStream(0)), 0.8444218515250481);
	assert.is(nextDouble(pythonStream(2 ** 40 + 7)), 0.6137037779936511);
	assert.is(nextDouble(pythonStream(-42)), 0.6394267984578837);
});

test('pythonBelow() draws what random.randint() does', () => {
	const stream = pythonStream(42);
	const drawn = Array.from({ length: 10 }, () => pythonBelow(stream, 7) + 1);
	assert.equal(drawn, [6, 1, 1, 6, 3, 2, 2, 2, 6, 1]);
	assert.is(pythonBelow(stream, 1), 0);
});

test('numpyStream() draws what RandomState.random_sample() does', () => {
	const stream = numpyStream(42);
	assert.equal(
		[nextDouble(stream), nextDouble(stream), nextDouble(stream)],
		[0.3745401188473625, 0.9507143064099162, 0.7319939418114051],
	);
	assert.is(nextDouble(numpyStream(0)), 0.5488135039273248);
	assert.is(nextDouble(numpyStream(2 ** 32 - 1)), 0.0976320289940138);
});

test('numpyPermutation() shuffles as DataFrame.sample(frac=1, random_state=seed) does', () => {
	assert.equal([...numpyPermutation(numpyStream(42), 12)], [10, 9, 0, 8, 5, 2, 1, 11, 4, 7, 3, 6]);
	assert.equal(
		[...numpyPermutation(numpyStream(7), 1000).slice(0, 10)],
		[778, 334, 271, 802, 216, 408, 812, 94, 487, 170],
	);
	assert.equal([...numpyPermutation(numpyStream(7), 0)], []);
});

test('copyStream() goes on alike and apart', () => {
	const stream = pythonStream(5);
	nextDouble(stream);
	const copy = copyStream(stream);
	const expected = nextDouble(stream);
	nextDouble(stream);
	assert.is(nextDouble(copy), expected);
});

test.run();
