import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { gridbeat, tempFolder } from './cli.ts';

/**
 * `compatibility: vidur` with `powerCurve: vidur-energy` keeps what a replica did before today's GPUs became the default.
 * The digests are those of 74ea92a, of the columns below.
 */
const COLUMNS = {
	'request_metrics.csv': [
		...['Request Id', 'request_e2e_time', 'request_execution_time', 'request_scheduling_delay'],
		...['prefill_e2e_time', 'request_num_prefill_tokens', 'request_num_decode_tokens'],
		...['request_num_restarts', 'prefill_energy', 'decode_energy', 'arrived_at', 'replica'],
	],
	'usage.csv': [
		...['time_s', 'replica', 'gpu_power', 'mfu', 'busy', 'outstanding', 'kv_used', 'batches'],
		...['frequency_ratio', 'energy', 'prefill_energy', 'decode_energy', 'idle_energy'],
	],
	'timeseries.csv': ['actor_states.replica-1.power', 'actor_states.replica-2.power'],
};

const vidur = { compatibility: 'vidur', powerCurve: 'vidur-energy' };
const llama2 = 'meta-llama/Llama-2-7b-hf';

/** A cap that slows these GPUs. */
const cap = [{ signal: 'carbon', above: 400, capWPerGpu: 120 }];

/** Serving sections, the intensity of the grid (above 400 g/kWh the cap holds), and the digest. */
const CASES: [string, Readonly<Record<string, unknown>>, number, string][] = [
	[
		'the default without its switches',
		{ powerCurve: 'vidur-energy' },
		300,
		'b26a8afb63f8de3db72fbe89f4157053',
	],
	['the default', vidur, 300, '3ca63ccf6307eb55bd7d48396597644b'],
	['the default under its cap', vidur, 500, 'd0ceca9e4427e42d0200530412e1fe42'],
	[
		'two A100',
		{ ...vidur, model: llama2, tensorParallel: 2 },
		300,
		'2d0b18b09b4dd2d796f883654dc3149a',
	],
	[
		'four H100',
		{ ...vidur, device: 'h100', tensorParallel: 4, scheduler: 'sarathi' },
		300,
		'04562ea888ed48d4730b282d88393d62',
	],
	[
		'two A40',
		{ ...vidur, device: 'a40', model: llama2, tensorParallel: 2 },
		300,
		'2f945297e5125c74663e081cf5f6a032',
	],
	[
		'eight A100 in two stages',
		{ ...vidur, tensorParallel: 4, pipelineStages: 2 },
		300,
		'3b2b873c520dab9bd593d701f00ce27f',
	],
];

/** The columns of a table, whatever others stand beside them. */
function columnsOf(path: string, names: readonly string[]): string {
	const [header = '', ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
	const all = header.split(',');
	const at = names.map((name) => all.indexOf(name));
	for (const [i, place] of at.entries()) assert.ok(place >= 0, `${path} has no ${names[i]}`);
	return rows.map((row) => at.map((place) => row.split(',')[place]).join(',')).join('\n');
}

for (const [name, serving, valueGPerKwh, digest] of CASES)
	test(`compatibility keeps the bytes of ${name}`, async () => {
		const folder = tempFolder();
		const scenario = join(folder, 'scenario.yaml');
		const carbon = { source: 'constant', valueGPerKwh };
		writeFileSync(scenario, stringify({ until: '5min', carbon, cap, serving }));
		const out = join(folder, 'run');
		const { code, stderr } = await gridbeat(['run', scenario, '--in-process', '--out', out]);
		assert.is(code, 0, stderr);
		const hash = createHash('sha256');
		for (const [file, names] of Object.entries(COLUMNS))
			hash.update(columnsOf(join(out, file), names));
		assert.is(hash.digest('hex').slice(0, 32), digest);
	});

test.run();
