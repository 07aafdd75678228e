import { ConfigError } from '../../../protocol/errors.ts';
import { denseTokenOps, type LatencyTables } from '../predictor/tables.ts';

/** The texts of the three CSV files of an exact profile. Times are in ms per layer. */
export interface ExactProfile {
	/** num_tokens and a column per operator. */
	readonly tokenOps: string;
	/** batch_size, kv_cache_size (multiples of 64), ms. */
	readonly decode: string;
	/** kv_cache_size (multiples of 64), prefill_chunk_size, ms. */
	readonly prefill: string;
}

const KV_GRANULARITY = 64;

/** Tables that hold a predictor's own values at every key, so that nothing is interpolated. */
export function exactTables(profile: ExactProfile, postAttentionNorm: boolean): LatencyTables {
	const ops = parseCsv(profile.tokenOps);
	const tokens = ops.columns['num_tokens'] ?? [];
	const dense = denseTokenOps({ tokens, ms: ops.columns }, postAttentionNorm);
	const decode = grid(profile.decode, 'batch_size', 'kv_cache_size', KV_GRANULARITY);
	const prefill = grid(profile.prefill, 'kv_cache_size', 'prefill_chunk_size', 1, KV_GRANULARITY);
	return {
		...dense,
		decodeMs: decode.values,
		decodeColumns: decode.columns,
		maxBatch: decode.rows - 1,
		maxDecodeKv: (decode.columns - 1) * KV_GRANULARITY,
		prefillMs: (kv, chunk) =>
			prefill.values[Math.ceil(kv / KV_GRANULARITY) * prefill.columns + chunk] as number,
		maxChunk: prefill.columns - 1,
	};
}

function grid(text: string, row: string, column: string, columnUnit: number, rowUnit = 1) {
	const csv = parseCsv(text);
	const [rowKeys, columnKeys, ms] = [row, column, 'ms'].map((name) => {
		const values = csv.columns[name];
		if (values === undefined) throw new ConfigError(`Cannot read a profile without column "${name}"`);
		return values;
	}) as [number[], number[], number[]];
	const rows = Math.max(0, ...new Set(rowKeys)) / rowUnit + 1;
	const columns = Math.max(0, ...new Set(columnKeys)) / columnUnit + 1;
	const values = new Float64Array(rows * columns);
	for (let i = 0; i < ms.length; i++) {
		const r = (rowKeys[i] as number) / rowUnit;
		const c = (columnKeys[i] as number) / columnUnit;
		values[r * columns + c] = ms[i] as number;
	}
	return { values, rows, columns };
}

/** A CSV of plain numbers under a header, by column. */
function parseCsv(text: string): { columns: Record<string, number[]> } {
	const lines = text.trimEnd().split('\n');
	const names = (lines[0] ?? '').trim().split(',');
	const columns: Record<string, number[]> = {};
	for (const name of names) columns[name] = new Array<number>(lines.length - 1);
	for (let i = 1; i < lines.length; i++) {
		const cells = (lines[i] as string).split(',');
		for (let c = 0; c < names.length; c++) (columns[names[c] as string] as number[])[i - 1] = Number(cells[c]);
	}
	return { columns };
}
