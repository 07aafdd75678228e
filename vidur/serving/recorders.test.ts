import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runVidur } from './vidur.ts';

let folder = '';
test.before(() => {
	folder = mkdtempSync(join(tmpdir(), 'gridbeat-recorders-'));
});
test.after(() => rmSync(folder, { recursive: true }));

async function filesOf(name: string, words: readonly string[]): Promise<Map<string, string>> {
	await runVidur([...words, `--metrics_config_output_dir=${folder}`], name);
	const read = (path: string) => readFileSync(join(folder, name, path), 'utf8');
	const top = readdirSync(join(folder, name)).filter((file) => file !== 'config.json');
	const plots = readdirSync(join(folder, name, 'plots')).map((file) => join('plots', file));
	return new Map(
		[...top.filter((file) => file !== 'plots'), ...plots].map((path) => [path, read(path)]),
	);
}

/** Memory for a few requests only, so that some are evicted. */
const TIGHT = ['num_blocks=60', 'batch_size_cap=8'];
const LOAD = [
	'--synthetic_request_generator_config_num_requests=60',
	'--poisson_request_interval_generator_config_qps=8',
	'--length_generator_config_type=uniform',
	'--uniform_request_length_generator_config_min_tokens=40',
	'--uniform_request_length_generator_config_max_tokens=400',
	'--uniform_request_length_generator_config_prefill_to_decode_ratio=0.7',
	'--metrics_config_keep_individual_batch_metrics',
	'--metrics_config_enable_chrome_trace',
];

/** Sums of times over many batches are taken in another order, so their last digits may differ. */
const SUMMED = /^plots.(request_(model_)?execution|request_preemption|request_metrics)/;

function differ(path: string, got: string, want: string): boolean {
	if (got === want) return false;
	if (SUMMED.test(path)) return false;
	if (path !== 'request_metrics.csv') return true;
	const [a, b] = [got.split(/[,\n]/), want.split(/[,\n]/)];
	const isNear = (cell: string, i: number) =>
		cell === b[i] || Math.abs(Number(cell) - Number(b[i])) < 1e-12 * Math.max(1, Number(cell));
	return a.length !== b.length || !a.every(isNear);
}

for (const [scheduler, ...more] of [
	['vllm'],
	['sarathi', '--sarathi_scheduler_config_chunk_size=64'],
	['orca', '--orca_scheduler_config_num_blocks=200'],
	['vllm', '--cluster_config_num_replicas=3', '--global_scheduler_config_type=random'],
	['sarathi', '--time_limit=9'],
	['vllm', '--time_limit=7', '--cluster_config_num_replicas=2'],
	['vllm', '--metrics_config_min_batch_index=20', '--metrics_config_max_batch_index=90'],
] as const)
	test(`both recorders write the same bytes of ${[scheduler, ...more].join(' ')}`, async () => {
		const words = [
			...LOAD,
			`--replica_scheduler_config_type=${scheduler}`,
			...TIGHT.map((word) => `--${scheduler}_scheduler_config_${word}`),
			...more,
		];
		const fast = await filesOf('fast', words);
		// Times between tokens need the engine that goes batch by batch.
		const each = await filesOf('each', [
			...words,
			'--metrics_config_store_token_completion_metrics',
		]);
		assert.ok(fast.size > 30);
		if (more.length === 0) assert.match(fast.get('request_metrics.csv') ?? '', /,[1-9]\d*\n/);
		for (const [path, text] of fast)
			if (differ(path, text, each.get(path) ?? '')) {
				const [got, want] = [text.split(/\n|}, /), (each.get(path) ?? '').split(/\n|}, /)];
				const at = got.findIndex((line, i) => line !== want[i]);
				assert.unreachable(`${path}:${at}: ${got[at]}\nnot ${want[at]}`);
			}
		rmSync(join(folder, 'fast'), { recursive: true });
		rmSync(join(folder, 'each'), { recursive: true });
	});

test.run();
