import type { ModelGeometry } from '../model.ts';
import { headWidth } from '../model.ts';
import { tabulate } from '../predictor/interpolate.ts';
import { denseTokenOps, type LatencyTables } from '../predictor/tables.ts';
import { type AttentionKernel, decodeTable, prefillTime } from './attention.ts';
import { hardwareOf } from './hardware.ts';
import { type AllReduces, collectives, type Network } from './network.ts';
import type { AttentionHeads } from './prefill-law.ts';
import { type Measured, measuredOps, scaledOps, type TimeOf } from './token-ops.ts';

/** What a profile is put together from. */
export interface Parts {
	/** Measured operators of the models on the device; the model's own decide where they are there. */
	readonly measured: readonly Measured[];
	readonly network: Network;
	readonly allReduces: AllReduces;
	readonly attention: AttentionKernel;
	/** Writing keys and values as Vidur's regression has it; null: as it is. With it operators are bagged. */
	readonly reproduction: { readonly kvCacheSave: Save | null } | null;
}

/** Times of writing keys and values in ms, by tokens. */
export interface Save {
	readonly tokens: readonly number[];
	readonly ms: readonly number[];
}

/** What it is put together for. */
export interface Target {
	readonly model: ModelGeometry;
	readonly device: string;
	readonly tensorParallel: number;
}

/** Largest batches and longest requests of an assembled profile; beyond what was measured lines go on. */
const MOST_TOKENS = 16384;
const MOST_BATCH = 512;
/** Prompt attention is computed once for each key up to here and remembered. */
const REMEMBERED_KV = 4096;
const KV_GRANULARITY = 64;

/** Heads of a model on each of its GPUs. */
function headsOf(model: ModelGeometry, tensorParallel: number): AttentionHeads {
	return {
		query: model.queryHeads / tensorParallel,
		keyValue: Math.ceil(model.keyValueHeads / tensorParallel),
		width: headWidth(model),
	};
}

/** The operators of all tokens in microseconds, and whether they were measured. */
function tokenOpsOf(target: Target, measured: readonly Measured[]) {
	const own = measured.find(({ ops }) => ops.model === target.model.name);
	const curves = own === undefined ? null : measuredOps(own.ops, target.tensorParallel);
	return curves === null
		? {
				ops: scaledOps(target.model, target.tensorParallel, measured),
				label: 'extrapolated' as const,
			}
		: { ops: curves, label: 'measured' as const };
}

/** Dense tables of a model on a device, from the parts. */
export function assemble(target: Target, parts: Parts): LatencyTables {
	const { model, device, tensorParallel } = target;
	const hardware = hardwareOf(device);
	const heads = headsOf(model, tensorParallel);
	const { reproduction } = parts;
	const end = lastMeasured(parts.measured);
	const measured = Object.entries(tokenOpsOf(target, parts.measured).ops);
	const times: Record<string, TimeOf> = Object.fromEntries(
		measured.map(([op, timeOf]) => [op, reproduction === null ? timeOf : bagged(timeOf, end)]),
	);
	const { allReduce, sendRecv, sendAcrossNodes } = collectives(
		parts.network,
		model.width,
		tensorParallel,
		parts.allReduces,
	);
	if (allReduce !== null) times['all_reduce'] = allReduce;
	times['send_recv'] = sendRecv;
	times['send_recv_across_nodes'] = sendAcrossNodes;
	const save = reproduction?.kvCacheSave ?? null;
	if (save === null) times['attn_kv_cache_save'] = () => parts.attention.kvCacheSaveUs;
	const ms = Object.fromEntries(
		Object.entries(times).map(([op, timeOf]) => [op, TOKENS.map((n) => timeOf(n) / 1000)]),
	);
	const decode = decodeTable(parts.attention, heads, hardware, {
		maxBatch: MOST_BATCH,
		maxKv: MOST_TOKENS,
	});
	const prompts = prefillTime(parts.attention, heads, hardware);
	const longest = parts.attention.grouped.prefill.chunk.at(-1) as number;
	const dense = denseTokenOps({ tokens: TOKENS, ms }, model.postAttentionNorm);
	return {
		...dense,
		gpusPerNode: parts.network.gpusPerNode,
		...(save === null
			? {}
			: { kvCacheSave: tabulate(save.tokens, save.ms, { length: dense.maxTokens + 1, unit: 1 }) }),
		...decode,
		maxBatch: MOST_BATCH,
		maxDecodeKv: MOST_TOKENS,
		prefillMs: remembered(
			reproduction === null ? prompts : (kv, chunk) => prompts(kv, Math.min(chunk, longest)),
		),
		maxChunk: MOST_TOKENS,
	};
}

/** A point is in no bootstrap sample of a tree with probability 1/e, and so is its neighbour. */
const ABSENT = Math.exp(-1);

/**
 * What a random forest expects at a measured number of tokens: trees that have not seen the point give its
 * left neighbour's time (the split lies half-way, on the point itself), or, that absent too, the right one's.
 * So Vidur's steps are blurred: at 512 tokens its projections are 3 % slower than measured. Nor does a forest
 * go on beyond the last point.
 */
function bagged(timeOf: TimeOf, end: number): TimeOf {
	return (tokens) => {
		if (tokens < 16 || tokens >= 4096) return timeOf(Math.min(tokens, end));
		const step = tokens <= 1024 ? 8 : tokens <= 2048 ? 16 : 32;
		const right = ABSENT * ABSENT;
		return (
			(1 - ABSENT) * timeOf(tokens) +
			(ABSENT - right) * timeOf(tokens - step) +
			right * timeOf(tokens + step)
		);
	};
}

/** The largest batch that the operators were measured at. */
function lastMeasured(measured: readonly Measured[]): number {
	const curves = measured.flatMap(({ ops }) => Object.values(ops.byTensorParallel));
	return Math.max(...curves.flatMap((ops) => Object.values(ops).map(({ at }) => at.at(-1) ?? 0)));
}

/** Batches are padded to multiples of 8; long ones were measured in steps of 64 at most. */
const TOKENS: readonly number[] = [
	...[1, 2, 4],
	...Array.from({ length: 512 }, (_, i) => 8 * (i + 1)),
	...Array.from({ length: (MOST_TOKENS - 4096) / 64 }, (_, i) => 4096 + 64 * (i + 1)),
];

/** The same function, computed once for each key of usual size. Its values do not depend on the order of calls. */
function remembered(
	timeOf: (kv: number, chunk: number) => number,
): (kv: number, chunk: number) => number {
	const rows: (Float64Array | undefined)[] = [];
	return (kv, chunk) => {
		const column = kv / KV_GRANULARITY;
		if (kv > REMEMBERED_KV || !Number.isInteger(column) || chunk > MOST_TOKENS)
			return timeOf(kv, chunk);
		let row = rows[column];
		if (row === undefined) {
			row = new Float64Array(MOST_TOKENS + 1).fill(Number.NaN);
			rows[column] = row;
		}
		const found = row[chunk] as number;
		if (!Number.isNaN(found)) return found;
		const value = timeOf(kv, chunk);
		row[chunk] = value;
		return value;
	};
}
