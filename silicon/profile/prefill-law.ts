import * as z from 'zod';
import { interpolate } from '../predictor/interpolate.ts';

/** Heads of one GPU. */
export interface AttentionHeads {
	readonly query: number;
	readonly keyValue: number;
	readonly width: number;
}

/** What the shape of a kernel's grid is. */
export const PrefillKernel = z.strictObject({
	/** Rows of queries that a block of threads works on: tokens, or tokens times heads of a group. */
	tileRows: z.int().positive(),
	/** Whether the heads of a group share a tile, so that keys and values are read once for them. */
	packsGroups: z.boolean(),
	/** Cached tokens that a block works on at once; the unit of work. */
	tileTokens: z.int().positive(),
	/** Whether a short grid is cut along the cache in whole waves (FlashAttention) or evenly (FlashInfer). */
	splits: z.enum(['waves', 'evenly']),
	/** Time before and after the work, in units of work: of the kernel, and of each block. */
	launch: z.number(),
	blockLaunch: z.number(),
});
export type PrefillKernel = z.infer<typeof PrefillKernel>;

/** A grid of this part of the multiprocessors is not worth cutting. */
const FULL_ENOUGH = 0.8;
/** Of several cuts the coarsest that fills waves nearly as well as the best. */
const NEARLY = 0.85;

/**
 * Units of work that pass while a chunk of `chunk` tokens attends to `kv` cached tokens and itself, on a
 * device with so many multiprocessors: its tiles run in waves. Blocks late in the chunk see more tokens; the
 * more the blocks differ, the less a last wave that is part full costs.
 */
export function prefillUnits(
	kernel: PrefillKernel,
	heads: AttentionHeads,
	multiprocessors: number,
	{ chunk, kv }: { readonly chunk: number; readonly kv: number },
): number {
	const group = kernel.packsGroups ? heads.query / heads.keyValue : 1;
	const grids = kernel.packsGroups ? heads.keyValue : heads.query;
	const tile = kernel.tileRows / group;
	const rows = Math.ceil(chunk / tile);
	const units = gridUnits(kernel, { tile, grids, rows, multiprocessors, kv });
	// One tile less may happen to be cut worse; a longer chunk does not gain by that.
	return rows > 1 && grids * (rows - 1) < multiprocessors
		? Math.max(units, gridUnits(kernel, { tile, grids, rows: rows - 1, multiprocessors, kv }))
		: units;
}

interface Grid {
	/** Tokens of a tile. */
	readonly tile: number;
	/** Rows of tiles, and how many of them. */
	readonly grids: number;
	readonly rows: number;
	readonly multiprocessors: number;
	readonly kv: number;
}

function gridUnits(
	kernel: PrefillKernel,
	{ tile, grids, rows, multiprocessors, kv }: Grid,
): number {
	const tiles = grids * rows;
	// The last tile takes as long as a full one.
	const longest = (kv + tile * rows) / kernel.tileTokens;
	const shortest = (kv + tile) / kernel.tileTokens;
	const average = (longest + shortest) / 2;
	if (kernel.splits === 'evenly' && tiles < multiprocessors)
		return kernel.launch + kernel.blockLaunch + Math.max(2, (average * tiles) / multiprocessors);
	const cuts =
		kernel.splits === 'waves' ? splits(tiles, multiprocessors, Math.ceil(longest / 2)) : 1;
	const waves = (tiles * cuts) / multiprocessors;
	const most = kernel.blockLaunch + longest / cuts;
	const least = kernel.blockLaunch + shortest / cuts;
	const mean = kernel.blockLaunch + average / cuts;
	const uneven = (most - least) / most;
	const full =
		mean * (Math.ceil(waves) * (1 - uneven) + waves * uneven) +
		(waves > 1 ? (uneven * most) / 2 : 0);
	return kernel.launch + Math.max(most, full) + (cuts > 1 ? kernel.blockLaunch : 0);
}

/** Parts that FlashAttention cuts the cache into, so that a grid of few tiles fills whole waves. */
function splits(tiles: number, multiprocessors: number, blocks: number): number {
	if (tiles >= FULL_ENOUGH * multiprocessors) return 1;
	const most = Math.min(128, multiprocessors, blocks);
	const efficiency = (cuts: number) => {
		const waves = (tiles * cuts) / multiprocessors;
		return waves / Math.ceil(waves);
	};
	const sensible = (cuts: number) =>
		cuts === 1 || Math.ceil(blocks / cuts) !== Math.ceil(blocks / (cuts - 1));
	let best = 0;
	for (let cuts = 1; cuts <= most; cuts++)
		if (sensible(cuts)) best = Math.max(best, efficiency(cuts));
	for (let cuts = 1; cuts <= most; cuts++)
		if (sensible(cuts) && efficiency(cuts) >= NEARLY * best) return cuts;
	return 1;
}

/** Factors by chunk length and, for each, by cached tokens; level outside. */
export const Factors = z.strictObject({
	chunk: z.array(z.number()).min(1),
	kv: z.array(z.array(z.number()).min(1)),
	factor: z.array(z.array(z.number()).min(1)),
});
export type Factors = z.infer<typeof Factors>;

/** The factor between the rows of the two nearest chunk lengths, linear in the logarithm of the chunk. */
export function factorAt(factors: Factors, chunk: number, kv: number): number {
	const rows = factors.chunk;
	let above = 0;
	while (above < rows.length && (rows[above] as number) < chunk) above++;
	const row = (i: number) =>
		interpolate(factors.kv[i] as number[], factors.factor[i] as number[], kv);
	if (above === 0) return row(0);
	if (above === rows.length) return row(rows.length - 1);
	const low = Math.log(rows[above - 1] as number);
	const share = (Math.log(chunk) - low) / (Math.log(rows[above] as number) - low);
	return row(above - 1) * (1 - share) + row(above) * share;
}
