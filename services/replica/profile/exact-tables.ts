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
	const tokens = ops['num_tokens'] ?? [];
	const dense = denseTokenOps({ tokens, ms: ops }, postAttentionNorm);
	const decode = grid(profile.decode, {
		row: ['batch_size', 1],
		column: ['kv_cache_size', KV_GRANULARITY],
	});
	const prefill = grid(profile.prefill, {
		row: ['kv_cache_size', KV_GRANULARITY],
		column: ['prefill_chunk_size', 1],
	});
	return {
		...dense,
		gpusPerNode: Number.POSITIVE_INFINITY,
		decodeMs: decode.values,
		decodeColumns: decode.columns,
		maxBatch: decode.rows - 1,
		maxDecodeKv: (decode.columns - 1) * KV_GRANULARITY,
		prefillMs(kv, chunk) {
			const row = kv / KV_GRANULARITY;
			const valueAt = (key: number) => prefill.values[key * prefill.columns + chunk] as number;
			const below = Math.floor(row);
			const from = valueAt(below);
			return row === below ? from : from + (valueAt(below + 1) - from) * (row - below);
		},
		maxChunk: prefill.columns - 1,
	};
}

/** Key columns of a table: their names, and the distance between two of their values. */
interface GridKeys {
	readonly row: readonly [string, number];
	readonly column: readonly [string, number];
}

function grid(text: string, keys: GridKeys) {
	const csv = parseCsv(text);
	const column = (name: string): number[] => {
		const values = csv[name];
		if (values === undefined)
			throw new ConfigError(`Cannot read a profile without column "${name}"`);
		return values;
	};
	const indices = ([name, unit]: readonly [string, number]) =>
		column(name).map((value) => value / unit);
	const rowOf = indices(keys.row);
	const columnOf = indices(keys.column);
	const rows = largest(rowOf) + 1;
	const columns = largest(columnOf) + 1;
	const values = new Float64Array(rows * columns);
	column('ms').forEach((ms, i) => {
		values[(rowOf[i] as number) * columns + (columnOf[i] as number)] = ms;
	});
	return { values, rows, columns };
}

function largest(values: readonly number[]): number {
	return values.reduce((most, value) => Math.max(most, value), 0);
}

/** A CSV of plain numbers under a header, by column. */
function parseCsv(text: string): Record<string, number[]> {
	const lines = text.trimEnd().split(/\r?\n/);
	const names = (lines[0] ?? '').trim().split(',');
	const columns = names.map(() => new Array<number>(lines.length - 1));
	for (let i = 1; i < lines.length; i++) {
		const cells = (lines[i] as string).split(',');
		columns.forEach((column, c) => {
			column[i - 1] = Number(cells[c]);
		});
	}
	return Object.fromEntries(names.map((name, c) => [name, columns[c] as number[]]));
}
