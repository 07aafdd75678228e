import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ActorMoment } from './moment.ts';
import { momentsFromBytes, momentsToBytes } from './moment-bytes.ts';

const test = suite('moment bytes');

const momentOf = (state: unknown): ActorMoment => ({
	...{ name: 'a', state, progressUs: 0, lastUs: -1, steps: 0, loopSeq: 0, inputs: [], outputs: [] },
});

test('moments come back as they were, also numbers that are none', () => {
	const state = { a: [-0, Number.NaN, Number.NEGATIVE_INFINITY], b: Int32Array.of(1, 2) };
	const [back] = momentsFromBytes(momentsToBytes([momentOf(state)])) as [ActorMoment];
	assert.equal(back, momentOf(state));
	assert.ok(Object.is((back.state as typeof state).a[0], -0));
});

test('an actor that goes on changes nothing of the bytes that it came from', () => {
	// Texts of every length: arrays of numbers come to lie at every place in the bytes.
	for (let length = 0; length < 8; length++) {
		const bytes = momentsToBytes([
			momentOf({
				text: 'x'.repeat(length),
				slots: Float64Array.of(1, 2),
				counts: Int32Array.of(3),
			}),
		]);
		const before = new Uint8Array(bytes);
		for (const moment of momentsFromBytes(bytes)) {
			const { slots, counts } = moment.state as { slots: Float64Array; counts: Int32Array };
			slots.fill(-1);
			counts.fill(-1);
		}
		assert.equal(new Uint8Array(bytes), before);
	}
});

test('bytes that hold no moments are refused', () => {
	for (const bytes of [new Uint8Array(), Uint8Array.of(1, 2, 3), momentsToBytes([]).slice(0, 1)])
		assert.throws(() => momentsFromBytes(bytes), /they hold no moments of actors/);
});

test.run();
