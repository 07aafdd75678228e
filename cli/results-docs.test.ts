import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { RUN_FILES } from '../protocol/run-folder/files.ts';
import { metadataKeys, resultsDocs } from './results-docs.ts';

const text = readFileSync(projectFile('docs/results.md'), 'utf8');

test('docs/results.md is what the description of the run folder says', () => {
	assert.is(text, resultsDocs(text), 'run: node dist/cli/results-docs.js --write');
});

test('docs/results.md has every table of a run folder, under its own heading, and no column elsewhere', () => {
	for (const { table } of RUN_FILES) {
		if (table === undefined) continue;
		const heading = new RegExp(
			`^### ${table.file}\\n(?:(?!^#)[\\s\\S])*?^<!-- made: ${table.file} -->`,
			'm',
		);
		assert.match(text, heading, table.file);
	}
	const byHand = text.replaceAll(/^<!-- made: [\s\S]*?^<!-- end -->$/gm, '');
	assert.not.match(byHand, /^\| column/m);
});

test('every key of metadata.yaml has a meaning', () => {
	const keys = metadataKeys();
	assert.ok(keys.length > 80, `only ${keys.length} keys`);
	for (const [key, meaning] of keys) assert.ok(meaning !== '', key);
});

test('resultsDocs() refuses a part that nobody makes', () => {
	assert.throws(() => resultsDocs('<!-- made: nothing.csv -->\n<!-- end -->'), /unknown part/);
});

test.run();
