import { interpolate } from '../predictor/interpolate.ts';
import type { AttentionKernel } from '../profile/attention.ts';
import type { HeldOut } from '../profile/held-out-error.ts';
import { factorAt } from '../profile/prefill-law.ts';
import { type Measured, measuredOps, scaledOps } from '../profile/token-ops.ts';
import { fitPairs, gridded } from './decode-surface.ts';
import { smoothed } from './head-factors.ts';
import type { KernelSample } from './kernel-samples.ts';
import { type SampleSets, unitsFor } from './kernels.ts';
import { fitFactors, median } from './prefill-factors.ts';
import type { TokenOpSamples } from './samples.ts';

/** Median and 95th percentile of relative errors. */
export function summary(errors: readonly number[], how: string): HeldOut {
	const sorted = errors.map(Math.abs).sort((a, b) => a - b);
	const digits = (value: number) => Number(value.toPrecision(3));
	return {
		median: digits(median(sorted)),
		p95: digits(sorted[Math.floor(0.95 * sorted.length)] as number),
		samples: sorted.length,
		how,
	};
}

/** Decode samples of a set, each predicted by the surface fitted to all others of the kernel. */
function decodeLeftOut(set: readonly KernelSample[], all: readonly KernelSample[]): HeldOut {
	const decodes = all.filter((s) => !s.prefill);
	const errors = set
		.filter((s) => !s.prefill)
		.map((left) => {
			const fit = fitPairs(decodes.filter((s) => s !== left));
			return predicted(fit, left) / left.us - 1;
		});
	return summary(errors, 'each sample from all others of the kernel');
}

/** Decode samples of sets that the surface was not fitted to at all. */
export function decodeAcross(
	set: readonly KernelSample[],
	from: readonly KernelSample[],
	how: string,
): HeldOut {
	const fit = fitPairs(from);
	return summary(
		set.filter((s) => !s.prefill).map((s) => predicted(fit, s) / s.us - 1),
		how,
	);
}

function predicted(fit: (pairs: number, kv: number) => number, s: KernelSample): number {
	return 1000 * fit(s.batch * s.heads.keyValue, s.kv);
}

/** Every second batch and KV length of a full grid, from the rest of it. */
function gridLeftOut(grid: readonly KernelSample[]): HeldOut {
	const decodes = grid.filter((s) => !s.prefill && s.kv % 64 === 0);
	const odd = (s: KernelSample) => s.batch % 2 === 1 || s.kv % 128 !== 0;
	const kept = decodes.filter((s) => !odd(s));
	const kv = [...new Set(kept.map((s) => s.kv))].sort((a, b) => a - b);
	const surface = gridded(kept, kv);
	const errors = decodes
		.filter((s) => odd(s) && s.kv >= 128 && s.kv <= (kv.at(-1) as number) && s.batch > 1)
		.map((s) => {
			const column = surface.us.map((row) => interpolate(kv, row, s.kv));
			return interpolate(surface.pairs, column, s.batch * s.heads.keyValue) / s.us - 1;
		});
	return summary(errors, 'odd batches and odd multiples of 64 tokens from the even ones');
}

/** Prompt samples of a set, each by the factors fitted to the others of the set. */
function prefillLeftOut(
	kernel: AttentionKernel,
	set: readonly KernelSample[],
	base: (sample: KernelSample) => number,
): HeldOut {
	const prompts = set.filter((s) => s.prefill);
	const errors = prompts.map((left) => {
		const factors = fitFactors(
			prompts.filter((s) => s !== left),
			base,
		);
		return (base(left) * factorAt(factors, left.chunk, left.kv)) / left.us - 1;
	});
	return summary(errors, `each sample from all others of the model (${kernel.kernel})`);
}

/** Prompt samples of other numbers of heads, by the law and the factors of one number, uncorrected. */
function prefillAcross(
	kernel: AttentionKernel,
	set: readonly KernelSample[],
	how: string,
): HeldOut {
	const units = unitsFor(kernel);
	const factors = (s: KernelSample) =>
		s.heads.query === s.heads.keyValue && kernel.single !== null
			? kernel.single.prefill
			: kernel.grouped.prefill;
	const errors = set
		.filter((s) => s.prefill)
		.map((s) => (units(s) * factorAt(factors(s), s.chunk, s.kv)) / s.us - 1);
	return summary(errors, how);
}

/** Prompt samples of other numbers of heads, each by the law corrected by the others of the set. */
function headsLeftOut(kernel: AttentionKernel, set: readonly KernelSample[]): HeldOut {
	const units = unitsFor(kernel);
	const expected = (s: KernelSample) => {
		const isSingle = s.heads.query === s.heads.keyValue && kernel.single !== null;
		const { prefill } = isSingle && kernel.single !== null ? kernel.single : kernel.grouped;
		return units(s) * factorAt(prefill, s.chunk, s.kv);
	};
	const prompts = set.filter((s) => s.prefill);
	const errors = prompts.map((left) => {
		const others = prompts.filter((s) => s !== left);
		return (expected(left) * smoothed(others, expected)(left.chunk, left.kv)) / left.us - 1;
	});
	return summary(errors, 'each sample from TP 1 and all others of its own set');
}

