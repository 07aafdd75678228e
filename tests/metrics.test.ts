import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expositionOf } from '../services/gateway/metrics/exposition.ts';
import type { Family } from '../services/gateway/metrics/family.ts';
import { MonitorView } from '../services/gateway/monitor/view.ts';
import { readRows } from './cli.ts';
import { prometheusProgram, promtool } from './prometheus.test-support.ts';
import { familiesOf, runExample } from './served-run.test-support.ts';

/** The metrics of a run at its end against the tables that it wrote. */

interface Ended {
	readonly folder: string;
	readonly families: readonly Family[];
}
const ended = new Map<string, Promise<Ended>>();

function runOf(example: string): Promise<Ended> {
	const known = ended.get(example) ?? run(example);
	ended.set(example, known);
	return known;
}

async function run(example: string): Promise<Ended> {
	const view = new MonitorView();
	const folder = await runExample(example, '1h', view);
	return { folder, families: familiesOf(view) };
}

function family(families: readonly Family[], name: string): Family {
	const found = families.find((one) => one.name === name);
	assert.ok(found, `${name} is there`);
	return found;
}

function valueFor(one: Family, labels: Readonly<Record<string, string>>): number {
	const sample = one.samples.find((each) =>
		Object.entries(labels).every(([label, value]) => each.labels[label] === value),
	);
	assert.ok(sample !== undefined && 'value' in sample, `${one.name} ${JSON.stringify(labels)}`);
	return sample.value;
}

function histogramOf(families: readonly Family[], name: string, replica: string) {
	const one = family(families, name);
	const found = one.type === 'histogram' ? one.samples : [];
	const sample = found.find(({ labels }) => labels['replica'] === replica);
	assert.ok(sample, `${name} of ${replica}`);
	return sample as NonNullable<typeof sample>;
}

const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

function about(actual: number, expected: number, what: string): void {
	const error = Math.abs(actual - expected) / Math.max(1e-9, Math.abs(expected));
	assert.ok(error < 1e-9, `${what}: ${actual} is not ${expected}`);
}

