import { each, held, mean, start, sum, table, text, time } from './table.ts';

/** vessim_output.csv of `gridbeat cosim`, a row a step, with the columns of Vessim 0.9.1's monitor. */
export const MONITOR = table({
	file: 'vessim_output.csv',
	columns: [
		time('time', null, 'local time at the start of the step'),
		mean('p_delta', 'W', 'production +, consumption -'),
		sum('e_delta', 'Ws', 'exchange with the grid: export +, import -'),
		mean('vidur_power_usage.p', 'W', 'of the GPUs, consumption -'),
		mean('solar.p', 'W', 'of the plant'),
		text('policy.mode', 'grid-connected'),
		held('policy.charge_power', 'W', 'forced charging'),
		start('storage.soc', '1', 'state of charge', { when: 'there is a battery' }),
		start('storage.charge_level', 'Wh', 'energy stored', { when: 'there is a battery' }),
		held('storage.capacity', 'Wh', 'of the full battery', { when: 'there is a battery' }),
		held('storage.min_soc', '1', 'state of charge it is not discharged below', {
			when: 'there is a battery',
		}),
	],
});

/** vessim_output_carbon.csv beside it. */
export const MONITOR_CARBON = table({
	file: 'vessim_output_carbon.csv',
	columns: [
		time('time', null, 'local time at the start of the step'),
		mean('carbon_intensity', 'g/kWh', 'of the grid'),
	],
});

/** vessim_ready_data.csv, a row a bin of `--agg-freq`: the power of a run of Vidur, as Vidur-Energy hands it to Vessim. */
export const READY_DATA = table({
	file: 'vessim_ready_data.csv',
	columns: [
		time('time_extended', null, 'start of the bin'),
		mean('power_usage_watts', 'W', 'of the GPUs over the bin, consumption -'),
		// Their accounting has kWh under this name.
		sum('energy_usage_joules', null, 'of the bin: J, with `--accounting vidur-energy` kWh'),
		sum('gpu_hours', null, 'hours of all GPUs in the bin'),
		mean('model_flop_utilization', '1', 'over the bin, 0 to 1'),
		each('batch_stage_count', '1', 'batches times stages that ended in the bin', {
			when: '`--analysis-type` is `total power analysis`',
			isCount: true,
		}),
	],
});

/** solar_series.csv, a row a step: the solar file as the run uses it. */
export const SOLAR_SERIES = table({
	file: 'solar_series.csv',
	columns: [
		time('time_s', 's', 'start of the step, from the start of the run'),
		mean('fraction', '1', 'power over the peak power'),
	],
});

/** carbon_series.csv, a row a step: the carbon file as the run uses it. */
export const CARBON_SERIES = table({
	file: 'carbon_series.csv',
	columns: [
		time('time_s', 's', 'start of the step, from the start of the run'),
		start('g_per_kwh', 'g/kWh', 'carbon intensity'),
	],
});
