import { ConfigError } from '../../protocol/errors.ts';
import { headWidth, type ModelGeometry } from '../model.ts';
import type { Point } from './forest.ts';
import { TOKEN_OPS } from './samples.ts';
import { readTable, type Table } from './table.ts';

/** Measured times in ms per layer, by operator: what a profile is made from. */
export interface ImportedPoints {
	/** Features: tokens. */
	readonly tokenOps: Readonly<Record<string, readonly Point[]>>;
	/** Features: batch, KV length. */
	readonly decode: readonly Point[];
	/** Features: KV length, chunk. */
	readonly prefill: readonly Point[];
	/** Features: sequences, of what a step takes for each that it samples; left out: not known. */
	readonly perSequence?: readonly Point[];
}

/** Texts of CSV files with their names; null where there is none. */
export interface CsvFile {
	readonly file: string;
	readonly text: string;
}

/** The files of a Vidur data/profiling tree that one profile is made from. */
export interface VidurFiles {
	readonly mlp: CsvFile;
	readonly attention: CsvFile;
	readonly allReduce: CsvFile | null;
	readonly sendRecv: CsvFile | null;
}

/** Operators that some models lack. */
const OPTIONAL: readonly string[] = ['input_layernorm', 'post_attention_layernorm', 'add'];

/** Reads Vidur's CSV files with its own filters (7d47513): geometry, tensor parallelism, block size 16. */
export function vidurPoints(
	files: VidurFiles,
	model: ModelGeometry,
	tensorParallel: number,
): ImportedPoints {
	const mlp = readTable(files.mlp.text, files.mlp.file);
	const own = matching(mlp, {
		n_head: model.queryHeads,
		n_kv_head: model.keyValueHeads,
		n_embd: model.width,
		n_expanded_embd: model.mlpWidth,
		num_tensor_parallel_workers: tensorParallel,
	});
	const tokenOps: Record<string, Point[]> = {};
	for (const op of TOKEN_OPS) {
		const column = `time_stats.${op}.median`;
		if (!mlp.has(column) && OPTIONAL.includes(op)) continue;
		tokenOps[op] = own
			.filter((row) => !OPTIONAL.includes(op) || mlp.text(row, column) !== '')
			.map((row) => ({ x: [mlp.number(row, 'num_tokens')], y: mlp.number(row, column) }));
	}
	if (files.allReduce !== null && tensorParallel > 1)
		tokenOps['all_reduce'] = collective(files.allReduce, 'all_reduce', model.width, {
			num_workers: tensorParallel,
			devices_per_node: tensorParallel,
		});
	if (files.sendRecv !== null)
		tokenOps['send_recv'] = collective(files.sendRecv, 'send_recv', model.width, {
			devices_per_node: 2,
		});
	return {
		tokenOps: { ...tokenOps, ...saved(files, model, tensorParallel) },
		...attention(files, model, tensorParallel),
	};
}

function attentionRows(files: VidurFiles, model: ModelGeometry, tensorParallel: number) {
	const table = readTable(files.attention.text, files.attention.file);
	const rows = matching(table, {
		n_embd: model.queryHeads * headWidth(model),
		n_q_head: model.queryHeads,
		n_kv_head: model.keyValueHeads,
		num_tensor_parallel_workers: tensorParallel,
	});
	return { table, rows };
}

function attention(files: VidurFiles, model: ModelGeometry, tensorParallel: number) {
	const { table, rows } = attentionRows(files, model, tensorParallel);
	const chunkOf = (row: number) => table.number(row, 'prefill_chunk_size');
	return {
		decode: rows
			.filter((row) => chunkOf(row) === 0)
			.map((row) => ({
				x: [table.number(row, 'batch_size'), table.number(row, 'kv_cache_size')],
				y: table.number(row, 'time_stats.attn_decode.median'),
			})),
		prefill: rows
			.filter((row) => chunkOf(row) > 0)
			.map((row) => ({
				x: [table.number(row, 'kv_cache_size'), chunkOf(row)],
				y: table.number(row, 'time_stats.attn_prefill.median'),
			})),
	};
}

/** Writing keys and values, where it was measured; as Vidur by the larger of chunk and batch. */
function saved(files: VidurFiles, model: ModelGeometry, tensorParallel: number) {
	const { table, rows } = attentionRows(files, model, tensorParallel);
	const column = 'time_stats.attn_kv_cache_save.median';
	if (!table.has(column)) return {};
	const points = rows
		.filter((row) => table.text(row, column) !== '')
		.map((row) => ({
			x: [Math.max(table.number(row, 'prefill_chunk_size'), table.number(row, 'batch_size'))],
			y: table.number(row, column),
		}));
	return { attn_kv_cache_save: points };
}

function collective(
	file: CsvFile,
	op: string,
	width: number,
	wanted: Readonly<Record<string, number>>,
): Point[] {
	const table = readTable(file.text, file.file);
	return matching(table, wanted).map((row) => ({
		x: [table.number(row, 'size') / width / 2],
		y: table.number(row, `time_stats.${op}.median`),
	}));
}

/** Rows whose columns have the wanted values. */
function matching(table: Table, wanted: Readonly<Record<string, number>>): number[] {
	const rows = table.rows.map((_, i) => i);
	const found = rows.filter((row) =>
		Object.entries(wanted).every(([column, value]) => table.number(row, column) === value),
	);
	if (found.length > 0) return found;
	const list = Object.entries(wanted).map(([column, value]) => `${column} ${value}`);
	throw new ConfigError(`Cannot import "${table.file}": no row has ${list.join(', ')}`);
}

/** Reads tables of the documented format: token_ops.csv, attn_decode.csv, attn_prefill.csv, ms per layer. */
export function tablePoints(files: {
	readonly tokenOps: CsvFile;
	readonly decode: CsvFile;
	readonly prefill: CsvFile;
}): ImportedPoints {
	const ops = readTable(files.tokenOps.text, files.tokenOps.file);
	const names = [...TOKEN_OPS, 'attn_kv_cache_save', 'all_reduce', 'send_recv'].filter((name) => {
		if (ops.has(name)) return true;
		if (OPTIONAL.includes(name) || !(TOKEN_OPS as readonly string[]).includes(name)) return false;
		throw new ConfigError(`Cannot read "${ops.file}" line 1: it has no column "${name}"`);
	});
	const keyed = ({ text, file }: CsvFile, columns: readonly string[]) => {
		const table = readTable(text, file);
		return table.rows.map((_, row) => ({
			x: columns.map((column) => table.number(row, column)),
			y: table.number(row, 'ms'),
		}));
	};
	return {
		tokenOps: Object.fromEntries(
			names.map((name) => [
				name,
				ops.rows.map((_, row) => ({
					x: [ops.number(row, 'num_tokens')],
					y: ops.number(row, name),
				})),
			]),
		),
		decode: keyed(files.decode, ['batch_size', 'kv_cache_size']),
		prefill: keyed(files.prefill, ['kv_cache_size', 'prefill_chunk_size']),
	};
}
