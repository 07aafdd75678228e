import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Row, rowsOf, runsFolder, SMALL } from './run.test-support.ts';

const CASES = resolve('../shared/reference/vidur');
const TRACES = resolve('../shared/data/vidur/processed_traces');
/** Relative error allowed, and in seconds where the difference of clock readings may be 0. */
const TOLERANCE = 1e-9;

const { folder, remove, run } = runsFolder();
test.after(remove);

function compare(got: readonly Row[], want: readonly Row[]): void {
	assert.is(got.length, want.length);
	assert.equal(Object.keys(got[0] ?? {}), Object.keys(want[0] ?? {}));
	got.forEach((row, i) => {
		for (const [column, text] of Object.entries(want[i] as Row)) {
			const cell = row[column] as string;
			const target = Number(text);
			const error = Math.abs(Number(cell) - target);
			const isClose = error <= TOLERANCE * Math.max(Math.abs(target), 1e-2);
			if ((cell === '') !== (text === '') || !isClose)
				assert.unreachable(`row ${i}, ${column}: ${cell}, not ${text}`);
		}
	});
}

/**
 * What Vidur (7d47513) reports of these runs: mean MFU of replicas and stages in the order of the files' names, in %, as precise as it is printed, and
 * mean memory in %.
 */
const REFERENCE = [
	['case01', 'predictor_full', [23.325], 36.2],
	['case02', 'predictor_full', [27.434], 36.1],
	['case03', 'predictor_full_wide', [27.443], 48.7],
	['case04b', 'predictor_full_wide', [12.002], 33.8],
	['case05', 'predictor_full', [27.388], 35.6],
	['case06', 'predictor_full', [29.91, 28.03, 30.51, 28.78], 29.3],
	['case07', 'predictor_full', [39.4, 21.41, 9.25, 46.6], 40.9],
	['case08', 'predictor_full_pp2', [11.67, 11.67], 3.4],
	['case09', 'predictor_full_lr', [23.57], 34.1],
	['case10', 'predictor_full', [39.638], 57.6],
	['case13', 'predictor_full', [15.426], 92.9],
	['case15', 'predictor_full', [22.99, 23.56, 23.38, 23.09], 16.8],
] as const;

/** Half of the last digit of a number as it is printed. */
function rounding(value: number): number {
	return 0.51 * 10 ** -(String(value).split('.')[1] ?? '').length;
}

for (const [name, tables, mfu, memory] of REFERENCE)
	test(`runVidur() writes the requests, batches and meters of Vidur's ${name}`, async () => {
		if (!existsSync(CASES) || !existsSync(TRACES)) {
			console.log(`skipped ${name}: no ${CASES} or ${TRACES}`);
			return;
		}
		const command = readFileSync(`${CASES}/${name}/command.txt`, 'utf8').trim();
		const words = command.replace(/^.*python3 -m vidur\.main /, '').split(/\s+/);
		const here = words.map((word) => word.replace('./data/processed_traces', TRACES));
		const { read, json } = await run(name, ...here, '--profile', `${CASES}/${tables}`);
		compare(
			rowsOf(read('request_metrics.csv')),
			rowsOf(readFileSync(`${CASES}/${name}/request_metrics.csv`, 'utf8')),
		);
		const batches = gunzipSync(readFileSync(`${CASES}/${name}/batch_metrics.csv.gz`));
		compare(rowsOf(read('batch_metrics.csv')), rowsOf(batches.toString('utf8')));
		const meter = (ending: string) =>
			readdirSync(join(folder, name, 'plots'))
				.filter((file) => file.endsWith(`_${ending}.json`))
				.sort()
				.map((file) => json(`plots/${file}`)[file.replace('.json', '_weighted_mean')] as number);
		meter('mfu').forEach((value, i) => {
			const want = mfu[i] as number;
			assert.ok(Math.abs(value - want) < rounding(want), `MFU ${value}, not ${want}`);
		});
		const used = meter('memory_usage');
		const mean = used.reduce((sum, value) => sum + value, 0) / used.length;
		assert.ok(Math.abs(mean - memory) < rounding(memory), `memory ${mean}`);
	});

