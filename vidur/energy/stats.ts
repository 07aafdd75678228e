import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ascending, quantile } from '../../results/report/columns.ts';
import type { EnergyFigures } from './energy.ts';
import { type Columns, readColumns, type VidurResults } from './results.ts';

/** Of the machine that simulates, USD/h, as the original has it. */
const CPU_USD_PER_HOUR = 3.36;

/** simulation_stats_with_energy.json under the original's names; units are in docs/vidur-energy-differences.md. */
export function simulationStats(
	results: VidurResults,
	energy: EnergyFigures,
): Record<string, number> {
	const { requests, runtimeS } = results;
	const prefill = column(requests, 'request_num_prefill_tokens');
	const decode = column(requests, 'request_num_decode_tokens');
	const count = prefill.length;
	const tokens = sum(prefill) + sum(decode);
	const sizes = batchSizes(results);
	return {
		gpu_cost: energy.gpuUsd,
		sim_cpu_cost: (runtimeS / 3600) * CPU_USD_PER_HOUR,
		total_gpu_hrs: energy.gpuHours,
		sim_time: runtimeS,
		total_runs: 1,
		valid_runs: 1,
		mfu_mean: energy.meanMfuPercent,
		total_energy_kwh: energy.totalEnergyKwh,
		total_carbon_emissions_gco2eq: energy.scope2G + energy.scope3G,
		average_power_watts: energy.averagePowerW,
		peak_power_watts: energy.peakPowerW,
		average_energy_per_request: energy.totalEnergyKwh / count,
		num_requests: count,
		prefill_tokens_per_request: sum(prefill) / count,
		decode_tokens_per_request: sum(decode) / count,
		total_tokens_processed: tokens,
		actual_batch_size_weighted_mean: sizes.mean,
		actual_batch_size_std: sizes.std,
		requests_per_second: count / runtimeS,
		tokens_per_second: tokens / runtimeS,
		e2e_latency_95p: quantile(ascending(column(requests, 'request_e2e_time')), 0.95),
		decode_latency_95p: quantile(
			ascending(column(requests, 'decode_time_execution_plus_preemption_normalized')),
			0.95,
		),
	};
}

/** The one row of stats_with_energy.csv: the configuration, then the figures. */
export function statsRow(
	results: VidurResults,
	energy: EnergyFigures,
): Record<string, number | string> {
	const { requests, folder, gpus, replicas, device, runtimeS } = results;
	const row: Record<string, number | string> = flattened(results.config);
	describe(row, 'request_scheduling_delay', column(requests, 'request_scheduling_delay'));
	describe(row, 'request_e2e_time_normalized', column(requests, 'request_e2e_time_normalized'));
	describe(row, 'ttft', column(requests, 'prefill_e2e_time'));
	describe(row, 'e2e_latency', column(requests, 'request_e2e_time'));
	describe(
		row,
		'decode_latency',
		column(requests, 'decode_time_execution_plus_preemption_normalized'),
	);
	describeCdf(row, 'tbt', join(folder, 'plots', 'batch_execution_time.csv'));
	describeCdf(row, 'batch_size', join(folder, 'plots', 'batch_size.csv'));
	describeCdf(row, 'batch_num_tokens', join(folder, 'plots', 'batch_num_tokens.csv'));
	const stats = simulationStats(results, energy);
	return {
		...row,
		runtime: runtimeS,
		num_gpus: gpus,
		cost: energy.gpuUsd,
		gpu_hrs: energy.gpuHours,
		num_replica_gpus: gpus / replicas,
		hour_cost_per_replica: energy.gpuUsd / (runtimeS / 3600) / replicas,
		gpu_type: device.name,
		energy_gpu_kwh: energy.gpuEnergyKwh,
		total_energy_kwh: energy.totalEnergyKwh,
		carbon_emissions_gco2eq: energy.scope2G + energy.scope3G,
		mfu_mean: energy.meanMfuPercent,
		power_mean: energy.averagePowerW,
		power_peak: energy.peakPowerW,
		actual_batch_size_weighted_mean: stats['actual_batch_size_weighted_mean'] as number,
		actual_batch_size_std: stats['actual_batch_size_std'] as number,
		total_tokens_processed: stats['total_tokens_processed'] as number,
		requests_per_second: stats['requests_per_second'] as number,
		tokens_per_second: stats['tokens_per_second'] as number,
	};
}

/** Nested keys joined by "." so that each is a column; lists as JSON. */
function flattened(value: unknown, prefix = ''): Record<string, number | string> {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		const plain = typeof value === 'number' || typeof value === 'string';
		return { [prefix]: plain ? value : value === null ? '' : JSON.stringify(value) };
	}
	return Object.assign(
		{},
		...Object.entries(value).map(([key, child]) =>
			flattened(child, prefix === '' ? key : `${prefix}.${key}`),
		),
	);
}

/** What pandas' describe() says, under PREFIX_count, _mean, … */
function describe(
	row: Record<string, number | string>,
	prefix: string,
	values: Float64Array,
): void {
	const known = ascending(values);
	const mean = sum(known) / known.length;
	let squares = 0;
	for (const value of known) squares += (value - mean) ** 2;
	row[`${prefix}_count`] = known.length;
	row[`${prefix}_mean`] = mean;
	row[`${prefix}_std`] = Math.sqrt(squares / (known.length - 1));
	row[`${prefix}_min`] = quantile(known, 0);
	for (const percent of [25, 50, 75, 90, 95, 99])
		row[`${prefix}_${percent}%`] = quantile(known, percent / 100);
	row[`${prefix}_max`] = quantile(known, 1);
}

/** The quantiles of a file of order statistics (columns cdf and the value). */
function describeCdf(row: Record<string, number | string>, prefix: string, path: string): void {
	if (!existsSync(path)) return;
	const columns = readColumns(path);
	const cdf = columns.get('cdf') ?? new Float64Array();
	const values = [...columns.values()].at(-1) ?? new Float64Array();
	const at = (share: number) => values[cdf.findIndex((one) => one >= share - 1e-9)] ?? Number.NaN;
	row[`${prefix}_min`] = at(0);
	for (const percent of [25, 50, 75, 90, 95, 99]) row[`${prefix}_${percent}%`] = at(percent / 100);
	row[`${prefix}_max`] = at(1);
}

/** Plain mean and population standard deviation over all batch stages. */
function batchSizes({ stages }: VidurResults): { mean: number; std: number } {
	let [count, total, squares] = [0, 0, 0];
	for (const { batchSize } of stages)
		for (const size of batchSize)
			if (!Number.isNaN(size)) {
				count++;
				total += size;
				squares += size * size;
			}
	const mean = total / count;
	return { mean, std: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

function column(columns: Columns, name: string): Float64Array {
	return columns.get(name) ?? new Float64Array();
}

function sum(values: Float64Array): number {
	return values.reduce((total, value) => total + value, 0);
}
