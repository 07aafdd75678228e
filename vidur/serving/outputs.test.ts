import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFlags } from './flags.ts';
import { outputPlan } from './outputs/tasks.ts';
import { writeOutputs } from './outputs/write.ts';
import { countTasks, doTasks, startHelper } from './outputs/write-threads.ts';
import { rowsOf, runsFolder, SMALL } from './run.test-support.ts';
import { simulate } from './run.ts';
import { setupOf } from './setup.ts';

const { folder, remove, run } = runsFolder();
test.after(remove);

test('runVidur() writes the operations of batches, which add up to their times', async () => {
	for (const [name, stages] of [
		['operations', 1],
		['operations of stages', 2],
	] as const) {
		const { read } = await run(
			name,
			...SMALL,
			`--replica_config_num_pipeline_stages=${stages}`,
			'--metrics_config_store_operation_metrics',
			'--metrics_config_keep_individual_batch_metrics',
		);
		const operations = rowsOf(read('operation_metrics.csv'));
		const cpu = rowsOf(read('cpu_operation_metrics.csv'));
		const batches = rowsOf(read('batch_metrics.csv'));
		assert.is(operations.length, batches.length);
		assert.equal(Object.keys(cpu[0] ?? {}), [
			'Batch Id',
			'schedule',
			'sample_e2e',
			'prepare_inputs_e2e',
			'model_execution_e2e',
			'process_model_outputs',
			'ray_comm_time',
		]);
		const layers = 32 / stages;
		let total = 0;
		operations.forEach((row, i) => {
			const ms = (operation: string) => Number(row[operation]);
			const perLayer = Object.keys(row)
				.slice(1)
				.reduce((sum, one) => sum + ms(one), 0);
			const sent = ms('pipeline_send_recv');
			// The metric has the addition twice, the price once.
			const stageMs = layers * (perLayer - sent - ms('add') / 2) + sent;
			const modelMs = Number(cpu[i]?.['model_execution_e2e']);
			assert.ok(Math.abs(stageMs - modelMs) < 1e-9, `${stageMs}, not ${modelMs}`);
			if (stages === 1) {
				const batchMs = 1000 * Number(batches[i]?.['batch_execution_time']);
				assert.ok(Math.abs(stageMs - batchMs) < 1e-9, `${stageMs}, not ${batchMs}`);
			}
			total += stages * modelMs;
			assert.is(row['attn_prefill'] === '', batches[i]?.['batch_num_prefill_tokens'] === '0');
			assert.is(row['attn_decode'] === '', batches[i]?.['batch_num_decode_tokens'] === '0');
		});
		const sums = rowsOf(read('plots/total_operation_runtimes.csv'));
		assert.is(sums[0]?.['Operation'], 'model_execution_e2e');
		assert.ok(Math.abs(Number(sums[0]?.['Time (ms)']) - total) < 1e-6);
		const quantiles = rowsOf(read('plots/mlp_up_proj_execution_time.csv'));
		assert.equal(Object.keys(quantiles[0] ?? {}), ['', 'cdf', 'mlp_up_proj']);
		assert.is(quantiles.length, 101);
		const each = rowsOf(read('plots/attn_decode_per_batch.csv'));
		assert.is(each.length, operations.filter((row) => row['attn_decode'] !== '').length);
	}
});

test('runVidur() takes other constants of the predictor', async () => {
	const seconds = async (name: string, ...more: string[]) =>
		(await run(name, ...SMALL, ...more)).result.endS;
	const prefix = '--random_forrest_execution_time_predictor_config_';
	const model = '--replica_config_model_name=meta-llama/Meta-Llama-3-8B';
	const usual = await seconds('usual', model);
	assert.ok(
		(await seconds('coarse', model, `${prefix}kv_cache_prediction_granularity=512`)) > usual,
	);
	assert.ok((await seconds('fine', model, `${prefix}kv_cache_prediction_granularity=1`)) < usual);
	const single = `${prefix}attention_decode_batching_overhead_fraction=0`;
	assert.ok((await seconds('single', model, single)) < usual);
	const two = [model, '--replica_config_tensor_parallel_size=2'];
	const skewed = `${prefix}nccl_cpu_skew_overhead_per_device_ms=0.1`;
	const even = await seconds('even', ...two);
	assert.ok((await seconds('skewed', ...two, skewed)) > even + 0.01);
});

test('runVidur() writes every n-th point with subsamples, and counts the batches asked for', async () => {
	const { read } = await run('few', ...SMALL, '--metrics_config_subsamples=2');
	const lines = read('plots/request_e2e_time.csv').trimEnd().split('\n');
	assert.equal(
		lines.slice(1).map((line) => line.split(',').at(-1)),
		['0.2', '0.6', '1.0'],
	);
	const { read: later } = await run(
		'later',
		...SMALL,
		'--metrics_config_min_batch_index=2',
		'--metrics_config_max_batch_index=4',
		'--metrics_config_keep_individual_batch_metrics',
	);
	assert.equal(
		rowsOf(later('batch_metrics.csv')).map((row) => row['Batch Id']),
		['2', '3', '4'],
	);
	const rows = rowsOf(later('request_metrics.csv'));
	assert.is(rows.length, 5);
	assert.ok(rows.some((row) => row['request_e2e_time'] === ''));
	assert.ok(rows.every((row) => row['request_num_tokens'] === '603'));
});

