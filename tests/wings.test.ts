import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { CODE_WINGS, WINGS } from './laws.ts';

/** The lists of wings that cannot be one: files of tools, and code that a package has without the tests. */

const read = (path: string) => readFileSync(projectFile(path), 'utf8');

/** What stands between two texts of a file, as words. */
function wordsIn(path: string, pattern: RegExp): string[] {
	const [, inner] = pattern.exec(read(path)) ?? [];
	assert.ok(inner !== undefined, `${path}: no list of wings by ${pattern}`);
	return inner.match(/[\w-]+/g) ?? [];
}

/** Names that are wings, in their order. */
const wingsAmong = (names: readonly string[]) =>
	WINGS.flat().filter((wing) => names.includes(wing));

test('every list of wings has them all, and no other', () => {
	const lists: readonly (readonly [path: string, pattern: RegExp, wings: readonly string[]])[] = [
		['Makefile', /^WINGS := (.*)$/m, [...CODE_WINGS, 'tests']],
		['tsconfig.json', /"include": \[([^\]]*)\]/, [...CODE_WINGS, 'tests', 'bench']],
	];
	for (const [path, pattern, wings] of lists) assert.equal(wordsIn(path, pattern), wings, path);
});

test('an image has the wings that a package has', () => {
	const copied = Array.from(
		read('deploy/Containerfile').matchAll(/^COPY (\w+) \.\/\1$/gm),
		([, name = '']) => name,
	);
	assert.equal(wingsAmong(copied), CODE_WINGS);
	const kept = Array.from(
		read('deploy/Containerfile.dockerignore').matchAll(/^!(\w+)$/gm),
		([, name = '']) => name,
	);
	assert.equal(wingsAmong(kept), CODE_WINGS);
});

test('types are shipped of the wings that a program of somebody’s may reach', () => {
	const typed = wordsIn('package.json', /"dist\/\{([^}]*)\}\/\*\*\/\*\.d\.ts"/);
	const top = CODE_WINGS.indexOf('run');
	assert.equal(typed, CODE_WINGS.slice(0, top + 1));
});

test.run();
