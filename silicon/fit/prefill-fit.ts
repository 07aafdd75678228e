import { type AttentionSample, mean } from './samples.ts';

/** Nodes of prompt attention by chunk length: with an empty cache, and more per cached token, in ms. */
export interface PrefillFit {
	readonly chunk: number[];
	readonly ms: number[];
	readonly perKvMs: number[];
}

/**
 * Prompt attention: what was measured with an empty cache, point by point, and for each cached token the
 * least-squares slope over the samples of that chunk length (no samples: the next shorter chunk's, scaled).
 */
export function fitPrefill(samples: readonly AttentionSample[]): PrefillFit {
	const empty = samples.filter(({ kv }) => kv === 0).sort((a, b) => a.chunk - b.chunk);
	let perChunkToken = 0;
	const perKvMs = empty.map(({ chunk, ms }) => {
		const cached = samples.filter((sample) => sample.chunk === chunk && sample.kv > 0);
		if (cached.length > 0) {
			const slope =
				mean(cached.map((sample) => (sample.ms - ms) * sample.kv)) /
				mean(cached.map(({ kv }) => kv * kv));
			perChunkToken = slope / chunk;
		}
		return perChunkToken * chunk;
	});
	return { chunk: empty.map(({ chunk }) => chunk), ms: empty.map(({ ms }) => ms), perKvMs };
}
