import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { csvText } from './csv-text.ts';

test('csvText() quotes only what needs it', () => {
	assert.equal(['São Paulo', 'a,b', 'say "x"'].map(csvText), ['São Paulo', '"a,b"', '"say ""x"""']);
});

test.run();