test('counters add up to the tables of the run', async () => {
	const { folder, families } = await runOf('shared-prefix');
	const requests = readRows(folder, 'request_metrics.csv');
	const usage = readRows(folder, 'usage.csv');
	const steps = readRows(folder, 'timeseries.csv');
	const replicas = new Set(usage.map(({ replica }) => replica as string));
	let early = 0;
	for (const replica of replicas) {
		const its = requests.filter((row) => row['replica'] === replica);
		const column = (name: string) => its.map((row) => Number(row[name]));
		const of = (name: string) => valueFor(family(families, name), { replica });
		assert.is(of('vllm:request_success_total'), its.length);
		assert.is(of('vllm:generation_tokens_total'), sum(column('request_num_decode_tokens')));
		const rows = usage.filter((row) => row['replica'] === replica);
		// Of requests that are under way the prompts are counted, once they are computed, and evictions.
		const running = Number(rows.at(-1)?.['running']);
		const done = sum(column('request_num_prefill_tokens'));
		const ahead = of('vllm:prompt_tokens_total') - done;
		assert.ok(ahead >= 0 && ahead <= (running * done) / its.length, `${ahead} of ${running}`);
		assert.is(of('vllm:prefix_cache_queries_total'), of('vllm:prompt_tokens_total'));
		const computed = histogramOf(families, 'vllm:request_prefill_kv_computed_tokens', replica);
		const found = of('vllm:prefix_cache_hits_total');
		assert.is(computed.histogram.sum, of('vllm:prompt_tokens_total') - found);
		assert.ok(found >= sum(column('request_num_cached_tokens')));
		assert.ok(of('vllm:num_preemptions_total') >= sum(column('request_num_restarts')));
		const batches = histogramOf(families, 'vllm:iteration_tokens_total', replica);
		// Equal batches of answers are counted together, at their end.
		const begun = of('gridbeat_replica_batches_total');
		const inFlight = begun - sum([...batches.histogram.counts]);
		assert.ok(inFlight >= 0 && inFlight < begun / 100, `${inFlight} batches in flight`);
		early += ahead;
		const wh = (name: string) => sum(rows.map((row) => Number(row[name])));
		const gpuWh = wh('prefill_energy') + wh('decode_energy') + wh('idle_energy');
		const energy = family(families, 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION');
		const gpus = energy.samples.filter(({ labels }) => labels['replica'] === replica).length;
		about(valueFor(energy, { replica, gpu: '0' }) * gpus, gpuWh * 3.6e6, 'mJ of GPUs');
		const last = rows.at(-1);
		about(
			valueFor(family(families, 'DCGM_FI_DEV_POWER_USAGE'), { replica }),
			Number(last?.['gpu_power']),
			'W of a GPU',
		);
		about(of('gridbeat_replica_energy_joules_total'), wh('energy') * 3600, 'J of a replica');
	}
	assert.ok(early > 0, 'some prompts are computed whose requests are not done');
	const imported = steps.map((row) => Math.max(0, -Number(row['p_grid'])) * STEP_S);
	about(
		sum(family(families, 'gridbeat_import_joules_total').samples.map(value)),
		sum(imported),
		'J',
	);
	const grams = steps.map(
		(row, i) => ((imported[i] as number) / 3.6e6) * Number(row['grid_signals.carbon']),
	);
	about(
		sum(family(families, 'gridbeat_import_emissions_grams_total').samples.map(value)),
		sum(grams),
		'g',
	);
});

/** Step of the examples, s. */
const STEP_S = 60;
const value = (sample: Family['samples'][number]): number => ('value' in sample ? sample.value : 0);

test('histograms hold every completed request in its bucket', async () => {
	const { folder, families } = await runOf('default');
	const requests = readRows(folder, 'request_metrics.csv');
	for (const [name, column] of [
		['vllm:e2e_request_latency_seconds', 'request_e2e_time'],
		['vllm:request_queue_time_seconds', 'request_scheduling_delay'],
		['vllm:request_generation_tokens', 'request_num_decode_tokens'],
	] as const) {
		const one = family(families, name);
		assert.is(one.type, 'histogram');
		if (one.type !== 'histogram') return;
		for (const { labels, bounds, histogram } of one.samples) {
			const replica = labels['replica'] ?? labels['server_address'];
			const values = requests
				.filter((row) => row['replica'] === replica)
				.map((row) => Number(row[column]));
			let below = 0;
			bounds.forEach((bound, i) => {
				below += histogram.counts[i] as number;
				assert.is(below, values.filter((each) => each <= bound).length, `${name} <= ${bound}`);
			});
			assert.is(sum([...histogram.counts]), values.length);
			about(histogram.sum, sum(values), name);
		}
	}
});

test('the time to the first token counts when it comes, not when the request is done', async () => {
	const { folder, families } = await runOf('default');
	const requests = readRows(folder, 'request_metrics.csv');
	const usage = readRows(folder, 'usage.csv');
	const name = 'vllm:time_to_first_token_seconds';
	let early = 0;
	for (const replica of new Set(usage.map((row) => row['replica'] as string))) {
		const { histogram, bounds } = histogramOf(families, name, replica);
		const its = requests.filter((row) => row['replica'] === replica);
		const last = usage.filter((row) => row['replica'] === replica).at(-1);
		const count = sum([...histogram.counts]);
		const ahead = count - its.length;
		assert.ok(ahead >= 0 && ahead <= Number(last?.['running']), `${ahead} under way`);
		const values = its.map((row) => Number(row['prefill_e2e_time']));
		bounds.forEach((bound, i) => {
			const below = sum([...histogram.counts.slice(0, i + 1)]);
			const done = values.filter((each) => each <= bound).length;
			assert.ok(below >= done && below <= done + ahead, `${name} <= ${bound}`);
		});
		early += ahead;
	}
	assert.ok(early > 0, 'some have their first token and are not done');
});

test('promtool reads the metrics of every example, and finds fault with the names of others only', async () => {
	const path = prometheusProgram('promtool');
	if (path === null) return;
	for (const example of ['default', 'two-sites', 'islanded', 'disaggregated', 'facility']) {
		const { families } = await runOf(example);
		const { lines } = await promtool(path, ['check', 'metrics'], expositionOf(families));
		assert.equal(
			lines.filter((line) => !/^(vllm:|DCGM_FI_DEV_)\S* .*should/.test(line)),
			[],
			example,
		);
	}
});

test.run();
