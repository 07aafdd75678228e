import type { DecodeSurface } from '../profile/attention.ts';
import { type DecodeModel, fitDecode } from './decode-fit.ts';
import type { KernelSample } from './kernel-samples.ts';

/**
 * Decode attention as a function of (request, KV head) pairs and KV length alone: a kernel has one block of
 * threads for each pair (or several), so batches and tensor parallelisms with as many pairs take as long.
 */
export function fitPairs(samples: readonly KernelSample[]): DecodeModel {
	return fitDecode(
		samples
			.filter(({ prefill }) => !prefill)
			.map(({ heads, batch, kv, us }) => ({
				prefill: false,
				batch: batch * heads.keyValue,
				chunk: 0,
				kv,
				ms: us / 1000,
				saveMs: Number.NaN,
			})),
	);
}

/** A model as a surface of microseconds, to four digits. */
export function tabulated(
	model: DecodeModel,
	pairs: readonly number[],
	kv: readonly number[],
): DecodeSurface {
	return {
		pairs: [...pairs],
		kv: [...kv],
		us: pairs.map((n) => rising(kv.map((length) => 1000 * model(n, length))).map(round)),
	};
}

/** The nearest values that never fall: neighbours that do are averaged (pool adjacent violators). */
function rising(values: readonly number[]): number[] {
	const pools: { mean: number; count: number }[] = [];
	for (const value of values) {
		let pool = { mean: value, count: 1 };
		for (
			let last = pools.at(-1);
			last !== undefined && last.mean > pool.mean;
			last = pools.at(-1)
		) {
			const count = last.count + pool.count;
			pool = { mean: (last.mean * last.count + pool.mean * pool.count) / count, count };
			pools.pop();
		}
		pools.push(pool);
	}
	return pools.flatMap(({ mean, count }) => new Array<number>(count).fill(mean));
}

/** A full grid as a surface, at the KV lengths asked for. */
export function gridded(samples: readonly KernelSample[], kv: readonly number[]): DecodeSurface {
	const rows = new Map<number, Map<number, number>>();
	for (const sample of samples.filter(({ prefill }) => !prefill)) {
		const pairs = sample.batch * sample.heads.keyValue;
		const row = rows.get(pairs) ?? new Map<number, number>();
		row.set(sample.kv, sample.us);
		rows.set(pairs, row);
	}
	const pairs = [...rows.keys()].sort((a, b) => a - b);
	return {
		pairs,
		kv: [...kv],
		us: pairs.map((n) => kv.map((length) => round(rows.get(n)?.get(length) as number))),
	};
}

/**
 * Surfaces one after the other along the pairs: the first up to `until` pairs, then the second. Where rows
 * beyond a multiple of the multiprocessors are not measured, the step is put right behind the multiple.
 */
export function joined(first: DecodeSurface, second: DecodeSurface, until: number): DecodeSurface {
	const a = first.pairs.flatMap((n, i) => (n <= until ? [[n, first.us[i]] as const] : []));
	const b = second.pairs.flatMap((n, i) => (n > until ? [[n, second.us[i]] as const] : []));
	const rows = [...a, ...b] as (readonly [number, number[]])[];
	return { pairs: rows.map(([n]) => n), kv: first.kv, us: rows.map(([, us]) => us) };
}

/** Puts the step of a new wave right behind the multiple of `multiprocessors`, where rows are further apart. */
export function stepped(surface: DecodeSurface, multiprocessors: number): DecodeSurface {
	const pairs: number[] = [];
	const us: number[][] = [];
	surface.pairs.forEach((n, i) => {
		const before = surface.pairs[i - 1] ?? n;
		const edge = Math.floor((n - 1) / multiprocessors) * multiprocessors;
		if (edge > 0 && before <= edge && n > edge + 1) {
			if (before < edge) {
				pairs.push(edge);
				us.push(scaled(surface.us[i - 1] as number[], edge / before));
			}
			pairs.push(edge + 1);
			us.push(scaled(surface.us[i] as number[], 1));
		}
		pairs.push(n);
		us.push(surface.us[i] as number[]);
	});
	return { pairs, kv: surface.kv, us };
}

function scaled(row: readonly number[], factor: number): number[] {
	return row.map((value) => round(value * factor));
}

/** Four significant digits: the samples have no more. */
export function round(value: number): number {
	return Number(value.toPrecision(4));
}
