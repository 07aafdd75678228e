import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FileProblems } from './file-problems.ts';
import { readScenario } from './scenario-file.ts';

/** Lines that a scenario in a folder of its own is refused with; empty where it is not. */
function problems(text: string, files: readonly string[] = []): readonly string[] {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-missing-'));
	try {
		for (const name of files) writeFileSync(join(folder, name), 'time,value\n0,1\n');
		writeFileSync(join(folder, 'case.yaml'), text);
		readScenario(join(folder, 'case.yaml'), new Map());
		return [];
	} catch (error) {
		if (!(error instanceof FileProblems)) throw error;
		return error.problems.map((line) => line.replaceAll(`${folder}/`, '').replaceAll(folder, '.'));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const BOTH = `carbon: { source: trace, kind: average, path: carbon.csv }
loads:
  - { type: trace, name: server, path: load.csv }
`;

test('a scenario names all files that are not there, with key, line and folder', () => {
	assert.equal(problems(BOTH), [
		'Cannot read "carbon.csv", "carbon.path" in case.yaml:1: there is no such file in .',
		'Cannot read "load.csv", "loads.0.path" in case.yaml:3: there is no such file in .',
	]);
});

test('a comment that says where a file is from is pointed to, also of a single one', () => {
	const text = `# carbon.csv: from the grid's operator\n${BOTH}`;
	assert.equal(problems(text, ['load.csv']), [
		'Cannot read "carbon.csv", "carbon.path" in case.yaml:2: there is no such file in .; the comment in line 1 says where it is from',
	]);
});

test('files that are there, and a single one that is said by whoever reads it, are no matter of it', () => {
	assert.equal(problems(BOTH, ['load.csv', 'carbon.csv']), []);
	assert.equal(problems(BOTH, ['load.csv']), []);
});

test('a file that a feed follows may come later', () => {
	const feeds = ['a', 'b'].map(
		(name) => `  - { type: feed, name: ${name}, feed: { type: csv, path: ${name}.csv } }`,
	);
	assert.equal(problems(`loads:\n${feeds.join('\n')}\n`), []);
});

test.run();
