import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { specialOverrides } from '../cli/special-flags.ts';
import { SECOND_US } from '../protocol/time.ts';
import { ReplicaConfig, replicaDefaults } from '../services/replica/config.ts';
import { buildMachine } from '../services/replica/replica.ts';
import { loadTables } from '../silicon/profile/load.ts';
import { gridbeat, readRows, tempFolder } from './cli.ts';

/** Prefix caches and two pools through the whole command line. */
async function run(...args: string[]) {
	const folder = join(tempFolder(), 'run');
	const { code, stdout, stderr } = await gridbeat([
		'run',
		'-v',
		'--in-process',
		...args,
		'--out',
		folder,
	]);
	assert.is(stderr, '');
	assert.is(code, 0);
	return { folder, stdout, requests: readRows(folder, 'request_metrics.csv') };
}

async function refused(...args: string[]): Promise<string> {
	const out = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat(['run', '--in-process', ...args, '--out', out]);
	assert.is(code, 2);
	return stderr;
}

const SHORT = ['--until', '4min', '--qps', '2'];
const FIXED = ['--lengths', 'fixed', '--prefill-tokens', '800', '--decode-tokens', '40'];
const sum = (rows: readonly Record<string, string>[], column: string) =>
	rows.reduce((total, row) => total + Number(row[column]), 0);
const files = (folder: string) =>
	['timeseries.csv', 'request_metrics.csv', 'usage.csv'].map((name) =>
		readFileSync(join(folder, name), 'utf8'),
	);

test('shared system prompts are found but for the first of each, and save time and energy', async () => {
	const prefixes = ['--prefixes', '6:640', '--replicas', '1'];
	const [plain, cached] = [
		await run(...SHORT, ...FIXED, ...prefixes),
		await run(...SHORT, ...FIXED, ...prefixes, '--prefix-cache', 'shared'),
	];
	const count = cached.requests.length;
	assert.is(count, plain.requests.length);
	const found = cached.requests.map((row) => Number(row['request_num_cached_tokens']));
	assert.is(found.filter((tokens) => tokens === 0).length, 6);
	assert.is(found.filter((tokens) => tokens === 640).length, count - 6);
	assert.match(cached.stdout, /prompt tokens found in cache +7\d\.\d+ %/);
	for (const column of ['prefill_e2e_time', 'request_e2e_time'])
		assert.ok(sum(cached.requests, column) < 0.9 * sum(plain.requests, column), column);
	const energy = ({ folder }: typeof plain) => sum(readRows(folder, 'usage.csv'), 'energy');
	assert.ok(energy(cached) < energy(plain));
	const rates = readRows(cached.folder, 'usage.csv').map((row) => Number(row['prefix_hit_rate']));
	assert.ok(Math.abs((rates.at(-1) ?? 0) - 0.8) < 1e-9, `${rates}`);
});

test('turns of sessions find the turns before them, where the router sends them back', async () => {
	const sessions = ['--prefixes', 'sessions:30', '--prefix-cache', 'shared', '--replicas', '4'];
	const { requests } = await run(...SHORT, ...sessions, '--policy', 'prefix');
	const found = sum(requests, 'request_num_cached_tokens');
	// In turn (round_robin) the four replicas find 12 %: a session's turns are everywhere.
	assert.ok(found > 0.3 * sum(requests, 'request_num_prefill_tokens'), `${found}`);
});

test('a Mooncake trace says what its prompts have in common', async () => {
	const trace = join(tempFolder(), 'mooncake.jsonl');
	const row = (timestamp: number, input_length: number, hash_ids: number[]) =>
		JSON.stringify({ timestamp, input_length, output_length: 20, hash_ids });
	const lines = [
		row(0, 1400, [0, 1, 2]),
		row(20_000, 1800, [0, 1, 3, 4]),
		row(40_000, 1400, [0, 1, 2]),
		row(60_000, 600, [5, 1]),
	];
	writeFileSync(trace, `${lines.join('\n')}\n`);
	const { requests } = await run(
		'--until',
		'2min',
		'--requests',
		trace,
		'--prefix-cache',
		'shared',
		'--replicas',
		'1',
	);
	// Two blocks of 512; then all but the last of 88 blocks of 16, whose 8 tokens are no whole block anyway.
	assert.equal(
		requests.map((one) => one['request_num_cached_tokens']),
		['0', '1024', '1392', '0'],
	);
	const csv = 'services/router/testdata/six.csv';
	assert.match(
		await refused('--until', '2min', '--requests', csv, '--prefix-cache', 'shared'),
		/^Cannot share prefixes of the trace ".*six\.csv": it has neither hash_ids nor sessions;/,
	);
});