test('runVidur() handles the first event after the time limit, as Vidur does', async () => {
	// The limit falls into one of the batches of the only request.
	const words = ['--synthetic_request_generator_config_num_requests=1', '--time_limit=5'];
	const { json, read } = await run('one event', ...words);
	const whole = await run('no limit', words[0] as string);
	const key = 'replica_1_stage_1_mfu_distribution';
	const points: { time: number }[] = json('plots/replica_1_stage_1_mfu.json')[key];
	const all: { time: number }[] = whole.json('plots/replica_1_stage_1_mfu.json')[key];
	const before = all.filter(({ time }) => time <= 5);
	assert.equal(points, all.slice(0, points.length));
	// The batch in flight ends in the meter; no batch ends or begins after it.
	assert.is(points.length, before.length + 1);
	assert.is(read('request_metrics.csv').trimEnd().split('\n').length, 2);
});

test('another thread writes the files that writeOutputs() writes', async () => {
	const traces = ['enable_chrome_trace', 'write_json_trace'].map(
		(name) => `--metrics_config_${name}`,
	);
	const words = [...SMALL, '--cluster_config_num_replicas=2', ...traces];
	const flags = parseFlags(words);
	const setup = setupOf(flags);
	const keep = {
		tokens: false,
		members: true,
		operations: false,
		batchOf: false,
		assignment: true,
	};
	const record = simulate(setup, keep);
	const made = (name: string) => {
		const out = join(folder, name);
		mkdirSync(join(out, 'plots'), { recursive: true });
		return out;
	};
	const filesIn = (out: string) =>
		readdirSync(out, { recursive: true, encoding: 'utf8' })
			.filter((name) => /\./.test(name))
			.sort()
			.map((name) => [name, readFileSync(join(out, name), 'utf8')]);
	const [here, there] = [made('here'), made('there')];
	await writeOutputs(here, { flags, setup, run: record }, false);
	const plan = outputPlan(flags, setup, record);
	await startHelper({ folder: there, plan, run: record, begun: countTasks() });
	assert.ok(filesIn(here).length > 25);
	assert.equal(filesIn(there), filesIn(here));
});

test('doTasks() of two threads does every task once, from both ends', () => {
	const done: number[] = [];
	const tasks = [0, 1, 2, 3].map((task) => () => {
		done.push(task);
		// The other thread begins when the first is at its second task.
		if (task === 1) doTasks(tasks, begun, 'last');
	});
	const begun = countTasks();
	doTasks(tasks, begun, 'first');
	assert.equal(done, [0, 1, 3, 2]);
});

interface TracedEvent {
	readonly time: number;
	readonly event_type: number;
	readonly batch_id?: number | null;
	readonly batch_ids?: readonly number[];
	readonly request_mapping?: readonly (readonly [number, number])[];
}

const EVENTS = '--metrics_config_write_json_trace';

test('runVidur() writes the events of Vidur in the order of its loop', async () => {
	const one = SMALL.map((word) => word.replace(/requests=5$/, 'requests=1'));
	const { json } = await run('events', ...one, EVENTS, '--replica_config_num_pipeline_stages=2');
	const events: TracedEvent[] = json('event_trace.json');
	// Arrival, global and replica schedule; a batch on two stages, its end and the next schedule, for three tokens.
	const batch = [1, 7, 3, 7, 1, 7, 3, 7, 4, 6];
	const chunks = [...batch, ...batch, ...batch, ...batch];
	assert.equal(
		events.map((event) => event.event_type),
		[2, 5, 6, ...chunks],
	);
	assert.equal(events[1], {
		time: 0,
		event_type: 5,
		replica_set: [0],
		request_mapping: [[0, 0]],
	});
	const [, , first, reach, start, end, free] = events;
	assert.equal(first, { time: 0, event_type: 6, replica_id: 0, batch_ids: [0] });
	assert.equal(reach, { time: 0, event_type: 1, replica_id: 0, stage_id: 0, batch_id: 0 });
	const onStage = {
		replica_id: 0,
		stage_id: 0,
		batch_id: 0,
		batch_stage_id: 0,
		is_last_stage: false,
	};
	assert.equal(start, { time: 0, event_type: 7, ...onStage });
	assert.equal(end, { time: end?.time, event_type: 3, ...onStage });
	const none = { batch_id: null, batch_stage_id: null, is_last_stage: null };
	assert.equal(free, { time: end?.time, event_type: 7, replica_id: 0, stage_id: 0, ...none });
});

test('the events of Vidur have every request and every batch once', async () => {
	const load = [
		'--synthetic_request_generator_config_num_requests=60',
		'--poisson_request_interval_generator_config_qps=4',
		'--cluster_config_num_replicas=2',
		'--metrics_config_keep_individual_batch_metrics',
	];
	for (const stages of [1, 2]) {
		const name = `events of ${stages}`;
		const words = [...load, EVENTS, `--replica_config_num_pipeline_stages=${stages}`];
		const { json, read } = await run(name, ...words);
		const events: TracedEvent[] = json('event_trace.json');
		const batches = rowsOf(read('batch_metrics.csv'));
		const ended = events.filter((event) => event.event_type === 4);
		assert.equal(
			ended.map((event) => event.batch_id),
			batches.map((row) => Number(row['Batch Id'])),
		);
		assert.equal(
			events.flatMap((event) => event.batch_ids ?? []).sort((a, b) => a - b),
			batches.map((_, i) => i),
		);
		assert.is(events.flatMap((event) => event.request_mapping ?? []).length, 60);
		assert.is(events.filter((event) => event.event_type === 3).length, stages * batches.length);
		assert.ok(events.every(({ time }, i) => i === 0 || time >= (events[i - 1]?.time ?? 0)));
	}
});

test.run();
