import { join } from 'node:path';
import { DateTime } from 'luxon';
import { ConfigError } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import type { Sampling } from '../../protocol/signals.ts';
import { Scenario } from '../../run/resolve/scenario.ts';
import type { VidurResults } from '../energy/results.ts';
import { type Bin, demandBins, originalBins } from './demand.ts';
import type { CosimOptions } from './options.ts';
import {
	type Grid,
	headOf,
	held,
	interpolated,
	shifted,
	timesBatchStages,
} from './original-series.ts';

/** A scenario, and the files it reads, by their paths. */
export interface CosimScenario {
	readonly scenario: Scenario;
	readonly files: ReadonlyMap<string, string>;
}

/** The cell of its battery: the capacity it divides by (in fact a voltage), and the one it has, Wh. */
const ORIGINAL_CELL = { divisor: 3.63, wh: 19.14 };

/** From a results folder of Vidur to the run of a microgrid with it as its load. */
export function cosimScenario(
	results: VidurResults,
	options: CosimOptions,
	folder: string,
): CosimScenario {
	const start = DateTime.fromISO(options.start, { zone: 'UTC' });
	if (!start.isValid)
		throw new ConfigError(
			`Cannot use --start "${options.start}": give a local time such as 2024-06-20T00:00`,
		);
	return options.accounting === 'gridbeat'
		? ours(results, options, { folder, start })
		: originals(results, options, { folder, start });
}

interface Place {
	readonly folder: string;
	readonly start: DateTime;
}

function ours(
	results: VidurResults,
	options: CosimOptions,
	{ folder, start }: Place,
): CosimScenario {
	const { stepS, binS, pue, solarTrace, location, extend, carbon } = options;
	const untilS = Math.max(1, Math.ceil(results.runtimeS / stepS - 1e-9)) * stepS;
	const bins = demandBins(results, { binS, pue, untilS });
	const ready = join(folder, 'vessim_ready_data.csv');
	const sky =
		solarTrace === null
			? { type: 'stochastic' }
			: {
					type: 'trace',
					path: solarTrace,
					column: headOf(solarTrace, location).column,
					fill: 'bfill',
					timezone: 'UTC',
					extend,
				};
	const scenario = compose(options, {
		start,
		untilS,
		load: loadOf(ready, start, 'mean'),
		solar: { peakPowerW: options.solarPeakW, sky },
		capacityWh: options.batteryWh,
		carbon: carbon?.source === 'trace' ? { ...carbon, timezone: 'UTC', extend } : carbon,
	});
	return { scenario, files: new Map([[ready, readyCsv(bins, start, false)]]) };
}

function originals(
	results: VidurResults,
	options: CosimOptions,
	{ folder, start }: Place,
): CosimScenario {
	const { stepS, binS } = options;
	const isSum = options.analysis === 'total power analysis';
	const midnight = start.startOf('day');
	const midnightS = start.diff(midnight).as('seconds');
	const { firstS, bins } = originalBins(results, { binS, midnightS, isSum });
	const first = midnight.plus({ seconds: firstS });
	const spanS = (bins.at(-1) as Bin).startS;
	const untilS = Math.floor(spanS / stepS) * stepS;
	if (untilS === 0)
		throw new ConfigError(
			`Cannot co-simulate ${spanS} s in steps of ${stepS} s: choose a shorter --step-size`,
		);
	const ready = join(folder, 'vessim_ready_data.csv');
	const files = new Map([[ready, readyCsv(bins, first, isSum)]]);
	const grid = { stepS, endS: untilS };
	const place = { folder, files, grid, bins };
	const cells = Math.trunc(options.batteryWh / ORIGINAL_CELL.divisor);
	const scenario = compose(options, {
		start: first,
		untilS,
		load: loadOf(ready, first, 'start'),
		solar: originalSolar(options, isSum, place),
		capacityWh: cells * ORIGINAL_CELL.wh,
		carbon: originalCarbon(options, place),
	});
	return { scenario, files };
}

interface SeriesPlace {
	readonly folder: string;
	readonly files: Map<string, string>;
	readonly grid: Grid;
	readonly bins: readonly Bin[];
}

