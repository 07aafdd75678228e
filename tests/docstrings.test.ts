import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withoutDocstring } from './docstrings.ts';

test('a function or class of a file that is for others and has no docstring is found', () => {
	const files = [
		{
			path: 'run/tide.ts',
			text: [
				'/** Says. */',
				'export function said() {}',
				'export function unsaid() {}',
				'// Says nothing.',
				'export async function commented() {}',
				'export class Tide {}',
				'export const high = (a: number) => a;',
				'export const low: Low = async () => 1;',
				'/**',
				' * Says.',
				' */',
				'export function* steps() {}',
				'export const N = 1;',
				'function own() {}',
			].join('\n'),
		},
		{ path: 'run/tide.test.ts', text: 'export function unsaid() {}\n' },
	];
	assert.equal(
		withoutDocstring(files).map((line) => line.replace(/ without.*/, '')),
		['unsaid', 'commented', 'Tide', 'high', 'low'].map(
			(name, i) => `run/tide.ts:${[3, 5, 6, 7, 8][i]}: ${name}`,
		),
	);
});

test.run();
