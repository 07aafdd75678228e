import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import type { Remark } from '../protocol/remark.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

/** Whole runs of traces as people publish them. */

const BARE = { until: '10min', carbon: null, solar: [], batteries: [], cap: [] };

function file(name: string, text: string | Buffer): string {
	const path = join(tempFolder(), name);
	writeFileSync(path, text);
	return path;
}

const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

async function attempt(scenario: object, args: readonly string[] = []) {
	const folder = join(tempFolder(), 'run');
	const path = file('scenario.yaml', stringify({ ...BARE, ...scenario }));
	const options = ['--in-process', '--json', '--out', folder];
	return { ...(await gridbeat(['run', path, ...options, ...args])), folder };
}

async function run(scenario: object, args: readonly string[] = []) {
	const { code, stderr, stdout, folder } = await attempt(scenario, args);
	assert.is(code, 0, stderr);
	const { serving, remarks = [] } = JSON.parse(stdout).summary;
	return { folder, serving, remarks: remarks.map(({ text }: Remark) => text) as string[] };
}

const replay = (path: string, more: object = {}) => ({
	requests: { lengths: { type: 'trace-file', path, ...more } },
});

test('blocks that hash_ids name have the tokens that they are said to have, and no others', async () => {
	const rows = Array.from({ length: 40 }, (_, i) => ({
		...{ timestamp: 1000 * i, input_length: 640, output_length: 5 },
		hash_ids: Array.from({ length: 10 }, (_, block) => (block < 2 ? block : 10 * (i + 1) + block)),
	}));
	const path = file('mooncake.jsonl', lines(rows));
	const shared = { serving: { replicas: 1, prefixCache: { type: 'shared' } } };
	const { code, stderr } = await attempt({ ...shared, ...replay(path) });
	assert.is(code, 2);
	assert.match(
		stderr,
		'row 1 names 10 blocks of a prompt of 640 tokens, and with 512 tokens a block it has 2; say how many tokens a block has: requests.lengths.hashTokens (--hash-tokens) 64',
	);
	const { serving } = await run({ ...shared, ...replay(path, { hashTokens: 64 }) });
	// All prompts but the first find two of their ten blocks.
	assert.ok(Math.abs(serving.cachedShare - (100 * 39 * 128) / (40 * 640)) < 1e-9);
	const { serving: byFlag } = await run(shared, ['--requests', path, '--hash-tokens', '64']);
	assert.is(byFlag.cachedShare, serving.cachedShare);
});

test('sessions of a trace find the turns before in the cache', async () => {
	const header = 'Timestamp,Session ID,Model,Request tokens,Response tokens';
	const rows = ['0,a,GPT-4,320,64', '60,b,GPT-4,320,64', '120,a,GPT-4,640,64'];
	const path = file('burst.csv', [header, ...rows].join('\n'));
	const shared = { serving: { replicas: 1, prefixCache: { type: 'shared' } } };
	const { serving } = await run({ ...shared, ...replay(path) });
	assert.is(serving.completed, 3);
	// The third prompt begins with the 384 tokens of the first turn.
	assert.ok(Math.abs(serving.cachedShare - (100 * 384) / 1280) < 2, String(serving.cachedShare));
});

test('seconds in rows of Mooncake’s arrive when they did, once they are said to be seconds', async () => {
	const rows = [0.0, 60.4].map((timestamp) => ({ timestamp, input_length: 10, output_length: 5 }));
	const path = file('seconds.jsonl', lines(rows));
	const { code, stderr } = await attempt({}, ['--requests', path]);
	assert.is(code, 2);
	assert.match(stderr, 'row 2: timestamp is "60.4", and Mooncake\'s are whole milliseconds');
	for (const [scenario, args] of [
		[replay(path, { timeUnit: 's' }), []],
		[{}, ['--requests', path, '--time-unit', 's']],
	] as const) {
		const { folder } = await run(scenario, args);
		const arrived = readRows(folder, 'request_metrics.csv').map((row) => Number(row['arrived_at']));
		assert.equal(arrived, [0, 60.4]);
	}
});

test('a trace of BurstGPT is read packed as it is, its failures as asked, and its other columns are named', async () => {
	const header =
		'Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type';
	const rows = ['5,a1,4.2,GPT-4,417,276,693,API log', '9,a1,1,GPT-4,100,0,100,API log'];
	const path = file('burst.csv.gz', gzipSync([header, ...rows].join('\n')));
	const { code, stderr } = await attempt({}, ['--requests', path]);
	assert.is(code, 2);
	assert.match(stderr, 'row 3 has an answer of 0 tokens; give requests.zeroTokens (--zero-tokens)');
	const { serving, remarks } = await run({}, ['--requests', path, '--zero-tokens', 'drop']);
	assert.equal([serving.arrived, serving.leftOut], [1, 1]);
	assert.equal(remarks, [
		'rows without tokens are left out',
		'columns not used: Elapsed time, Model, Total tokens, Log Type',
	]);
});

test('names that a scenario gives are taken, and the benchmark of a server is replayed', async () => {
	const own = file('own.csv', 'sent_ms,in,out\n0,100,10\n2500,200,20\n');
	const columns = { arrival: 'sent_ms', prompt: 'in', output: 'out' };
	const { folder } = await run(replay(own, { columns }));
	const arrived = readRows(folder, 'request_metrics.csv').map((row) => Number(row['arrived_at']));
	assert.equal(arrived, [0, 2.5]);
	const byFlag = ['--requests', own, '--request-columns', 'arrival=sent_ms, prompt=in,output=out'];
	const { serving: flagged } = await run({}, byFlag);
	assert.is(flagged.totalTokens, 330);
	const { code, stderr } = await attempt({}, ['--requests', own, '--request-columns', 'in']);
	assert.is(code, 2);
	assert.match(
		stderr,
		'Cannot use --request-columns "in": give KEY=COLUMN of arrival, prompt, output',
	);
	const bench = { input_lens: [100, 200], output_lens: [10, 20], start_times: [900, 904] };
	const path = file('bench.json', JSON.stringify({ ...bench, errors: ['', ''] }));
	const { serving } = await run({}, ['--requests', path]);
	assert.is(serving.totalTokens, 330);
	const { start_times: _, ...lengths } = bench;
	const only = file('lengths.json', JSON.stringify(lengths));
	const drawn = await run({ requests: { qps: 0.1 } }, ['--length-file', only]);
	assert.ok(drawn.serving.completed > 10);
});

test('a replay by flags alone has no cap where none is asked for, and none without a carbon signal', async () => {
	const trace = file(
		'few.csv',
		'arrived_at,num_prefill_tokens,num_decode_tokens\n0,500,50\n1,500,50\n',
	);
	const hours = async (...flags: string[]) => {
		const out = join(tempFolder(), 'run');
		const args = ['run', '--requests', trace, '--until', '10min', '--in-process', '--json'];
		const { code, stdout, stderr } = await gridbeat([...args, '--out', out, ...flags]);
		assert.is(code, 0, stderr);
		return { capHours: JSON.parse(stdout).summary.capHours as number, stderr };
	};
	// At midnight the default scenario's cap is in force.
	assert.ok((await hours()).capHours > 0);
	assert.is((await hours('--cap', 'none')).capHours, 0);
	const { capHours, stderr } = await hours('--carbon', 'none');
	assert.is(capHours, 0);
	assert.match(
		stderr,
		"Without a carbon signal the default scenario's power cap on carbon is left out",
	);
});

test.run();
