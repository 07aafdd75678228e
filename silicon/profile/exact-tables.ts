import { ConfigError } from '../../protocol/errors.ts';
import { quoted } from '../../protocol/plain-text.ts';
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

/**
 * Tables that hold a predictor's own values. Keys between measured ones are linear in between; beyond them there is no
 * time.
 *
 * @throws ConfigError naming the file, line and column of what is no number
 */
export function exactTables(profile: ExactProfile, postAttentionNorm: boolean): LatencyTables {
	const ops = parseCsv(profile.tokenOps, 'token_ops.csv');
	const tokens = ops['num_tokens'] ?? [];
	const { num_tokens: _, ...ms } = ops;
	const dense = denseTokenOps({ tokens, ms }, postAttentionNorm);
	const decode = grid(profile.decode, 'attn_decode.csv', {
		row: ['batch_size', 1],
		column: ['kv_cache_size', KV_GRANULARITY],
	});
	const prefill = grid(profile.prefill, 'attn_prefill.csv', {
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
		filled: decode.filled + prefill.filled,
	};
}

/** Key columns of a table: their names, and the distance between two of their values. */
interface GridKeys {
	readonly row: readonly [string, number];
	readonly column: readonly [string, number];
}

function grid(text: string, file: string, keys: GridKeys) {
	const csv = parseCsv(text, file);
	const column = (name: string): number[] => {
		const values = csv[name];
		if (values === undefined)
			throw new ConfigError(`Cannot read a profile without column "${name}"`);
		return values;
	};
	const indices = ([name, unit]: readonly [string, number]) =>
		column(name).map((value, i) => {
			if (Number.isInteger(value / unit) && value >= 0) return value / unit;
			throw new ConfigError(
				`Cannot read "${file}" line ${i + 2} column "${name}": ${value} is no multiple of ${unit}`,
			);
		});
	const rowOf = indices(keys.row);
	const columnOf = indices(keys.column);
	const rows = largest(rowOf) + 1;
	const columns = largest(columnOf) + 1;
	const values = new Float64Array(rows * columns).fill(Number.NaN);
	column('ms').forEach((ms, i) => {
		values[(rowOf[i] as number) * columns + (columnOf[i] as number)] = ms;
	});
	return { values, rows, columns, filled: fillHoles(values, rows, columns) };
}

/** Fills keys between measured ones, first along each row, then along each column; how many. */
function fillHoles(values: Float64Array, rows: number, columns: number): number {
	let filled = 0;
	for (let row = 0; row < rows; row++)
		filled += fillLine(values, { from: row * columns, step: 1, count: columns });
	for (let column = 0; column < columns; column++)
		filled += fillLine(values, { from: column, step: columns, count: rows });
	return filled;
}

/** Makes a line through what stands on both sides of a hole. */
function fillLine(
	values: Float64Array,
	{ from, step, count }: { readonly from: number; readonly step: number; readonly count: number },
): number {
	let filled = 0;
	let before = -1;
	for (let i = 0; i < count; i++) {
		const value = values[from + i * step] as number;
		if (Number.isNaN(value)) continue;
		const start = before === -1 ? value : (values[from + before * step] as number);
		for (let hole = before + 1; before !== -1 && hole < i; hole++) {
			values[from + hole * step] = start + ((value - start) * (hole - before)) / (i - before);
			filled++;
		}
		before = i;
	}
	return filled;
}

function largest(values: readonly number[]): number {
	return values.reduce((most, value) => Math.max(most, value), 0);
}

/** A CSV of plain numbers under a header, by column. */
function parseCsv(text: string, file: string): Record<string, number[]> {
	const lines = text.trimEnd().split(/\r?\n/);
	const names = (lines[0] ?? '').trim().split(',');
	const columns = names.map(() => new Array<number>(lines.length - 1));
	for (let i = 1; i < lines.length; i++) {
		const cells = (lines[i] as string).split(',');
		columns.forEach((column, c) => {
			const cell = (cells[c] ?? '').trim();
			const value = cell === '' ? Number.NaN : Number(cell);
			if (!Number.isFinite(value))
				throw new ConfigError(
					`Cannot read "${file}" line ${i + 1} column "${names[c]}": ${quoted(cell)} is not a number`,
				);
			column[i - 1] = value;
		});
	}
	return Object.fromEntries(names.map((name, c) => [name, columns[c] as number[]]));
}
