import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import { canonicalJson, type Json, sha256 } from './canonical.ts';
import { jobHash } from './identity.ts';

test('canonicalJson() is JSON of the same value, whatever the order of keys', () => {
	fc.assert(
		fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
			const reversed = Object.fromEntries(Object.entries(object).reverse());
			assert.is(canonicalJson(object), canonicalJson(reversed));
			assert.equal(JSON.parse(canonicalJson(object)), JSON.parse(JSON.stringify(object)));
		}),
	);
	assert.is(
		canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined }),
		'{"b":[1,{"c":"x","d":null}]}',
	);
	assert.throws(() => canonicalJson({ a: Number.NaN }), /Cannot write NaN/);
});

test('sha256() gives the digest of the standard', () => {
	// FIPS 180-2, appendix B.1.
	assert.is(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('jobHash() sees the contents of data files and folders, not where they lie', () => {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-identity-'));
	const of = (spec: Json, program = '1') => jobHash({ program, kind: 'run', spec });
	const file = (name: string, text: string) => {
		writeFileSync(join(folder, name), text);
		return join(folder, name);
	};
	const a = of({ carbon: { path: file('a.csv', '1,2\n') } });
	assert.is(of({ carbon: { path: file('b.csv', '1,2\n') } }), a);
	assert.is.not(of({ carbon: { path: file('c.csv', '1,3\n') } }), a);
	assert.is.not(of({ carbon: { path: join(folder, 'a.csv') } }, '2'), a);
	// A name is no path, and a path under another key is a mere text.
	assert.is.not(of({ note: join(folder, 'a.csv') }), of({ note: join(folder, 'b.csv') }));
	mkdirSync(join(folder, 'tables'));
	file('tables/x.csv', '1');
	const tables = of({ profile: join(folder, 'tables') });
	renameSync(join(folder, 'tables'), join(folder, 'moved'));
	assert.is(of({ profile: join(folder, 'moved') }), tables);
	rmSync(folder, { recursive: true });
});

test.run();
