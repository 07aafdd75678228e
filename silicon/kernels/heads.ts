import type { ModelGeometry } from '../model.ts';
import { type Evidence, weakestOf } from './evidence.ts';
import type { IndexedTable, KernelSet } from './kernel-set.ts';
import type { KernelName } from './layouts.ts';
import { around, mixedLogs } from './log-curve.ts';

/** Attention heads of one device. */
export interface DeviceHeads {
	readonly query: number;
	readonly keyValue: number;
	readonly width: number;
	/** Tokens that are attended to; 0: all. */
	readonly window: number;
	readonly kvCache: NonNullable<ModelGeometry['kvCache']>;
}

/** A grid of times over batch and length that stands for these heads, and how. */
export interface HeadGrid {
	readonly batches: readonly number[];
	/** Tokens. */
	readonly lengths: readonly number[];
	/** Row per batch; NaN where nothing was measured. */
	readonly logMs: Float64Array;
	/** Sequences count so much, where KV heads beyond the grid are taken for more sequences. */
	readonly perSequence: number;
	/** Times are multiplied by this, where heads are wider than the widest measured ones. */
	readonly factor: number;
	/** Longest length that is attended to, where a window was not measured. */
	readonly window: number;
	/** All that a token needs was measured, with its matrices, so that more tokens cost more also without a cache. */
	readonly whole: boolean;
	readonly evidence: Evidence;
	readonly source: string;
}

/** Grid of the heads in the first table that has such heads; by laws of the first table, if none has. */
export function headGrid(
	kernels: KernelSet,
	name: Extract<KernelName, 'prompt-attention' | 'decode-attention'>,
	heads: DeviceHeads,
): HeadGrid | null {
	let best: HeadGrid | null = null;
	for (const table of kernels.tables(name)) {
		const grid = gridOf(table, heads);
		if (grid === null) continue;
		if (grid.evidence !== 'modelled') return grid;
		best ??= grid;
	}
	return best;
}

function gridOf(table: IndexedTable, heads: DeviceHeads): HeadGrid | null {
	const laws: string[] = [];
	const cache = cacheOf(table, heads, laws);
	const width = widthOf(table, heads, laws);
	const window = windowOf(table, { ...heads, width, cache }, laws);
	const groups = groupsOf(table, [cache, width, window.measured]);
	const { keyValue, query, perSequence } = keyValueOf(groups, heads, laws);
	const measured = groups
		.filter(([, kv]) => kv === keyValue)
		.map(([count]) => count)
		.sort((a, b) => a - b);
	if (measured.length === 0) return null;
	const { low, high, share } = around(measured, query);
	if (query > (measured.at(-1) as number)) laws.push(`${query} query heads as ${high}`);
	const logs = (count: number) =>
		table.group(cache, width, window.measured, count, keyValue) as Float64Array;
	const logMs = mixedLogs([[logs(low), 1 - share] as const, [logs(high), share] as const]);
	const isExact = share === 0 && query === low;
	const evidence = weakestOf([
		isExact ? 'measured' : 'interpolated',
		laws.length > 0 ? 'modelled' : 'measured',
	]);
	return {
		...{ batches: table.at[0] as number[], lengths: lengthsOf(table), logMs, perSequence },
		factor: Math.max(1, heads.width / width),
		window: window.left,
		whole: false,
		evidence,
		source: [
			`${heads.query} heads, ${heads.keyValue} KV heads of ${heads.width}, ${table.source}`,
			...laws,
		].join('; '),
	};
}

/** Decoding counts the tokens before the one that is decoded. */
function lengthsOf({ name, at }: IndexedTable): number[] {
	const values = at[1] as number[];
	return name === 'decode-attention' ? values.map((before) => before + 1) : values;
}

const CACHES = { bf16: 'bfloat16', fp8: 'fp8' } as const;

function cacheOf(table: IndexedTable, { kvCache }: DeviceHeads, laws: string[]): string {
	const name = CACHES[kvCache];
	if (table.groups.some(([cache]) => cache === name)) return name;
	laws.push(`KV cache in ${kvCache} as in bf16`);
	return CACHES.bf16;
}

/** The narrowest measured width that holds the heads, as kernels pad them; beyond, the widest in proportion. */
function widthOf(table: IndexedTable, { width }: DeviceHeads, laws: string[]): number {
	const widths = table.values('head_dim');
	const found = widths.find((one) => one >= width) ?? (widths.at(-1) as number);
	if (found !== width) laws.push(`heads of ${width} as of ${found}`);
	return found;
}

/** A window that was measured; else full attention of as many tokens as the window has. */
function windowOf(
	table: IndexedTable,
	{ window, width, cache }: DeviceHeads & { readonly cache: string },
	laws: string[],
): { readonly measured: number; readonly left: number } {
	if (window === 0) return { measured: 0, left: Number.POSITIVE_INFINITY };
	if (table.groups.some(([c, w, of]) => c === cache && w === width && of === window))
		return { measured: window, left: Number.POSITIVE_INFINITY };
	laws.push(`a window of ${window} as full attention of as many tokens`);
	return { measured: 0, left: window };
}

/** Numbers of query and KV heads that were measured with a cache, a width and a window. */
function groupsOf(table: IndexedTable, of: readonly (string | number)[]): [number, number][] {
	return table.groups
		.filter((group) => of.every((value, i) => group[i] === value))
		.map(([, , , query, keyValue]): [number, number] => [Number(query), Number(keyValue)]);
}

/** Blocks of threads go over sequences times KV heads, so heads that were not measured are taken for more sequences. */
function keyValueOf(
	groups: readonly [number, number][],
	{ query, keyValue }: DeviceHeads,
	laws: string[],
): { readonly query: number; readonly keyValue: number; readonly perSequence: number } {
	if (groups.some(([count, kv]) => kv === keyValue && (kv < count || count === query)))
		return { query, keyValue, perSequence: 1 };
	const counts = [...new Set(groups.map(([, kv]) => kv))].filter((kv) => kv <= keyValue);
	const taken = Math.max(...counts.filter((kv) => kv <= 8), 1);
	laws.push(`${keyValue} KV heads as ${keyValue / taken} times ${taken}`);
	return { query: (query * taken) / keyValue, keyValue: taken, perSequence: keyValue / taken };
}
