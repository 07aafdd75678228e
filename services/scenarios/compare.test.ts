import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { gridbeat, tempFolder } from './cli.ts';

const folder = tempFolder();

async function made(name: string, flags: readonly string[]): Promise<string> {
	const out = join(folder, name);
	const base = ['run', '--in-process', '--no-serving', '--until', '10min', '--out', out];
	const { code, stderr } = await gridbeat([...base, '--start', '2024-06-20T12:00', ...flags]);
	assert.is(code, 0, stderr);
	return out;
}

test('gridbeat compare puts repeats together and pairs them', async () => {
	const runs: string[] = [];
	for (const load of ['500', '800'])
		for (const seed of ['1', '2'])
			runs.push(await made(`${load}-${seed}`, ['--load', load, '--seed', seed]));
	const page = join(folder, 'page.html');
	const { code, stdout, stderr } = await gridbeat(['compare', ...runs, '--json', '--html', page]);
	assert.is(code, 0, stderr);
	const { cases, differingKeys, figures } = JSON.parse(stdout);
	assert.equal(
		cases.map(({ label, runs: own }: { label: string; runs: unknown[] }) => [label, own.length]),
		[
			['500-1', 2],
			['800-1', 2],
		],
	);
	assert.equal(differingKeys, { 'loads.0.powerW': ['500', '800'] });
	const direct = figures.find(({ name }: { name: string }) => name === 'energy.loadKwh');
	assert.ok(Math.abs(direct.cases[1].difference - 0.05) < 1e-9);
	assert.ok(direct.cases[1].differenceHalfWidth < 1e-9, 'the sky of a seed is the same');
	const html = readFileSync(page, 'utf8');
	assert.match(html, /<td>energy.loadKwh \(kWh\)<\/td>/);
	assert.not(/(src|href)="(?!data:)/.test(html), 'the page asks for nothing');
	const table = await gridbeat(['compare', ...runs, '--csv', '--metrics', 'energy.loadKwh']);
	const [row] = parse(table.stdout, { columns: true }) as Record<string, string>[];
	assert.is(Number(row?.['800-1.percent']).toFixed(6), '60.000000');
});

test('gridbeat compare wants two cases', async () => {
	const { code, stderr } = await gridbeat([
		'compare',
		join(folder, '500-1'),
		join(folder, '500-2'),
	]);
	assert.is(code, 2);
	assert.match(stderr, /^Cannot compare fewer than two cases: [^\n]+\n$/);
});

test.run();
