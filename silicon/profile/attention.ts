import * as z from 'zod';
import { interpolate, tabulate } from '../predictor/interpolate.ts';
import { type Hardware, REFERENCE_HARDWARE } from './hardware.ts';
import {
	type AttentionHeads,
	Factors,
	factorAt,
	PrefillKernel,
	prefillUnits,
} from './prefill-law.ts';

const Numbers = z.array(z.number()).min(1);

/** Decode times: row per number of (request, KV head) pairs, column per KV length, in microseconds. */
export const DecodeSurface = z.strictObject({ pairs: Numbers, kv: Numbers, us: z.array(Numbers) });
export type DecodeSurface = z.infer<typeof DecodeSurface>;

/** What was fitted of an attention kernel, all on one device (`REFERENCE_HARDWARE`). */
export const AttentionKernel = z.strictObject({
	kernel: z.string(),
	source: z.string(),
	/** Writing keys and values where the attention does not, in microseconds a layer. */
	kvCacheSaveUs: z.number().nonnegative(),
	/** Launching a decode, in microseconds; the rest of its time is bandwidth. */
	decodeLaunchUs: z.number(),
	headWidth: z.int().positive(),
	/** Query heads that share a KV head: several, and one. */
	grouped: z.strictObject({ decode: DecodeSurface, prefill: Factors }),
	single: z.strictObject({ decode: DecodeSurface, prefill: Factors }).nullable(),
	prefill: PrefillKernel,
	/** Microseconds per unit of work of `prefill`. */
	prefillUnitUs: z.number().positive(),
	/** What fewer query heads per GPU, in rising number, differ by beside the law; as many as were fitted by 1. */
	heads: z.array(z.strictObject({ query: z.int().positive(), factors: Factors })),
});
export type AttentionKernel = z.infer<typeof AttentionKernel>;

const KV_GRANULARITY = 64;

/** Dense decode times of a geometry on a device, for batches up to `maxBatch` and caches up to `maxKv`. */
export function decodeTable(
	kernel: AttentionKernel,
	heads: AttentionHeads,
	hardware: Hardware,
	{ maxBatch, maxKv }: { readonly maxBatch: number; readonly maxKv: number },
): { decodeMs: Float64Array; decodeColumns: number } {
	const surface = variant(kernel, heads).decode;
	const columns = Math.floor(maxKv / KV_GRANULARITY) + 1;
	const perWave = REFERENCE_HARDWARE.multiprocessors / hardware.multiprocessors;
	const slower = slowerPerMultiprocessor(heads, kernel, hardware);
	const rows = new Map<number, Float64Array>();
	const row = (i: number) => {
		const found = rows.get(i) ?? extended(surface.kv, surface.us[i] as number[], columns);
		rows.set(i, found);
		return found;
	};
	const decodeMs = new Float64Array((maxBatch + 1) * columns);
	const last = surface.pairs.length - 1;
	const most = surface.pairs[last] as number;
	let below = 0;
	for (let batch = 1; batch <= maxBatch; batch++) {
		// So many pairs are as many waves on the reference device.
		const pairs = batch * heads.keyValue * perWave;
		while (below < last - 1 && (surface.pairs[below + 1] as number) <= pairs) below++;
		const from = surface.pairs[below] as number;
		const to = surface.pairs[below + 1] as number;
		const share = Math.min(1, Math.max(0, (pairs - from) / (to - from)));
		const beyond = Math.max(1, pairs / most);
		const mix = { left: row(below), right: row(below + 1), share, beyond, slower };
		mixRows(decodeMs.subarray(batch * columns, (batch + 1) * columns), mix, kernel.decodeLaunchUs);
	}
	return { decodeMs, decodeColumns: columns };
}

interface Mix {
	readonly left: Float64Array;
	readonly right: Float64Array;
	readonly share: number;
	readonly beyond: number;
	readonly slower: number;
}

/** A batch's row in ms, between two rows of the surface; all but the launch takes longer on a slower device. */
function mixRows(row: Float64Array, mix: Mix, launchUs: number): void {
	const { left, right, share, beyond, slower } = mix;
	for (let c = 0; c < row.length; c++) {
		const us = ((left[c] as number) * (1 - share) + (right[c] as number) * share) * beyond;
		row[c] = (launchUs + (us > launchUs ? us - launchUs : 0) * slower) / 1000;
	}
}

/** A row of a surface at all multiples of 64, beyond its end along its last half. */
function extended(kv: readonly number[], us: readonly number[], columns: number): Float64Array {
	const row = tabulate(kv, us, { length: columns, unit: KV_GRANULARITY });
	const end = kv.at(-1) as number;
	const last = us.at(-1) as number;
	const slope = Math.max(0, (last - interpolate(kv, us, end / 2)) / (end / 2));
	for (let c = Math.floor(end / KV_GRANULARITY) + 1; c < columns; c++)
		row[c] = last + slope * (c * KV_GRANULARITY - end);
	return row;
}

function slowerPerMultiprocessor(
	heads: AttentionHeads,
	kernel: AttentionKernel,
	hardware: Hardware,
): number {
	const share = (of: Hardware) => of.bandwidthGbps / of.multiprocessors;
	return (share(REFERENCE_HARDWARE) / share(hardware)) * (padded(heads.width) / kernel.headWidth);
}

/** The kernels are built for head widths in steps of 32. */
function padded(width: number): number {
	return 32 * Math.ceil(width / 32);
}

/**
 * Prompt attention of a geometry on a device in ms: the law of waves times what the samples differ from it by.
 */
export function prefillTime(
	kernel: AttentionKernel,
	heads: AttentionHeads,
	hardware: Hardware,
): (kv: number, chunk: number) => number {
	const { prefill: factors } = variant(kernel, heads);
	const width = padded(heads.width) / kernel.headWidth;
	const rate =
		(hardware.attentionRate * REFERENCE_HARDWARE.multiprocessors) / hardware.multiprocessors;
	const unitMs = (kernel.prefillUnitUs / 1000 / rate) * width;
	const corrected = correction(kernel.heads, heads.query);
	const own = (kv: number, chunk: number) => {
		const units = prefillUnits(kernel.prefill, heads, hardware.multiprocessors, { chunk, kv });
		return unitMs * units * factorAt(factors, chunk, kv) * corrected(chunk, kv);
	};
	// Where a kernel cuts a short grid is known less well than that more tokens take no less time.
	return (kv, chunk) =>
		SHORT_CHUNKS.reduce(
			(most, shorter) => (shorter < chunk ? Math.max(most, own(kv, shorter)) : most),
			own(kv, chunk),
		);
}

/** The factor of a number of query heads, between those of the two nearest numbers. */
function correction(
	known: AttentionKernel['heads'],
	query: number,
): (chunk: number, kv: number) => number {
	const last = known.at(-1) as AttentionKernel['heads'][number];
	const above = known.find((one) => one.query >= query) ?? last;
	const below = known.findLast((one) => one.query <= query) ?? above;
	if (above.query === below.query) return (chunk, kv) => factorAt(above.factors, chunk, kv);
	const share = (query - below.query) / (above.query - below.query);
	return (chunk, kv) =>
		factorAt(below.factors, chunk, kv) * (1 - share) + factorAt(above.factors, chunk, kv) * share;
}

const SHORT_CHUNKS = [64, 128, 256];

function variant(kernel: AttentionKernel, heads: AttentionHeads) {
	return heads.query === heads.keyValue && kernel.single !== null ? kernel.single : kernel.grouped;
}
