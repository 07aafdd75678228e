import { interpolate } from '../predictor/interpolate.ts';
import { thin } from '../profile/curve.ts';
import { REFERENCE_HARDWARE } from '../profile/hardware.ts';
import {
	type AttentionHeads,
	type Factors,
	factorAt,
	type PrefillKernel,
	prefillUnits,
} from '../profile/prefill-law.ts';
import type { KernelSample } from './kernel-samples.ts';
import { mean } from './samples.ts';

/** Chunk lengths this near are one row of factors. */
const SAME_CHUNK = 1.02;
/** Steps of factors that are left out, relative. */
const TOLERANCE = { relative: 0.003, absoluteUs: 0 };
/** Prompts and caches together were profiled up to this length. */
const MOST_LENGTH = 4160;

/** Units of the law for a sample, on the device it was measured on. */
export function unitsOf(
	kernel: PrefillKernel,
	heads: AttentionHeads,
	sample: KernelSample,
): number {
	const { multiprocessors } = REFERENCE_HARDWARE;
	return prefillUnits(kernel, heads, multiprocessors, sample);
}

/** What samples differ from `expected` by, in rows of (nearly) equal chunks. */
export function fitFactors(
	samples: readonly KernelSample[],
	expected: (sample: KernelSample) => number,
): Factors {
	const sorted = samples.filter(({ prefill }) => prefill).sort((a, b) => a.chunk - b.chunk);
	const rows: KernelSample[][] = [];
	for (const sample of sorted) {
		const row = rows.at(-1);
		const first = row?.[0];
		if (row !== undefined && first !== undefined && sample.chunk <= first.chunk * SAME_CHUNK)
			row.push(sample);
		else rows.push([sample]);
	}
	const factors: Factors = { chunk: [], kv: [], factor: [] };
	for (const row of rows) {
		const byKv = new Map<number, number[]>();
		for (const sample of row)
			byKv.set(sample.kv, [...(byKv.get(sample.kv) ?? []), sample.us / expected(sample)]);
		const points = [...byKv]
			.sort(([a], [b]) => a - b)
			.map(([kv, values]) => [kv, mean(values)] as const);
		const curve = thin(points, TOLERANCE);
		factors.chunk.push(mean(row.map(({ chunk }) => chunk)));
		factors.kv.push(curve.at);
		factors.factor.push(curve.us.map((value) => Number(value.toPrecision(4))));
	}
	const first = sorted[0] as KernelSample;
	return completed(factors, (chunk, kv) => expected({ ...first, chunk, kv }));
}

/** A row with so many KV lengths, from an empty and a short cache on, says how its factor goes along them. */
const RICH = 5;
const SHORT_KV = 640;

/**
 * Rows sampled at few KV lengths go between and beyond them as the nearest richer rows do, not straight: a chunk that was
 * sampled with an empty cache only says nothing of a full one. Nor do they cost less than a shorter chunk.
 */
function completed(factors: Factors, expected: (chunk: number, kv: number) => number): Factors {
	const rich = factors.chunk.flatMap((_, i) => {
		const kv = factors.kv[i] ?? [];
		return kv.length >= RICH && kv[0] === 0 && (kv[1] as number) <= SHORT_KV ? [i] : [];
	});
	if (rich.length === 0) return factors;
	const pick = <T>(list: readonly T[]) => rich.map((i) => list[i] as T);
	const model = { chunk: pick(factors.chunk), kv: pick(factors.kv), factor: pick(factors.factor) };
	const lengths = [...new Set(model.kv.flat())].sort((a, b) => a - b);
	let shorter: { chunk: number; kv: number[]; factor: number[] } | null = null;
	const rows = factors.chunk.map((chunk, i) => {
		const kv = factors.kv[i] as number[];
		const factor = factors.factor[i] as number[];
		const before = shorter;
		if (rich.includes(i)) {
			shorter = { chunk, kv, factor };
			return { kv, factor };
		}
		const least = (at: number) =>
			before === null
				? 0
				: (expected(before.chunk, at) * interpolate(before.kv, before.factor, at)) /
					expected(chunk, at);
		const off = factor.map((own, k) => own / factorAt(model, chunk, kv[k] as number));
		const all = [...new Set([...kv, ...lengths])].sort((a, b) => a - b);
		const row = {
			kv: all,
			factor: all.map((at) => {
				const sampled = kv.indexOf(at);
				if (sampled >= 0) return factor[sampled] as number;
				const value = interpolate(kv, off, at) * factorAt(model, chunk, at);
				return Number(Math.max(value, least(at)).toPrecision(4));
			}),
		};
		shorter = { chunk, ...row };
		return row;
	});
	return {
		chunk: factors.chunk,
		kv: rows.map(({ kv }) => kv),
		factor: rows.map(({ factor }) => factor),
	};
}

/** Middle of the sorted values. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const half = sorted.length >> 1;
	return sorted.length % 2 === 1
		? (sorted[half] as number)
		: ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** Factors times other factors, on the rows and lengths of both. */
export function product(a: Factors, b: Factors): Factors {
	const chunk = [...new Set([...a.chunk, ...b.chunk])].sort((x, y) => x - y);
	const points = chunk.map((c) => {
		const lengths = [...a.kv, ...b.kv].flat().filter((kv) => kv + c <= MOST_LENGTH);
		const kv = [...new Set([0, ...lengths])].sort((x, y) => x - y);
		return thin(
			kv.map((length) => [length, factorAt(a, c, length) * factorAt(b, c, length)] as const),
			TOLERANCE,
		);
	});
	return {
		chunk,
		kv: points.map(({ at }) => at),
		factor: points.map(({ us }) => us.map((value) => Number(value.toPrecision(4)))),
	};
}