function originalSolar(options: CosimOptions, isSum: boolean, place: SeriesPlace): object {
	const { solarTrace, solarPeakW, isInterpolated, location } = options;
	if (solarTrace === null) {
		if (isSum)
			throw new ConfigError(
				'Cannot do the total power analysis of Vidur-Energy with our sky: it multiplies the solar series; ' +
					'give --solar-trace FILE, or --accounting gridbeat',
			);
		return { peakPowerW: solarPeakW, sky: { type: 'stochastic' } };
	}
	if (!isInterpolated && !isSum) {
		const head = headOf(solarTrace, location);
		return {
			peakPowerW: solarPeakW,
			sky: { type: 'trace', path: solarTrace, fill: 'bfill', ...head },
		};
	}
	const trace = shifted(solarTrace, location, 'bfill');
	const values = isInterpolated ? interpolated(trace, place.grid) : held(trace, place.grid);
	if (isSum) timesBatchStages(values, place.grid.stepS, place.bins);
	// A plant gives no more than its peak power: a series above 1 is a larger plant.
	const most = values.reduce((max, value) => Math.max(max, value), 1);
	const path = join(place.folder, 'solar_series.csv');
	place.files.set(
		path,
		seriesCsv(
			'fraction',
			values.map((value) => value / most),
			place.grid.stepS,
		),
	);
	return { peakPowerW: solarPeakW * most, sky: { type: 'trace', path } };
}

function originalCarbon(options: CosimOptions, place: SeriesPlace): unknown {
	const { carbon, isInterpolated, location } = options;
	if (carbon?.source !== 'trace') return carbon;
	if (!isInterpolated)
		return { ...carbon, ...headOf(carbon.path, location), extend: 'hold', sampling: 'start' };
	const path = join(place.folder, 'carbon_series.csv');
	const values = interpolated(shifted(carbon.path, location, 'ffill'), place.grid);
	place.files.set(path, seriesCsv('g_per_kwh', values, place.grid.stepS));
	return { source: 'trace', kind: carbon.kind, path, sampling: 'start' };
}

/** The parts of the scenario that differ between the two ways of accounting. */
interface Parts {
	readonly start: DateTime;
	readonly untilS: number;
	readonly load: object;
	readonly solar: object;
	readonly capacityWh: number;
	readonly carbon: unknown;
}

function compose(options: CosimOptions, parts: Parts): Scenario {
	const { stepS, initialSoc, minSoc, lowGPerKwh, highGPerKwh, seed, location } = options;
	const raw = {
		name: 'cosim',
		location,
		start: parts.start.toFormat("yyyy-MM-dd'T'HH:mm:ss"),
		step: `${stepS}s`,
		until: `${parts.untilS}s`,
		seed,
		serving: null,
		loads: [parts.load],
		solar: [{ name: 'solar', ...parts.solar }],
		batteries:
			parts.capacityWh === 0
				? []
				: [{ type: 'clc', name: 'battery', capacityWh: parts.capacityWh, initialSoc, minSoc }],
		carbon: parts.carbon,
		thresholds: { lowGPerKwh, highGPerKwh },
		accounting: { definitions: 'vidur-energy' },
		placement: { mode: 'in-process' },
	};
	const parsed = Scenario.safeParse(raw, PLAINLY);
	if (parsed.success) return parsed.data;
	const issue = parsed.error.issues[0];
	throw new ConfigError(`Cannot co-simulate: ${issue?.path.join('.')}: ${issue?.message}`);
}

function loadOf(path: string, start: DateTime, sampling: Sampling): object {
	return {
		type: 'trace',
		name: 'vidur_power_usage',
		path,
		column: 'power_usage_watts',
		anchor: stamp(start),
		// Consumption is negative in the file, as in the original's.
		scale: -1,
		extend: 'hold',
		sampling,
	};
}

function stamp(time: DateTime): string {
	return time.toFormat(time.millisecond === 0 ? 'yyyy-MM-dd HH:mm:ss' : 'yyyy-MM-dd HH:mm:ss.SSS');
}

function readyCsv(bins: readonly Bin[], first: DateTime, isSum: boolean): string {
	const names = [
		...['time_extended', 'power_usage_watts', 'energy_usage_joules', 'gpu_hours'],
		...['model_flop_utilization', ...(isSum ? ['batch_stage_count'] : [])],
	];
	const lines = bins.map(({ startS, powerW, energy, gpuHours, mfu, batchStages }) =>
		[
			stamp(first.plus({ milliseconds: Math.round(1000 * startS) })),
			...[-powerW, energy, gpuHours, mfu, ...(isSum ? [batchStages] : [])],
		].join(','),
	);
	return `${[names.join(','), ...lines].join('\n')}\n`;
}

function seriesCsv(name: string, values: Float64Array, stepS: number): string {
	return `${[`time_s,${name}`, ...Array.from(values, (value, k) => `${k * stepS},${value}`)].join('\n')}\n`;
}
