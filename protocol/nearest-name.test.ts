import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { knownText, nearestName } from './nearest-name.ts';

const MODELS = ['meta-llama/Meta-Llama-3-8B', 'meta-llama/Llama-2-7b-hf', 'microsoft/phi-2'];

test('the nearest name is the one with the fewest edits, whole or behind its last slash', () => {
	assert.is(nearestName('a10', ['h100', 'a100', 'a40']), 'a100');
	assert.is(nearestName('meta-llama/Llama-3-8B', MODELS), 'meta-llama/Meta-Llama-3-8B');
	assert.is(nearestName('phi2', MODELS), 'microsoft/phi-2');
	assert.is(nearestName('Europe/Berln', ['Europe/Berlin', 'Europe/Paris']), 'Europe/Berlin');
	assert.is(nearestName('Berlin', ['Europe/Paris', 'Europe/Berlin']), 'Europe/Berlin');
});

test('or the shortest that has it in itself, if it is half of it', () => {
	assert.is(nearestName('llama2-7b', MODELS), 'meta-llama/Llama-2-7b-hf');
	assert.is(nearestName('gpt', MODELS), null);
	assert.is(nearestName('a', ['bcdefg']), null);
	assert.is(nearestName('x'.repeat(100_000), MODELS), null);
});

test('a message names the nearest first and then all', () => {
	assert.is(knownText('h10', ['a100', 'h100']), 'did you mean "h100"? known are a100, h100');
	assert.is(knownText('abacus', ['a100', 'h100']), 'known are a100, h100');
});

test.run();
