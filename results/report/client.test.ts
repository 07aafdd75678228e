import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { page } from './html.ts';

/** What pages run in the browser, as it is built. */
const CLIENT = projectFile('results/report/client');
/** What every page carries of scripts and styles. */
const BYTES_MAX = 100_000;

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-client-'));
test.after(() => rmSync(folder, { recursive: true }));

test('a page has one script and one style sheet, of less than 100 kB', () => {
	const html = page({ title: '', head: '', body: '', figures: [], timezone: 'UTC' });
	const parts = [...html.matchAll(/<(?:script type="module"|style)>(.*?)<\/(?:script|style)>/gs)];
	assert.is(parts.length, 2);
	assert.is([...html.matchAll(/<script|<style/g)].length, 3, 'and the data');
	const bytes = parts.reduce((sum, [, text = '']) => sum + Buffer.byteLength(text), 0);
	assert.ok(bytes < BYTES_MAX, `${bytes} bytes`);
	assert.match(html, /uPlot, Copyright \(c\) 2025, Leon Sorokin, MIT License/);
});

test('the client is held to the type of what a page carries, and knows a browser but no Node', () => {
	const from = relative(folder, CLIENT);
	const lines = [
		`import { page } from '${from}/data.ts';`,
		'export const zone: string = page.timezone;',
		'export const title: number = page.figures[0].title;',
		'export const data = page.figures.map(({ dta }) => dta);',
		'document.title = process.title;',
		'export const same = (value) => value;',
	];
	writeFileSync(join(folder, 'bad.ts'), lines.join('\n'));
	const config = {
		extends: join(CLIENT, 'tsconfig.json'),
		compilerOptions: { rootDir: '/' },
		include: ['bad.ts'],
	};
	writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
	const tsc = projectFile('node_modules/typescript/bin/tsc');
	const { stdout } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', folder], {
		encoding: 'utf8',
	});
	const found = [...stdout.matchAll(/bad\.ts\((\d+),\d+\): error (TS\d+)/g)];
	assert.equal(
		found.map(([, line, code]) => `${line} ${code}`),
		['3 TS2322', '3 TS2532', '4 TS2339', '5 TS2591', '6 TS7006'],
		stdout,
	);
});

test('the client in dist/ is what its sources give, byte for byte', () => {
	const again = spawnSync('npm', ['run', '--silent', 'client', '--', `--outdir=${folder}`], {
		cwd: projectFile('.'),
		encoding: 'utf8',
	});
	assert.is(again.status, 0, again.stdout + again.stderr);
	for (const name of ['main.js', 'main.css']) {
		const built = readFileSync(projectFile(`dist/results/report/client/${name}`), 'utf8');
		assert.ok(readFileSync(join(folder, name), 'utf8') === built, name);
	}
});

/** Declarations of the rules outside conditions, each with its selector. */
function declarationsOf(folder: string, names: readonly string[]): string[] {
	return names.flatMap((name) => {
		const text = readFileSync(projectFile(`${folder}/${name}.css`), 'utf8');
		const plain = text
			.replace(/\/\*.*?\*\//gs, '')
			.replace(/@media[^{]*\{(?:[^{}]*\{[^}]*\})*\s*\}/g, '');
		return [...plain.matchAll(/([^{}]+)\{([^}]*)\}/g)].flatMap(([, selectors = '', body = '']) =>
			selectors.split(',').flatMap((selector) =>
				body
					.split(';')
					.map((one) => one.trim().replace(/\s+/g, ' '))
					.filter((one) => one !== '')
					.map((one) => `${selector.trim()} { ${one} }`),
			),
		);
	});
}

test('what the pages of reports and the dashboard style alike stands once, in base.css', () => {
	const ours = declarationsOf('results/report/client', ['page', 'controls', 'study']);
	const dashboard = 'services/gateway/client';
	const theirs = declarationsOf(dashboard, ['page', 'parts', 'forms', 'drawings']);
	const base = new Set(declarationsOf(dashboard, ['base']));
	assert.ok(base.has('th { text-align: left }') && ours.length > 100 && theirs.length > 100);
	const shared = new Set(theirs);
	assert.equal(
		ours.filter((one) => shared.has(one) || base.has(one)),
		[],
	);
	assert.equal(
		theirs.filter((one) => base.has(one)),
		[],
	);
});

test.run();
