import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { choosePrefix, createPrefixIndex, rememberPrefix } from './prefix-index.ts';

test('choosePrefix() takes the replica that knows most of the prompt, of equals the least loaded', () => {
	const index = createPrefixIndex(3);
	rememberPrefix(index, 1, [7, 400, 8, 400]);
	rememberPrefix(index, 2, [7, 400]);
	const choose = (pieces: number[], outstanding: number[]) =>
		choosePrefix(index, pieces, 1000, outstanding);
	assert.is(choose([7, 400, 8, 400], [0, 5, 1]), 1);
	assert.is(choose([7, 400, 9, 400], [0, 5, 1]), 2);
	assert.is(choose([7, 400, 9, 400], [0, 1, 5]), 1);
	// A piece counts only behind the same ones: 8 alone is unknown.
	assert.is(choose([8, 400], [3, 2, 4]), 1);
});

test('choosePrefix() balances where little is known, and where one replica is far ahead', () => {
	const index = createPrefixIndex(2);
	rememberPrefix(index, 1, [7, 200]);
	// 200 of 1,000 tokens are less than 30 %.
	assert.is(choosePrefix(index, [7, 200], 1000, [1, 2]), 0);
	assert.is(choosePrefix(index, [7, 200], 500, [1, 2]), 1);
	assert.is(choosePrefix(index, [7, 200], 500, [10, 42]), 1);
	assert.is(choosePrefix(index, [7, 200], 500, [10, 43]), 0);
	assert.is(choosePrefix(index, [7, 200], 500, [100, 140]), 1);
});

test('rememberPrefix() forgets old prefixes for new ones, in memory that does not grow', () => {
	const index = createPrefixIndex(1);
	for (let name = 1; name <= 100_000; name++) rememberPrefix(index, 0, [name, 100]);
	const [places = new Float64Array()] = index.known;
	assert.is(places.length, 4096);
	const empty = new Float64Array(places.length);
	const known = (name: number) =>
		choosePrefix({ known: [empty, places] }, [name, 100], 100, [0, 1]) === 1;
	assert.ok(known(100_000));
	let old = 0;
	for (let name = 1; name <= 1000; name++) if (known(name)) old++;
	assert.is(old, 0);
});

test.run();