/** All held-out errors of the two kernels, by model and tensor parallelism and across models. */
export function attentionErrors(
	sets: SampleSets,
	flash: AttentionKernel,
	infer: AttentionKernel,
): Record<string, HeldOut> {
	const of = (...names: string[]) => names.flatMap((name) => sets[name] ?? []);
	const llama2 = of('llama-2-7b-tp1', 'llama-2-7b-tp2', 'llama-2-7b-tp4');
	const llama3 = of('llama-3-8b-tp1', 'llama-3-8b-tp4');
	const grid = of('llama-2-70b-tp2');
	const units = { flash: unitsFor(flash), infer: unitsFor(infer) };
	const viaGrid = (s: KernelSample) =>
		units.flash(s) * factorAt(flash.grouped.prefill, s.chunk, s.kv);
	const errors: Record<string, HeldOut> = {
		'decode/llama-2-70b-tp2': gridLeftOut(grid),
		'prefill/llama-2-70b-tp2': prefillLeftOut(
			flash,
			grid.filter((s) => s.kv % 256 === 0 || s.kv === 0),
			units.flash,
		),
		'prefill/llama-2-7b-tp1': prefillLeftOut(flash, of('llama-2-7b-tp1'), viaGrid),
		'prefill/llama-3-8b-tp1': prefillLeftOut(infer, of('llama-3-8b-tp1'), units.infer),
		'decode-across/flash-attention': decodeAcross(
			grid,
			llama2,
			'Llama-2-70B at TP 2 from Llama-2-7B at TP 1, 2, 4',
		),
		'decode-across/flashinfer': decodeAcross(
			of('llama-3-8b-tp4'),
			of('llama-3-8b-tp1').filter((s) => !s.prefill),
			'Llama-3-8B at TP 4 from TP 1',
		),
		'prefill-across/flash-attention': prefillAcross(
			flash,
			of('llama-2-7b-tp2', 'llama-2-7b-tp4'),
			'Llama-2-7B at TP 2 and 4 from TP 1 and Llama-2-70B',
		),
		'prefill-across/flashinfer': prefillAcross(
			infer,
			of('llama-3-8b-tp4'),
			'Llama-3-8B at TP 4 from TP 1',
		),
	};
	for (const name of ['llama-2-7b-tp1', 'llama-2-7b-tp2', 'llama-2-7b-tp4'])
		errors[`decode/${name}`] = decodeLeftOut(of(name), llama2);
	for (const name of ['llama-3-8b-tp1', 'llama-3-8b-tp4'])
		errors[`decode/${name}`] = decodeLeftOut(of(name), llama3);
	for (const name of ['llama-2-7b-tp2', 'llama-2-7b-tp4'])
		errors[`prefill/${name}`] = headsLeftOut(flash, of(name));
	errors['prefill/llama-3-8b-tp4'] = headsLeftOut(infer, of('llama-3-8b-tp4'));
	return errors;
}

/** All token operators of a layer together, each measured count but the ends from its two neighbours. */
export function tokenOpsLeftOut({ tokens, ms }: TokenOpSamples): HeldOut {
	const total = tokens.map((_, i) =>
		Object.values(ms).reduce((sum, op) => sum + (op[i] as number), 0),
	);
	const errors = tokens.slice(1, -1).map((n, i) => {
		const ends = {
			at: [tokens[i] as number, tokens[i + 2] as number],
			ms: [total[i] as number, total[i + 2] as number],
		};
		return interpolate(ends.at, ends.ms, n) / (total[i + 1] as number) - 1;
	});
	return summary(errors, 'each count of tokens from the two beside it');
}

/** Each measured model of a device by scaling the others, all operators of a layer together. */
export function scaledLeftOut(measured: readonly Measured[]): HeldOut {
	const errors = measured.flatMap(({ geometry, ops }) => {
		const others = measured.filter((one) => one.ops !== ops);
		return Object.keys(ops.byTensorParallel).flatMap((tp) => {
			const scaled = scaledOps(geometry, Number(tp), others);
			const own = measuredOps(ops, Number(tp)) ?? {};
			return [1, 8, 32, 64, 128, 256, 512, 1024, 2048, 4096].map((tokens) => {
				const total = (times: typeof own) =>
					Object.keys(own).reduce((sum, op) => sum + (times[op]?.(tokens) ?? 0), 0);
				return total(scaled) / total(own) - 1;
			});
		});
	});
	return summary(
		errors,
		'each measured model from the others, all tensor parallelisms, 1 to 4,096 tokens',
	);
}
