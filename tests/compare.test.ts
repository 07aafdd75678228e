import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../protocol/errors.ts';
import { readCases } from '../results/compare/cases.ts';
import { chooseMetrics } from '../results/compare/metrics.ts';
import { comparisonCsv, comparisonOf } from '../results/compare/show.ts';
import { Scenario } from '../run/resolve/scenario.ts';
import { simulate } from '../run/simulate.ts';
import { gridbeat, tempFolder } from './cli.ts';

const folder = tempFolder();

async function made(powerW: number, seed: string): Promise<string> {
	const out = join(folder, `${powerW}-${seed}`);
	const scenario = Scenario.parse({
		start: '2024-06-20T12:00',
		until: '10min',
		seed,
		serving: null,
		loads: [{ type: 'constant', name: 'load', powerW }],
	});
	await simulate(scenario, { out, placement: 'in-process', report: false, command: 'test' });
	return out;
}

test('gridbeat compare puts repeats together and pairs them', async () => {
	const runs: string[] = [];
	for (const powerW of [500, 800])
		for (const seed of ['1', '2']) runs.push(await made(powerW, seed));
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
	assert.match(html, /<th scope="row">energy.loadKwh <span class="unit">kWh<\/span><\/th>/);
	assert.not(
		/(src|href)="(?!data:|#|\d+-\d\/report\.html")/.test(html),
		'the page asks for nothing',
	);
	const compared = await readCases(runs);
	const table = comparisonCsv(comparisonOf(compared, chooseMetrics(['energy.loadKwh'])));
	const [row] = parse(table, { columns: true }) as Record<string, string>[];
	assert.is(Number(row?.['800-1.percent']).toFixed(6), '60.000000');
});

test('readCases() wants two cases', async () => {
	try {
		await readCases([join(folder, '500-1'), join(folder, '500-2')]);
		assert.unreachable();
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, /^Cannot compare fewer than two cases: [^\n]+$/);
	}
});

test('gridbeat compare takes what a server measured beside runs, and names a file that is none', async () => {
	const run = await made(400, '9');
	const bench = join(folder, 'bench.json');
	writeFileSync(
		bench,
		JSON.stringify({
			...{ duration: 10, input_lens: [100, 200, 300], output_lens: [3, 2, 0] },
			...{ ttfts: [0.5, 1.5, 0], itls: [[0.25, 0.25], [0.25], []], errors: ['', '', 'timed out'] },
		}),
	);
	const log = join(folder, 'log.jsonl');
	const row = { input_toks: 10, output_toks: 3, queued_ts: 100, first_token_ts: 101 };
	writeFileSync(log, `${JSON.stringify({ ...row, last_token_ts: 105 })}\n`);
	const { code, stdout, stderr } = await gridbeat(['compare', run, bench, log, '--json']);
	assert.is(code, 0, stderr);
	const { figures } = JSON.parse(stdout);
	const means = (name: string) =>
		figures
			.find((figure: { name: string }) => figure.name === name)
			?.cases.map(({ mean }: { mean: number | null }) => mean);
	assert.equal(means('serving.arrived'), [null, 3, 1]);
	assert.equal(means('serving.completed'), [null, 2, 1]);
	assert.equal(means('serving.rejected'), [null, 1, 0]);
	assert.equal(means('serving.ttftS.mean'), [null, 1, 1]);
	assert.equal(means('serving.e2eS.mean'), [null, 1.375, 5]);
	assert.equal(means('serving.meanTbtS'), [null, 0.25, 2]);
	assert.equal(means('serving.outputTokensPerS'), [null, 0.5, 0.6]);
	assert.equal(means('energy.loadKwh')?.slice(1), [null, null]);
	const report = await gridbeat(['report', bench]);
	assert.is(report.code, 2);
	assert.match(report.stderr, /metadata\.yaml: there is none; give a folder below runs\/\n$/);
	const other = join(folder, 'other.json');
	writeFileSync(other, '{"a": 1}');
	const refused = await gridbeat(['compare', run, other]);
	assert.is(refused.code, 2);
	assert.match(
		refused.stderr,
		/Cannot compare ".*other\.json": it is neither a run folder nor what a server measured; it has a; give the file of `vllm bench serve --save-detailed`\n$/,
	);
});

test.run();
