import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { tableOf } from '../../protocol/run-folder/files.ts';
import { type Run, readRun } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-needed-'));
test.after(() => rmSync(folder, { recursive: true }));

async function runOf(files: Readonly<Record<string, string>>): Promise<Run> {
	for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
	return readRun(folder);
}

const STEPS = {
	'metadata.yaml': 'gridbeat: {status: complete}\n',
	'timeseries.csv': [
		'time,p_delta,p_grid,actor_states.a.power,time_utc',
		'2026-01-01 00:00:00,-1,-1,-1,2026-01-01T00:00:00Z',
		'2026-01-01 01:00:00,-1,-1,-1,2026-01-01T01:00:00Z',
		'',
	].join('\n'),
	'request_metrics.csv':
		'request_e2e_time,prefill_e2e_time,request_num_prefill_tokens,request_num_decode_tokens,request_num_restarts,arrived_at\n1.1,0.1,90,11,0,5\n',
};

/** A table without one of its columns; that of the same place goes from each row. */
function without(text: string, column: string): string {
	const [header = '', ...rows] = text.split('\n');
	const at = header.split(',').indexOf(column);
	const cut = (line: string) => (line === '' ? line : line.split(',').toSpliced(at, 1).join(','));
	return [header, ...rows].map(cut).join('\n');
}

test('readRun() refuses a table without a column that it needs, whichever, by its name', async () => {
	const metric = 'metric,count,mean,min,p50,p90,p95,p99,max\n';
	const tables: Readonly<Record<string, string>> = {
		...STEPS,
		'usage.csv': 'time_s,replica,energy\n0,a,1\n',
		'changed_requests.csv':
			'arrived_at,request_id,prefill_tokens_asked,decode_tokens_asked,prefill_tokens,decode_tokens\n1,0,9,9,8,9\n',
		'request_quantiles.csv':
			metric + QUANTILE_METRICS.map((name) => `${name},1,1,1,1,1,1,1,1\n`).join(''),
		'request_distributions.csv': 'metric,share,value\nprefill_e2e_time,0,1\n',
	};
	let refused = 0;
	for (const file of Object.keys(tables)) {
		for (const { name, isNeeded } of tableOf(file)?.columns ?? []) {
			if (isNeeded !== true) continue;
			const text = without(tables[file] as string, name);
			assert.is.not(text, tables[file], `${file} has ${name}`);
			await refusal({ ...tables, [file]: text }, `${file}": it has no column "${name}"`);
			refused += 1;
		}
	}
	assert.ok(refused > 20, String(refused));
	const timeless = without(without(STEPS['timeseries.csv'], 'time'), 'time_utc');
	const neither = 'timeseries.csv": it has neither a column "time_utc" nor one "time"';
	await refusal({ ...tables, 'timeseries.csv': timeless }, neither);
	// In another order it is the same run.
	const turned = { ...tables, 'usage.csv': 'replica,energy,time_s\na,1,0\n' };
	const [one, other] = [await runOf(tables), await runOf(turned)];
	assert.is(one.usage?.replicas[0]?.name, 'a');
	assert.is(other.usage?.powerW[0], one.usage?.powerW[0]);
	assert.is(one.usage?.powerW[0], 1);
});

const QUANTILE_METRICS = [
	'request_e2e_time',
	'prefill_e2e_time',
	'request_num_prefill_tokens',
	'request_num_decode_tokens',
	'request_num_restarts',
];

async function refusal(files: Readonly<Record<string, string>>, says: string): Promise<void> {
	try {
		await runOf(files);
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.ok((error as Error).message.startsWith('Cannot read "'), String(error));
		assert.ok((error as Error).message.endsWith(says), String(error));
		return;
	}
	assert.unreachable(says);
}

test.run();
