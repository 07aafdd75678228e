import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../../protocol/errors.ts';
import * as fc from '../../../tests/properties.test-support.ts';
import { atPath, parseJsonPath } from './json-path.ts';

const at = (document: unknown, text: string) => atPath(document, parseJsonPath(text, 'value'));

test('a path finds what stands there', () => {
	const document = {
		data: [{ v: 1, t: 'a' }, { v: null }, { v: 3, w: [[7], [8, 9]] }],
		'a.b': { 'x"y': 5 },
		list: [[1, 2], [3]],
	};
	const cases: [string, unknown][] = [
		['data[0].v', 1],
		['$.data[0].v', 1],
		['data[-1].v', 3],
		['data.2.v', 3],
		['data[*].v', [1, null, 3]],
		['data.*.v', [1, null, 3]],
		['data[*].t', ['a', undefined, undefined]],
		['data[-1].w[1][0]', 8],
		['list[*][*]', [1, 2, 3]],
		['["a.b"]["x\\"y"]', 5],
		['data[9].v', undefined],
		['nothing.here', undefined],
		['data.length', undefined],
		['constructor', undefined],
		['__proto__.x', undefined],
		['data[*].v.x', [undefined, undefined, undefined]],
		['a[*]', undefined],
	];
	for (const [path, expected] of cases) assert.equal(at(document, path), expected, path);
	assert.equal(at([4, 5], '[1]'), 5);
	assert.equal(at([4, 5], '$[-1]'), 5);
	assert.is(at(7, '$'), 7);
});

test('a path that is none is refused with the place where it breaks off', () => {
	for (const [path, rest] of [
		['a..b', '..b'],
		['a[', '['],
		['a[x]', '[x]'],
		['a.', '.'],
		['a["b]', '["b]'],
		['a b]', ']'],
	] as const)
		assert.throws(
			() => parseJsonPath(path, 'value'),
			(error: unknown) =>
				error instanceof ConfigError &&
				error.message.startsWith(`Cannot use value "${path}": it breaks off at "${rest}"`),
			path,
		);
});

test('whatever stands in a document is found by the path that leads there', () => {
	const key = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => text !== '__proto__');
	fc.assert(
		fc.property(fc.array(key, { maxLength: 5 }), fc.jsonValue(), (keys, leaf) => {
			const document = keys.reduceRight<unknown>((inner, name) => ({ [name]: inner }), leaf);
			assert.equal(at(document, keys.map((name) => `[${JSON.stringify(name)}]`).join('')), leaf);
		}),
	);
});

test.run();
