import { parse } from 'csv-parse/sync';
import type { AttentionHeads } from '../profile/prefill-law.ts';
import { attentionSamples, mean } from './samples.ts';

/** One measured attention time, with the heads of the GPU it was measured on. */
export interface KernelSample {
	/** Model and tensor parallelism. */
	readonly set: string;
	readonly heads: AttentionHeads;
	readonly prefill: boolean;
	readonly batch: number;
	readonly chunk: number;
	readonly kv: number;
	readonly us: number;
}

type Row = Record<string, string>;

/** Samples of attention_sample.csv at a tensor parallelism; `heads` of the whole model. */
export function sampled(
	set: string,
	text: string,
	heads: AttentionHeads,
	tensorParallel: number,
): KernelSample[] {
	const own = {
		query: heads.query / tensorParallel,
		keyValue: heads.keyValue / tensorParallel,
		width: heads.width,
	};
	return attentionSamples(text, tensorParallel).map(({ prefill, batch, chunk, kv, ms }) => ({
		set: `${set}-tp${tensorParallel}`,
		heads: own,
		prefill,
		batch,
		chunk,
		kv,
		us: ms * 1000,
	}));
}

/** All rows of Vidur's attention.csv; what was measured several times is averaged. */
export function fullGrid(set: string, text: string): KernelSample[] {
	const groups = new Map<string, Row[]>();
	for (const row of parse(text, { columns: true }) as Row[]) {
		const key = `${row['is_prefill']} ${row['batch_size']} ${row['prefill_chunk_size']} ${row['kv_cache_size']}`;
		groups.set(key, [...(groups.get(key) ?? []), row]);
	}
	return [...groups.values()].map((rows) => {
		const row = rows[0] as Row;
		const number = (column: string) => Number(row[column]);
		const workers = number('num_tensor_parallel_workers');
		const prefill = row['is_prefill'] === 'True';
		const column = `time_stats.attn_${prefill ? 'prefill' : 'decode'}.median`;
		return {
			set: `${set}-tp${workers}`,
			heads: {
				query: number('n_q_head') / workers,
				keyValue: number('n_kv_head') / workers,
				width: number('n_embd') / number('n_q_head'),
			},
			prefill,
			batch: number('batch_size'),
			chunk: number('prefill_chunk_size'),
			kv: number('kv_cache_size'),
			us: 1000 * mean(rows.map((one) => Number(one[column]))),
		};
	});
}