test('two pools serve every request once, draw power apart, and write the same in any window', async () => {
	const pools = [...SHORT, '--disaggregate', '2:1', '--kv-bandwidth', '5'];
	const { folder, stdout, requests } = await run(...pools);
	assert.match(stdout, '2 + 1 x Meta-Llama-3-8B');
	assert.match(stdout, 'KV transfer p50 / p90 / p99');
	const ids = new Set(requests.map((row) => row['Request Id']));
	assert.is(ids.size, requests.length);
	// At the end of the run a few are still being served.
	assert.ok(Math.max(...[...ids].map(Number)) - ids.size < 20);
	assert.ok(
		requests.every(
			(row) => row['replica'] === 'decode-1' || row['request_num_decode_tokens'] === '1',
		),
	);
	// 131,072 bytes a token at 5 GB/s, and 10 us from one end to the other, if nobody is in the way.
	const least = requests.map(
		(row) =>
			Number(row['request_kv_transfer_time']) -
			(Number(row['request_num_prefill_tokens']) * 131_072) / 5e9,
	);
	assert.ok(Math.abs(Math.min(...least) - 1e-5) < 1e-9, `${Math.min(...least)}`);
	const [step] = readRows(folder, 'timeseries.csv');
	for (const name of ['prefill-1', 'prefill-2', 'decode-1'])
		assert.ok(Number(step?.[`actor_states.${name}.power`]) < -100, name);
	const windows = await run(...pools, '--window', '1min');
	assert.equal(files(windows.folder), files(folder));
});

test('what cannot have a prefix cache or two pools is refused in one line', async () => {
	const text = await refused(...SHORT, '--prefix-cache', 'shared');
	assert.match(text, /^Cannot share prefixes: nothing says which prompts begin alike; .*\n$/);
	const flags: readonly (readonly [Record<string, string>, RegExp])[] = [
		[{ prefixCache: 'much' }, /^Cannot use --prefix-cache "much": /],
		[{ disaggregate: '3' }, /^Cannot use --disaggregate "3": /],
		[{ prefixes: '12' }, /^Cannot use --prefixes "12": /],
	];
	for (const [given, message] of flags) assert.throws(() => specialOverrides(given), message);
	const build = (changes: Partial<ReplicaConfig>) =>
		buildMachine(
			ReplicaConfig.parse({ ...replicaDefaults, stepUs: SECOND_US, ...changes }),
			loadTables(replicaDefaults.profile, {
				model: replicaDefaults.model,
				device: replicaDefaults.device.name,
				tensorParallel: 1,
			}),
		);
	const lightllm = {
		type: 'lightllm',
		batchSizeCap: 8,
		blockSize: 1,
		numBlocks: null,
		maxTokensInBatch: 4096,
		maxWaitingIterations: 10,
	} as const;
	const handoff = { role: 'decode', latencyUs: 0 } as const;
	const prefixCache = { type: 'shared' } as const;
	assert.throws(
		() => build({ scheduler: lightllm, prefixCache }),
		/^Cannot cache prefixes with scheduler "lightllm": vllm, vllm-v1, sarathi and orca can$/,
	);
	assert.throws(
		() => build({ pipelineStages: 2, handoff }),
		/^Cannot split prefill and decode with scheduler "vllm" and 2 pipeline stages: /,
	);
	for (const changes of [{ prefixCache }, { handoff }])
		assert.throws(() => build({ compatibility: 'vidur', ...changes }), /as Vidur does: it has no /);
});

test('a capacity search refuses what only whole runs have', async () => {
	for (const [serving, key] of [
		['disaggregation: {}', 'disaggregation'],
		['replicas: 1, scaling: { max: 2 }', 'scaling'],
	] as const) {
		const file = join(tempFolder(), 'capacity.yaml');
		const base = `base:\n  serving: { ${serving} }`;
		writeFileSync(file, `name: pools\n${base}\nslo:\n  ttftS: { p90: 2 }\n`);
		const out = join(tempFolder(), 'capacity');
		const { code, stderr } = await gridbeat(['capacity', file, '--out', out]);
		assert.is(code, 2);
		assert.match(stderr, new RegExp(`^Cannot search a capacity with serving\\.${key}: .*\n$`));
	}
});

test.run();
