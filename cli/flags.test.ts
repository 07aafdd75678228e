import { resolve } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SCENARIO_FLAGS } from './flags.ts';

test('a file given by a flag is relative to where the command runs', () => {
	const parse = (key: string) => SCENARIO_FLAGS.find((flag) => flag.key === key)?.parse;
	assert.is(parse('serving.model')?.('./card.yaml'), resolve('card.yaml'));
	assert.is(parse('serving.model')?.('microsoft/phi-2'), 'microsoft/phi-2');
	assert.is(parse('serving.profile')?.('scaled-dgx'), 'scaled-dgx');
	assert.is(parse('requests.qps')?.('2.5'), 2.5);
});

test('--compatibility and --power-curve set the keys of the scenario', () => {
	for (const [flag, key] of [
		['--compatibility', 'serving.compatibility'],
		['--power-curve', 'serving.powerCurve'],
	])
		assert.ok(SCENARIO_FLAGS.some((one) => one.flags.startsWith(`${flag} `) && one.key === key));
});

test.run();
