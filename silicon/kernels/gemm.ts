import { ConfigError } from '../../protocol/errors.ts';
import type { WeightFormat } from '../model.ts';
import { type PricedCurve, weakestOf } from './evidence.ts';
import type { IndexedTable, KernelSet } from './kernel-set.ts';
import { around, mixedLogs, timeOver } from './log-curve.ts';

/** A matrix product of tokens with weights of `outputs` by `inputs`. */
export interface Matrix {
	readonly outputs: number;
	readonly inputs: number;
	readonly format: WeightFormat;
}

/** Names of the formats in the measurements; of the others no matrix product was measured. */
const FORMATS: Readonly<Partial<Record<WeightFormat, string>>> = {
	bf16: 'bfloat16',
	fp8: 'fp8',
	fp8_block: 'fp8_block',
	fp4: 'nvfp4',
};

/**
 * The time of a matrix product over its tokens. Between measured matrices it is straight in the logarithms of both sizes; beyond the
 * largest in proportion to its weights, below the smallest that of the smallest.
 *
 * @throws ConfigError for a format of which no product was measured on the GPU
 */
export function gemmTime(kernels: KernelSet, matrix: Matrix): PricedCurve {
	const format = FORMATS[matrix.format];
	for (const table of kernels.tables('gemm')) {
		if (format === undefined || !table.groups.some(([name]) => name === format)) continue;
		return gemmOf(table, format, matrix);
	}
	const known = new Set(
		[...kernels.tables('gemm')].flatMap(({ groups }) => groups.map(([name]) => name)),
	);
	const names = Object.entries(FORMATS).filter(([, name]) => known.has(name));
	throw new ConfigError(
		`Cannot price matrices in ${matrix.format} on ${kernels.gpu.name.toUpperCase()}: kernels were measured in ` +
			`${names.map(([name]) => name).join(', ')}`,
	);
}

function gemmOf(table: IndexedTable, format: string, { outputs, inputs }: Matrix): PricedCurve {
	const n = within(table.values('n'), outputs);
	const k = within(table.values('k'), inputs);
	const corners = [
		[n.low, k.low, (1 - n.share) * (1 - k.share)],
		[n.low, k.high, (1 - n.share) * k.share],
		[n.high, k.low, n.share * (1 - k.share)],
		[n.high, k.high, n.share * k.share],
	] as const;
	const counted = corners.filter(([, , weight]) => weight !== 0);
	const groups = counted.map(([row, column, weight]) => {
		const found = nearestGroup(table, format, row, column);
		return { weight, ...found };
	});
	const scale = groups.reduce(
		(product, one) => product * one.factor ** one.weight,
		n.factor * k.factor,
	);
	const logMs = mixedLogs(groups.map((one) => [one.logs, one.weight] as const));
	const time = timeOver({ at: table.at[0] as readonly number[], logMs });
	const isBeyond = scale !== 1 || n.isOutside || k.isOutside;
	const evidence = isBeyond ? 'modelled' : counted.length === 1 ? 'measured' : 'interpolated';
	const law = isBeyond ? ', by its weights beyond the largest or below the smallest matrix' : '';
	return {
		ms: (tokens) => scale * time(tokens),
		evidence: weakestOf([evidence]),
		source: `${outputs} x ${inputs} in ${format}, ${table.source}${law}`,
	};
}

/** A size on the grid: around it, and what to multiply beyond. */
function within(values: readonly number[], size: number) {
	const least = values[0] as number;
	const most = values.at(-1) as number;
	const clamped = Math.min(most, Math.max(least, size));
	const { low, high, share } = around(values, clamped);
	return { low, high, share, factor: Math.max(1, size / most), isOutside: clamped !== size };
}

/** The group of a matrix; where it was not measured, the nearest one, in proportion to the weights if it is smaller. */
function nearestGroup(table: IndexedTable, format: string, outputs: number, inputs: number) {
	const exact = table.group(format, outputs, inputs);
	if (exact !== null) return { logs: exact, factor: 1 };
	const ofFormat = table.groups.filter(([name]) => name === format);
	const distance = ([, n, k]: readonly (string | number)[]) =>
		Math.abs(Math.log(Number(n) / outputs)) + Math.abs(Math.log(Number(k) / inputs));
	const nearest = ofFormat.reduce((best, one) => (distance(one) < distance(best) ? one : best));
	const logs = table.group(...nearest) as Float64Array;
	const factor = (outputs * inputs) / (Number(nearest[1]) * Number(nearest[2]));
	return { logs, factor: Math.max(1, factor) };
}
