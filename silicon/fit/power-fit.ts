import type { GpuPower } from '../profile/load-power.ts';
import { readTable } from './table.ts';

/** The mean power of one GPU over a run, and the part of its peak rate that the run's output tokens took. */
export interface PowerRun {
	/** Who made the model: the part of its name before the slash. */
	readonly maker: string;
	/** All of its weights work for every token. */
	readonly isDense: boolean;
	/** Operations of output tokens alone, 2 a weight; how long the prompts were is not recorded. */
	readonly mfu: number;
	readonly powerW: number;
}

/** Runs of the ML.ENERGY Benchmark (profiling-data/mlenergy-h100.csv) on a GPU of that peak, operations per second. */
export function powerRuns(text: string, peakFlops: number): PowerRun[] {
	const table = readTable(text, 'mlenergy-h100.csv');
	return table.rows.map((_, row) => {
		const number = (column: string) => table.number(row, column);
		const activeParams = 1e9 * number('active_params_b');
		return {
			maker: table.text(row, 'model').split('/')[0] ?? '',
			isDense: number('active_params_b') === number('total_params_b'),
			mfu: (2 * activeParams * number('output_tokens_per_s')) / number('gpus') / peakFlops,
			powerW: number('power_w_per_gpu'),
		};
	});
}

type Curve = Pick<GpuPower, 'idleW' | 'maxW' | 'saturationMfu' | 'powerExponent'>;

/** How much more was measured than the curve says, relative to it. */
export function powerErrors(runs: readonly PowerRun[], curve: Curve): number[] {
	const { idleW, maxW, saturationMfu, powerExponent } = curve;
	return runs.map(({ mfu, powerW }) => {
		const load = Math.min(1, mfu / saturationMfu) ** powerExponent;
		return powerW / (idleW + (maxW - idleW) * load) - 1;
	});
}

const EXPONENT_STEP = 0.005;

/** The exponent, in steps of 0.005, of the least sum of squared errors; idle power, maximum and saturation stay. */
export function fitExponent(runs: readonly PowerRun[], curve: Curve): number {
	let best = { exponent: Number.NaN, squares: Number.POSITIVE_INFINITY };
	for (let i = 1; i * EXPONENT_STEP < 1; i++) {
		const exponent = Number((i * EXPONENT_STEP).toFixed(3));
		const errors = powerErrors(runs, { ...curve, powerExponent: exponent });
		const squares = errors.reduce((sum, error) => sum + error * error, 0);
		if (squares < best.squares) best = { exponent, squares };
	}
	return best.exponent;
}

/** Errors of all runs, each from the exponent that the other makers' models give. */
export function heldOutErrors(runs: readonly PowerRun[], curve: Curve): number[] {
	const makers = [...new Set(runs.map(({ maker }) => maker))].sort();
	return makers.flatMap((maker) => {
		const others = runs.filter((run) => run.maker !== maker);
		const own = runs.filter((run) => run.maker === maker);
		return powerErrors(own, { ...curve, powerExponent: fitExponent(others, curve) });
	});
}
