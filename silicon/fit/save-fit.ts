import { interpolate } from '../predictor/interpolate.ts';
import { type AttentionSample, mean } from './samples.ts';

/** Nodes of the time to write keys and values, in ms, by number of tokens. */
export interface SaveFit {
	readonly tokens: number[];
	readonly ms: number[];
}

/** What decoding shows at every batch size, and what the hardware needs for a prompt's few megabytes. */
export const PHYSICAL_SAVE: SaveFit = { tokens: [1], ms: [0.003] };

/** Kernels that write keys and values within the attention. */
export const NO_SAVE: SaveFit = { tokens: [1], ms: [0] };

/** Chunks were profiled in steps of 32, each with cached tokens in multiples of the chunk, up to 16384. */
const CHUNK_STEP = 32;
const MAX_LENGTH = 16384;
/** Decode batches were profiled up to 512, in steps of 1 up to 128 and of 8 from there. */
const MAX_BATCH = 512;
const DENSE_BATCHES = 128;
const BATCH_STEP = 8;
/** KV memory of the profiled device, in tokens: batches were profiled as far as their caches fit. */
const KV_TOKENS = 583_000;

/**
 * What Vidur's regression makes of this operator. It is fitted on max(chunk, batch) alone, so a batch size
 * that is also a chunk length mixes decode rows (3 us) with prompt rows (0.55 us per token, most likely an
 * artefact of the profiler), by how many rows the profiling grid has of each; other batch sizes see decode
 * rows only. A forest is a step function, so tokens between two profiled numbers get the nearer one's value.
 */
export function artefactSave(samples: readonly AttentionSample[]): SaveFit {
	const prompts = samples.filter(({ prefill, saveMs }) => prefill && saveMs > 0);
	const chunks = [...new Set(prompts.map(({ chunk }) => chunk))].sort((a, b) => a - b);
	const promptMs = chunks.map((chunk) => {
		const same = prompts.filter((sample) => sample.chunk === chunk);
		const cached = same.filter(({ kv }) => kv > 0);
		return mean((cached.length > 0 ? cached : same).map(({ saveMs }) => saveMs)) / chunk;
	});
	// Per token, since chunks sampled with an empty cache only show less than the average over their rows.
	const perTokenMs = mean(promptMs.filter((_, i) => cachedSampled(prompts, chunks[i] as number)));
	const decodeMs = mean(samples.filter(({ prefill }) => !prefill).map(({ saveMs }) => saveMs));
	const nodes: [number, number][] = [];
	for (let n = 1; n <= MAX_BATCH; n += n < DENSE_BATCHES ? 1 : BATCH_STEP) {
		const prompt = n % CHUNK_STEP === 0 ? promptRows(n) : 0;
		const decode = decodeRows(n);
		nodes.push([n, (prompt * n * perTokenMs + decode * decodeMs) / (prompt + decode)]);
	}
	for (let n = MAX_BATCH + CHUNK_STEP; n <= MAX_LENGTH; n += CHUNK_STEP)
		nodes.push([n, n * interpolate(chunks, promptMs, n)]);
	return steps(nodes);
}

function cachedSampled(prompts: readonly AttentionSample[], chunk: number): boolean {
	return (
		chunk <= MAX_BATCH && prompts.some((sample) => sample.chunk === chunk && sample.kv > chunk)
	);
}

function promptRows(chunk: number): number {
	return Math.floor((MAX_LENGTH - chunk) / chunk) + 1;
}

/** KV lengths of the profile: steps of 32 up to 512, of 64 up to 4096, of 256 from there. */
function decodeRows(batch: number): number {
	const longest = Math.min(MAX_LENGTH - 256, KV_TOKENS / batch);
	const steps = (from: number, to: number, step: number) =>
		Math.max(0, Math.floor((Math.min(to, longest) - from) / step));
	return steps(0, 512, 32) + steps(512, 4096, 64) + steps(4096, MAX_LENGTH, 256);
}

/** A step function as nodes of a line: two at each place half-way between two numbers. */
function steps(nodes: readonly (readonly [number, number])[]): SaveFit {
	const tokens: number[] = [];
	const ms: number[] = [];
	nodes.forEach(([n, value], i) => {
		const before = nodes[i - 1]?.[0] ?? n;
		const after = nodes[i + 1]?.[0] ?? n;
		tokens.push(Math.floor((before + n) / 2) + (i === 0 ? 0 : 1), Math.floor((n + after) / 2));
		ms.push(value, value);
	});
	return { tokens, ms };
}
