import { parse } from 'csv-parse/sync';
import type { ModelGeometry } from '../model.ts';

/** One measured attention time, in ms. */
export interface AttentionSample {
	readonly prefill: boolean;
	readonly batch: number;
	readonly chunk: number;
	readonly kv: number;
	readonly ms: number;
	/** Writing keys and values, NaN where it was not measured. */
	readonly saveMs: number;
}

/** Medians of token operators by number of tokens. */
export interface TokenOpSamples {
	readonly tokens: number[];
	readonly ms: Record<string, number[]>;
}

type Row = Record<string, string>;

/** Reads attention_sample.csv: sampled medians of a profile, of several tensor parallelisms. */
export function attentionSamples(text: string, tensorParallel: number): AttentionSample[] {
	const rows = parse(text, { columns: true }) as Row[];
	return rows
		.filter((row) => Number(row['tp']) === tensorParallel)
		.map((row) => {
			const prefill = row['is_prefill'] === 'True';
			return {
				prefill,
				batch: Number(row['batch_size']),
				chunk: Number(row['prefill_chunk_size']),
				kv: Number(row['kv_cache_size']),
				ms: Number(row[prefill ? 'attn_prefill_ms' : 'attn_decode_ms']),
				saveMs: Number(row['attn_kv_cache_save_ms'] || Number.NaN),
			};
		});
}

/** The operators of mlp.csv that a layer is priced from. */
export const TOKEN_OPS = [
	'attn_pre_proj',
	'attn_post_proj',
	'attn_rope',
	'mlp_up_proj',
	'mlp_down_proj',
	'mlp_act',
	'input_layernorm',
	'post_attention_layernorm',
	'add',
] as const;

/** Reads mlp.csv: the medians of each operator; a token count measured twice gets the mean of its medians. */
export function tokenOpSamples(
	text: string,
	model: ModelGeometry,
	tensorParallel: number,
): TokenOpSamples {
	const rows = (parse(text, { columns: true }) as Row[]).filter(
		(row) =>
			Number(row['num_tensor_parallel_workers']) === tensorParallel &&
			Number(row['n_head']) === model.queryHeads &&
			Number(row['n_kv_head']) === model.keyValueHeads &&
			Number(row['n_embd']) === model.width &&
			Number(row['n_expanded_embd']) === model.mlpWidth,
	);
	const byTokens = new Map<number, Row[]>();
	for (const row of rows) {
		const tokens = Number(row['num_tokens']);
		byTokens.set(tokens, [...(byTokens.get(tokens) ?? []), row]);
	}
	const tokens = [...byTokens.keys()].sort((a, b) => a - b);
	const column = (op: string) =>
		tokens.map((n) => mean((byTokens.get(n) ?? []).map((row) => medianOf(row, op))));
	return { tokens, ms: Object.fromEntries(TOKEN_OPS.map((op) => [op, column(op)])) };
}

function medianOf(row: Row, op: string): number {
	return Number(row[`time_stats.${op}.median`] || 0);
}

/** Arithmetic mean. */
export function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
