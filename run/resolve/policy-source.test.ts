import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { policySource } from './policy-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-policy-'));
test.after(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
}

test('policySource() gives JavaScript as it is, and its SHA-256', () => {
	const text = 'export function decide() {}\n';
	const { code, sha256 } = policySource(fileOf('mine.mjs', text));
	assert.is(code, text);
	assert.is(sha256, '694cd13a0fd0b615514080fb152e7ad08490218a580ca07c6e1bd44a1548762f');
});

test('policySource() takes types out and keeps lines', () => {
	const typed =
		'interface View {\n\tdeltaW: number;\n}\nexport function decide(view: View) {\n\treturn view.deltaW as number;\n}\n';
	const path = fileOf('mine.ts', typed);
	const { code } = policySource(path);
	const lines = code.split('\n');
	assert.match(lines[3] ?? '', /^export function decide\(view *\) \{$/);
	assert.match(lines[4] ?? '', /^\treturn view\.deltaW *;$/);
});

test('policySource() refuses a file that is no TypeScript', () => {
	assert.throws(
		() => policySource(fileOf('broken.ts', 'export const = 5')),
		/Cannot use policy ".*broken\.ts": /,
	);
});

test('policySource() refuses a file that is no module or not there', () => {
	assert.throws(() => policySource(fileOf('mine.py', '')), /ends in \.js, \.mjs or \.ts/);
	assert.throws(
		() => policySource('/nowhere/mine.js'),
		/Cannot read policy "\/nowhere\/mine\.js": there is no such file/,
	);
});

test.run();