test('runVidur() writes the files that are on without being asked for', async () => {
	const { result, read } = await run('plain', ...SMALL);
	assert.is(result.completed, 5);
	assert.is(result.profile, 'llama-2-7b-a100-tp1-reproduction');
	assert.equal(readdirSync(join(folder, 'plain')).sort(), [
		'config.json',
		'plots',
		'request_metrics.csv',
	]);
	assert.equal(
		readdirSync(join(folder, 'plain', 'plots')).sort(),
		[
			'batch_execution_time.csv',
			'batch_num_decode_tokens.csv',
			'batch_num_prefill_tokens.csv',
			'batch_num_tokens.csv',
			'batch_size.csv',
			'decode_time_execution_plus_preemption_normalized.csv',
			'prefill_e2e_time.csv',
			'prefill_time_execution_plus_preemption.csv',
			'prefill_time_execution_plus_preemption_normalized.csv',
			'replica_1_memory_usage.json',
			'replica_1_stage_1_busy_time_percent.json',
			'replica_1_stage_1_mfu.json',
			'replica_1_stage_1_power.json',
			'request_arrival_time_series.csv',
			'request_completion_time_series.csv',
			'request_e2e_time.csv',
			'request_e2e_time_normalized.csv',
			'request_execution_plus_preemption_time.csv',
			'request_execution_plus_preemption_time_normalized.csv',
			'request_execution_time.csv',
			'request_execution_time_normalized.csv',
			'request_model_execution_time.csv',
			'request_model_execution_time_normalized.csv',
			'request_preemption_time.csv',
			'request_scheduling_delay.csv',
		].sort(),
	);
	const lines = (path: string) => read(path).trimEnd().split('\n');
	assert.match(
		lines('request_metrics.csv')[0] ?? '',
		/^Request Id,request_e2e_time,.*,request_num_restarts$/,
	);
	assert.is(lines('request_metrics.csv').length, 6);
	assert.is(lines('plots/prefill_e2e_time.csv')[0], ',Request Id,prefill_e2e_time,cdf');
	assert.match(lines('plots/prefill_e2e_time.csv')[5] ?? '', /,1\.0$/);
	assert.is(lines('plots/batch_size.csv')[0], ',cdf,batch_size');
	assert.is(lines('plots/batch_size.csv').length, 102);
	assert.is(lines('plots/request_completion_time_series.csv')[0], ',Time (sec),request_completion');
	assert.match(lines('plots/request_completion_time_series.csv')[5] ?? '', /^4,[\d.]+,5$/);
});

test('runVidur() writes batches, a trace of them and tokens when asked to', async () => {
	const { read, json } = await run(
		'all',
		...SMALL,
		'--metrics_config_keep_individual_batch_metrics',
		'--metrics_config_enable_chrome_trace',
		'--metrics_config_store_token_completion_metrics',
	);
	const batches = rowsOf(read('batch_metrics.csv'));
	assert.equal(Object.keys(batches[0] ?? {}), [
		'Batch Id',
		'batch_num_tokens',
		'batch_num_prefill_tokens',
		'batch_num_decode_tokens',
		'batch_size',
		'batch_execution_time',
	]);
	// Five prompts of 600 tokens, and two tokens each after the one that the prompt yields.
	const total = (column: string) => batches.reduce((sum, row) => sum + Number(row[column]), 0);
	assert.is(total('batch_num_prefill_tokens'), 3000);
	assert.is(total('batch_num_decode_tokens'), 10);
	const { traceEvents } = json('chrome_trace.json');
	assert.is(traceEvents.length, batches.length);
	assert.equal(traceEvents[0].args, {
		batch_id: 0,
		batch_size: 1,
		request_ids: [0],
		num_tokens: [512],
	});
	const decoded = rowsOf(read('plots/decode_completion_time_series.csv'));
	assert.is(decoded.at(-1)?.['decode_completion'], '10');
	const prefilled = rowsOf(read('plots/prefill_completion_time_series.csv'));
	assert.is(prefilled.at(-1)?.['prefill_completion'], '3000');
});

test('runVidur() counts the first replica and stage as the last, as Vidur does', async () => {
	// One request: replica 0 and all its stages work, replica 1 has nothing to say of its stages.
	const { json } = await run(
		'names',
		'--cluster_config_num_replicas=2',
		'--replica_config_num_pipeline_stages=2',
		'--synthetic_request_generator_config_num_requests=1',
	);
	const stages = readdirSync(join(folder, 'names', 'plots')).filter((file) =>
		file.endsWith('mfu.json'),
	);
	assert.equal(stages.sort(), ['replica_2_stage_1_mfu.json', 'replica_2_stage_2_mfu.json']);
	const [first] = json('plots/replica_2_stage_2_mfu.json')['replica_2_stage_2_mfu_distribution'];
	const [second] = json('plots/replica_2_stage_1_mfu.json')['replica_2_stage_1_mfu_distribution'];
	assert.ok(first.time < second.time);
	assert.is(first.batch_id, 0);
	assert.is(first.num_tokens, 512);
});

test('runVidur() writes what is known of requests that the time limit cuts off', async () => {
	const { result, read } = await run('limited', '--time_limit=30');
	assert.ok(result.completed < result.arrived);
	const rows = rowsOf(read('request_metrics.csv'));
	assert.is(rows.length, result.arrived);
	assert.is(rows.at(-1)?.['request_e2e_time'], '');
	assert.is(rows.at(-1)?.['request_num_tokens'], '2560');
});

test('config.json is nested as Vidur nests it', async () => {
	const { json } = await run('config', ...SMALL, '--no-metrics_config_write_metrics');
	const config = json('config.json');
	assert.is(config.cluster_config.replica_config.device, 'a100');
	assert.is(config.cluster_config.replica_scheduler_config.name, 'sarathi');
	assert.is(config.cluster_config.replica_scheduler_config.chunk_size, 512);
	assert.is(config.request_generator_config.length_generator_config.prefill_tokens, 600);
	assert.equal(config.execution_time_predictor_config.num_estimators, [250, 500, 750]);
	assert.is(config.metrics_config.output_dir, join(folder, 'config'));
	assert.equal(readdirSync(join(folder, 'config')).sort(), ['config.json', 'plots']);
});

test.run();
