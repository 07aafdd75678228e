import { ConfigError } from '../../protocol/errors.ts';
import type { ModelGeometry } from '../model.ts';
import type { Point } from './forest.ts';
import type { CsvFile, ImportedPoints } from './import-points.ts';
import { readTable } from './table.ts';

/** Tables of LLMServingSim's profiler, of one model on one GPU; `moe` where it has experts. */
export interface ServingSimFiles {
	/** layer, tokens, time_us */
	readonly dense: CsvFile;
	/** prefill_chunk, kv_prefill, n_decode, kv_decode, time_us */
	readonly attention: CsvFile;
	/** layer, sequences, time_us */
	readonly perSequence: CsvFile;
	/** tokens, activated_experts, time_us */
	readonly moe: CsvFile | null;
}

/** Its layers by our operators; of several the sum. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
	attn_pre_proj: ['qkv_proj'],
	attn_post_proj: ['o_proj'],
	attn_rope: ['rotary_emb', 'qk_norm'],
	mlp_up_proj: ['gate_up_proj'],
	mlp_act: ['act_fn'],
	mlp_down_proj: ['down_proj'],
	input_layernorm: ['layernorm'],
	post_attention_layernorm: ['layernorm'],
};
const MS_PER_US = 1e-3;

/**
 * Points of LLMServingSim's tables (casys-kaist/LLMServingSim 5daddb2). Experts are taken at as many as a batch is expected to
 * activate, routed evenly; mixed batches of its attention are left out, for prompts and answers are added.
 *
 * @throws ConfigError for a table without the layers or rows that a model needs
 */
export function servingSimPoints(files: ServingSimFiles, model: ModelGeometry): ImportedPoints {
	const layers = byLayer(files.dense, 'tokens');
	const tokenOps: Record<string, readonly Point[]> = {};
	for (const [operator, names] of Object.entries(OPERATORS)) {
		const there = names.flatMap((name) => layers.get(name) ?? []);
		if (there.length > 0) tokenOps[operator] = summed(there);
	}
	if (files.moe !== null) {
		tokenOps['mlp_up_proj'] = expertPoints(files.moe, model);
		// Inside the experts' time.
		const nothing = (tokenOps['mlp_up_proj'] ?? []).map(({ x }) => ({ x, y: 0 }));
		Object.assign(tokenOps, { mlp_act: nothing, mlp_down_proj: nothing });
	}
	const missing = ['attn_pre_proj', 'mlp_up_proj'].filter((name) => tokenOps[name] === undefined);
	if (missing.length > 0)
		throw new ConfigError(
			`Cannot import "${files.dense.file}": it has no layer for ${missing.join(', ')}`,
		);
	const sampled = [...byLayer(files.perSequence, 'sequences').values()].flat();
	return { tokenOps, perSequence: summed(sampled), ...attentionPoints(files.attention) };
}

function byLayer(file: CsvFile, size: string): Map<string, Point[]> {
	const table = readTable(file.text, file.file);
	const layers = new Map<string, Point[]>();
	for (let row = 0; row < table.rows.length; row++) {
		const name = table.text(row, 'layer');
		const points = layers.get(name) ?? [];
		layers.set(name, points);
		points.push({ x: [table.number(row, size)], y: MS_PER_US * table.number(row, 'time_us') });
	}
	return layers;
}

/** Points at the same size added. */
function summed(points: readonly Point[]): Point[] {
	const sums = new Map<number, number>();
	for (const { x, y } of points) sums.set(x[0] as number, (sums.get(x[0] as number) ?? 0) + y);
	return [...sums].sort(([a], [b]) => a - b).map(([x, y]) => ({ x: [x], y }));
}

/** At each number of tokens the time at the experts that they are expected to activate. */
function expertPoints({ text, file }: CsvFile, { moe, name }: ModelGeometry): Point[] {
	if (moe === undefined)
		throw new ConfigError(`Cannot import "${file}": model "${name}" has no experts`);
	const table = readTable(text, file);
	const rows = table.rows.map((_, row) => ({
		tokens: table.number(row, 'tokens'),
		experts: table.number(row, 'activated_experts'),
		ms: MS_PER_US * table.number(row, 'time_us'),
	}));
	return [...new Set(rows.map(({ tokens }) => tokens))]
		.sort((a, b) => a - b)
		.map((tokens) => {
			const expected = moe.experts * (1 - (1 - moe.perToken / moe.experts) ** tokens);
			const line = rows
				.filter((row) => row.tokens === tokens)
				.sort((a, b) => a.experts - b.experts);
			const above = line.find(({ experts }) => experts >= expected) ?? line.at(-1);
			const below = line.findLast(({ experts }) => experts <= expected) ?? line[0];
			if (above === undefined || below === undefined) throw new Error('a row has no tokens');
			const share =
				above.experts === below.experts
					? 0
					: (expected - below.experts) / (above.experts - below.experts);
			return { x: [tokens], y: below.ms + share * (above.ms - below.ms) };
		});
}

function attentionPoints({ text, file }: CsvFile): Pick<ImportedPoints, 'decode' | 'prefill'> {
	const table = readTable(text, file);
	const rows = table.rows.map((_, row) => row);
	const at = (row: number, column: string) => table.number(row, column);
	const points = (keep: readonly number[], x: readonly [string, string]) =>
		keep.map((row) => ({
			x: x.map((column) => at(row, column)),
			y: MS_PER_US * at(row, 'time_us'),
		}));
	const decoding = rows.filter((row) => at(row, 'prefill_chunk') === 0);
	const prompts = rows.filter((row) => at(row, 'n_decode') === 0);
	return {
		decode: points(decoding, ['n_decode', 'kv_decode']),
		prefill: points(prompts, ['kv_prefill', 'prefill_chunk']),
	};
}
